"""What a re-import is keyed on: the file's own identifiers, as people would recognise them.

P6 numbers its rows anew in every copy of a project, but keeps the activity IDs, the codes of the
breakdown and the names of the calendars; MS Project keeps its UIDs and renumbers its codes. Each
format is keyed on what it keeps. Every key begins with its kind, so that no two kinds collide.

A row's id follows from its project and its key: the same file imported twice at once, on two
devices without a link, makes the same rows.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from server.projects.schedules.model import SourceFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.projects.schedules import Schedule, ScheduleProject
    from server.projects.schedules.model import Activity, Assignment, Calendar, Relation, WbsNode

KEY_CHARACTERS_MAX: Final = 120
PREFIXES: Final = {
    "calendar": ("calendar:",),
    "resource": ("resource:", "role:"),
    "task": ("wbs:", "activity:"),
    "task_link": ("link:",),
    "assignment": ("assignment:",),
    "budget_line": ("cost:",),
}
"""Table -> how the keys of its imported rows begin."""
BUDGET_KEY: Final = "budget:schedule"


def row_id(project_id: str, key: str) -> str:
    """Return the id of the row that a key names in a project."""
    return str(uuid5(UUID(project_id), key))


def project_key(project: ScheduleProject) -> str:
    """Return the key of a project: its code, which P6 and MS Project both keep."""
    return fitted_key(f"project:{project.code}")


class Keys:
    """The keys of one project's rows, by the identifiers that the file uses inside itself."""

    def __init__(self, schedule: Schedule, project: ScheduleProject) -> None:
        self._by_code = schedule.source_format is not SourceFormat.MSPDI
        self._taken: set[str] = set()
        self.root = root_of(project)
        self.calendars = {one.identifier: self._calendar(one) for one in schedule.calendars}
        self.resources = {
            one.identifier: self._unique(f"resource:{one.identifier}") for one in schedule.resources
        }
        self.roles = {
            one.identifier: self._unique(f"role:{one.identifier}") for one in schedule.roles
        }
        self.nodes: dict[str, str] = {}
        for node in parents_first(project.wbs):
            if node is not self.root:
                self.nodes[node.identifier] = self._node(node)
        self.activities = {one.identifier: self._activity(one) for one in project.activities}

    def task(self, identifier: str) -> str | None:
        """Return the key of an activity or, as MS Project's links allow, of a node."""
        return self.activities.get(identifier) or self.nodes.get(identifier)

    def link(self, relation: Relation, predecessor: str, successor: str) -> str:
        """Return the key of a link: its two ends and its type, which P6 keeps unique."""
        ends = f"{_bare(predecessor)}>{_bare(successor)}"
        return self._unique(f"link:{relation.type.value}:{ends}")

    def assignment(self, assignment: Assignment, task: str, resource: str) -> str:
        """Return the key of an assignment."""
        if self._by_code:
            return self._unique(f"assignment:{_bare(task)}<{resource}")
        return self._unique(f"assignment:{assignment.identifier}")

    def _calendar(self, calendar: Calendar) -> str:
        # A copied P6 project brings a copy of its calendar: only the name stays.
        name = calendar.name if self._by_code else calendar.identifier
        return self._unique(f"calendar:{name}")

    def _node(self, node: WbsNode) -> str:
        if not self._by_code:
            return self._unique(f"wbs:{node.identifier}")
        above = self.nodes.get(node.parent or "")
        path = f"{above}.{node.code}" if above else f"wbs:{node.code}"
        return self._unique(path)

    def _activity(self, activity: Activity) -> str:
        name = activity.code if self._by_code and activity.code else activity.identifier
        return self._unique(f"activity:{name}")

    def _unique(self, key: str) -> str:
        """Return a key, numbered if others bear it already in the file's order."""
        fitted = key = fitted_key(key)
        number = 2
        while fitted in self._taken:
            fitted = fitted_key(f"{key}#{number}")
            number += 1
        self._taken.add(fitted)
        return fitted


def root_of(project: ScheduleProject) -> WbsNode | None:
    """Return the node that is the project itself: the first without a parent."""
    return next((node for node in project.wbs if node.parent is None), None)


def parents_first(nodes: Iterable[WbsNode]) -> list[WbsNode]:
    """Return nodes such that each comes after its parent, siblings in the file's order."""
    children: dict[str | None, list[WbsNode]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    ordered: list[WbsNode] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += children.get(node.identifier, [])[::-1]
    return ordered


def _bare(key: str) -> str:
    """Return a task's key without its kind, as short as it stays unique: activities are many."""
    return key.removeprefix("activity:")


def fitted_key(key: str) -> str:
    """Cut a key that is too long, and end it with a digest of the whole."""
    key = key.replace("\x00", "")
    if len(key) <= KEY_CHARACTERS_MAX:
        return key
    digest = blake2b(key.encode(), digest_size=8).hexdigest()
    return f"{key[: KEY_CHARACTERS_MAX - len(digest) - 1]}~{digest}"
