"""Daily reports as every tablet makes them alike: their ids, and what they begin with.

One site has one report a day, shift and revision. Its id is worked out from these, so that two
tablets that write it offline write one row: their entries merge, none is lost.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha1
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPORT_NAMESPACE = bytes.fromhex("5a1f7c7e6f3b5d0a8a539c2b6a0f41d7")

NIGHT_BEGINS_HOUR = 18
"""From this hour on a shift that begins is a night shift; it belongs to the date it began on."""
DAY_BEGINS_HOUR = 6
"""Before this hour the night shift of the day before is still at work."""

PLANNED_TASKS_MAX = 200
UNFINISHED = frozenset({None, "todo", "in_progress", "blocked"})


def report_id(project: str, date: str, shift: str, revision: int = 1) -> str:
    """Return the row id of the report of a site, day, shift and revision.

    A UUID of version 5 (RFC 9562): the name `project/date/shift/revision` within our namespace.
    """
    name = f"{project}/{date}/{shift}/{revision}".encode()
    digest = bytearray(sha1(REPORT_NAMESPACE + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    found = digest.hex()
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def shift_at(local: dt.datetime) -> tuple[dt.date, str]:
    """Return the date and shift that someone works on at a local time.

    A night shift belongs to the date on which it began.
    """
    if local.hour < DAY_BEGINS_HOUR:
        return local.date() - dt.timedelta(days=1), "night"
    return local.date(), "day" if local.hour < NIGHT_BEGINS_HOUR else "night"


def planned_on(task: Mapping[str, Any], date: str) -> bool:
    """Whether a task is to be worked on at a date: planned for it, or begun and not finished."""
    if task.get("kind") == "summary" or task.get("status") not in UNFINISHED:
        return False
    start = task.get("actual_start") or task.get("planned_start")
    if not isinstance(start, str) or start[:10] > date:
        return False
    if task.get("status") in {"in_progress", "blocked"}:
        return True
    finish = task.get("planned_finish") or start
    return isinstance(finish, str) and finish[:10] >= date


def prefilled(
    tasks: Iterable[tuple[str, Mapping[str, Any]]], date: str
) -> tuple[str, list[dict[str, Any]]]:
    """Return the planned work and the first lines of a report, from the tasks planned for its day.

    Args:
        tasks: (id, values) of the project's tasks, in any order.
        date: the report's date, `YYYY-MM-DD`.

    Returns:
        The text for `work_planned`, and values of quantity lines for tasks that are measured; the
        crew fills in what was done.

    """
    found = sorted(
        ((task, values) for task, values in tasks if planned_on(values, date)),
        key=lambda one: (one[1].get("planned_start") or "", one[1].get("code") or "", one[0]),
    )[:PLANNED_TASKS_MAX]
    words = [
        " ".join(str(part) for part in (values.get("code"), values.get("name")) if part)
        for _, values in found
    ]
    lines = [
        {
            "kind": "quantity",
            "label": str(values.get("name"))[:200],
            "task_id": task,
            "unit": values["quantity_unit"],
        }
        for task, values in found
        if values.get("quantity_unit")
    ]
    return "\n".join(words), lines
