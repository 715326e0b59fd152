"""The rule of devices: one that a project's people work with has said nothing for too long."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from server.alerts.rules import ProjectDay, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.alerts.book import Book
    from server.store import Connection

RULE = "device_silent"

_NAMESPACE = uuid.UUID("0a7f4c52-93d8-5b1c-8f31-7f6a2b1f9f60")

# One that is silent for very long and owes nothing was put away.
_READ_SILENT = """
    SELECT day.project_id::text AS project, replica.id, replica.name,
        replica.person_id::text AS person, replica.waiting_change_sets AS waiting,
        (extract(epoch FROM coalesce(last_seen_at, registered_at)) * 1000)::bigint AS seen
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS day (project_id, late, early)
    JOIN member ON member.project_id = day.project_id AND NOT member.deleted
    JOIN replica ON replica.person_id = member.person_id
    WHERE revoked_at IS NULL AND NOT replica.office AND replica.client_id IS NULL
        AND coalesce(last_seen_at, registered_at) < day.late
        AND (waiting_change_sets > 0 OR coalesce(last_seen_at, registered_at) >= day.early)
    ORDER BY replica.id
"""


def device_subject(project: str, replica: str) -> str:
    """Return the id that stands for a device as the subject of a project's alert.

    Its people may belong to several projects: each has an alert of its own, which is a row of its
    own on the tablets that read them all.
    """
    return str(uuid.uuid5(_NAMESPACE, f"{project}:{replica}"))


async def read_silent(
    connection: Connection, days: Mapping[str, ProjectDay], books: Callable[[str], Book]
) -> dict[str, list[Signal]]:
    """Return the alerts on silent devices of projects, read in one statement."""
    wanted = {
        project: day
        for project, day in days.items()
        if day.watched and books(project)[RULE].enabled
    }
    found: dict[str, list[Signal]] = defaultdict(list)
    if not wanted:
        return found
    late = [_ago(day, hours=books(project)[RULE].wait_hours) for project, day in wanted.items()]
    early = [
        _ago(day, hours=24 * books(project)[RULE].horizon_days) for project, day in wanted.items()
    ]
    for one in await connection.fetch(_READ_SILENT, [*wanted], late, early):
        project = one["project"]
        found[project].append(_signal(one, books(project)[RULE].level))
    return found


def _signal(one: Any, level: Any) -> Signal:
    facts = {
        "replica": one["id"],
        "device": one["name"],
        "person_id": one["person"],
        "last_seen_at": one["seen"],
        "waiting_change_sets": one["waiting"],
    }
    return Signal(
        RULE,
        "replica",
        device_subject(one["project"], one["id"]),
        "raised",
        level=level or ("warning" if one["waiting"] else "information"),
        facts=facts,
    )


def _ago(day: ProjectDay, *, hours: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(day.before_now(hours) / 1000, tz=dt.UTC)
