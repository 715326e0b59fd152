"""Build the content of every conformance file."""

from __future__ import annotations

from typing import Any

import msgspec

from sync import checksum, clock
from sync.changes import Change
from sync.merge import Row, canonical, merge
from sync.schema import Table, scope_of
from sync.tables import TABLES
from sync.text import merge_texts
from sync.validation import check_scope, check_shape, check_state
from sync.vectors.histories import (
    ROW,
    Write,
    other_order,
    random_writes,
    run,
    table_of,
    writes_of,
)
from sync.vectors.meanings import MEANINGS, A, B

OTHER = "01890000-0000-7000-8000-000000000002"
RANDOM_CASES = 40
RULES = ("edit_wins", "delete_wins")


def _declared(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "delete": table.delete,
        "fields": [
            {
                "name": field.name,
                "policy": field.policy,
                "precedence": list(field.workflow.precedence) if field.workflow else [],
            }
            for field in table.fields
        ],
    }


def _merge_case(name: str, delete: str, writes: list[Write], order: list[int]) -> dict[str, Any]:
    table = table_of(delete)
    row, steps = run(table, writes)
    return {
        "name": name,
        "table": delete,
        "writes": [
            {
                "replica": write.replica,
                "counter": write.counter,
                "time": write.time,
                "change": msgspec.to_builtins(write.change),
            }
            for write in writes
        ],
        "steps": steps,
        "row": canonical(row),
        "other_order": order,
    }


def merge_file() -> dict[str, Any]:
    """Hand-written meanings, then random histories; each with a second order that ends alike."""
    cases = []
    for number, meaning in enumerate(MEANINGS):
        writes = writes_of(meaning)
        case = _merge_case(meaning.name, meaning.delete, writes, other_order(number, writes))
        expected = {
            "values": meaning.values,
            "deleted": meaning.deleted,
            "review": list(meaning.review),
            "lost": list(meaning.lost),
        }
        cases.append({**case, "means": expected})
    for seed in range(RANDOM_CASES):
        delete = RULES[seed % 2]
        writes = random_writes(seed, table_of(delete))
        cases.append(_merge_case(f"random {seed}", delete, writes, other_order(seed, writes)))
    return {"tables": {delete: _declared(table_of(delete)) for delete in RULES}, "cases": cases}


_TEXTS = [
    ("", "", ""),
    ("a b c", "a b c", "a b d"),
    ("a b c", "x b c", "a b z"),
    ("a b c", "x b c", "y b c"),
    ("a b c", "a c", "a b c d"),
    ("a b c", "a b c d", "a b c e"),
    ("a\nb\n", "a\nb\nc\n", "a\nb\nd\n"),
    ("", "left", "right"),
    ("a b", "", "a b c"),
    ("a  b\tc", "a b\tc", "a  b c"),
    ("été à Kribi", "été à Douala", "hiver à Kribi"),
    ("a b c d e f", "a B c d E f", "a b c D e F"),
    ("a b c d", "d c b a", "a b c d e"),
    ("x x x x", "x x x", "x x x x x"),
    ("a\u00a0b c", "a\u00a0b d", "z c"),
    ("𝄞 a", "𝄞 b", "\ufb01 a"),
    ("a c", "a 𝄞 c", "a \ufb01 c"),
]


def text_file() -> dict[str, Any]:
    """Three-way merges of texts; null means that a person must decide."""
    return {
        "cases": [
            {
                "ancestor": base,
                "left": left,
                "right": right,
                "merged": merge_texts(base, left, right),
            }
            for base, left, right in _TEXTS
        ]
    }


_ROWS: list[dict[str, Any]] = [
    {},
    {"name": "Puits Nº 7", "amount": 1_500_000, "done": False, "note": None},
    {"b": 1, "a": 2, "Z": 3, "é": 4, "\ufb01": 5, "𝄞": 6},
    {"text": 'quote " backslash \\ slash / line \n tab \t bell \u0007 delete \u007f \u2028'},
    {"nested": {"b": [1, -2, {"y": None, "x": True}], "a": []}},
    {"edge": [2**53 - 1, -(2**53) + 1, 0]},
]


def checksum_file() -> dict[str, Any]:
    """Checksums of rows, and of the scope that holds them all."""
    cases = []
    total = 0
    for values in _ROWS:
        one = checksum.row_checksum("task", ROW, values)
        total = checksum.add(total, one)
        cases.append({"table": "task", "row": ROW, "values": values, "checksum": one})
    return {"cases": cases, "total": total, "modulus": checksum.MODULUS}


