"""Schema skew: work that an older app recorded offline is brought to this schema, step by step.

Each upgrade is a small pure function from a change set of version n to one of version n + 1: it
renames a field, splits a value, fills in a table's new required field. An upgrade is never removed
while a device may still hold work of its version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from sync.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.changes import Change, ChangeSet


class Upgrade(NamedTuple):
    """One step: how a change of version `version` reads in version `version + 1`."""

    version: int
    change: Callable[[Change], Change | None]
    """The change as the next version says it, or None when it has nothing left to say."""


UPGRADES: tuple[Upgrade, ...] = ()
"""Every step there is, oldest first. Version 1 is the first, so there is none yet."""


def upgrade(
    change_set: ChangeSet, *, to: int = SCHEMA_VERSION, upgrades: tuple[Upgrade, ...] = UPGRADES
) -> ChangeSet | None:
    """Bring a change set to version `to`.

    One of the same or of a newer version is returned as it is: fields that this server does not
    know are kept by the merge. None when a step is missing, or when nothing of the action is left:
    the answer is then `schema_unsupported`.
    """
    steps = {step.version: step.change for step in upgrades}
    for version in range(change_set.schema, to):
        step = steps.get(version)
        if step is None:
            return None
        changes = [after for before in change_set.changes if (after := step(before)) is not None]
        if not changes:
            return None
        change_set = structs.replace(change_set, schema=version + 1, changes=changes)
    return change_set


def rename_field(table: str, names: Mapping[str, str]) -> Callable[[Change], Change]:
    """Build a step that renames fields of one table, in what was seen and in what was left."""

    def renamed(change: Change) -> Change:
        if change.table != table:
            return change
        return structs.replace(
            change,
            before={names.get(name, name): value for name, value in change.before.items()},
            after={names.get(name, name): value for name, value in change.after.items()},
        )

    return renamed
