"""P6's activity codes as tags, "Discipline: Électricité": what crews sort their work by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.projects.importing.values import fitted

if TYPE_CHECKING:
    from server.projects.importing.plan import LeftBuilder
    from server.projects.schedules import Schedule, ScheduleProject

TYPE_CHARACTERS_MAX: Final = 30
TAG_CHARACTERS_MAX: Final = 80
TAGS_MAX: Final = 50
"""Half of what a task may bear: the rest is for people's own."""


def activity_tags(
    schedule: Schedule, project: ScheduleProject, left: LeftBuilder
) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Return how tags of activity codes begin, and the sorted tags of each activity that has any.

    Those above TAGS_MAX are left, and counted.
    """
    beginnings = {
        one.identifier: f"{fitted(one.name, TYPE_CHARACTERS_MAX) or '?'}: "
        for one in schedule.code_types
    }
    names = {
        code.identifier: fitted(
            beginnings[code.type] + (code.name or code.code), TAG_CHARACTERS_MAX
        )
        for code in schedule.codes
        if code.type in beginnings
    }
    found: dict[str, set[str]] = {}
    for use in project.code_uses:
        name = names.get(use.code)
        if name is not None:
            found.setdefault(use.activity, set()).add(name)
    tags = {}
    for activity, held in found.items():
        if len(held) > TAGS_MAX:
            left.add("code_cut", activity, len(held) - TAGS_MAX)
        tags[activity] = sorted(held)[:TAGS_MAX]
    return tuple(sorted({*beginnings.values()})), tags
