"""Reads a project's network in one snapshot of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from server.projects.planning.calendars import CalendarMalformed, calendar_of_row
from server.projects.planning.forecast import FIELDS, PlanFault, Snapshot
from server.projects.planning.rows import LinkRow, TaskRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.projects.scheduling import WorkCalendar
    from server.store import Connection

_PROJECT = """
    SELECT coalesce(project.data_date, project.start::timestamp) AS data_date, site.country
    FROM project LEFT JOIN site ON site.id = project.site_id AND NOT site.deleted
    WHERE project.id = $1 AND NOT project.deleted
"""

# In the order of ids: the same rows make the same network, whoever wrote them first.
_TASKS = """
    SELECT id::text AS id, parent_id::text AS parent, kind, status, progress, progress_by, weight,
        quantity_planned_thousandths AS quantity_planned,
        quantity_done_thousandths AS quantity_done, planned_start, planned_finish, actual_start,
        actual_finish, duration_minutes AS duration, remaining_minutes AS remaining,
        constraint_kind, constraint_date, calendar_id::text AS calendar, milestone_at
    FROM task WHERE project_id = $1 AND NOT deleted ORDER BY id
"""

_PRESENT = f"""
    SELECT id::text AS id, {", ".join(FIELDS)} FROM task WHERE project_id = $1 AND NOT deleted
"""

_LINKS = """
    SELECT predecessor_id::text AS predecessor, successor_id::text AS successor, kind,
        lag_minutes AS lag, lag_calendar
    FROM task_link WHERE project_id = $1 AND NOT deleted ORDER BY id
"""

_CALENDARS = """
    SELECT id::text AS id, week::text AS week, exceptions::text AS exceptions, country,
        rotation_start, rotation_days_on, rotation_days_off
    FROM calendar WHERE project_id = $1 AND NOT deleted ORDER BY id
"""

CURRENT_BASELINE = """
    SELECT id::text FROM baseline WHERE project_id = $1 AND NOT deleted AND number IS NOT NULL
    ORDER BY number DESC LIMIT 1
"""

_BASELINE = """
    SELECT task_id::text AS task, start, finish FROM baseline_task
    WHERE project_id = $1 AND baseline_id = $2::text::uuid
"""


class Gathered(msgspec.Struct, frozen=True):
    """A snapshot, and what the tasks hold of an earlier one."""

    snapshot: Snapshot
    present: Mapping[str, Mapping[str, Any]]
    baseline: str | None


async def gather(connection: Connection, project: str) -> Gathered | None:
    """Read a project within the transaction's snapshot; None for one that is not there."""
    found = await connection.fetchrow(_PROJECT, project)
    if found is None:
        return None
    calendars, faults = _calendars(await connection.fetch(_CALENDARS, project))
    baseline = await connection.fetchval(CURRENT_BASELINE, project)
    frozen = await connection.fetch(_BASELINE, project, baseline)
    return Gathered(
        Snapshot(
            project,
            found["data_date"],
            found["country"],
            [TaskRow(*one) for one in await connection.fetch(_TASKS, project)],
            [LinkRow(*one) for one in await connection.fetch(_LINKS, project)],
            calendars,
            {one["task"]: (one["start"], one["finish"]) for one in frozen},
            tuple(faults),
        ),
        {
            one["id"]: {name: _wire(one[name]) for name in FIELDS}
            for one in await connection.fetch(_PRESENT, project)
        },
        baseline,
    )


def _calendars(records: list[Any]) -> tuple[dict[str, WorkCalendar], list[PlanFault]]:
    calendars: dict[str, WorkCalendar] = {}
    faults: list[PlanFault] = []
    for record in records:
        values = dict(record)
        for name in ("week", "exceptions"):
            if values[name] is not None:
                values[name] = msgspec.json.decode(values[name])
        try:
            calendars[record["id"]] = calendar_of_row(record["id"], values)
        except CalendarMalformed as malformed:
            faults.append(PlanFault("calendar_malformed", record["id"], malformed.field))
    return calendars, faults


def _wire(value: Any) -> Any:
    written = getattr(value, "isoformat", None)
    return value if written is None else written(timespec="minutes")
