"""A demo installation for looking at: the demo's schedule and play, and a few people more."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import msgspec
from msgspec import Struct

from server.cli.demo import import_schedule
from server.cli.demo_stack import demo_stack
from server.cli.furnishing import PEOPLE, Desks, furnish
from server.cli.screens.furnishing import furnish_office, rows_to_show
from server.cli.simulate import play
from server.settings import load_settings
from server.simulation import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from server.cli.replicas.saying import Language
    from server.cli.screens.declared import Persona
    from server.settings import Settings
    from sync.replica import Replica

PASSWORD = "sable et derricks 26"  # noqa: S105 -- of people made up for a demo
ADMINISTRATOR = "claire.etoundi"
LOGINS: Mapping[Persona, str] = {
    "crew": PEOPLE["crew"].login,
    "office": PEOPLE["office"].login,
    "administrator": ADMINISTRATOR,
}
FURNISHED = "screens.json"
"""Says in a folder that the demo there is furnished, and which rows its addresses name."""
TABLETS, DAYS, SEED = 4, 3, 1
LANGUAGE: Language = "fr"


class DemoSite(Struct, frozen=True):
    """An installation whose every screen has something to show."""

    url: str
    """By the name for which browsers trust plain HTTP."""
    settings: Settings
    logins: Mapping[Persona, str]
    rows: Mapping[str, str]
    """Name in an address -> the row that stands for it."""
    password: str = PASSWORD


@contextmanager
def open_demo_site(folder: Path) -> Iterator[DemoSite]:
    """Run the demo in a folder for the block: one that was furnished there before, or a new one."""
    wanted = load_settings(_other_environment(), data_directory=folder, http_port=0)
    with demo_stack(wanted, LANGUAGE) as settings:
        known = folder / FURNISHED
        if not known.is_file():
            plan = asyncio.run(import_schedule(settings, settings.http_url, None))
            start = dt.datetime.now().astimezone().date() - dt.timedelta(days=DAYS)
            days = Plan(TABLETS, DAYS, SEED, start.isoformat(), plan.project_id)
            play(settings, settings.http_url, days)
            rows = asyncio.run(_furnish(settings, plan.project_id))
            known.write_bytes(msgspec.json.encode(rows))
        rows = msgspec.json.decode(known.read_bytes(), type=dict[str, str])
        yield DemoSite(settings.http_url.replace("127.0.0.1", "localhost"), settings, LOGINS, rows)


def _other_environment() -> dict[str, str]:
    """Return the environment without the settings of an installation that may run here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}


async def _furnish(settings: Settings, project: str) -> dict[str, str]:
    from server.users import ensure_administrator, open_console  # noqa: PLC0415 - needs a database

    async with open_console(settings) as console:
        await console.add(ADMINISTRATOR, name="Claire Etoundi", role="administrator", language="fr")
    async with Desks(settings, settings.http_url) as desks:
        ground = await furnish(desks, await ensure_administrator(settings), project)
        if ground is None:
            raise RuntimeError(f"The demo in {settings.data_directory} was furnished before.")
        office = ground.people["office"]
        rows = await desks.work(
            office, lambda replica: _look(replica, project, office), device=PEOPLE["office"].device
        )
    await _set_passwords(settings)
    return rows


def _look(replica: Replica, project: str, office: str) -> dict[str, str]:
    furnish_office(replica, project, office)
    return rows_to_show(replica, project)


async def _set_passwords(settings: Settings) -> None:
    from server.users import open_console  # noqa: PLC0415 - needs a database

    async with (
        open_console(settings) as console,
        httpx.AsyncClient(base_url=settings.http_url, timeout=60) as client,
    ):
        for login in LOGINS.values():
            made = await console.reset_code(login)
            body = {"login": login, "code": made.code, "password": PASSWORD}
            answer = await client.post("/api/users/password-resets/confirm", json=body)
            answer.raise_for_status()
