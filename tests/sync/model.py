"""A naive model of the causality rules: it keeps every write with all that its writer had seen.

It is written from DESIGN, "Causality, exactly", without a look at `sync.merge`: no vectors are
folded, nothing is forgotten, and every answer is computed anew from the complete set of writes.
Only the three-way merge of two texts is the real one, which has tests of its own.
"""

from typing import Any, NamedTuple

from msgspec import structs

from sync.changes import Change
from sync.schema import Field, Table, Workflow, choice, integer, text, words
from sync.text import merge_texts

ROW = "01890000-0000-7000-8000-000000000001"
STATES = Workflow("a", {"a": ("b", "c"), "b": ("c",), "c": ("a",)}, ("a", "b", "c"))


def every_policy(delete: str) -> Table:
    """Declare a table with a field of every policy."""
    return Table(
        name="thing",
        service="tests",
        scopes=("org",),
        delete="delete_wins" if delete == "delete_wins" else "edit_wins",
        fields=(
            Field("title", text()),
            Field("cost", integer(), "review"),
            Field("progress", integer(), "maximum"),
            Field("stock", integer(), "counter"),
            Field("tags", words(), "set"),
            Field("notes", text(), "text"),
            Field("status", choice("a", "b", "c"), "workflow", workflow=STATES),
            Field("label", text(), "write_once"),
        ),
    )


def knows_later(table: Table) -> Table:
    """Declare what a newer app knows: the same table with one more field."""
    return structs.replace(table, fields=(*table.fields, Field("later_field", integer())))


class Write(NamedTuple):
    """One change with its dot, its time, and everything that its writer had seen."""

    replica: str
    number: int
    time: int
    change: Change

    @property
    def dot(self) -> tuple[str, int]:
        """Return the name of the write."""
        return (self.replica, self.number)

    def saw(self, other: "Write") -> bool:
        """Whether this write's maker had seen the other write when it made this one."""
        if other.replica == self.replica:
            return other.number < self.number
        return self.change.context.get(other.replica, 0) >= other.number

    @property
    def deletes(self) -> bool:
        """Whether this is a delete."""
        return self.change.operation == "delete"


class State(NamedTuple):
    """What a set of writes comes to."""

    values: dict[str, Any]
    siblings: dict[str, list[tuple[str, int]]]
    deleted: bool
    review: list[str]


def writes_of(name: str, writes: list[Write]) -> list[Write]:
    """Return the writes of a field, sorted by dot."""
    return sorted(
        (one for one in writes if name in one.change.after),
        key=lambda one: (one.replica, one.number),
    )


def siblings(name: str, writes: list[Write]) -> list[Write]:
    """Return the writes of a field that no other write of it has seen."""
    field = writes_of(name, writes)
    return [one for one in field if not any(other.saw(one) for other in field)]


def earliest(name: str, writes: list[Write]) -> Write | None:
    """Return the write that stands in a field that is written once."""
    return min(
        writes_of(name, writes),
        key=lambda one: (one.change.after[name] is None, one.time, one.replica, one.number),
        default=None,
    )


def _latest(name: str, live: list[Write]) -> Any:
    return max(live, key=lambda one: (one.time, one.replica, one.number)).change.after[name]


def _text_knowledge(name: str, write: Write, writes: list[Write]) -> dict[str, int]:
    """Return what the writer had pulled, and its own writes of this very field."""
    known = {key: count for key, count in write.change.context.items() if key != write.replica}
    own = [
        one.number
        for one in writes_of(name, writes)
        if one.replica == write.replica and one.number < write.number
    ]
    return {**known, write.replica: max(own)} if own else known


