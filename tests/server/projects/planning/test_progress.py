"""Progress rolled up: percentages, quantities, weights; pure, and through the merge."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.projects.planning.progress import Advance, rolled, rolled_project

if TYPE_CHECKING:
    from tests.server.projects.planning.conftest import Plan


def advance(name: str, **values: Any) -> Advance:
    known: dict[str, Any] = {
        "parent": None,
        "kind": "task",
        "status": None,
        "progress": None,
        "progress_by": None,
        "weight": None,
        "quantity_planned": None,
        "quantity_done": None,
        "minutes": None,
    }
    return Advance(name, **{**known, **values})


def below(*tasks: Advance, **values: Any) -> int | None:
    """Return the progress of a summary of these tasks."""
    summary = advance("S", kind="summary", **values)
    return rolled([summary, *tasks])["S"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 0),
        ({"progress": 2_500}, 2_500),
        ({"progress": 2_500, "progress_by": "duration"}, 2_500),
        ({"progress": 2_500, "status": "done"}, 10_000),
        ({"progress": 2_500, "status": "verified"}, 10_000),
        ({"progress": 2_500, "status": "cancelled"}, None),
        ({"progress_by": "quantity", "quantity_planned": 3_000, "quantity_done": 1_000}, 3_333),
        ({"progress_by": "quantity", "quantity_planned": 3_000, "quantity_done": 2_000}, 6_667),
        ({"progress_by": "quantity", "quantity_planned": 3_000, "quantity_done": 9_000}, 10_000),
        ({"progress_by": "quantity", "quantity_planned": 3_000, "quantity_done": -50}, 0),
        ({"progress_by": "quantity", "quantity_planned": 0, "progress": 700}, 700),
        ({"progress_by": "children", "progress": 700}, 700),
    ],
)
def test_each_way_of_knowing_progress(values: dict[str, Any], expected: int | None) -> None:
    """Said, measured (never beyond all, nor below nothing), done, cancelled."""
    assert rolled([advance("T", **values)])["T"] == expected


def test_tasks_weigh_by_weight_by_duration_or_alike() -> None:
    """Stated weights win; where some are stated the others weigh their average; else durations."""
    half = {"parent": "S", "progress": 10_000}
    none = {"parent": "S", "progress": 0}
    assert below(advance("A", **half, weight=3), advance("B", **none, weight=1)) == 7_500
    assert below(advance("A", **half, minutes=60), advance("B", **none, minutes=180)) == 2_500
    assert below(advance("A", **half), advance("B", **none)) == 5_000
    mixed = [advance("A", **half, weight=4), advance("B", **none, weight=2), advance("C", **none)]
    assert below(*mixed) == 4_444
    assert below(advance("A", **half, weight=0), advance("B", **none, weight=0)) == 5_000


def test_what_is_cancelled_counts_for_nothing_and_a_deep_tree_counts_by_its_work() -> None:
    """A lot of two levels weighs what is below it; a summary without work has no progress."""
    tasks = [
        advance("S", kind="summary"),
        advance("S1", kind="summary", parent="S"),
        advance("A", parent="S1", progress=10_000, minutes=300),
        advance("B", parent="S", progress=0, minutes=100),
        advance("C", parent="S", status="cancelled", minutes=9_000),
    ]
    found = rolled(tasks)
    assert (found["S"], found["S1"], found["C"]) == (7_500, 10_000, None)
    assert rolled_project(tasks) == 7_500
    assert below() == 0
    assert rolled_project([]) is None


def test_parents_in_a_ring_do_not_hang() -> None:
    """Two people who put each other's task under their own: both still have a progress."""
    tasks = [
        advance("A", parent="B", kind="summary"),
        advance("B", parent="A", kind="summary"),
        advance("C", parent="A", progress=5_000),
    ]
    assert set(rolled(tasks)) == {"A", "B", "C"}


_leaves = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.one_of(st.none(), st.integers(0, 50)),
        st.one_of(st.none(), st.integers(0, 5_000)),
    ),
    min_size=1,
    max_size=8,
)


@given(_leaves)
@settings(deadline=None)
def test_a_roll_up_lies_between_its_least_and_its_most(
    leaves: list[tuple[int, int | None, int | None]],
) -> None:
    """The weighted progress is within what it is made of, and grows with each part."""
    tasks = [
        advance(str(number), parent="S", progress=progress, weight=weight, minutes=minutes)
        for number, (progress, weight, minutes) in enumerate(leaves)
    ]
    found = below(*tasks)
    assert found is not None
    shares = [progress for progress, _, _ in leaves]
    assert min(shares) <= found <= max(shares)
    more = [
        advance(str(number), parent="S", progress=10_000, weight=weight, minutes=minutes)
        for number, (_, weight, minutes) in enumerate(leaves)
    ]
    assert below(*more) == 10_000


@given(_leaves)
@settings(deadline=None)
def test_a_roll_up_is_the_exact_weighted_mean(
    leaves: list[tuple[int, int | None, int | None]],
) -> None:
    """Rounded once, half up, from the exact mean of stated weights."""
    stated = [(progress, weight or 1) for progress, weight, _ in leaves]
    tasks = [
        advance(str(number), parent="S", progress=progress, weight=weight)
        for number, (progress, weight) in enumerate(stated)
    ]
    mean = Fraction(sum(p * w for p, w in stated), sum(w for _, w in stated))
    assert below(*tasks) == int(mean + Fraction(1, 2))


async def test_progress_reaches_the_lot_and_the_project(plan: Plan) -> None:
    """A crew's quantities roll up to the lot that holds the task, and to the project."""
    lot = await plan.task("Lot", 0, kind="summary")
    weld = await plan.task(
        "Soudure",
        3,
        parent_id=lot,
        progress_by="quantity",
        quantity_planned_thousandths=40_000,
        quantity_unit="u",
    )
    await plan.task("Contrôle", 1, parent_id=lot)
    change = await plan.site.update("task", weld, quantity_done_thousandths=10_000)
    await plan.crew.must(change)
    await plan.compute()
    assert await plan.site.value(weld, "progress_rolled") == 2_500
    assert await plan.site.value(lot, "progress_rolled") == 1_875
    assert await plan.site.pool.fetchval("SELECT progress FROM project_schedule") == 1_875
