"""One seeded play against real servers and a real PostgreSQL, through a proxy that breaks links."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from server.simulation import Outcome, Plan, Simulation, simulate
from tests.simulation.fault_proxy import FaultProxy, seeded_faults
from tests.simulation.serving import administrator, over_http
from tests.simulation.small_site import found_small_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from server.settings import Settings
    from sync.replica import Transport
    from tests.simulation.serving import Server

CUTS = ("cut_request", "cut_answer", "refuse")
ALL = (*CUTS, "black_hole", "delay", "duplicate")
HEALING_SECONDS_MAX = 30.0
TABLETS, DAYS = 4, 2


class Campaign(Struct, frozen=True):
    """What goes wrong in a run."""

    kinds: tuple[str, ...] = ALL
    rate: float = 0.25
    """Share of the connections that meet a fault."""
    kills: int = 0
    """How often a server is killed with SIGKILL, at a seeded number of answers."""


def wall_milliseconds() -> int:
    """Return the wall clock."""
    return time.time_ns() // 1_000_000


async def run_campaign(
    settings: Settings,
    folder: Path,
    servers: Sequence[Server],
    seed: int,
    campaign: Campaign,
) -> Outcome:
    """Play a seed through faults, then heal and prove; liveness has its own time limit."""
    person = await administrator(settings)
    random = Random(f"{seed}/proxy")
    healed: list[float] = []
    async with AsyncExitStack() as stack:
        proxies = [
            await stack.enter_async_context(
                FaultProxy(server.port, draw=seeded_faults(random, campaign.kinds, campaign.rate))
            )
            for server in servers
        ]
        ways = await stack.enter_async_context(over_http(settings, [one.url for one in servers]))
        await found_small_site(
            folder / "founding.sqlite",
            ways.connect(person),
            administrator=person,
            clock=wall_milliseconds,
            random=Random(f"{seed}/{wall_milliseconds()}").randbytes,
            start=dt.date(2026, 1, 5),
            code=f"PF-{seed}",
        )
        killers = [
            _Killer(server, proxy, random, campaign.kills)
            for server, proxy in zip(servers, proxies, strict=True)
        ]
        broken = await stack.enter_async_context(
            over_http(settings, [one.url for one in proxies], fresh_connections=True)
        )

        def connect(who: str) -> Transport:
            # The administrator founds the site over a sound link: faults are for the play.
            return (ways if who == person else broken).connect(who)

        def heal() -> None:
            for proxy in proxies:
                proxy.heal()
            for killer in killers:
                killer.stop()
            healed.append(time.monotonic())

        simulation = Simulation(
            server="http://play",
            folder=folder,
            administrator=person,
            connect=connect,
            clock=wall_milliseconds,
            database_url=settings.database_url,
            on_healing=heal,
        )
        plan = Plan(TABLETS, DAYS, seed, "2026-01-05", f"PF-{seed}")
        outcome = await simulate(plan, simulation)
        for killer in killers:
            await killer.finish()
    assert time.monotonic() - healed[0] < HEALING_SECONDS_MAX
    assert sum(proxy.met.total() - proxy.met["none"] for proxy in proxies) > 0
    assert sum(killer.killed for killer in killers) >= min(1, campaign.kills)
    return outcome


class _Killer:
    """Kills a server at seeded requests, and starts it again.

    In turn: as the answer comes back, so that what it says was merged and nobody knows; and a few
    milliseconds after a request went in, in the middle of whatever is being merged.
    """

    def __init__(self, server: Server, proxy: FaultProxy, random: Random, kills: int) -> None:
        self.killed = 0
        self._server = server
        self._random = random
        self._left = sorted(random.sample(range(10, 90), kills), reverse=True)
        self._requests = 0
        self._restarts: list[asyncio.Task[None]] = []
        proxy.on_request = self._on_request
        proxy.on_answer = self._on_answer

    def _due(self) -> bool:
        return bool(self._left) and self._requests >= self._left[-1]

    def _on_request(self) -> None:
        self._requests += 1
        if self._due() and self.killed % 2:
            self._left.pop()
            delay = self._random.uniform(0.001, 0.02)
            asyncio.get_running_loop().call_later(delay, self._kill)

    def _on_answer(self) -> None:
        if self._due() and not self.killed % 2:
            self._left.pop()
            self._kill()

    def _kill(self) -> None:
        self.killed += 1
        self._server.kill()
        self._server.start()
        self._restarts.append(asyncio.ensure_future(self._server.ready()))

    def stop(self) -> None:
        """Kill no more."""
        self._left.clear()

    async def finish(self) -> None:
        """Wait for the restarts under way."""
        await asyncio.gather(*self._restarts)
