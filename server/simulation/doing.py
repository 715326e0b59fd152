"""What all acts of a play share: the scene, and change sets to be."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.replica import Edit
from sync.replica.identity import uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.simulation.script import Site, Step
    from sync.replica import Shown


class Scene(Struct):
    """What the players share."""

    site: Site
    start: dt.date
    started_ms: int
    people: Mapping[str, str]
    """Device -> id of its person."""
    crew: tuple[str, ...]
    """Ids of those who can be assigned."""
    rows: dict[str, str]
    """Key of the script -> id of the row."""

    def day(self, number: int) -> dt.date:
        """Return the date of a day of the play; the first is 1."""
        return self.start + dt.timedelta(days=number - 1)

    def row_id(self, step: Step) -> str:
        """Return the id of the row that a step makes, and remember it by its key."""
        row = uuid7(self.started_ms, bytes.fromhex(step.values["id"]))
        if step.about:
            self.rows.setdefault(step.about, row)
        return row

    @property
    def scope(self) -> str:
        """Return the project's scope."""
        return f"project:{self.site.project}"

    @property
    def finance(self) -> str:
        """Return the scope of the project's money."""
        return f"finance:{self.site.project}"


class Intended(Struct, frozen=True):
    """One change set to be."""

    intent: str
    edits: list[Edit]


def updated(shown: Shown, intent: str, **after: Any) -> list[Intended]:
    """Change some fields of a row; nothing where they are so already."""
    changed = {name: value for name, value in after.items() if shown.values.get(name) != value}
    if not changed:
        return []
    return [Intended(intent, [Edit(shown.table, shown.row, after=changed)])]


def made(table: str, row: str, intent: str, **after: Any) -> list[Intended]:
    """Make a row."""
    return [Intended(intent, [Edit(table, row, operation="create", after=after)])]
