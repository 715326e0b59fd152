"""What a crew's first screen costs a bad link: the script that the page loads, compressed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import on_device

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Response

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

SCRIPT_BYTES_MAX = 170_000


def _compressed(built: Path, name: str) -> int:
    """Return what a script weighs on its way to a browser that takes Brotli."""
    packed = built / f"{name}.br"
    return (packed if packed.is_file() else built / name).stat().st_size


async def test_the_crews_first_screen_loads_little_script(
    browser: Browser, site: Site, built_app: Path
) -> None:
    """What the page names weighs under 170,000 bytes compressed, and a browser loads just that."""
    page_text = (built_app / "index.html").read_text("utf-8")
    named = set(re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page_text))
    assert named, "the page names no script"
    weight = sum(_compressed(built_app, name) for name in named)
    assert weight < SCRIPT_BYTES_MAX, f"{weight} bytes of script, {SCRIPT_BYTES_MAX} allowed"
    loaded: dict[str, str | None] = {}

    def note(response: Response) -> None:
        if response.request.resource_type == "script":
            name = response.url.removeprefix(f"{site.url}/")
            loaded[name] = response.headers.get("content-encoding")

    async with on_device(browser, site) as (_, page):
        page.on("response", note)
        await page.goto("/")
        await page.get_by_label("Identifiant").wait_for()
    assert named <= set(loaded)
    large = {name for name in named if (built_app / f"{name}.gz").is_file()}
    assert all(loaded[name] in {"br", "gzip"} for name in large), loaded
