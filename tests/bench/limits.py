"""What the machine can do at best: bare asyncpg, nothing of ours between it and PostgreSQL.

The first limit writes the business rows of the same batches and nothing else. The second replays
what a merge writes, statement by statement and byte by byte, recorded from the merge itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.intake.entries import Writer
from server.intake.intake import FLUSH_CHANGES, HELD_TABLES
from server.intake.judging import Access
from server.intake.transaction import MergeTransaction
from server.intake.workspace import Workspace
from server.intake.writing import WriteBehind, write
from server.rules import rules
from server.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from sync.changes import ChangeSet
    from tests.bench.tablets import Tablet

# Rows of a crew's progress, as the typed table takes them.
_ROWS = """
    INSERT INTO task (project_id, id, name, kind, status, progress, actual_start,
        duration_minutes, planned_finish)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[],
        $7::timestamp[], $8::bigint[], $9::timestamp[])
    ON CONFLICT (project_id, id) DO UPDATE SET status = excluded.status,
        progress = excluded.progress, actual_start = excluded.actual_start,
        duration_minutes = excluded.duration_minutes
"""


class Step(Struct, frozen=True):
    """One recorded call."""

    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


class Recorder:
    """Stands where a connection stands, lets reads through, and keeps the writes."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.steps: list[Step] = []

    async def fetch(self, *arguments: Any) -> Any:
        """Read."""
        return await self._connection.fetch(*arguments)

    async def fetchval(self, *arguments: Any) -> Any:
        """Read."""
        return await self._connection.fetchval(*arguments)

    async def execute(self, *arguments: Any) -> None:
        """Keep a write."""
        self.steps.append(Step("execute", arguments, {}))

    async def copy_records_to_table(self, *arguments: Any, **keywords: Any) -> None:
        """Keep a write."""
        self.steps.append(Step("copy_records_to_table", arguments, keywords))


async def record_writes(
    connection: asyncpg.Connection, tablet: Tablet, person: str, change_sets: list[ChangeSet]
) -> list[Step]:
    """Return what a merge of these change sets would write."""
    service = rules(load_settings({}))
    recorder = Recorder(connection)
    workspace = Workspace(service.guards, now_ms=time.time_ns() // 1_000_000, drift_ms_max=60_000)
    transaction = MergeTransaction(workspace, recorder)  # type: ignore[arg-type]
    async with connection.transaction():
        scope = f"project:{tablet.project}"
        await transaction.lock([scope])
        rows = [change.row for one in change_sets for change in one.changes]
        await transaction.load(scope, set(rows))
        writes = WriteBehind(recorder)  # type: ignore[arg-type]
        writer = Writer(tablet.replica, Access(person, True, "administrator", {}))  # noqa: FBT003
        for change_set in change_sets:
            answer = workspace.apply(change_set, writer)
            if answer.status != "merged":
                raise RuntimeError(f"{answer}")
            if len(workspace.log) >= FLUSH_CHANGES:
                await writes.flush(workspace, held=HELD_TABLES)
        await write(workspace, recorder, writes)  # type: ignore[arg-type]
    return recorder.steps


async def replay(connections: Sequence[asyncpg.Connection], batches: list[list[Step]]) -> float:
    """Write recorded batches, each in its transaction; return the seconds it took."""

    async def work(connection: asyncpg.Connection, mine: list[list[Step]]) -> None:
        for steps in mine:
            async with connection.transaction():
                for step in steps:
                    await getattr(connection, step.name)(*step.arguments, **step.keywords)

    started = time.perf_counter()
    await asyncio.gather(
        *(
            work(connection, batches[place :: len(connections)])
            for place, connection in enumerate(connections)
        )
    )
    return time.perf_counter() - started


def business_rows(tablet: Tablet, change_sets: list[ChangeSet]) -> tuple[list[Any], ...]:
    """Return the columns of the rows that these change sets make or change."""
    final: dict[str, dict[str, Any]] = {}
    for one in change_sets:
        for change in one.changes:
            final.setdefault(change.row, {}).update(change.after)
    rows = list(final.items())
    return (
        [tablet.project for _ in rows],
        [row for row, _ in rows],
        [values.get("name", "Pose du manomètre") for _, values in rows],
        [values.get("kind", "task") for _, values in rows],
        [values.get("status") for _, values in rows],
        [values.get("progress") for _, values in rows],
        [_time(values.get("actual_start")) for _, values in rows],
        [values.get("duration_minutes") for _, values in rows],
        [_time(values.get("planned_finish")) for _, values in rows],
    )


def _time(value: str | None) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(value)


async def write_rows(
    connections: Sequence[asyncpg.Connection], batches: list[tuple[list[Any], ...]]
) -> float:
    """Upsert batches of business rows, each in its transaction; return the seconds it took."""

    async def work(connection: asyncpg.Connection, mine: list[tuple[list[Any], ...]]) -> None:
        for columns in mine:
            await connection.execute(_ROWS, *columns)

    started = time.perf_counter()
    await asyncio.gather(
        *(
            work(connection, batches[place :: len(connections)])
            for place, connection in enumerate(connections)
        )
    )
    return time.perf_counter() - started
