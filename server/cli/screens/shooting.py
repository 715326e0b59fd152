"""Photographs every screen: each size, language and theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.screens.browsing import SIZES, THEMES, start_browser
from server.cli.screens.touring import Stop, tour

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from server.cli.screens.browsing import Desk
    from server.cli.screens.demo_site import DemoSite

HEIGHT_PX_MAX = 2_600
"""A longer screen is cut there: what follows is more of the same."""
_CONTENT_HEIGHT = "() => document.documentElement.scrollHeight"


async def shoot(
    site: DemoSite, folder: Path, wanted: Collection[str], tell: Callable[[str], None]
) -> list[Path]:
    """Photograph the screens whose names are wanted, or all; return the files."""
    made: list[Path] = []

    async def look(desk: Desk, stop: Stop) -> None:
        for size in SIZES:
            await desk.resize(size)
            await desk.settle()
            for theme in THEMES:
                await desk.light(theme)
                path = folder / f"{stop.name}-{size}-{desk.language}-{theme}.png"
                await _photograph(desk, path)
                made.append(path)
        tell(f"{stop.name} ({desk.language})")

    async with start_browser() as browser:
        await tour(browser, site, look, wanted)
    return sorted(made)


async def _photograph(desk: Desk, path: Path) -> None:
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
