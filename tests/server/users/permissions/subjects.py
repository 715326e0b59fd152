"""Rows to try on, and the changes to try: one for each field of each table."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from sync.changes import Change, WireRow
from sync.tables import TABLES
from tests.serving import Service, Tablet, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_days = itertools.count(dt.date(2026, 3, 1).toordinal())
"""A site has one report a day and shift: each of ours is of another day."""

SCOPES = {
    "person": "org",
    "site": "org",
    "exchange_rate": "org",
    "delegation": "org",
    "alert_rule": "org",
    "budget": "finance",
    "budget_line": "finance",
    "budget_version": "finance",
    "finance_settings": "finance",
    "approval_rule": "finance",
    "budget_request": "finance",
    "approval": "finance",
    "purchase_order": "finance",
    "supplier_invoice": "finance",
    "client_invoice": "finance",
    "invoice_line": "finance",
    "payment": "finance",
    "notification": "user",
    "notice_preference": "user",
    "watch": "user",
}
"""Where a table's rows live, when not in the project."""
AUTHORED = {
    "approval",
    "budget_request",
    "checklist_tick",
    "comment",
    "daily_report",
    "document_link",
    "expense",
    "follow_up",
    "incident",
    "permit",
    "punch_item",
}
FRESH = {"approval": {"level": 2}}
"""What a row that is tried to be made says beside the values of the rows that are there."""
SEEDED = (
    "site",
    "task",
    "resource",
    "calendar",
    "budget",
    "budget_line",
    "person",
    "checklist_item",
    "daily_report",
    "client_invoice",
    "folder",
    "document",
    "document_version",
)
"""Tables that others name, in the order in which their rows are made: two of each."""
FIRST_MOVES = {
    "task": {"status": "in_progress"},
    "daily_report": {"status": "submitted"},
    "expense": {"status": "approved"},
    "project": {"status": "active"},
    "alert": {"status": "acknowledged"},
    "incident": {"status": "investigating"},
    "follow_up": {"status": "in_progress"},
    "punch_item": {"status": "in_progress"},
    "permit": {"status": "assessed"},
    "budget": {"status": "locked"},
    "budget_request": {"status": "withdrawn"},
    "purchase_order": {"status": "submitted"},
    "supplier_invoice": {"status": "pending"},
    "client_invoice": {"status": "pending"},
    "payment": {"status": "paid"},
    "document": {"status": "shared"},
}


REACHED = {
    ("incident", "closed"): ("closed",),
    ("follow_up", "done"): ("done",),
    ("punch_item", "in_progress"): ("in_progress",),
    ("permit", "assessed"): ("assessed",),
    ("permit", "issued"): ("assessed", "authorised", "issued"),
    ("permit", "active"): ("assessed", "authorised", "issued", "active"),
    ("permit", "suspended"): ("assessed", "authorised", "issued", "active", "suspended"),
    ("permit", "handed_back"): ("assessed", "authorised", "issued", "active", "handed_back"),
    ("task", "in_progress"): ("in_progress",),
    ("task", "done"): ("in_progress", "done"),
    ("task", "verified"): ("in_progress", "done", "verified"),
    ("daily_report", "submitted"): ("submitted",),
    ("expense", "approved"): ("approved",),
    ("expense", "refused"): ("refused",),
    ("expense", "posted"): ("approved", "posted"),
    ("project", "active"): ("active",),
    ("alert", "acknowledged"): ("acknowledged",),
    ("document", "published"): ("published",),
}
"""The states that a row goes through before it is in one."""


