"""The nightly check of the daily figures: worked out again from reports, compared, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from server.figures.taking import rebuild

if TYPE_CHECKING:
    import datetime as dt

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
    INSERT INTO progress_day (project_id, task_id, day, progress, time)
    SELECT $1, id, day, progress, 0 FROM standing,
        LATERAL (VALUES ('infinity'::date), ($2::date)) AS said (day)
    WHERE (day = 'infinity' AND (progress > 0 OR EXISTS (SELECT FROM progress_day
            WHERE project_id = $1 AND task_id = id)))
        -- What nobody was seen to say counts from today on.
        OR (day = $2 AND progress > 0 AND NOT EXISTS (SELECT FROM progress_day
            WHERE project_id = $1 AND task_id = id AND day < 'infinity'))
    ON CONFLICT (project_id, task_id, day) DO UPDATE SET progress = excluded.progress
        WHERE progress_day.progress <> excluded.progress
"""


async def rebuild_and_compare(connection: Connection, project: str, today: dt.date) -> bool:
    """Work a project's daily figures out from scratch; return whether they were right."""
    before = await connection.fetch(_DAYS, project)
    await connection.execute(_STAND, project, today)
    await rebuild(connection, project)
    return before == await connection.fetch(_DAYS, project)


async def mend_figures(intake: Intake, pool: asyncpg.Pool, today: dt.date) -> list[str]:
    """Put the daily figures right where they are wrong; each is logged: none should be."""
    mended = []
    for record in await pool.fetch(_PROJECTS):
        project = record["project"]
        async with intake.server_transaction([f"project:{project}"]) as transaction:
            if not await rebuild_and_compare(transaction.connection, project, today):
                mended.append(project)
                log.warning("figures_mended", project=project)
    return mended
