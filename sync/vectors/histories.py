"""The cases as writes, and random honest histories beside the hand-written ones.

Only `Random.random` is drawn from: its sequence is the same in every version of Python.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from sync.changes import Change
from sync.merge import Merged, Row, canonical, merge
from sync.schema import Field, Table, Workflow, choice, integer, text, words
from sync.vectors.meanings import A, B, C, Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW = "01890000-0000-7000-8000-000000000001"
T = TypeVar("T")

_STATES = Workflow(
    "open",
    {"open": ("done", "cancelled"), "done": ("open",), "cancelled": ("open",)},
    ("open", "done", "cancelled"),
)
_TEXTS = (
    "",
    "one two three four",
    "one 2 three four",
    "one two three 4",
    "zero one two three four",
)
_CHOICES: dict[str, Sequence[Any]] = {
    "title": ("x", "y", None),
    "cost": (1, 2, 3, None),
    "progress": (1, 2, 3, None),
    "stock": (0, 1, 5, None),
    "tags": ([], ["p"], ["p", "q"], ["q", "r"]),
    "notes": (*_TEXTS, None),
    "status": ("open", "done", "cancelled"),
    "label": ("m", "n", None),
    "colour": ("red", "blue"),
}
_FOCUS_MAX = 3


def table_of(delete: str) -> Table:
    """Declare the table of the cases: a field of every policy."""
    return Table(
        name="thing",
        service="vectors",
        scopes=("org",),
        delete="delete_wins" if delete == "delete_wins" else "edit_wins",
        fields=(
            Field("title", text()),
            Field("cost", integer(), "review"),
            Field("progress", integer(), "maximum"),
            Field("stock", integer(), "counter"),
            Field("tags", words(), "set"),
            Field("notes", text(), "text"),
            Field("status", choice("open", "done", "cancelled"), "workflow", workflow=_STATES),
            Field("label", text(), "write_once"),
        ),
    )


class Write(NamedTuple):
    """A change with its dot and time."""

    replica: str
    counter: int
    time: int
    change: Change


def writes_of(meaning: Meaning) -> list[Write]:
    """Return a hand-written case's writes."""
    return [
        Write(replica, counter, time, _change(context, before, after))
        for replica, counter, time, context, before, after in meaning.writes
    ]


def _change(
    context: dict[str, int], before: dict[str, Any], after: dict[str, Any] | None
) -> Change:
    operation: Any = "delete" if after is None else "update" if context else "create"
    return Change("org", "thing", ROW, operation, context, before, after or {})


def apply(table: Table, row: Row | None, write: Write) -> Merged:
    """Merge one write."""
    replica, counter, time, change = write
    return merge(table, row, change, replica=replica, number=counter, time=time)


def step(merged: Merged) -> dict[str, Any]:
    """Return what an implementation must say of one merge."""
    conflicts: list[dict[str, Any]] = msgspec.to_builtins(merged.conflicts)
    return {
        "duplicate": merged.duplicate,
        "late": merged.late,
        "concurrent": merged.concurrent,
        "settled": merged.settled,
        "conflicts": conflicts,
    }


def run(table: Table, writes: Sequence[Write]) -> tuple[Row, list[dict[str, Any]]]:
    """Merge writes in order; return the row and what was said at each step."""
    row: Row | None = None
    steps = []
    for write in writes:
        merged = apply(table, row, write)
        row = merged.row
        steps.append(step(merged))
    if row is None:
        raise ValueError("a case needs a write")
    return row, steps


def _pick(rng: Random, things: Sequence[T]) -> T:
    return things[int(rng.random() * len(things))]


def random_writes(seed: int, table: Table) -> list[Write]:
    """Play three replicas that see each other in part; return their writes as they were made."""
    rng = Random(seed)  # noqa: S311
    replicas = (A, B, C)
    focus = [_pick(rng, sorted(_CHOICES)) for _ in range(1 + int(rng.random() * _FOCUS_MAX))]
    made: dict[str, list[Write]] = {replica: [] for replica in replicas}
    heard = {replica: dict.fromkeys(replicas, 0) for replica in replicas}
    rows: dict[str, Row | None] = dict.fromkeys(replicas)
    order: list[Write] = []
    while len(order) < 4 + seed % 5:
        replica, maker = _pick(rng, replicas), _pick(rng, replicas)
        if maker != replica:
            for write in made[maker][heard[replica][maker] :][:1]:
                rows[replica] = apply(table, rows[replica], write).row
                heard[replica][maker] += 1
            continue
        row = rows[replica]
        context = {
            key: count for key, count in (row.vector if row else {}).items() if key != replica
        }
        after = {name: _pick(rng, _CHOICES[name]) for name in focus}
        before = {name: row.values[name] for name in focus if row and name in row.values}
        change = _change(context, before, None if rng.random() < 0.2 else after)  # noqa: PLR2004
        write = Write(replica, len(made[replica]) + 1, int(rng.random() * 5), change)
        made[replica].append(write)
        heard[replica][replica] += 1
        rows[replica] = apply(table, row, write).row
        order.append(write)
    return order


def other_order(seed: int, writes: Sequence[Write]) -> list[int]:
    """Return positions in an order that keeps each replica's own, with some repeated."""
    rng = Random(seed)  # noqa: S311
    left: dict[str, list[int]] = {}
    for position, write in enumerate(writes):
        left.setdefault(write.replica, []).append(position)
    order: list[int] = []
    while left:
        replica = _pick(rng, sorted(left))
        order.append(left[replica].pop(0))
        if not left[replica]:
            del left[replica]
        if rng.random() < 0.2:  # noqa: PLR2004
            order.append(_pick(rng, order))
    return order


__all__ = ["apply", "canonical", "other_order", "random_writes", "run", "table_of", "writes_of"]
