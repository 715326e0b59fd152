"""The conformance files: what the code gives, and what a person wrote down that it must give."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import sync.vectors
from sync.changes import Change
from sync.merge import canonical, merge
from sync.vectors.__main__ import main
from sync.vectors.build import contents
from sync.vectors.histories import Write, run, step, table_of

FOLDER = Path(sync.vectors.__file__).parent
MERGES: list[dict[str, Any]] = json.loads((FOLDER / "merge.json").read_text("utf-8"))["cases"]
MEANT = [case for case in MERGES if "means" in case]


def writes_of(case: dict[str, Any]) -> list[Write]:
    """Read a case's writes as any implementation would."""
    return [
        Write(one["replica"], one["counter"], one["time"], msgspec.convert(one["change"], Change))
        for one in case["writes"]
    ]


def test_the_files_are_what_the_code_gives() -> None:
    """Regenerating writes the same bytes, and no other file lies beside them."""
    built = contents()
    assert {path.name for path in FOLDER.glob("*.json")} == set(built)
    for name, content in built.items():
        assert (FOLDER / name).read_bytes() == content, f"run python -m sync.vectors for {name}"
    assert main(["--check"]) == 0


@pytest.mark.parametrize("case", MEANT, ids=lambda case: case["name"])
def test_a_policy_means_what_was_written_down(case: dict[str, Any]) -> None:
    """Values, deletion, review flags and lost values are those that a person expects."""
    row, steps = run(table_of(case["table"]), writes_of(case))
    means = case["means"]
    assert row.values == means["values"]
    assert row.deleted == means["deleted"]
    assert row.review == means["review"]
    lost = [notice["lost"] for one in steps for notice in one["conflicts"]]
    assert sorted(map(repr, lost)) == sorted(map(repr, means["lost"]))


@pytest.mark.parametrize("case", MERGES, ids=lambda case: case["name"])
def test_a_case_gives_its_steps_and_its_row_in_both_orders(case: dict[str, Any]) -> None:
    """Every step says what the file says, and the second order ends in the same row."""
    table, writes = table_of(case["table"]), writes_of(case)
    row = None
    for write, expected in zip(writes, case["steps"], strict=True):
        merged = merge(
            table, row, write.change, replica=write.replica, number=write.counter, time=write.time
        )
        row = merged.row
        assert json.loads(json.dumps(step(merged))) == expected
    assert row is not None
    assert canonical(row) == case["row"]
    other, _ = run(table, [writes[position] for position in case["other_order"]])
    assert canonical(other) == case["row"]


def test_every_policy_has_a_meaning() -> None:
    """No policy goes without a hand-written case."""
    named = " ".join(case["name"] for case in MEANT)
    for policy in (
        "latest",
        "review",
        "maximum",
        "counter",
        "set",
        "text",
        "workflow",
        "write_once",
    ):
        assert f"{policy}:" in named
