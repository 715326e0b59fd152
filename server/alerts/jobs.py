"""What the clock alone changes: tasks fall due and overdue while nobody writes anything."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from server.alerts.book import DEFAULT_LEAD_DAYS
from server.alerts.finance import evaluate_finance
from server.alerts.planning import evaluate_project
from server.alerts.rules import (
    SETTLED_STATUS,
    TASK_RULES,
    WATCHED_KINDS,
    ProjectDay,
    project_day,
    task_signals,
    task_state,
)

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake

log = structlog.get_logger()

_READ_PROJECTS = """
    SELECT id::text, finish::text, time_zone, status FROM project WHERE NOT deleted
"""

# Either side of the OR is a range of the index on (project_id, planned_finish).
_READ_TASKS = """
    SELECT task.project_id::text AS project, task.id::text AS id, task.kind, task.status,
        to_char(task.planned_finish, 'YYYY-MM-DD"T"HH24:MI') AS planned_finish
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS day (project_id, horizon, finish)
    JOIN task ON task.project_id = day.project_id
        AND (planned_finish < day.horizon::date + 1 OR planned_finish >= day.finish::date + 1)
    WHERE NOT task.deleted AND task.kind = ANY($4::text[])
        AND (task.status IS NULL OR task.status <> ALL($5::text[]))
"""

_READ_STANDING = """
    SELECT project_id::text AS project, id::text AS id, facts::text FROM alert
    WHERE scope_kind = 'project' AND status IN ('open', 'acknowledged') AND rule = ANY($1::text[])
"""

Standing = dict[str, Any]
"""Alert id -> its facts."""


async def evaluate_clock(
    intake: Intake, pool: asyncpg.Pool, now_ms: int, lead_days: int = DEFAULT_LEAD_DAYS
) -> list[str]:
    """Bring the alerts on tasks up to the local day of each project; returns those it changed.

    Three queries find the projects whose alerts are not what they should be: usually none, or those
    whose day has turned. Only these are locked and evaluated, each in its own merge transaction. It
    may run at any time, any number of times. A project that fails is logged, and the others go on.
    """
    projects = await pool.fetch(_READ_PROJECTS)
    days = {one["id"]: project_day(dict(one), now_ms, lead_days) for one in projects}
    wanted = await _wanted(pool, days)
    standing: dict[str, Standing] = defaultdict(dict)
    for one in await pool.fetch(_READ_STANDING, TASK_RULES):
        standing[one["project"]][one["id"]] = msgspec.json.decode(one["facts"] or "null")
    changed = sorted(
        project
        for project in wanted.keys() | standing.keys()
        if wanted.get(project, {}) != standing.get(project, {})
    )
    done: list[str] = []
    for project in changed:
        try:
            async with intake.server_transaction([f"project:{project}"]) as transaction:
                await evaluate_project(transaction, project, lead_days)
        except Exception:
            log.exception("alert_clock_failed", project=project)
        else:
            done.append(project)
    return done


async def _wanted(pool: asyncpg.Pool, days: dict[str, ProjectDay]) -> dict[str, Standing]:
    """Return project -> the alerts that its tasks should have today."""
    watched = [project for project, day in days.items() if day.watched]
    records = await pool.fetch(
        _READ_TASKS,
        watched,
        [days[one].horizon for one in watched],
        [days[one].finish or "infinity" for one in watched],
        WATCHED_KINDS,
        SETTLED_STATUS,
    )
    wanted: dict[str, Standing] = defaultdict(dict)
    for task in records:
        project = task["project"]
        for signal in task_signals(task["id"], task_state(dict(task), days[project])):
            if signal.standing == "raised":
                wanted[project][signal.id] = dict(signal.facts)
    return wanted


async def recompute_alerts(
    intake: Intake, pool: asyncpg.Pool, lead_days: int = DEFAULT_LEAD_DAYS
) -> int:
    """Evaluate every project anew; return how many alerts had to be put right.

    It should find none, and says so in the log when it does: merges and the clock keep them true.
    """
    mended = 0
    for record in await pool.fetch("SELECT id::text FROM project ORDER BY id"):
        project = record["id"]
        scopes = [f"project:{project}", f"finance:{project}"]
        try:
            async with intake.server_transaction(scopes) as transaction:
                await evaluate_project(transaction, project, lead_days)
                await evaluate_finance(transaction, project)
                wrong = len(transaction.workspace.touched)
        except Exception:
            log.exception("alerts_recompute_failed", project=project)
            continue
        if wrong:
            log.warning("alerts_mended", project=project, alerts=wrong)
            mended += wrong
    return mended
