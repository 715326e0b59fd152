"""A demo installation for looking at: the demo's schedule and play, and a few people more."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec
from msgspec import Struct

from server.cli.demo import import_schedule
from server.cli.demo_stack import demo_stack
from server.cli.replicas.opening import wall_milliseconds
from server.cli.screens.furnishing import (
    PEOPLE,
    furnish_crew,
    furnish_office,
    invite_people,
    rows_to_show,
)
from server.cli.simulate import play
from server.settings import load_settings
from server.simulation import Plan
from sync.replica import Replica, synchronise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from server.cli.replicas.saying import Language
    from server.cli.screens.declared import Persona
    from server.settings import Settings

T = TypeVar("T")

PASSWORD = "sable et derricks 26"  # noqa: S105 -- of people made up for a demo
ADMINISTRATOR = "claire.etoundi"
LOGINS: Mapping[Persona, str] = {
    **{persona: one.login for persona, one in PEOPLE.items()},
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
            rows = asyncio.run(_furnish(settings, folder, plan.project_id))
            known.write_bytes(msgspec.json.encode(rows))
        rows = msgspec.json.decode(known.read_bytes(), type=dict[str, str])
        yield DemoSite(settings.http_url.replace("127.0.0.1", "localhost"), settings, LOGINS, rows)


def _other_environment() -> dict[str, str]:
    """Return the environment without the settings of an installation that may run here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}


async def _furnish(settings: Settings, folder: Path, project: str) -> dict[str, str]:
    from server.users import ensure_administrator, open_console  # noqa: PLC0415 - needs a database

    async with open_console(settings) as console:
        await console.add(ADMINISTRATOR, name="Claire Etoundi", role="administrator", language="fr")
    people: dict[Persona, str] = {}

    def invite(replica: Replica) -> None:
        people.update(invite_people(replica, project))

    await _as(settings, folder, await ensure_administrator(settings), invite)
    await _as(
        settings,
        folder,
        people["office"],
        lambda replica: furnish_office(replica, project, people),
    )

    await _as(
        settings,
        folder,
        people["crew"],
        lambda replica: furnish_crew(replica, project, people["crew"]),
    )
    rows = await _as(
        settings, folder, people["office"], lambda replica: rows_to_show(replica, project)
    )
    await _set_passwords(settings)
    return rows


async def _as(settings: Settings, folder: Path, person: str, work: Callable[[Replica], T]) -> T:
    """Let someone work on a replica of their own, and hand it in; a refusal ends it all."""
    from server.users import token_for  # noqa: PLC0415 - needs the database's client
    from sync.replica.http import HttpTransport  # noqa: PLC0415

    token = token_for(settings, person)
    path = folder / f"{person}.sqlite"
    replica = (
        Replica.open(path, clock=wall_milliseconds, random=os.urandom)
        if path.is_file()
        else Replica.create(
            path,
            server=settings.http_url,
            person=person,
            name="bureau",
            clock=wall_milliseconds,
            random=os.urandom,
        )
    )
    with replica:
        async with HttpTransport(settings.http_url, token=lambda: token) as transport:
            await synchronise(replica, transport)
            done = work(replica)
            report = await synchronise(replica, transport)
        refused = [one.rejection for one in replica.rejections()]
        if refused or not report.complete:
            raise RuntimeError(f"The demo could not be furnished: {report.error} {refused}")
    return done


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