def clock_file() -> dict[str, Any]:
    """Ticks, receipts and clamps of the hybrid clock; the algebra of vectors."""
    now = 1_790_000_000_000
    time = clock.hybrid_time(now)
    ticks = [(0, now), (time, now), (time + 5_000, now), (time + 999, now), (time, now - 60_000)]
    clamps = [(time, now), (time + 60_000_999, now), (time + 60_001_000, now), (0, now)]
    vectors: list[tuple[dict[str, int], dict[str, int]]] = [
        ({}, {}),
        ({A: 1}, {}),
        ({A: 2, B: 1}, {A: 1, B: 3}),
        ({A: 2, B: 3}, {A: 2}),
    ]
    return {
        "tick": [{"previous": p, "wall_ms": w, "time": clock.tick(p, w)} for p, w in ticks],
        "receive": [
            {"previous": p, "seen": time + 7, "wall_ms": w, "time": clock.receive(p, time + 7, w)}
            for p, w in ticks
        ],
        "clamp": [
            {"time": t, "wall_ms": w, "drift_ms_max": 60_000, "clamped": clock.clamp(t, w, 60_000)}
            for t, w in clamps
        ],
        "vectors": [
            {
                "left": left,
                "right": right,
                "join": clock.join(left, right),
                "dominates": clock.dominates(left, right),
                "beyond": clock.beyond(left, right),
            }
            for left, right in vectors
        ],
    }


_NEW = {"project_id": OTHER, "name": "Weld", "kind": "task"}
_SHAPES: list[tuple[str, dict[str, Any], bool]] = [
    ("a plain update", {"after": {"name": "a"}}, False),
    ("a create", {"operation": "create", "after": _NEW}, False),
    ("a delete", {"operation": "delete"}, False),
    ("a create without its project", {"operation": "create", "after": {"name": "a"}}, False),
    ("an unknown field", {"after": {"colour": "red"}}, False),
    ("an unknown field of a newer app", {"after": {"colour": "red"}}, True),
    ("a required field erased", {"after": {"name": None}}, False),
    ("progress out of bounds", {"after": {"progress": 10_001}}, False),
    ("a date that does not exist", {"after": {"planned_start": "2026-02-30T10:00"}}, False),
    ("a word that is no choice", {"after": {"kind": "party"}}, False),
    ("a tag with NUL", {"after": {"tags": ["\u0000"]}}, False),
    ("an update of nothing", {}, False),
    ("a delete that writes", {"operation": "delete", "after": {"name": "a"}}, False),
    ("a context of no replica", {"context": {"x": 1}, "after": {"name": "a"}}, False),
    ("a row id that is none", {"row": "x" * 36, "after": {"name": "a"}}, False),
]
_STATES: list[tuple[str, dict[str, Any]]] = [
    ("an update of what is there", {"context": {B: 1}, "after": {"name": "a"}}),
    ("a first state", {"context": {B: 1}, "after": {"status": "todo"}}),
    ("a state that is not the first", {"context": {B: 1}, "after": {"status": "verified"}}),
    ("a project moved knowingly", {"context": {B: 1}, "after": {"project_id": ROW}}),
    ("a project written unknowingly", {"after": {"project_id": ROW}}),
]


def _task(parts: dict[str, Any]) -> Change:
    return Change(**{"scope": f"project:{OTHER}", "table": "task", "row": ROW, **parts})


def _answer(found: Any) -> dict[str, Any] | None:
    return None if found is None else {"code": found.error.code, "field": found.field}


def validation_file() -> dict[str, Any]:
    """Faults of shape on the real `task`, and of state against a stored one that `b` created."""
    task = TABLES["task"]
    create = _task({"operation": "create", "after": _NEW})
    stored: Row = merge(task, None, create, replica=B, number=1, time=1).row
    shapes = [
        {
            "name": name,
            "newer": newer,
            "change": msgspec.to_builtins(_task(parts)),
            "fault": _answer(check_shape(task, _task(parts), newer=newer, server=False)),
        }
        for name, parts, newer in _SHAPES
    ]
    states = [
        {
            "name": name,
            "change": msgspec.to_builtins(_task(parts)),
            "fault": _answer(check_state(task, stored, _task(parts), A)),
        }
        for name, parts in _STATES
    ]
    missing = _task({"after": {"name": "a"}})
    nothing = {
        "name": "an update of a row never held",
        "change": msgspec.to_builtins(missing),
        "fault": _answer(check_state(task, None, missing, A)),
    }
    return {
        "stored": canonical(stored),
        "shape": shapes,
        "state": states,
        "state_of_nothing": [nothing],
    }


def scope_file() -> dict[str, Any]:
    """Which scope a row of each declared table belongs to, and the fault of naming another."""
    cases = []
    for name, table in sorted(TABLES.items()):
        values = {"project_id": OTHER}
        for kind in table.scopes:
            scope = scope_of(table, ROW, values, kind) or ""
            right = Change(scope, name, ROW, "create", after=values)
            wrong = Change("channel:1", name, ROW, "create", after=values)
            cases.append(
                {
                    "table": name,
                    "kind": kind,
                    "row": ROW,
                    "values": values,
                    "scope": scope,
                    "fault": _answer(check_scope(table, right, None)),
                    "fault_elsewhere": _answer(check_scope(table, wrong, None)),
                }
            )
    return {"cases": cases}


FILES = {
    "merge.json": merge_file,
    "text.json": text_file,
    "checksum.json": checksum_file,
    "clock.json": clock_file,
    "validation.json": validation_file,
    "scope.json": scope_file,
}


def contents() -> dict[str, bytes]:
    """Return every file's name and bytes."""
    return {
        name: msgspec.json.format(msgspec.json.encode(build()), indent=1) + b"\n"
        for name, build in FILES.items()
    }
