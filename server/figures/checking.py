"""The nightly check of the daily figures: worked out again from reports, compared, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from server.figures.taking import rebuild

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake
    from server.store import Connection

log = structlog.get_logger()

_PROJECTS = "SELECT project_id::text AS project FROM figure_state ORDER BY project"
_DAYS = """
    SELECT figure, day, amount FROM figure_day
    WHERE project_id = $1 AND amount <> 0 ORDER BY figure, day
"""

# The same rule as `server.figures.earning.progress_now`.
_STAND = """
    WITH standing AS (
        SELECT id, CASE WHEN deleted THEN -1 WHEN status IN ('done', 'verified') THEN 10000
            WHEN progress_rolled IS NOT NULL
                AND progress_by IN ('quantity', 'duration', 'units', 'children')
                THEN progress_rolled
            ELSE coalesce(progress, 0) END AS progress
        FROM task WHERE project_id = $1
    )
    UPDATE progress_day SET progress = standing.progress FROM standing
    WHERE project_id = $1 AND task_id = standing.id AND day = 'infinity'
        AND progress_day.progress <> standing.progress
"""


async def rebuild_and_compare(connection: Connection, project: str) -> bool:
    """Work a project's daily figures out from scratch; return whether they were right."""
    before = await connection.fetch(_DAYS, project)
    await connection.execute(_STAND, project)
    await rebuild(connection, project)
    return before == await connection.fetch(_DAYS, project)


async def mend_figures(intake: Intake, pool: asyncpg.Pool) -> list[str]:
    """Put the daily figures right where they are wrong; each is logged: none should be."""
    mended = []
    for record in await pool.fetch(_PROJECTS):
        project = record["project"]
        async with intake.server_transaction([f"project:{project}"]) as transaction:
            if not await rebuild_and_compare(transaction.connection, project):
                mended.append(project)
                log.warning("figures_mended", project=project)
    return mended
