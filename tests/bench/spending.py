"""What five hundred expenses cost in a project that has none, and in one that has a million."""

from __future__ import annotations

import statistics
import time
import uuid
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from msgspec import Raw

from server.intake import Intake
from server.intake.receiving import receive
from server.rules import rules
from server.settings import load_settings
from server.store import open_pool
from sync.changes import Change, ChangeSet, PushRequest
from sync.schema import SCHEMA_VERSION
from tests.bench.filling import fill

if TYPE_CHECKING:
    import random

BATCH_EXPENSES = 500
BATCHES = 9
TASKS_SHARE = 10
"""One task for so many expenses."""
LINES = 40

# Even amounts here, odd ones in the batches: what is measured is no search for duplicates that
# finds any.
_FILL_EXPENSES = """
    WITH made AS (
        SELECT number, uuidv7() AS id, (random() * 500000)::bigint * 2 AS amount
        FROM generate_series(1, $3::int) AS number
    ), written AS (
        INSERT INTO expense (project_id, id, budget_line_id, date, amount, currency, supplier,
            status, author_id, amount_converted)
        SELECT $1, id, ($4::uuid[])[1 + number % cardinality($4::uuid[])],
            '2026-01-01'::date + number % 365, amount, 'XAF', 'SOCOFER', 'approved', $5, amount
        FROM made
    )
    INSERT INTO sync_row (scope_id, row_id, seq, table_name, deleted, checksum, document, causes)
    SELECT scope.id, made.id, scope.head + number, 'expense', false, 0, $6::bytea, $6::bytea
    FROM made, scope WHERE scope.name = 'project:' || $2
"""


class Spending:
    """One installation's intake, called as a route would, without the wire."""

    def __init__(self, pool: asyncpg.Pool, intake: Intake, person: str) -> None:
        self.pool = pool
        self.intake = intake
        self.person = person
        self.settings = load_settings({})
        self.replica = uuid.uuid4().hex[:16]
        self.counter = 0

    async def push(self, *changes: Change) -> float:
        """Merge one change set for each change; return the seconds it took."""
        sets = []
        for change in changes:
            self.counter += 1
            at = time.time_ns() // 1_000
            sets.append(ChangeSet(self.counter, at, "expense.record", SCHEMA_VERSION, [change]))
        encoded = [Raw(msgspec.msgpack.encode(one)) for one in sets]
        request = PushRequest(self.replica, 1, time.time_ns() // 1_000_000, encoded)
        push = receive(self.person, request, "msgpack", self.settings)
        started = time.perf_counter()
        answers = (await self.intake.push(push)).answers
        seconds = time.perf_counter() - started
        if any(one.status != "merged" for one in answers):
            raise RuntimeError(f"{[one for one in answers if one.status != 'merged'][:1]}")
        return seconds

    async def project(self) -> tuple[str, list[str]]:
        """Make a project with a budget; return it and its lines."""
        project, budget = str(uuid.uuid4()), str(uuid.uuid4())
        lines = [str(uuid.uuid4()) for _ in range(LINES)]
        values = {"code": project[:8], "name": "Banc", "currency": "XAF"}
        await self.push(Change(f"project:{project}", "project", project, "create", after=values))
        money = {"name": "B", "currency": "XAF", "amount": 10**12}
        await self.push(_made(project, "budget", budget, money))
        for line in lines:
            share = {"budget_id": budget, "amount": 10**12 // LINES, "cost_code": line[:8]}
            await self.push(_made(project, "budget_line", line, share))
        return project, lines

    async def batch(self, project: str, lines: list[str], generator: random.Random) -> float:
        """Merge five hundred expenses; return the seconds it took."""
        return await self.push(
            *(
                _made(
                    project,
                    "expense",
                    str(uuid.uuid4()),
                    {
                        "budget_line_id": generator.choice(lines),
                        "date": f"2026-{generator.randint(1, 12):02d}-15",
                        "amount": generator.randrange(1, 1_000_000, 2),
                        "currency": "XAF",
                        "supplier": "SOCOFER",
                        "status": "submitted",
                        "author_id": self.person,
                    },
                )
                for _ in range(BATCH_EXPENSES)
            )
        )


def _made(project: str, table: str, row: str, values: dict[str, object]) -> Change:
    kind = "project" if table == "expense" else "finance"
    after = {"project_id": project, **values}
    return Change(f"{kind}:{project}", table, row, "create", after=after)


async def expenses_seconds(
    database_url: str, owner_url: str, rows: int, generator: random.Random
) -> tuple[float, float]:
    """Return the seconds of a batch in an empty project, and in one of `rows` expenses.

    The batches of both take turns, so that whatever else the machine does falls on both alike.
    """
    settings = load_settings({}, database_url=database_url)
    pool = await open_pool(settings)
    intake = Intake(
        pool,
        rules(settings),
        settings,
        announce=lambda *_, **__: None,
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )
    person = await pool.fetchval("SELECT id::text FROM person LIMIT 1")
    bench = Spending(pool, intake, person)
    await pool.execute(
        "INSERT INTO replica (id, person_id, name) VALUES ($1, $2, 'bench')", bench.replica, person
    )
    places = [await bench.project() for _ in range(2)]
    full, lines = places[1]
    await _fill(database_url, full, lines, person, rows)
    await _analyse(owner_url)
    seconds: list[list[float]] = [[], []]
    for turn in range(BATCHES + 2):
        for place, (project, on) in enumerate(places):
            took = await bench.batch(project, on, generator)
            if turn > 1:
                seconds[place].append(took)
    await intake.close()
    await pool.close()
    return statistics.median(seconds[0]), statistics.median(seconds[1])


async def _fill(database_url: str, project: str, lines: list[str], person: str, rows: int) -> None:
    connection = await asyncpg.connect(database_url)
    await fill(connection, project, rows // TASKS_SHARE)
    await connection.execute(
        _FILL_EXPENSES, project, project, rows, lines, person, b"", timeout=900
    )
    await connection.execute(
        "UPDATE scope SET head = head + $2, rows = rows + $2 WHERE name = $1",
        f"project:{project}",
        rows,
    )
    await connection.close()


async def _analyse(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute("VACUUM ANALYZE expense")
    await connection.execute("VACUUM ANALYZE sync_row")
    await connection.execute("CHECKPOINT")
    await connection.close()
