"""A project made after another: its plan and the structure of its budget, nothing that was done.

The rows get ids of their own, and name each other as the originals do; dates move by as many days
as the start does. All of it is one act of whoever asks.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from server.errors import ProblemError
from server.intake import Proposal, refusal_of
from server.projects.making import ProjectMade
from sync import errors
from sync.changes import WireRow
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.intake import Access
    from server.store import Connection

COPIED: Mapping[str, tuple[str, ...]] = {
    "project": ("currency", "site_id", "time_zone", "description", "language"),
    "calendar": (
        "name",
        "week",
        "exceptions",
        "hours_per_day",
        "country",
        "rotation_start",
        "rotation_days_on",
        "rotation_days_off",
    ),
    "resource": ("name", "kind", "unit"),
    "task": (
        "parent_id",
        "position",
        "code",
        "name",
        "kind",
        "milestone_at",
        "progress_by",
        "weight",
        "quantity_planned_thousandths",
        "quantity_unit",
        "planned_start",
        "planned_finish",
        "duration_minutes",
        "constraint_kind",
        "constraint_date",
        "calendar_id",
        "tags",
    ),
    "task_link": ("predecessor_id", "successor_id", "kind", "lag_minutes", "lag_calendar"),
    "assignment": ("task_id", "resource_id", "planned_units"),
    "checklist_item": ("task_id", "position", "label", "mandatory"),
    "budget": ("name", "currency", "amount", "thresholds"),
    "budget_line": (
        "budget_id",
        "cost_code",
        "category",
        "kind",
        "description",
        "amount",
        "task_id",
    ),
}
"""Table -> the fields that a copy takes over: what was planned, never what was done or spent."""
_ORIGINS = {"task": {"status": "todo"}, "budget": {"status": "draft"}}
"""What a copy begins with."""
_INSIDE = frozenset({"calendar", "task", "resource", "budget"})
"""Tables whose rows are copied too: who names one of them names its copy."""
_IDENTIFIERS = {"task_id", "calendar_id"}

_READ = """
    SELECT sync_row.document FROM sync_row JOIN scope ON scope.id = sync_row.scope_id
    WHERE scope.name = $1 AND sync_row.table_name = ANY($2::text[]) AND NOT sync_row.deleted
    ORDER BY sync_row.row_id LIMIT $3
"""


class CopyOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What the copy is called, and when it starts."""

    code: Annotated[str, Meta(min_length=1, max_length=60)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    start: dt.date | None = None
    """Without it, the dates stay."""
    budget: bool = True
    template: bool = False


async def copy_project(
    connection: Connection, access: Access, source: str, order: CopyOrder, rows_max: int
) -> tuple[ProjectMade, list[Proposal]]:
    """Return the ids of a copy, and the proposals that make it.

    Raises ProblemError: the person may not read the source, it is not there, or it is too large.
    """
    scope = f"project:{source}"
    if not access.reads(scope):
        raise ProblemError(errors.FORBIDDEN)
    scopes = [scope]
    if order.budget and access.reads(f"finance:{source}"):
        scopes.append(f"finance:{source}")
    rows: list[WireRow] = []
    for one in scopes:
        records = await connection.fetch(_READ, one, [*COPIED], rows_max + 1 - len(rows))
        rows += (msgspec.msgpack.decode(record["document"], type=WireRow) for record in records)
        if len(rows) > rows_max:
            raise ProblemError(
                refusal_of(errors.CHANGE_SET_TOO_LARGE), f"more than {rows_max} rows"
            )
    origin = next((row for row in rows if row.table == "project"), None)
    if origin is None:
        raise ProblemError(errors.NOT_FOUND)
    return _Copy(origin, rows, order).made()


class _Copy:
    """One copy; lives as long as the call."""

    def __init__(self, origin: WireRow, rows: list[WireRow], order: CopyOrder) -> None:
        self.origin = origin
        self.rows = rows
        self.order = order
        self.project = uuid.uuid4()
        self.days = _days_between(origin.values.get("start"), order.start)
        self.copied = {row.row for row in rows}

    def made(self) -> tuple[ProjectMade, list[Proposal]]:
        """Return what was made, and the proposals."""
        proposals = [self._project(), *self._rest()]
        made = ProjectMade(
            str(self.project),
            self.origin.values.get("site_id"),
            self._twin(self.origin.values.get("calendar_id")),
            len(proposals),
        )
        return made, proposals

    def _project(self) -> Proposal:
        values = self.origin.values
        after = {
            **self._taken("project", values),
            "code": self.order.code,
            "name": self.order.name,
            "status": "draft",
            "copied_from": self.origin.row,
            "template": self.order.template,
        }
        for name in ("start", "finish"):
            if values.get(name) is not None:
                after[name] = self._moved("date", values[name])
        if self.order.start is not None:
            after["start"] = self.order.start.isoformat()
        calendar = self._twin(values.get("calendar_id"))
        if calendar is not None:
            after["calendar_id"] = calendar
        return self._proposal("project", str(self.project), after)

    def _rest(self) -> Iterator[Proposal]:
        for row in self.rows:
            if row.table == "project":
                continue
            after = {
                "project_id": str(self.project),
                **self._taken(row.table, row.values),
                **_ORIGINS.get(row.table, {}),
            }
            # A link whose other end was deleted says nothing any more.
            if TABLES[row.table].required <= after.keys():
                yield self._proposal(row.table, self._id(row.row), after)

    def _taken(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        fields = TABLES[table].by_name
        after: dict[str, Any] = {}
        for name in COPIED[table]:
            value = values.get(name)
            kind = fields[name].kind
            if kind.references in _INSIDE or name in _IDENTIFIERS:
                value = self._twin(value)
            elif value is not None:
                value = self._moved(kind.name, value)
            if value is not None:
                after[name] = value
        return after

    def _moved(self, kind: str, value: Any) -> Any:
        if kind not in {"date", "local_time"}:
            return value
        date = dt.date.fromisoformat(value[:10]) + dt.timedelta(days=self.days)
        return date.isoformat() + value[10:]

    def _twin(self, row: str | None) -> str | None:
        return self._id(row) if row in self.copied and row is not None else None

    def _id(self, row: str) -> str:
        return str(uuid.uuid5(self.project, row))

    def _proposal(self, table: str, row: str, after: dict[str, Any]) -> Proposal:
        return Proposal(f"{TABLES[table].scopes[0]}:{self.project}", table, row, after, "create")


def _days_between(before: str | None, after: dt.date | None) -> int:
    if before is None or after is None:
        return 0
    return (after - dt.date.fromisoformat(before)).days
