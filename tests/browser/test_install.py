"""Installed from the server, in either language; and tables that people take away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.browser.conftest import OFFICE, kept_profile, log_in, on_device
from tests.browser.working import settle

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


async def test_a_browser_finds_nothing_against_installing(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Chromium would install the app, under its name, at its start, in a window of its own."""
    crew = await site.person("employee", "Awa Mboup")
    # Nothing is installed from a profile that forgets itself.
    async with kept_profile(browser, site, tmp_path / "profile") as (context, page):
        await log_in(page, site, crew)
        await settle(page)
        session = await context.new_cdp_session(page)
        async with asyncio.timeout(60):
            found = await session.send("Page.getInstallabilityErrors")
            told = await session.send("Page.getAppManifest")
        assert found["installabilityErrors"] == []
        assert not told["errors"]
        manifest = msgspec.json.decode(told["data"])
        assert (manifest["name"], manifest["display"]) == ("Derrick", "standalone")
        assert (manifest["id"], manifest["start_url"]) == ("/", "/")


async def test_the_language_changes_at_once(browser: Browser, site: Site) -> None:
    """English chosen, the open screen speaks it without a reload, and keeps it."""
    crew = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (_, page):
        await log_in(page, site, crew)
        await page.goto("/settings")
        await page.evaluate("window.opened = 'once'")
        await page.get_by_text("English", exact=True).click()
        await page.get_by_role("heading", name="Settings").wait_for()
        await page.get_by_text("Up to date").wait_for()
        assert await page.evaluate("[window.opened, document.documentElement.lang]") == [
            "once",
            "en",
        ]
        await page.reload()
        await page.get_by_role("heading", name="Settings").wait_for()
        await page.get_by_text("Français", exact=True).click()
        await page.get_by_role("heading", name="Réglages").wait_for()


async def test_a_table_sorts_filters_and_goes_out(browser: Browser, site: Site) -> None:
    """The directory sorts by a column both ways, finds by words, and is saved as it is shown."""
    chief = await site.person("administrator", "Paul Ndongo")
    for number in range(9):
        await site.person("employee", f"Équipier {number} de {site.project[:6]}")
    async with on_device(browser, site, OFFICE) as (_, office):
        await log_in(office, site, chief, "Bureau")
        await office.goto("/people/list")
        await office.get_by_role("searchbox").fill(f"de {site.project[:6]}")
        names = office.get_by_role("row").get_by_role("link")
        await office.get_by_role("link", name="Équipier 8 de").wait_for()
        first = [one.strip()[-17:] for one in await names.all_inner_texts()]
        assert len(first) == 9
        await office.get_by_role("button", name="Nom").click()
        await office.locator("[aria-sort=descending]").wait_for()
        back = [one.strip()[-17:] for one in await names.all_inner_texts()]
        assert back == first[::-1] != first
        async with office.expect_download() as loading:
            await office.get_by_role("button", name="Exporter en CSV").click()
        saved = await (await loading.value).path()
        lines = saved.read_text("utf-8-sig").splitlines()
        assert len(lines) == 10
        assert lines[1].startswith('"Équipier 8 de')
