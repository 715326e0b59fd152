"""Photographs every screen: each size, language and theme; and lays them side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.cli.screens.browsing import (
    LANGUAGES,
    SIZES,
    THEMES,
    Language,
    log_in,
    open_desk,
    open_entrance,
    start_browser,
)
from server.cli.screens.declared import ENTRANCES, SCREENS, Persona, address_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from pathlib import Path

    from playwright.async_api import Browser

    from server.cli.screens.browsing import Desk
    from server.cli.screens.demo_site import DemoSite

PAGES_AT_ONCE = 3
HEIGHT_PX_MAX = 2_600
"""A longer screen is cut there: what follows is more of the same."""
_CONTENT_HEIGHT = "() => document.documentElement.scrollHeight"


async def shoot(
    site: DemoSite, folder: Path, wanted: Collection[str], tell: Callable[[str], None]
) -> list[Path]:
    """Photograph the screens whose names are wanted, or all; return the files."""
    made: list[Path] = []
    lanes = asyncio.Semaphore(PAGES_AT_ONCE)

    async def lane(work: Awaitable[list[Path]], name: str) -> None:
        async with lanes:
            made.extend(await work)
            tell(name)

    async with start_browser() as browser:
        personas = sorted({one.seen_by for one in SCREENS.values()})
        await asyncio.gather(
            *(
                lane(_of_person(browser, site, persona, folder, wanted), persona)
                for persona in personas
            ),
            lane(_of_entrances(browser, site, folder, wanted), "welcome"),
        )
    return sorted(made)


def name_of(route: str) -> str:
    """Return the name of a screen's pictures."""
    return route.replace("/", "_").replace(":", "") or "today"


async def _of_person(
    browser: Browser, site: DemoSite, persona: Persona, folder: Path, wanted: Collection[str]
) -> list[Path]:
    mine = {
        route: address_of(route, screen, site.rows)
        for route, screen in SCREENS.items()
        if screen.seen_by == persona and _is_wanted(name_of(route), wanted)
    }
    if not mine:
        return []
    async with log_in(browser, site, persona) as context:

        async def in_language(language: Language) -> list[Path]:
            made: list[Path] = []
            async with open_desk(context, language, project=site.rows["project"]) as desk:
                for route, address in mine.items():
                    await desk.resize("phone")
                    await desk.go(address)
                    made += await _in_all_lights(desk, folder, name_of(route))
            return made

        parts = await asyncio.gather(*(in_language(one) for one in LANGUAGES))
    return [path for part in parts for path in part]


async def _of_entrances(
    browser: Browser, site: DemoSite, folder: Path, wanted: Collection[str]
) -> list[Path]:
    made: list[Path] = []
    for name, entrance in ENTRANCES.items():
        if not _is_wanted(name, wanted):
            continue
        for language in LANGUAGES:
            async with open_entrance(browser, site, entrance, language) as desk:
                made += await _in_all_lights(desk, folder, name)
    return made


def _is_wanted(name: str, wanted: Iterable[str]) -> bool:
    chosen = list(wanted)
    return not chosen or name in chosen


async def _in_all_lights(desk: Desk, folder: Path, name: str) -> list[Path]:
    made = []
    for size in SIZES:
        await desk.resize(size)
        await desk.settle()
        for theme in THEMES:
            await desk.light(theme)
            made.append(
                await _photograph(desk, folder / f"{name}-{size}-{desk.language}-{theme}.png")
            )
    return made


async def _photograph(desk: Desk, path: Path) -> Path:
    """Photograph a whole screen: where it is longer than the device, the device is made longer."""
    page = desk.page
    size = page.viewport_size
    assert size is not None  # noqa: S101 - it was given one
    needed = min(HEIGHT_PX_MAX, await page.evaluate(_CONTENT_HEIGHT))
    if needed > size["height"]:
        await page.set_viewport_size({"width": size["width"], "height": needed})
        await desk.settle()
    await page.screenshot(path=path, animations="disabled", caret="hide")
    if needed > size["height"]:
        await page.set_viewport_size(size)
    return path
