"""`derrick simulate` and `derrick demo`, run as people run them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from server.settings import settings_environment
from server.users import ensure_administrator, token_for
from sync.replica.http import HttpTransport
from tests.server.cli.running import derrick
from tests.simulation.serving import Server
from tests.simulation.small_site import found_small_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.settings import Settings

DEMO_SECONDS_MAX = 60
SHOWN = {
    "bons de commande": ("approved", "submitted", "draft"),
    "factures fournisseurs": ("approved", "paid", "pending", "draft"),
    "situations de travaux": ("paid", "approved", "draft"),
    "paiements": ("paid", "scheduled", "reversed"),
    "permis de travail": ("requested", "closed"),
    "réserves": ("closed", "verified", "resolved", "in_progress", "open"),
    "incidents": ("open", "investigating", "closed"),
    "suites à donner": ("verified", "todo", "in_progress"),
}
"""What the demo lists -> states that it has some of."""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    """Serve a small project."""
    server = Server(settings, tmp_path / "server.log")
    server.start()
    try:
        asyncio.run(_found(settings, server, tmp_path))
        yield server
    finally:
        server.kill()


async def _found(settings: Settings, server: Server, folder: Path) -> None:
    await server.ready()
    person = await ensure_administrator(settings)
    token = token_for(settings, person)
    async with HttpTransport(server.url, token=lambda: token) as transport:
        await found_small_site(
            folder / "founding.sqlite",
            transport,
            administrator=person,
            clock=lambda: time.time_ns() // 1_000_000,
            random=os.urandom,
            start=dt.date(2026, 1, 5),
        )


def test_a_play_over_http_is_proven_and_traced(
    settings: Settings, site: Server, tmp_path: Path
) -> None:
    """Two runs of a seed write the same trace; each ends with the proof and exit status 0."""
    variables = settings_environment(settings)
    traces = []
    for run in ("one", "two"):
        trace = tmp_path / f"{run}.jsonl"
        options = ("--tablets=3", "--days=1", "--seed=5", f"--trace={trace}", "--json")
        done = derrick("simulate", "--server", site.url, *options, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        outcome = json.loads(done.stdout)
        assert outcome["proven"]
        assert outcome["differences"] == []
        assert outcome["acknowledged"] >= outcome["change_sets"] > 0
        traces.append(trace.read_bytes())
    assert traces[0] == traces[1]
    assert len(traces[0].splitlines()) == outcome["steps"]


def test_a_play_with_a_token_alone(settings: Settings, site: Server) -> None:
    """With a server's address and one token it needs neither the key nor the database."""
    person = asyncio.run(ensure_administrator(settings))
    token = token_for(settings, person)
    done = derrick(
        "simulate",
        *("--server", site.url, "--tablets=3", "--days=1", "--language=en"),
        DERRICK_TOKEN=token,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "proof          a fresh replica and all replicas hold the same" in done.stdout


def test_what_cannot_be_played_is_a_sentence(tmp_path: Path) -> None:
    """Without a server, and in a folder that is not empty, nothing begins."""
    done = derrick("simulate", "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "run derrick up" in done.stderr
    (tmp_path / "file").touch()
    done = derrick("simulate", "--data", str(tmp_path / "none"), "--folder", str(tmp_path))
    assert "is not empty" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_on_its_own_schedule(tmp_path: Path) -> None:
    """One command imports, plays, proves and shows, within a minute, and leaves nothing running."""
    began = time.monotonic()
    done = derrick("demo", "--data", str(tmp_path / "demo"), "--language=fr")
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < DEMO_SECONDS_MAX
    for part in ("MBK-2", "preuve ", "Avancement", "Alertes ouvertes", "Conflits à trancher"):
        assert part in done.stdout
    for name, states in SHOWN.items():
        (line,) = [one for one in done.stdout.splitlines() if one.startswith(name)]
        assert all(state in line for state in states), line
    assert not (tmp_path / "demo" / "postgres" / "postmaster.pid").exists()


def test_the_demo_on_a_real_schedule(tmp_path: Path, realdata: Path) -> None:
    """The same chain runs on a real P6 file."""
    file = realdata / "xer" / "inigmat_MDL4D.xer"
    done = derrick("demo", "--data", str(tmp_path / "demo"), "--xer", str(file), "--language=en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MDL4D" in done.stdout
    assert "Open alerts" in done.stdout


def test_the_variables_of_a_replica_disturb_no_other_command(tmp_path: Path) -> None:
    """DERRICK_REPLICA and DERRICK_TOKEN may stay set where servers are started."""
    done = derrick("psql", "--data", str(tmp_path), DERRICK_REPLICA="r.sqlite", DERRICK_TOKEN="t")
    assert "Run derrick up" in done.stderr
