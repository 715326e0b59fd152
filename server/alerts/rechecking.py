"""What a merge leaves for the worker: projects to evaluate anew, at once, in their own turn.

Sums over a whole project would make a merge cost by what is stored instead of by what changed, and
a changed rule concerns projects whose scopes the merge does not hold. Both are put down in the
merge's own transaction, and taken up by a worker within a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from server.alerts.book import DEFAULT_LEAD_DAYS, read_shelf
from server.alerts.settling import differs
from server.alerts.telling import write_events
from server.alerts.whole import evaluate_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import asyncpg

    from server.intake import Entry, Intake, MergeTransaction

log = structlog.get_logger()

PAUSE_SECONDS_MIN = 5
PAUSE_SECONDS_MAX = 3_600

_RULE_FIELDS = (
    "enabled",
    "level",
    "thresholds",
    "horizon_days",
    "bound",
    "wait_hours",
)

_ASK = """
    INSERT INTO alert_recheck (project_id, asked_at)
    SELECT project, to_timestamp($3::bigint / 1000.0)
    FROM unnest($1::uuid[], $2::boolean[]) AS asked (project, surely)
    WHERE surely OR EXISTS (SELECT FROM figure_state WHERE project_id = project)
"""
_ASK_ALL = """
    INSERT INTO alert_recheck (project_id, asked_at)
    SELECT id, to_timestamp($1::bigint / 1000.0) FROM project WHERE NOT deleted
"""

_ASK_SITES = """
    INSERT INTO alert_recheck (project_id, asked_at)
    SELECT id, to_timestamp($2::bigint / 1000.0) FROM project
    WHERE site_id = ANY($1::uuid[]) AND NOT deleted
"""

# Not taken out yet: that happens under the project's locks, see `recheck_next`.
_NEXT = """
    SELECT project_id::text FROM alert_recheck WHERE next_at <= $1::timestamptz ORDER BY id LIMIT 1
"""
_TAKE = "DELETE FROM alert_recheck WHERE project_id = $1 RETURNING id"
_LATER = """
    UPDATE alert_recheck SET attempts = attempts + 1,
        next_at = $2::timestamptz + least($3 * 2 ^ least(attempts, 20), $4) * interval '1 second'
    WHERE project_id = $1
"""


async def ask_recheck(
    transaction: MergeTransaction, projects: Mapping[str, bool], beyond: Sequence[Entry]
) -> None:
    """Put down what is to be looked at anew, if anything.

    Args:
        transaction: the merge.
        projects: those of which something moved that a merge does not add up; and whether this
            is so even where nothing is added up yet.
        beyond: the touched rules and sites, which concern projects that the merge does not hold.

    """
    connection, now = transaction.connection, transaction.workspace.now_ms
    changed = [
        one.row.values
        for one in beyond
        if one.table.name == "alert_rule" and one.row and differs(one, _RULE_FIELDS)
    ]
    # Its country says which days are worked where no calendar does.
    sites = [
        one.row.id
        for one in beyond
        if one.table.name == "site" and one.row and differs(one, ("country",))
    ]
    if sites:
        await connection.execute(_ASK_SITES, sites, now)
    if any(values.get("project_id") is None for values in changed):
        await connection.execute(_ASK_ALL, now)
        return
    wanted = {**projects, **{values["project_id"]: True for values in changed}}
    if wanted:
        await connection.execute(_ASK, [*wanted], [*wanted.values()], now)


async def recheck_next(
    intake: Intake, pool: asyncpg.Pool, now: Any, lead_days: int = DEFAULT_LEAD_DAYS
) -> bool:
    """Evaluate the project that has waited longest anew; return whether there was one.

    All that asks for a project is taken out at once, under the project's locks: who asked and
    has committed is then seen, and who has not asks again. One that fails waits, and the others go
    on.
    """
    project = await pool.fetchval(_NEXT, now)
    if project is None:
        return False
    scopes = [f"project:{project}", f"finance:{project}"]
    try:
        async with intake.server_transaction(scopes) as transaction:
            taken = await transaction.connection.fetch(_TAKE, project)
            if taken and len(transaction.workspace.scopes) == len(scopes):
                shelf = await read_shelf(transaction.connection, [project], lead_days)
                await evaluate_whole(transaction, project, shelf.book(project))
                await write_events(transaction)
    except Exception:
        log.exception("alert_recheck_failed", project=project)
        await pool.execute(_LATER, project, now, PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX)
    return True
