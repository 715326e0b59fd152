"""Plays in one process, on one clock: everything replays."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

from server.simulation import Outcome, Plan, Script, Simulation, simulate
from tests.simulation.serving import administrator, inside
from tests.simulation.small_site import found_small_site

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

START = dt.date(2026, 1, 5)
START_MS = 1_767_600_000_000


class Clock:
    """A clock that moves a millisecond at each look."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms


async def play_inside(
    settings: Settings, folder: Path, plan: Plan
) -> tuple[Outcome, list[bytes]]:
    """Found a small site and play on it; return the outcome and the trace of intents."""
    clock = Clock()
    folder.mkdir()
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
            database_url=settings.database_url,
            concurrent=False,
            on_script=scripts.append,
        )
        outcome = await simulate(plan, simulation)
    return outcome, list(scripts[0].lines())


async def test_a_play_is_proven(settings: Settings, tmp_path: Path) -> None:
    """A week of faults, races and refusals ends with everyone holding what PostgreSQL does."""
    plan = Plan(tablets=5, days=4, seed=1, start=START.isoformat())
    outcome, _ = await play_inside(settings, tmp_path / "play", plan)
    print(outcome)
    assert outcome.holds, outcome.differences
