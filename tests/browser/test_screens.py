"""Every screen of the app's router, held to what all must keep, on the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.cli.screens import SIZES, tour
from tests.browser import looking

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from server.cli.screens import DemoSite, Desk, Stop
    from server.cli.screens.browsing import Theme

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(1_800)]

LIGHTS: dict[str, tuple[tuple[str, Theme], ...]] = {
    "fr": (("desktop", "light"), ("phone", "dark")),
    "en": (("phone", "light"), ("desktop", "dark")),
}
"""Language -> the sizes and themes in which axe looks: each language in both, each size too."""


async def test_every_screen_keeps_the_rules(browser: Browser, demo: DemoSite) -> None:
    """Axe finds nothing, 7:1 included; nothing is cut; on crew screens gloves and sun are met."""
    found: list[str] = []

    async def look(desk: Desk, stop: Stop) -> None:
        async def note(size: str, broken: list[str]) -> None:
            found.extend(f"{stop.name}, {size}, {desk.language}: {one}" for one in broken)

        for size in SIZES:
            await desk.resize(size)
            await desk.settle()
            await note(size, await looking.laid_out(desk.page))
            if stop.is_crew and size != "desktop":
                await note(size, await looking.for_gloves(desk.page))
            for theme in [theme for at, theme in LIGHTS[desk.language] if at == size]:
                await desk.light(theme)
                await note(f"{size}, {theme}", await looking.axe(desk.page))

    await tour(browser, demo, look)
    assert not found, "\n".join(sorted(set(found)))