class Ground(msgspec.Struct):
    """A project with a row of everything, made by someone else."""

    service: Service
    project: str
    other: str
    elsewhere: str
    """A project that has nothing to do with it."""
    seeds: dict[str, str]
    spares: dict[str, str] = {}
    """Other rows, to name instead."""
    link_end: str = ""
    """A task that the ground's links lead to."""
    roles: dict[str, str] = {}
    """Person -> the role in the project."""

    def scope(self, table: str, row: str = "") -> str:
        """Return the scope of a table's rows.

        A project's and a member's is said with `row`; in a person's own, `row` is the person.
        """
        kind = SCOPES.get(table, "project")
        named = table in {"project", "member"} or kind == "user"
        key = row if named and row else self.project
        return "org" if kind == "org" else f"{kind}:{key}"

    def values(self, table: str, author: str) -> dict[str, Any]:
        """Return the values of a new row."""
        get = self.seeds.get
        cost = {"date": "2026-03-01", "amount": 5, "currency": "XAF"}
        subject = {"subject_table": "task", "subject_id": get("task")}
        ends = {"predecessor_id": get("task"), "successor_id": self.link_end}
        given: dict[str, dict[str, Any]] = {
            "person": {"name": "N", "login": new_id(), "role": "employee", "active": True},
            "site": {
                "name": "Kouilou",
                "latitude_microdegrees": -4_250_000,
                "longitude_microdegrees": 11_500_000,
            },
            "project": {
                "code": "P",
                "name": "N",
                "currency": "XAF",
                "status": "draft",
                "copied_from": self.other,
            },
            "member": {"person_id": self.other, "role": "employee"},
            "calendar": {"name": "N"},
            "resource": {"name": "N", "kind": "labour"},
            "task": {"name": "N", "kind": "task", "status": "todo"},
            "task_link": {**ends, "kind": "finish_start"},
            "assignment": {"task_id": get("task"), "resource_id": get("resource")},
            "comment": {"task_id": get("task"), "body": "b", "author_id": author},
            "daily_report": {
                "date": dt.date.fromordinal(next(_days)).isoformat(),
                "shift": "day",
                "status": "draft",
                "author_id": author,
            },
            "exchange_rate": {
                "currency": "USD",
                "quote": "XAF",
                "date": "2026-03-01",
                "rate": "600",
            },
            "budget": {"name": "N", "currency": "XAF", "amount": 100, "status": "draft"},
            "budget_line": {
                "budget_id": get("budget"),
                "cost_code": "C",
                "kind": "cost",
                "amount": 10,
            },
            "expense": {**cost, "status": "submitted", "author_id": author},
            "alert": {"rule": "task_overdue", **subject, "status": "open"},
            "notification": {"person_id": author, "kind": "alert", "title": "T"},
            "notice_preference": {"person_id": author, "kind": "alert", "app": False},
            "watch": {
                "person_id": author,
                "subject_scope": f"project:{self.project}",
                "subject_table": "incident",
                "subject_id": self.seeds.get("task"),
            },
            **self._fieldwork(author, subject),
            **self._spending(author, cost),
            **self._documents(author, subject),
        }
        return {**self._home(table), **given[table]}

    def _documents(self, author: str, subject: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        named = {"document_id": self.seeds.get("document"), "author_id": author}
        return {
            "folder": {"name": "N"},
            "document": {"title": "N", "status": "work_in_progress", "author_id": author},
            "document_version": {**named, "file_name": "N", "size_bytes": 5},
            "document_link": {**named, **subject},
            "offline_rule": {"recent_days": 3},
        }

    def _home(self, table: str) -> dict[str, str]:
        """Return the fields that say which project a row is of."""
        if table == "project" or SCOPES.get(table) in {"org", "user"}:
            return {}
        names = {name for name in ("home_id", "project_id") if name in TABLES[table].names}
        return dict.fromkeys(names, self.project)

    def _fieldwork(self, author: str, subject: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        get = self.seeds.get
        return {
            "baseline": {"name": "N", "author_id": author},
            "checklist_item": {"task_id": get("task"), "label": "L"},
            "checklist_tick": {
                "item_id": get("checklist_item"),
                "author_id": author,
                "ticked_at": 5,
            },
            "report_line": {
                "report_id": get("daily_report"),
                "kind": "labour",
                "label": "Soudeurs",
            },
            "incident": {
                "kind": "near_miss",
                "severity": "minor",
                "occurred_at": "2026-03-01T08:00",
                "status": "open",
                "author_id": author,
            },
            "follow_up": {**subject, "title": "T", "status": "todo", "author_id": author},
            "punch_item": {"title": "T", "status": "open", "author_id": author},
            "permit": {
                "kind": "hot_work",
                "title": "T",
                "place": "P",
                "work": "W",
                "hazards": "H",
                "precautions": "P",
                "task_id": get("task"),
                "valid_from": "2026-03-01T08:00",
                "valid_until": "2026-03-01T18:00",
                "status": "requested",
                "author_id": author,
            },
        }

    def _spending(self, author: str, cost: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        get = self.seeds.get
        money = {"date": "2026-03-01", "currency": "XAF", "author_id": author}
        return {
            "budget_version": {"budget_id": get("budget")},
            "finance_settings": {"control_sum": "warn"},
            "approval_rule": {"name": "N", "kind": "budget_request", "level": 1},
            "budget_request": {
                "kind": "increase",
                "title": "T",
                "budget_id": get("budget"),
                "budget_line_id": get("budget_line"),
                "amount": 5,
                "status": "draft",
                "author_id": author,
            },
            "approval": {
                "subject_table": "budget_request",
                "subject_id": get("budget_request") or get("budget"),
                "round": 1,
                "level": 1,
                "amount": 5,
                "decision": "approved",
                "author_id": author,
            },
            "delegation": {
                "person_id": author,
                "delegate_id": self.spares.get("person", self.other),
                "project_id": self.project,
                "start": "2026-03-01",
                "finish": "2026-06-08",
            },
            "purchase_order": {
                **cost,
                "supplier": "S",
                "title": "T",
                "status": "draft",
                "author_id": author,
            },
            "supplier_invoice": {
                **money,
                "reference": new_id(),
                "supplier": "S",
                "amount": 5,
                "status": "draft",
                "corrects_id": self.other,
            },
            "client_invoice": {
                **money,
                "kind": "progress",
                "client": "C",
                "title": "T",
                "rounding": "line",
                "rounding_mode": "half_even",
                "status": "draft",
                **({"corrects_id": bill} if (bill := get("client_invoice")) else {}),
            },
            "invoice_line": {"invoice_id": get("client_invoice"), "description": "D"},
            "payment": {
                **money,
                "invoice_table": "supplier_invoice",
                "invoice_id": get("supplier_invoice") or get("budget"),
                "amount": 5,
                "kind": "invoice",
                "status": "scheduled",
            },
            "alert_rule": {"rule": "task_due", "project_id": self.project, "enabled": True},
        }

    def changed(self, table: str, field: str, me: str) -> Any:
        """Return another value for a field."""
        if table in FIRST_MOVES and field in FIRST_MOVES[table]:
            return FIRST_MOVES[table][field]
        chosen = {
            "role": "supervisor",
            "language": "en",
            "active": False,
            "time_zone": "Africa/Libreville",
            "acknowledged_by": me,
            "thresholds": [50, 100],
            "annual_amounts": {"2026": 7},
            "annual_year": 2026,
            "lead_days": [7, 1],
            "roles": ["manager"],
            "escalate_roles": ["manager"],
            "quiet_from": "22:00",
            "quiet_until": "06:30",
            "week": [[[480, 720]]] * 7,
            "exceptions": [["2026-05-01", "2026-05-01", []]],
            "currency": "EUR" if table == "exchange_rate" else "USD",
            "quote": "EUR",
            "login": "x",
            "delegate_id": me,
            **({"kinds": ["budget_request"]} if table == "delegation" else {}),
        }
        if table in {"folder", "document"} and field == "category":
            return "safety"
        if field in chosen:
            return chosen[field]
        kind = TABLES[table].by_name[field].kind
        if kind.references is not None:
            named = self.spares[kind.references]
            return [named] if kind.multiple else named
        if kind.choices:
            return kind.choices[-1]
        return {
            "text": "x" if field != "country" else "CG",
            "integer": 7,
            "money": 7,
            "boolean": True,
            "date": "2026-04-02",
            "local_time": "2026-04-02T08:00",
            "moment": 7,
            "decimal": "7",
            "identifier": self.spares["task"],
            "words": ["x"],
            "document": {"x": 1},
        }[kind.name]

    async def put(self, rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, WireRow]:
        """Let the server make rows (table, id, values), and return them as they stand."""
        given = list(rows)
        for table, row, _ in given:
            if table == "project":
                await self.service.context.pool.execute(
                    "INSERT INTO scope (name) VALUES ($1), ($2) ON CONFLICT DO NOTHING",
                    f"project:{row}",
                    f"finance:{row}",
                )
        placed = [
            (self.scope(table, self._key(table, row, values)), *one)
            for one in given
            for table, row, values in (one,)
        ]
        await self.service.context.pool.executemany(
            "INSERT INTO scope (name) VALUES ($1) ON CONFLICT DO NOTHING",
            [(where,) for where, *_ in placed if where.startswith("user:")],
        )
        scopes = {where for where, *_ in placed} | {"org", self.scope("task")}
        known = {
            self.other,
            *self.seeds.values(),
            *self.spares.values(),
            *([self.link_end] if self.link_end else []),
            *(row for _, row, _ in given),
            *self.roles,
        }
        async with self.service.context.intake.server_transaction(scopes) as transaction:
            for where in scopes:
                await transaction.load(where, known)
            for where, table, row, values in placed:
                transaction.workspace.write(where, table, row, dict(values), intent="test")
        records = await self.service.context.pool.fetch(
            "SELECT document FROM sync_row WHERE row_id = ANY($1::uuid[])",
            [row for _, row, _ in given],
        )
        found = (msgspec.msgpack.decode(one["document"], type=WireRow) for one in records)
        return {one.row: one for one in found}

    @staticmethod
    def _key(table: str, row: str, values: Mapping[str, Any]) -> str:
        if SCOPES.get(table) == "user":
            return str(values["person_id"])
        return str(values["project_id"]) if table == "member" else row


def scope_of(ground: Ground, row: WireRow) -> str:
    """Return the scope that a row lives in."""
    if SCOPES.get(row.table) == "user":
        return ground.scope(row.table, str(row.values["person_id"]))
    return ground.scope(row.table, row.row if row.table == "project" else "")


def edit(ground: Ground, row: WireRow, **after: Any) -> Change:
    """Change a row, having seen it."""
    before = {name: row.values.get(name) for name in after}
    return Change(scope_of(ground, row), row.table, row.row, "update", row.vector, before, after)


async def open_ground(service: Service) -> Ground:
    """Make the project and one row of each table."""
    chief = await service.tablet("administrator")
    project, elsewhere = await service.project(chief), await service.project(chief)
    ground = Ground(service, project, chief.person, elsewhere, {})
    for table in SEEDED:
        for kept in (ground.seeds, ground.spares):
            row = new_id()
            await ground.put([(table, row, ground.values(table, chief.person))])
            kept[table] = row
    ground.link_end = new_id()
    await ground.put([("task", ground.link_end, ground.values("task", chief.person))])
    others = [table for table in TABLES if table not in ground.seeds]
    made = {table: new_id() for table in others if table != "project"}
    await ground.put(
        (table, row, ground.values(table, chief.person)) for table, row in made.items()
    )
    ground.seeds.update(made)
    # Only those who may read the project watch its tasks.
    watcher = {"project_id": project, "person_id": ground.spares["person"], "role": "employee"}
    await ground.put([("member", new_id(), watcher)])
    # Something that waits for the approvals of anyone who may, more than are given here.
    waits = {"status": "submitted", "round": 1, "level": 1, "levels": 3}
    needs = {"approvals_needed": [[1, None, None], [2, None, None], [3, None, None]]}
    await ground.put([("budget_request", made["budget_request"], {**waits, **needs})])
    # Something to pay.
    paid = made["supplier_invoice"]
    await ground.put([("supplier_invoice", paid, {"amount": 500, "status": "pending"})])
    await ground.put([("supplier_invoice", paid, {"status": "approved"})])
    return ground


async def subject(ground: Ground, role: str, *, by_membership: bool) -> Tablet:
    """Make someone who holds a role for the organisation, or in the project alone."""
    service = ground.service
    tablet = await service.tablet("employee" if by_membership else role)
    ground.roles[tablet.person] = role
    if by_membership or role in {"supervisor", "employee"}:
        values = {"project_id": ground.project, "person_id": tablet.person, "role": role}
        await ground.put([("member", new_id(), values)])
    return tablet
