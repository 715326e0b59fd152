"""A project's figures at two sizes: after a merge, when nothing is cached, and again after."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from msgspec import Struct

from server.budget import rebuild_daily_sums
from server.figures import rebuild
from sync.changes import Change, ChangeSet, PushRequest
from tests.bench.connection import Connection
from tests.bench.tablets import MESSAGEPACK, statuses

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.installation import Installation

SMALL = (100, 1_000)
"""Tasks and expenses."""
LARGE = (100_000, 1_000_000)
QUICK_LARGE = (10_000, 100_000)
WARM = 5
READINGS = 60
LINES = 200

_encode = msgspec.msgpack.encode

# What merges would have left, without Python: a year's work and what it cost.
_FILL = (
    """
    INSERT INTO task (project_id, id, name, kind, status, progress, planned_start, planned_finish,
        duration_minutes)
    SELECT $1, uuidv7(), 'Soudure', 'task', 'in_progress', number % 10000,
        timestamp '2026-01-05' + number % 300 * interval '1 day',
        timestamp '2026-01-15' + number % 300 * interval '1 day', 4800
    FROM generate_series(1, $2::int) AS number WHERE $3::int IS NOT NULL
    """,
    """
    INSERT INTO budget (project_id, id, name, currency, amount)
    SELECT $1, $1, 'B', 'XAF', 1000000000 WHERE $2::int + $3::int > 0
    """,
    f"""
    INSERT INTO budget_line (project_id, id, budget_id, cost_code, amount, spent)
    SELECT $1, uuidv7(), $1, 'L' || number, 1000000000 / {LINES}, 7
    FROM generate_series(1, {LINES}) AS number WHERE $2::int + $3::int > 0
    """,
    f"""
    -- By place in an array: a join would be planned before anything knows how many tasks there are.
    WITH lines AS (SELECT array_agg(id) AS ids FROM budget_line WHERE project_id = $1),
        tasks AS (SELECT array_agg(id) AS ids FROM task WHERE project_id = $1)
    INSERT INTO expense (project_id, id, date, amount, currency, status, amount_converted,
        budget_line_id, task_id)
    SELECT $1, uuidv7(), date '2026-01-05' + number % 320, number % 9973, 'XAF', 'approved',
        number % 9973, (SELECT ids FROM lines)[1 + number % {LINES}],
        (SELECT ids FROM tasks)[1 + number % $2::int]
    FROM generate_series(1, $3::int) AS number
    """,
    """
    INSERT INTO progress_day (project_id, task_id, day, progress, time)
    SELECT project_id, id, day, progress, 0 FROM task,
        LATERAL (VALUES (planned_start::date), ('infinity'::date)) AS said (day)
    WHERE project_id = $1 AND $2::int + $3::int > 0
    """,
    """
    INSERT INTO baseline_value (project_id, baseline_id, task_id, line_id, start, days, budget)
    SELECT project_id, $1, id, '00000000-0000-0000-0000-000000000000', planned_start::date, 11,
        1000000000 / $2::int
    FROM task WHERE project_id = $1 AND $3::int > 0
    """,
    """
    INSERT INTO figure_state (project_id, baseline_id, currency)
    SELECT $1, $1, 'XAF' WHERE $2::int + $3::int > 0
    """,
)


class DashboardFigures(Struct, frozen=True):
    """One size: milliseconds from a request to its answer, sorted."""

    tasks: int
    expenses: int
    fresh_ms: list[float]
    """After a merge: nothing is cached under the new heads."""
    cached_ms: list[float]


async def measure(
    at: Installation, sizes: tuple[tuple[int, int], ...], tell: Callable[[str], None]
) -> list[DashboardFigures]:
    """Measure the dashboard of a project of each size."""
    found = []
    for tasks, expenses in sizes:
        tell(f"The dashboard of {tasks:,} tasks and {expenses:,} expenses ...")
        found.append(await _Project(at).measure(tasks, expenses))
    return found


class _Project:
    def __init__(self, at: Installation) -> None:
        self.at = at
        self.id = str(uuid.uuid4())
        self.replica = uuid.uuid4().hex[:16]
        self.counter = 0
        self.headers = {
            "authorization": f"Bearer {at.token}",
            "content-type": MESSAGEPACK,
            "accept": MESSAGEPACK,
        }

    async def measure(self, tasks: int, expenses: int) -> DashboardFigures:
        registered = {"replica": self.replica, "name": "bench"}
        link = await Connection.open(self.at.server_url)
        await link.request("POST", "/api/sync/replicas", self.headers, _encode(registered))
        values = {"code": f"D{tasks}", "name": "Banc", "currency": "XAF", "status": "draft"}
        await self._push(link, "project", self.id, values)
        link.close()
        await self._fill(tasks, expenses)
        # The server hangs up on a connection that says nothing for as long as that takes.
        link = await Connection.open(self.at.server_url)
        fresh: list[float] = []
        cached: list[float] = []
        for number in range(WARM + READINGS):
            note = {"project_id": self.id, "name": f"N{number}", "kind": "task", "status": "todo"}
            await self._push(link, "task", str(uuid.uuid4()), note)
            for taken in (fresh, cached):
                started = time.perf_counter()
                await link.request("GET", f"/api/projects/{self.id}/figures", self.headers)
                taken.append((time.perf_counter() - started) * 1000)
        link.close()
        return DashboardFigures(tasks, expenses, sorted(fresh[WARM:]), sorted(cached[WARM:]))

    async def _push(self, link: Connection, table: str, row: str, values: dict[str, Any]) -> None:
        self.counter += 1
        change = Change(f"project:{self.id}", table, row, "create", after=values)
        now = time.time_ns()
        made = ChangeSet(self.counter, now // 1_000, "bench", 1, [change])
        body = _encode(PushRequest(self.replica, 1, now // 1_000_000, [msgspec.Raw(_encode(made))]))
        answer = await link.request("POST", "/api/sync/push", self.headers, body)
        if statuses(answer) != ["merged"]:
            raise RuntimeError(f"{answer!r}")

    async def _fill(self, tasks: int, expenses: int) -> None:
        connection = await asyncpg.connect(self.at.database_url)
        for statement in _FILL:
            await connection.execute(statement, self.id, tasks, expenses, timeout=600)
        await rebuild_daily_sums(connection, self.id)
        await rebuild(connection, self.id)
        await connection.close()
        owner = await asyncpg.connect(self.at.owner_url)
        await owner.execute("ANALYZE", timeout=600)
        await owner.execute("CHECKPOINT", timeout=600)
        await owner.close()
