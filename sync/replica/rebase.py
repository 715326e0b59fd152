"""Rebase: what a row shows, from the server's state and the replica's own changes over it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from sync.clock import covers, join
from sync.policy import counter
from sync.text import merge_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.changes import Change
    from sync.schema import Table

SyncState = Literal["saved_here", "sent", "confirmed"]
"""`saved_here`: on this device only, as far as it knows. `sent`: the server has answered for it.
`confirmed`: what is shown came back from the server."""


class BaseRow(Struct, frozen=True):
    """The server's state of a row, as last pulled."""

    table: str
    row: str
    scope: str
    seq: int
    deleted: bool
    vector: dict[str, int]
    values: dict[str, Any]
    review: list[str]


class OwnChange(Struct, frozen=True):
    """A change of this replica that the base may not hold yet."""

    replica: str
    counter: int
    acknowledged: bool
    change: Change


class Shown(Struct, frozen=True):
    """A row as the replica shows it."""

    table: str
    row: str
    scope: str
    values: dict[str, Any]
    deleted: bool
    state: SyncState
    review: list[str] = []


def rebase(table: Table, base: BaseRow | None, own: Iterable[OwnChange]) -> Shown | None:
    """Apply a replica's own changes, in the order they were made, over the server's row.

    A change that the row's vector covers is in the base already: its answer was lost on the way.

    Returns:
        What to show, or None when nothing is known of the row but changes of it: the scope was
        withdrawn, or its creation rejected.

    """
    values = dict(base.values) if base is not None else {}
    deleted = base is not None and base.deleted
    vector: Mapping[str, int] = base.vector if base is not None else {}
    known = base is not None
    scope = base.scope if base is not None else None
    state: SyncState = "confirmed"
    for one in own:
        change = one.change
        if not one.acknowledged:
            state = "saved_here"
        elif state == "confirmed":
            state = "sent"
        if covers(vector, one.replica, one.counter):
            continue
        known = known or change.operation == "create"
        scope = scope or change.scope
        if change.operation == "delete":
            deleted = True
            continue
        _apply(table, values, change)
        deleted = deleted and table.delete == "delete_wins" and not _had_seen(one, vector)
    if not known or scope is None or (base is None and not values):
        return None
    row = base.row if base is not None else next(iter(own)).change.row
    review = [] if base is None else base.review
    return Shown(table.name, row, scope, values, deleted, state, review)


def _had_seen(one: OwnChange, vector: Mapping[str, int]) -> bool:
    context = one.change.context
    return all(
        maker == one.replica or context.get(maker, 0) >= count for maker, count in vector.items()
    )


def _apply(table: Table, values: dict[str, Any], change: Change) -> None:
    for name, after in change.after.items():
        field = table.by_name.get(name)
        before = change.before.get(name)
        match None if field is None else field.policy:
            case "counter":
                values[name] = counter(values.get(name), before, after)
            case "set":
                removed = set(before or ()) - set(after or ())
                added = set(after or ()) - set(before or ())
                values[name] = sorted((set(values.get(name) or ()) - removed) | added)
            case "text" if values.get(name) != before:
                merged = merge_texts(before or "", values.get(name) or "", after or "")
                values[name] = after if merged is None else merged
            case _:
                values[name] = after


def context_of(base: BaseRow | None, own: Iterable[OwnChange], replica: str) -> dict[str, int]:
    """Return what the replica has seen of a row, for the context of a new change.

    The base's vector, and its own answered changes under other ids it had before it forked; those
    under its present id go without saying.
    """
    context = dict(base.vector) if base is not None else {}
    for one in own:
        if one.replica != replica and one.acknowledged:
            context = join(context, {one.replica: one.counter})
    return context
