"""Plays in one process, on one clock: everything replays."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

import pytest

from server.simulation import Outcome, Plan, Script, Simulation, simulate
from tests.simulation.serving import administrator, inside
from tests.simulation.small_site import found_small_site

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

START = dt.date(2026, 1, 5)
START_MS = 1_767_600_000_000
POLICIES = {"latest", "maximum", "review", "text", "workflow", "write_once", "edit_wins"}
"""Those whose races leave a record; counters and sets keep both sides."""


class Clock:
    """A clock that moves a millisecond at each look."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        """Return milliseconds since 1970."""
        self.now_ms += 1
        return self.now_ms


async def play_inside(
    settings: Settings, folder: Path, plan: Plan, *, one_login: bool = False
) -> tuple[Outcome, list[bytes]]:
    """Found a small site and play on it; return the outcome and the trace of intents."""
    clock = Clock()
    person = await administrator(settings)
    scripts: list[Script] = []
    async with inside(settings, clock) as ways:
        await found_small_site(
            folder / "founding.sqlite",
            ways.connect(person),
            administrator=person,
            clock=clock,
            random=Random(plan.seed).randbytes,
            start=START,
        )
        simulation = Simulation(
            server="http://inside",
            folder=folder,
            administrator=person,
            connect=ways.connect,
            clock=clock,
            database_url=None if one_login else settings.database_url,
            one_login=one_login,
            concurrent=False,
            on_script=scripts.append,
        )
        outcome = await simulate(plan, simulation)
    return outcome, list(scripts[0].lines())


async def test_a_play_is_proven(settings: Settings, folder: Path) -> None:
    """Days of faults, races and refusals end with everyone holding what PostgreSQL does."""
    plan = Plan(tablets=5, days=4, seed=1, start=START.isoformat())
    outcome, _ = await play_inside(settings, folder, plan)
    assert outcome.holds, outcome.differences
    assert outcome.conflicts.keys() >= POLICIES
    assert {"access_denied", "currency_unknown", "rate_missing"} <= outcome.rejections.keys()
    assert outcome.alerts["budget_line_threshold"] == 3
    assert outcome.did["restored"] == outcome.did["cloned"] == 1
    assert outcome.forks >= 2
    assert outcome.duplicates > 0


async def test_the_office_is_played_too(settings: Settings, folder: Path) -> None:
    """Orders, invoices on them and on expenses, approvals, payments and permits: the books hold."""
    plan = Plan(tablets=4, days=7, seed=2, start=START.isoformat())
    outcome, _ = await play_inside(settings, folder, plan)
    assert outcome.holds, outcome.differences
    made = {"order.submit", "invoice.enter", "expense.match", "approval.approved"}
    paid = {"payment.plan", "payment.paid"}
    permits = {"permit.request", "permit.issued", "permit.active", "permit.closed"}
    assert outcome.did.keys() >= made | paid | permits
    assert "overpayment" in outcome.rejections


async def test_a_seed_replays_to_the_last_byte(
    settings: Settings,
    twin_settings: Settings,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In one process the same seed gives the same trace, the same numbers and the same state."""
    plan = Plan(tablets=4, days=2, seed=7, start=START.isoformat())
    first, trace = await play_inside(settings, folder, plan)
    again, same = await play_inside(twin_settings, tmp_path_factory.mktemp("twin"), plan)
    assert trace == same
    assert (first.state, first.acknowledged, first.conflicts, first.rejections) == (
        again.state,
        again.acknowledged,
        again.conflicts,
        again.rejections,
    )


async def test_a_play_with_one_login(settings: Settings, folder: Path) -> None:
    """Where no key signs for the others, all play as one person, and a fresh replica proves it."""
    plan = Plan(tablets=3, days=1, seed=3, start=START.isoformat())
    outcome, _ = await play_inside(settings, folder, plan, one_login=True)
    assert outcome.holds, outcome.differences
    assert not outcome.proven


@pytest.mark.seeds(11, 12)
async def test_any_seed_is_proven(settings: Settings, folder: Path, seed: int) -> None:
    """Whatever the seed, sizes and mishaps, all hold the same and every entry is there once."""
    random = Random(seed)
    plan = Plan(random.randint(3, 9), random.randint(1, 8), seed, START.isoformat())
    outcome, _ = await play_inside(settings, folder, plan)
    assert outcome.holds, (seed, outcome.differences)
