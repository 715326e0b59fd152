"""Hand-written cases: what each policy and each rule means, with the result a person expects.

The writes of a case are `(replica, counter, time, context, before, after)`; an `after` of None is a
delete. The expected result was written down by hand, never computed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

A, B, C = "a" * 16, "b" * 16, "c" * 16

WriteParts = tuple[str, int, int, dict[str, int], dict[str, Any], dict[str, Any] | None]


class Meaning(NamedTuple):
    """One situation and what it must come to, in the order given and in every other allowed."""

    name: str
    writes: list[WriteParts]
    values: dict[str, Any]
    deleted: bool = False
    review: tuple[str, ...] = ()
    lost: tuple[Any, ...] = ()
    """Values that some conflict notice must show as lost, in the order given."""
    delete: str = "edit_wins"


MEANINGS = [
    Meaning(
        "a later write that had seen the first overwrites it, whatever the clocks say",
        [
            (A, 1, 900, {}, {}, {"title": "x"}),
            (B, 1, 100, {A: 1}, {"title": "x"}, {"title": "y"}),
        ],
        {"title": "y"},
    ),
    Meaning(
        "latest: of two concurrent writes the later time shows, the other is told",
        [
            (A, 1, 200, {}, {}, {"title": "x"}),
            (B, 1, 100, {}, {}, {"title": "y"}),
        ],
        {"title": "x"},
        lost=("y",),
    ),
    Meaning(
        "latest: equal times go to the higher replica id",
        [
            (B, 1, 100, {}, {}, {"title": "y"}),
            (A, 1, 100, {}, {}, {"title": "x"}),
        ],
        {"title": "y"},
        lost=("x",),
    ),
    Meaning(
        "latest: equal values are no conflict",
        [
            (A, 1, 100, {}, {}, {"title": "x"}),
            (B, 1, 200, {}, {}, {"title": "x"}),
        ],
        {"title": "x"},
    ),
    Meaning(
        "fields are merged one by one",
        [
            (A, 1, 100, {}, {}, {"title": "x", "cost": 1}),
            (B, 1, 200, {A: 1}, {"title": "x"}, {"title": "y"}),
            (C, 1, 300, {A: 1}, {"cost": 1}, {"cost": 2}),
        ],
        {"title": "y", "cost": 2},
    ),
    Meaning(
        "review: the latest shows, and a person is asked",
        [
            (A, 1, 100, {}, {}, {"cost": 10}),
            (B, 1, 200, {}, {}, {"cost": 12}),
        ],
        {"cost": 12},
        review=("cost",),
        lost=(10,),
    ),
    Meaning(
        "review: one who had seen both decides",
        [
            (A, 1, 100, {}, {}, {"cost": 10}),
            (B, 1, 200, {}, {}, {"cost": 12}),
            (C, 1, 300, {A: 1, B: 1}, {"cost": 12}, {"cost": 11}),
        ],
        {"cost": 11},
        lost=(10,),
    ),
    Meaning(
        "review: one who had seen only one of three does not settle it",
        [
            (A, 1, 100, {}, {}, {"cost": 10}),
            (B, 1, 200, {}, {}, {"cost": 12}),
            (C, 1, 300, {A: 1}, {"cost": 10}, {"cost": 11}),
        ],
        {"cost": 11},
        review=("cost",),
        lost=(10, 12),
    ),
    Meaning(
        "maximum: the larger of concurrent values",
        [
            (A, 1, 200, {}, {}, {"progress": 30}),
            (B, 1, 100, {}, {}, {"progress": 60}),
        ],
        {"progress": 60},
        lost=(30,),
    ),
    Meaning(
        "maximum: one who had seen the larger may lower it",
        [
            (A, 1, 100, {}, {}, {"progress": 60}),
            (B, 1, 200, {A: 1}, {"progress": 60}, {"progress": 30}),
        ],
        {"progress": 30},
    ),
    Meaning(
        "counter: both deltas count",
        [
            (A, 1, 100, {}, {}, {"stock": 10}),
            (B, 1, 200, {A: 1}, {"stock": 10}, {"stock": 7}),
            (C, 1, 300, {A: 1}, {"stock": 10}, {"stock": 15}),
        ],
        {"stock": 12},
    ),
    Meaning(
        "set: additions of both stay, a removal takes what its writer had seen",
        [
            (A, 1, 100, {}, {}, {"tags": ["p", "q"]}),
            (B, 1, 200, {A: 1}, {"tags": ["p", "q"]}, {"tags": ["p"]}),
            (C, 1, 300, {A: 1}, {"tags": ["p", "q"]}, {"tags": ["p", "q", "r"]}),
        ],
        {"tags": ["p", "r"]},
    ),
    Meaning(
        "set: an addition that the remover had not seen stays",
        [
            (A, 1, 100, {}, {}, {"tags": ["p"]}),
            (B, 1, 200, {A: 1}, {"tags": ["p"]}, {"tags": []}),
            (C, 1, 300, {}, {}, {"tags": ["p"]}),
        ],
        {"tags": ["p"]},
    ),
    Meaning(
        "text: edits of different words are both kept",
        [
            (A, 1, 100, {}, {}, {"notes": "pump one is dry"}),
            (B, 1, 200, {A: 1}, {"notes": "pump one is dry"}, {"notes": "pump 1 is dry"}),
            (C, 1, 300, {A: 1}, {"notes": "pump one is dry"}, {"notes": "pump one is wet"}),
        ],
        {"notes": "pump 1 is wet"},
    ),
    Meaning(
        "text: two answers to one question are for a person",
        [
            (A, 1, 100, {}, {}, {"notes": "pump one is dry"}),
            (B, 1, 200, {A: 1}, {"notes": "pump one is dry"}, {"notes": "pump one is wet"}),
            (C, 1, 300, {A: 1}, {"notes": "pump one is dry"}, {"notes": "pump one is hot"}),
        ],
        {"notes": "pump one is hot"},
        review=("notes",),
        lost=("pump one is wet",),
    ),
    Meaning(
        "text: offline edits of one replica merge as one, also after it wrote another field",
        [
            (A, 1, 100, {}, {}, {"notes": "one two three four"}),
            (B, 1, 200, {A: 1}, {}, {"title": "x"}),
            (B, 2, 210, {A: 1}, {"notes": "one two three four"}, {"notes": "1 two three four"}),
            (B, 3, 220, {A: 1}, {"notes": "1 two three four"}, {"notes": "1 2 three four"}),
            (C, 1, 300, {A: 1}, {}, {"cost": 1}),
            (C, 2, 310, {A: 1}, {"notes": "one two three four"}, {"notes": "one two three 4"}),
        ],
        {"notes": "1 2 three 4", "title": "x", "cost": 1},
    ),
    Meaning(
        "workflow: of concurrent states the stronger stands",
        [
            (A, 1, 100, {}, {}, {"status": "open"}),
            (B, 1, 200, {A: 1}, {"status": "open"}, {"status": "cancelled"}),
            (C, 1, 300, {A: 1}, {"status": "open"}, {"status": "done"}),
        ],
        {"status": "cancelled"},
        lost=("done",),
    ),
    Meaning(
        "write_once: the earlier time stands",
        [
            (A, 1, 200, {}, {}, {"label": "m"}),
            (B, 1, 100, {}, {}, {"label": "n"}),
        ],
        {"label": "n"},
        lost=("m",),
    ),
    Meaning(
        "write_once: nothing is not a value",
        [
            (A, 1, 100, {}, {}, {"label": None}),
            (B, 1, 200, {A: 1}, {}, {"label": "n"}),
        ],
        {"label": "n"},
    ),
    Meaning(
        "a field that only a newer app knows is kept as latest",
        [
            (A, 1, 200, {}, {}, {"colour": "red"}),
            (B, 1, 100, {}, {}, {"colour": "blue"}),
        ],
        {"colour": "red"},
        lost=("blue",),
    ),
    Meaning(
        "edit wins: the row comes back, and the lost delete is told",
        [
            (A, 1, 100, {}, {}, {"title": "x"}),
            (B, 1, 200, {A: 1}, {}, None),
            (C, 1, 150, {A: 1}, {"title": "x"}, {"title": "y"}),
        ],
        {"title": "y"},
        lost=("delete",),
    ),
    Meaning(
        "a delete that had seen every edit stands",
        [
            (A, 1, 100, {}, {}, {"title": "x"}),
            (B, 1, 200, {A: 1}, {}, None),
        ],
        {"title": "x"},
        deleted=True,
    ),
    Meaning(
        "one who had seen the delete restores the row, without conflict",
        [
            (A, 1, 100, {}, {}, {"title": "x"}),
            (B, 1, 200, {A: 1}, {}, None),
            (C, 1, 300, {A: 1, B: 1}, {"title": "x"}, {"title": "y"}),
        ],
        {"title": "y"},
    ),
    Meaning(
        "delete wins: the row stays away, and the lost edit is told",
        [
            (A, 1, 100, {}, {}, {"title": "x"}),
            (B, 1, 200, {A: 1}, {}, None),
            (C, 1, 300, {A: 1}, {"title": "x"}, {"title": "y"}),
        ],
        {"title": "y"},
        deleted=True,
        lost=("edit",),
        delete="delete_wins",
    ),
    Meaning(
        "a late write, seen by one that came before it, changes nothing",
        [
            (B, 1, 200, {A: 1}, {"title": "x"}, {"title": "y"}),
            (A, 1, 900, {}, {}, {"title": "x"}),
        ],
        {"title": "y"},
    ),
    Meaning(
        "a late write still replaces what it had seen",
        [
            (A, 1, 900, {}, {}, {"title": "x"}),
            (C, 1, 100, {B: 1}, {}, {"title": "z"}),
            (B, 1, 500, {A: 1}, {"title": "x"}, {"title": "y"}),
        ],
        {"title": "z"},
        lost=("z",),
    ),
    Meaning(
        "a delete that comes before the edits it had seen still stands",
        [
            (B, 1, 200, {A: 1}, {}, None),
            (A, 1, 100, {}, {}, {"title": "x"}),
        ],
        {"title": "x"},
        deleted=True,
    ),
    Meaning(
        "an update that comes before its row's creation is not undone by it",
        [
            (B, 1, 200, {A: 1}, {"title": "x"}, {"title": "y"}),
            (A, 1, 100, {}, {}, {"title": "x", "cost": 5}),
        ],
        {"title": "y", "cost": 5},
    ),
]