def _text(name: str, live: list[Write], writes: list[Write]) -> tuple[Any, bool]:
    """Return the merged text, and whether it needs a person."""
    texts = [one.change.after[name] for one in live]
    if len(live) == 1:
        return texts[0], False
    for least in live:
        needed = _text_knowledge(name, least, writes)
        if all(
            key == other.replica or _text_knowledge(name, other, writes).get(key, 0) >= count
            for other in live
            for key, count in needed.items()
        ):
            ancestor = least.change.before.get(name) or ""
            break
    else:
        return _latest(name, live), len(set(texts)) > 1
    merged: str | None = texts[0] or ""
    for one in texts[1:]:
        merged = merge_texts(ancestor, merged, one or "") if merged is not None else None
    if merged is None:
        return _latest(name, live), len(set(texts)) > 1
    return merged, False


def _set(name: str, writes: list[Write]) -> list[str]:
    field = writes_of(name, writes)

    def seen(one: Write) -> set[str]:
        return set(one.change.before.get(name) or ())

    def left(one: Write) -> set[str]:
        return set(one.change.after[name] or ())

    present = set()
    for one in field:
        for element in left(one) - seen(one):
            removers = [other for other in field if element in seen(other) - left(other)]
            if not any(other.saw(one) for other in removers):
                present.add(element)
    return sorted(present)


def _sum(name: str, writes: list[Write]) -> int:
    return sum(
        (one.change.after[name] or 0) - (one.change.before.get(name) or 0)
        for one in writes_of(name, writes)
    )


def _once(name: str, writes: list[Write]) -> Any:
    first = earliest(name, writes)
    return first.change.after[name] if first else None


def _strongest(states: list[Any]) -> Any:
    return max(states, key=lambda state: {None: -1, "a": 0, "b": 1, "c": 2}[state])


def _settle(field: Field, writes: list[Write]) -> tuple[Any, bool]:
    name = field.name
    live = siblings(name, writes)
    left = [one.change.after[name] for one in live]
    if field.policy == "text":
        return _text(name, live, writes)
    if field.policy == "review":
        return _latest(name, live), len(set(left)) > 1
    simple: dict[str, Any] = {
        "latest": lambda: _latest(name, live),
        "counter": lambda: _sum(name, writes),
        "set": lambda: _set(name, writes),
        "write_once": lambda: _once(name, writes),
        "maximum": lambda: max((one for one in left if one is not None), default=None),
        "workflow": lambda: _strongest(left),
    }
    return simple[field.policy](), False


def is_deleted(table: Table, writes: list[Write]) -> bool:
    """Whether some delete stands against every edit."""
    edits = [one for one in writes if not one.deletes]
    for delete in (one for one in writes if one.deletes):
        if any(edit.saw(delete) for edit in edits):
            continue
        if table.delete == "delete_wins" or all(delete.saw(edit) for edit in edits):
            return True
    return False


def state(table: Table, writes: list[Write]) -> State:
    """Compute what a set of writes comes to."""
    values: dict[str, Any] = {}
    live: dict[str, list[tuple[str, int]]] = {}
    review = []
    for field in table.fields:
        if not writes_of(field.name, writes):
            continue
        values[field.name], flagged = _settle(field, writes)
        if flagged:
            review.append(field.name)
        if field.policy == "write_once":
            first = earliest(field.name, writes)
            live[field.name] = [first.dot] if first else []
        elif field.policy not in {"counter", "set"}:
            live[field.name] = [one.dot for one in siblings(field.name, writes)]
    return State(values, live, is_deleted(table, writes), sorted(review))


def outcome(field: Field, known: list[Write], write: Write) -> str:
    """Say what becomes of one field of a write: duplicate, late, concurrent or overwrite."""
    if any(one.replica == write.replica and one.number >= write.number for one in known):
        return "duplicate"
    if field.policy == "write_once":
        first = earliest(field.name, known)
        return "concurrent" if first is not None and not write.saw(first) else "overwrite"
    if any(one.saw(write) for one in writes_of(field.name, known)):
        return "late"
    unseen = [one for one in siblings(field.name, known) if not write.saw(one)]
    return "concurrent" if unseen else "overwrite"
