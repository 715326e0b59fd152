"""Goes through all screens, several people and languages side by side, and stops at each."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from server.cli.screens.browsing import LANGUAGES, log_in, open_desk, open_entrance
from server.cli.screens.declared import ENTRANCES, SCREENS, Persona, addresses_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from playwright.async_api import Browser

    from server.cli.screens.browsing import Desk
    from server.cli.screens.demo_site import DemoSite

PERSONAS_AT_ONCE = 2


class Stop(Struct, frozen=True):
    """A screen at which the tour stands."""

    name: str
    is_crew: bool


async def tour(
    browser: Browser,
    site: DemoSite,
    look: Callable[[Desk, Stop], Awaitable[None]],
    wanted: Collection[str] = (),
) -> None:
    """Open every screen, or those whose names are wanted, in each language, and look at it."""
    lanes = asyncio.Semaphore(PERSONAS_AT_ONCE)

    async def lane(work: Awaitable[None]) -> None:
        async with lanes:
            await work

    personas = sorted({one.seen_by for one in SCREENS.values()})
    await asyncio.gather(
        *(lane(_as_person(browser, site, persona, look, wanted)) for persona in personas),
        lane(_at_the_door(browser, site, look, wanted)),
    )


async def _as_person(
    browser: Browser,
    site: DemoSite,
    persona: Persona,
    look: Callable[[Desk, Stop], Awaitable[None]],
    wanted: Collection[str],
) -> None:
    mine = {
        address: Stop(name, screen.is_crew)
        for route, screen in SCREENS.items()
        if screen.seen_by == persona
        for name, address in addresses_of(route, screen, site.rows).items()
        if _is_wanted(name, wanted)
    }
    if not mine:
        return
    async with log_in(browser, site, persona) as context:

        async def go_round(desk: Desk) -> None:
            for address, stop in mine.items():
                await desk.go(address)
                await look(desk, stop)

        async with AsyncExitStack() as open_ones:
            # One after the other: each finds its language in the profile's one store as it opens.
            desks = [
                await open_ones.enter_async_context(
                    open_desk(context, language, project=site.rows["project"])
                )
                for language in LANGUAGES
            ]
            await asyncio.gather(*(go_round(desk) for desk in desks))


async def _at_the_door(
    browser: Browser,
    site: DemoSite,
    look: Callable[[Desk, Stop], Awaitable[None]],
    wanted: Collection[str],
) -> None:
    for name, entrance in ENTRANCES.items():
        if not _is_wanted(name, wanted):
            continue
        for language in LANGUAGES:
            async with open_entrance(browser, site, entrance, language) as desk:
                await look(desk, Stop(name, is_crew=True))


def _is_wanted(name: str, wanted: Collection[str]) -> bool:
    return not wanted or name in wanted
