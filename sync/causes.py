"""What a row remembers, beside its values, so that the next change can be merged.

Per field the writes that no other write has seen, its *siblings*. Nearly always there is one, and
then only its dot and time are kept, shared by all fields written together (a `Stamp`).

What a writer had seen is needed only as far as it lies beyond the row's vector: a dot that the
vector covers can only come back as a duplicate. So between tablets and one server nothing of it is
stored; behind a relay, a writer's context may name writes that arrive later, and those are
`Awaited` until the vector has caught up.

Source: Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores"
(2014), for the compaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from sync.clock import beyond
from sync.policy import Sibling
from sync.sets import Additions, Removals  # noqa: TC001 (msgspec resolves them at run time)

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


class Stamp(Struct, frozen=True, array_like=True, gc=False):
    """The dot and time of fields written together, of which each is its field's only sibling."""

    replica: str
    counter: int
    time: int
    fields: list[str]


class Text(Struct, frozen=True, array_like=True):
    """A `text` field's writes, with what a three-way merge needs of them."""

    siblings: list[Sibling]
    """Sorted by dot; a lone one leaves its value to the row's values."""
    wrote: dict[str, int]
    """Replica -> its last write of this field."""


class Tombstone(Struct, frozen=True, array_like=True):
    """A delete that stands."""

    replica: str
    counter: int
    time: int
    unseen: dict[str, int] = {}
    """What the deleter had seen beyond the row's vector: edits that will arrive late."""


class Awaited(Struct, frozen=True, array_like=True):
    """What writers had seen beyond the row's vector: it will arrive late."""

    edits: dict[str, int] = {}
    """What the writers of any field had seen."""
    fields: dict[str, dict[str, int]] = {}
    """Field -> what its writers had seen."""
    removals: dict[str, Removals] = {}
    """Set field -> element -> what its removers had seen."""


class Causes(Struct, frozen=True, array_like=True):
    """The causal part of a row's state."""

    stamps: list[Stamp] = []
    siblings: dict[str, list[Sibling]] = {}
    """Fields with concurrent writes, sorted by dot."""
    sets: dict[str, Additions] = {}
    texts: dict[str, Text] = {}
    tombstones: list[Tombstone] = []
    edits: dict[str, int] | None = None
    """Vector of the edits alone, once the row's vector also covers deletes."""
    awaited: Awaited | None = None


class Row(Struct, frozen=True):
    """The state of one row: what everyone sees, and what the merge remembers."""

    table: str
    id: str
    vector: dict[str, int]
    values: dict[str, Any]
    causes: Causes
    deleted: bool = False
    review: list[str] = []


def writers(row: Row, name: str) -> list[Sibling]:
    """Return the live writes of a one-value field, sorted by dot; none if it was never written."""
    causes = row.causes
    if name in causes.siblings:
        return causes.siblings[name]
    if name in causes.texts:
        found = causes.texts[name].siblings
        lone = len(found) == 1
        return [structs.replace(found[0], value=row.values.get(name))] if lone else found
    for stamp in causes.stamps:
        if name in stamp.fields:
            return [Sibling(stamp.replica, stamp.counter, stamp.time, row.values.get(name))]
    return []


def without(stamps: list[Stamp], names: Container[str]) -> list[Stamp]:
    """Take the named fields out of the stamps; always a new list."""
    kept = []
    for stamp in stamps:
        rest = [name for name in stamp.fields if name not in names]
        if len(rest) == len(stamp.fields):
            kept.append(stamp)
        elif rest:
            kept.append(Stamp(stamp.replica, stamp.counter, stamp.time, rest))
    return kept


def _rests(
    vectors: Mapping[str, Mapping[str, int]], seen: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    rests = {key: beyond(vector, seen) for key, vector in vectors.items()}
    return {key: rest for key, rest in rests.items() if rest}


def still_awaited(awaited: Awaited, vector: Mapping[str, int]) -> Awaited | None:
    """Drop what the row's vector has caught up with; None when nothing is left."""
    removals = {name: _rests(known, vector) for name, known in awaited.removals.items()}
    left = Awaited(
        beyond(awaited.edits, vector),
        _rests(awaited.fields, vector),
        {name: known for name, known in removals.items() if known},
    )
    return left if left.edits or left.fields or left.removals else None


def canonical(row: Row) -> dict[str, Any]:
    """Return the whole state of a row in one form, whatever the order its changes came in.

    Two rows hold the same exactly when their canonical forms are equal. The form is made of JSON
    values, for comparison by every implementation; it is not what the store keeps.
    """
    causes = row.causes
    stamped = {name for stamp in causes.stamps for name in stamp.fields}
    awaited = causes.awaited or Awaited()
    return {
        "table": row.table,
        "id": row.id,
        "vector": row.vector,
        "values": row.values,
        "deleted": row.deleted,
        "review": sorted(row.review),
        "writes": {
            name: [[one.replica, one.counter, one.time, one.value] for one in writers(row, name)]
            for name in sorted({*stamped, *causes.siblings, *causes.texts})
        },
        "texts": {
            name: {
                "wrote": text.wrote,
                "from": [[one.replica, one.before, one.context] for one in text.siblings],
            }
            for name, text in causes.texts.items()
        },
        "sets": {
            name: {element: [list(dot) for dot in dots] for element, dots in additions.items()}
            for name, additions in causes.sets.items()
        },
        "deletes": sorted([one.replica, one.counter, one.time] for one in causes.tombstones),
        "deletes_await": {
            f"{one.replica}:{one.counter}": one.unseen for one in causes.tombstones if one.unseen
        },
        "edits": row.vector if causes.edits is None else causes.edits,
        "awaited": {
            "edits": awaited.edits,
            "fields": awaited.fields,
            "removals": awaited.removals,
        },
    }
