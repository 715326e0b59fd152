"""A work site to test services on: people with devices, who push through the real intake."""

from __future__ import annotations

import itertools
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from server.intake import Intake
from server.intake.receiving import receive
from server.rules import rules
from server.store import open_pool
from sync.changes import Answer, Change, ChangeSet, PushRequest, WireRow
from sync.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import asyncpg

    from server.settings import Settings

NOON = 1_772_366_400_000
"""2026-03-01 12:00 UTC: the day on which the tests' sites work."""
DAY = 86_400_000


class Clock:
    """The wall clock of a site, moved by hand."""

    def __init__(self, now_ms: int = NOON) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        """Return the time in milliseconds since 1970."""
        return self.now_ms


class Device:
    """A person's replica: makes change sets in order, knowing all that the server holds."""

    def __init__(self, site: Site, person: str, replica: str) -> None:
        self.site = site
        self.person = person
        self.replica = replica
        self.counter = 0

    def change_set(self, *changes: Change, intent: str = "test") -> ChangeSet:
        """Make the next change set."""
        self.counter += 1
        return ChangeSet(
            self.counter, self.site.clock.now_ms * 1000, intent, SCHEMA_VERSION, list(changes)
        )

    async def push(self, *change_sets: ChangeSet) -> list[Answer]:
        """Push change sets and return their answers."""
        request = PushRequest(
            self.replica,
            1,
            self.site.clock.now_ms,
            [Raw(msgspec.msgpack.encode(one)) for one in change_sets],
        )
        push = receive(self.person, request, "msgpack", self.site.settings)
        return (await self.site.intake.push(push)).answers

    async def do(self, *changes: Change) -> str:
        """Push one change set; return `merged`, or the code it was refused with."""
        (answer,) = await self.push(self.change_set(*changes))
        return answer.status if answer.rejection is None else answer.rejection.code

    async def must(self, *changes: Change) -> None:
        """Push one change set that must be merged."""
        (answer,) = await self.push(self.change_set(*changes))
        assert answer.status in {"merged", "merged_with_conflicts"}, answer


class Site:
    """One project with its finance, on a migrated database of its own."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        intake: Intake,
        settings: Settings,
        clock: Clock,
        first_number: int = 1,
    ) -> None:
        self.pool = pool
        self.intake = intake
        self.settings = settings
        self.clock = clock
        self.project = new_id()
        self._numbers = itertools.count(first_number)

    async def person(self, role: str, member: str | None = None) -> Device:
        """Make a person with a device; `member` is their role in the project."""
        person = new_id()
        number = next(self._numbers)
        values = {"name": f"{role} {number}", "login": f"{role}{number}", "role": role}
        scope = f"project:{self.project}"
        async with self.intake.server_transaction(["org", scope]) as transaction:
            write = transaction.workspace.write
            write("org", "person", person, values, intent="test")
            if member is not None:
                values = {"project_id": self.project, "person_id": person, "role": member}
                write(scope, "member", new_id(), values, intent="test")
        replica = f"{number:016x}"
        await self.pool.execute(
            "INSERT INTO replica (id, person_id, name) VALUES ($1, $2, 'test')", replica, person
        )
        return Device(self, person, replica)

    async def open_project(self, by: Device, **values: Any) -> None:
        """Make the project."""
        known = {"code": "P", "name": "Plateforme", "currency": "XAF", "status": "draft"}
        await by.must(self.create("project", self.project, **{**known, **values}))

    def scope(self, kind: str) -> str:
        """Return the project's scope of a kind."""
        return "org" if kind == "org" else f"{kind}:{self.project}"

    def _scope(self, table: str, values: Mapping[str, Any]) -> str:
        kind = SCOPES.get(table, "project")
        return f"user:{values['person_id']}" if kind == "user" else self.scope(kind)

    def create(self, table: str, row: str, **values: Any) -> Change:
        """Make a new row of the project."""
        kind = SCOPES.get(table, "project")
        if kind not in {"org", "user"} and table != "project":
            values = {"project_id": self.project, **values}
        return Change(self._scope(table, values), table, row, "create", after=values)

    async def update(self, table: str, row: str, **values: Any) -> Change:
        """Change a row, having seen all that the server holds of it."""
        wire = await self.stored(row)
        before = {name: wire.values.get(name) for name in values}
        scope = self._scope(table, wire.values)
        return Change(scope, table, row, "update", wire.vector, before, values)

    async def delete(self, table: str, row: str) -> Change:
        """Delete a row, having seen all that the server holds of it."""
        wire = await self.stored(row)
        return Change(self._scope(table, wire.values), table, row, "delete", wire.vector)

    async def stored(self, row: str) -> WireRow:
        """Return the latest state of a row, as a replica would pull it."""
        document = await self.pool.fetchval("SELECT document FROM sync_row WHERE row_id = $1", row)
        assert document is not None, f"the server does not hold {row}"
        return msgspec.msgpack.decode(document, type=WireRow)

    async def value(self, row: str, field: str) -> Any:
        """Return one value of a row."""
        return (await self.stored(row)).values.get(field)

    async def alerts(self) -> dict[tuple[str, str, int | None], Mapping[str, Any]]:
        """Return the alerts as replicas see them, by rule, subject and threshold."""
        records = await self.pool.fetch("SELECT id::text FROM alert ORDER BY id")
        found: dict[tuple[str, str, int | None], Mapping[str, Any]] = {}
        for record in records:
            values = (await self.stored(record["id"])).values
            threshold = (values.get("facts") or {}).get("threshold")
            found[values["rule"], values["subject_id"], threshold] = {**values, "id": record["id"]}
        return found

    async def standing(self) -> set[tuple[str, str, int | None]]:
        """Return which alerts stand: raised and not cleared."""
        alerts = await self.alerts()
        return {key for key, values in alerts.items() if values["status"] != "resolved"}


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
"""Tables whose rows do not live in the project's scope."""


def new_id() -> str:
    """Return a fresh row id."""
    return str(uuid.uuid4())


@asynccontextmanager
async def open_site(
    settings: Settings, clock: Clock | None = None, *, first_number: int = 1
) -> AsyncIterator[Site]:
    """Open the intake on a fresh database; or on one that holds another site's people already."""
    clock = clock or Clock()
    pool = await open_pool(settings)
    intake = Intake(
        pool,
        rules(settings),
        settings,
        announce=lambda *_, **__: None,
        wall_ms=clock,
    )
    try:
        yield Site(pool, intake, settings, clock, first_number)
    finally:
        await intake.close()
        await pool.close()


@asynccontextmanager
async def count_statements(site: Site) -> AsyncIterator[list[str]]:
    """Collect the statements that the site sends meanwhile, one push at a time."""
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(record.query)

    async with site.pool.acquire() as connection:
        connection.add_query_logger(note)
    try:
        yield seen
    finally:
        async with site.pool.acquire() as connection:
            connection.remove_query_logger(note)
    assert seen, "the statements went over another connection"
