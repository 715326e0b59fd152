"""Computes the schedules that are due, one project at a time: a worker's queue.

The network is read in one snapshot and dated without a lock, so merges go on meanwhile. Then only
the tasks that changed are written, through the merge, some hundred at a time. A project that was
touched since the snapshot stays due; so nothing is lost, and however fast changes come in, each
round leaves the dates of a network that was.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct

from server.alerts import evaluate_alerts
from server.figures import follow_figures
from server.projects.planning.forecast import FIELDS, Forecast, forecast
from server.projects.planning.gathering import Gathered, gather
from server.projects.scheduling.worktime import EPOCH_MS_PER_MINUTE

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake, MergeTransaction
    from server.settings import Settings

log = structlog.get_logger()

CLOCKS_AHEAD_MINUTES = 26 * 60
"""No clock on earth shows more than fourteen hours past UTC; the rest is the device's own error."""
RETRY_SECONDS_MAX = 3_600

# The claim is a lease: whoever dies over it lets it go when it runs out.
_CLAIM = """
    UPDATE schedule_due SET next_at = now() + make_interval(secs => $1), tries = tries + 1
    WHERE project_id = (SELECT project_id FROM schedule_due WHERE next_at <= now()
        ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING project_id::text AS project, tries
"""

_MARKS = "SELECT marks FROM schedule_due WHERE project_id = $1"

_SETTLE = "DELETE FROM schedule_due WHERE project_id = $1 AND marks = $2"

_AGAIN = "UPDATE schedule_due SET next_at = now(), tries = 0 WHERE project_id = $1"

_LATER = """
    UPDATE schedule_due SET next_at = now() + make_interval(secs => $2) WHERE project_id = $1
"""

_DROP = "DELETE FROM schedule_due WHERE project_id = $1"

_KEEP = """
    INSERT INTO project_schedule (project_id, computed_at, data_date, finish, tasks, critical,
        progress, longest_path, cycles, faults, baseline_id)
    VALUES ($1, now(), $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9::text::jsonb,
        $10::text::uuid)
    ON CONFLICT (project_id) DO UPDATE SET computed_at = excluded.computed_at,
        data_date = excluded.data_date, finish = excluded.finish, tasks = excluded.tasks,
        critical = excluded.critical, progress = excluded.progress,
        longest_path = excluded.longest_path, cycles = excluded.cycles,
        faults = excluded.faults, baseline_id = excluded.baseline_id
"""


class Recomputed(Struct, frozen=True):
    """What a computation did."""

    project: str
    tasks: int
    changed: int
    again: bool
    """Whether it was touched meanwhile, and is due again."""


async def recompute_next(
    pool: asyncpg.Pool, intake: Intake, settings: Settings, now_ms: int
) -> bool:
    """Compute the schedule that has waited longest; return False when none is due."""
    claimed = await pool.fetchrow(_CLAIM, float(settings.schedule_lease_seconds))
    if claimed is None:
        return False
    project = claimed["project"]
    try:
        done = await recompute(pool, intake, settings, project, now_ms)
    except Exception:
        seconds = min(2.0 ** claimed["tries"], RETRY_SECONDS_MAX)
        await pool.execute(_LATER, project, seconds)
        log.exception("schedule_failed", project=project, retry_seconds=seconds)
        return True
    if done is not None:
        log.info("schedule_computed", **msgspec.structs.asdict(done))
    return True


async def recompute(
    pool: asyncpg.Pool, intake: Intake, settings: Settings, project: str, now_ms: int
) -> Recomputed | None:
    """Compute a project's schedule and write what it changes; None where there is no project."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        marks = await connection.fetchval(_MARKS, project)
        gathered = await gather(connection, project)
    if gathered is None:
        await pool.execute(_DROP, project)
        return None
    not_after = now_ms // EPOCH_MS_PER_MINUTE + CLOCKS_AHEAD_MINUTES
    # Beside the event loop: ten thousand tasks take it for some tenths of a second.
    found = await asyncio.to_thread(forecast, gathered.snapshot, not_after)
    changed = changes_of(gathered, found)
    rows = [*changed]
    size = settings.schedule_rows_max
    for at in range(0, len(rows), size):
        await _write(intake, project, {row: changed[row] for row in rows[at : at + size]})
    again = await _settle(pool, project, gathered, found, marks)
    return Recomputed(project, len(gathered.snapshot.tasks), len(rows), again)


def changes_of(gathered: Gathered, found: Forecast) -> dict[str, dict[str, Any]]:
    """Return, by task, the fields that are not what they should be."""
    changed: dict[str, dict[str, Any]] = {}
    for task, values in found.values.items():
        present = gathered.present[task]
        fields = {name: values[name] for name in FIELDS if values[name] != present[name]}
        if fields:
            changed[task] = fields
    return changed


async def _write(intake: Intake, project: str, changed: dict[str, dict[str, Any]]) -> None:
    scope = f"project:{project}"
    async with intake.server_transaction([scope]) as transaction:
        if scope not in transaction.workspace.scopes:
            return
        await transaction.load(scope, changed)
        if _write_rows(transaction, scope, changed):
            await follow_figures(transaction)
            await evaluate_alerts(transaction)


def _write_rows(
    transaction: MergeTransaction, scope: str, changed: dict[str, dict[str, Any]]
) -> int:
    """Write the fields that still differ of the tasks that are still there."""
    written = 0
    for task, fields in changed.items():
        row = transaction.workspace.row(scope, task)
        if row is None or row.deleted:
            continue
        wanted = {name: value for name, value in fields.items() if row.values.get(name) != value}
        if wanted:
            transaction.workspace.write(scope, "task", task, wanted, intent="task.schedule")
            written += 1
    return written


async def _settle(
    pool: asyncpg.Pool, project: str, gathered: Gathered, found: Forecast, marks: int | None
) -> bool:
    """Keep what was found, and take the mark away unless it was moved meanwhile."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            _KEEP,
            project,
            found.data_date,
            found.finish,
            len(gathered.snapshot.tasks),
            found.critical,
            found.progress,
            _json(found.longest_path),
            _json(found.cycles),
            _json(found.faults),
            gathered.baseline,
        )
        status = await connection.execute(_SETTLE, project, marks)
        if status != "DELETE 0":
            return False
        return str(await connection.execute(_AGAIN, project)) != "UPDATE 0"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
