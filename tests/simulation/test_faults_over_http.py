"""Plays over HTTP against real servers and PostgreSQL: first safety under faults, then liveness."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.simulation.campaign import ALL, CUTS, Campaign, run_campaign
from tests.simulation.fault_proxy import FaultProxy
from tests.simulation.serving import servers

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings


@pytest.mark.seeds(1)
async def test_cut_links(settings: Settings, folder: Path, seed: int) -> None:
    """Requests and answers cut at any byte, before and after the commit, lose nothing."""
    async with servers(settings, folder.parent) as running:
        outcome = await run_campaign(
            settings, folder, running, seed, Campaign(kinds=CUTS, rate=0.4)
        )
    assert outcome.holds, (seed, outcome.differences)
    assert outcome.broken_synchronisations > 0


@pytest.mark.seeds(2)
async def test_two_servers_on_one_database(settings: Settings, folder: Path, seed: int) -> None:
    """Two servers merge into one database, links breaking in every way, and all agree."""
    async with servers(settings, folder.parent, 2) as running:
        outcome = await run_campaign(settings, folder, running, seed, Campaign(kinds=ALL, rate=0.3))
    assert outcome.holds, (seed, outcome.differences)


@pytest.mark.seeds(3)
async def test_servers_killed_while_they_merge(settings: Settings, folder: Path, seed: int) -> None:
    """Servers killed with SIGKILL as they answer, and started again, lose and double nothing."""
    async with servers(settings, folder.parent, 2) as running:
        outcome = await run_campaign(
            settings,
            folder,
            running,
            seed,
            Campaign(kinds=("duplicate", "delay"), rate=0.3, kills=2),
        )
    assert outcome.holds, (seed, outcome.differences)


@pytest.mark.seeds(4)
async def test_without_valkey(settings: Settings, folder: Path, seed: int) -> None:
    """With Valkey out of reach every push is accepted all the same, and all agree."""
    assert settings.redis_url is not None
    port = urlsplit(settings.redis_url).port
    assert port is not None
    async with FaultProxy(port) as valkey:
        lost = settings.redis_url.replace(f":{port}/", f":{valkey.port}/")
        cut_off = msgspec.structs.replace(settings, redis_url=lost)
        async with servers(cut_off, folder.parent) as running:
            await valkey.stop()
            outcome = await run_campaign(
                settings, folder, running, seed, Campaign(kinds=CUTS, rate=0.2)
            )
    assert outcome.holds, (seed, outcome.differences)
