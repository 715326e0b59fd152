"""A device that runs full: the person is told in good time, and nothing entered is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.conftest import kept_profile, let_sleep, log_in
from tests.browser.working import expense, settle, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TOLD_TIGHT = "Il reste peu de place sur l'appareil."
TOLD_FULL = "Il n'y a plus de place sur l'appareil."
HOLDS_RESERVE = "() => caches.has('derrick-reserve')"
# Chromium takes its time to count: a quota holds once a write has failed by it.
FILL = """async (bytes) => {
    const request = indexedDB.open('filling', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('bytes')
    const database = await new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => resolve(null)
    })
    if (database === null) return 'full'
    const writing = database.transaction('bytes', 'readwrite')
    writing.objectStore('bytes').put(crypto.getRandomValues(new Uint8Array(bytes)), 1)
    const outcome = await new Promise((resolve) => {
        writing.oncomplete = () => resolve('kept')
        writing.onabort = () => resolve('full')
    })
    database.close()
    return outcome
}"""


async def test_a_device_that_runs_full_loses_nothing(
    browser: Browser, site: Site, photo: Path, tmp_path: Path
) -> None:
    """The reserve keeps what found no room, and says so; what finds none stays in its form."""
    crew = await site.person("employee", "Awa Mboup")
    async with kept_profile(browser, site, tmp_path / "profile") as (context, page):
        await let_sleep(context, page)
        await log_in(page, site, crew)
        await settle(page)
        await page.wait_for_function(HOLDS_RESERVE)
        await context.set_offline(offline=True)
        await _fill_up(context, site, page)
        await expense(page, "48 500", "Quincaillerie du port", photo)
        await page.get_by_text(TOLD_TIGHT).wait_for()
        assert not await page.evaluate(HOLDS_RESERVE)
        await _fill_up(context, site, page)
        await _entered_without_room(page)
        await _grant(context, site, page, None)
        await page.get_by_role("button", name="Enregistrer la dépense").click()
        await page.get_by_text("SARL Forage").first.wait_for()
        await context.set_offline(offline=False)
        arrived = await until(lambda: site.rows("expense"), 2)
        await page.wait_for_function(HOLDS_RESERVE)
        await page.get_by_text(TOLD_TIGHT).wait_for(state="hidden")
    amounts = {one["supplier"]: one["amount"] for one in arrived}
    assert amounts == {"Quincaillerie du port": 48_500, "SARL Forage": 125_000}


async def _entered_without_room(page: Page) -> None:
    """Fill in a form that nothing of can be kept: it says so, and stays as it is."""
    await page.goto("/expenses/new")
    await page.get_by_label("Montant").fill("125 000")
    await page.get_by_text(TOLD_FULL).first.wait_for()
    await page.get_by_label("Fournisseur").fill("SARL Forage")
    await page.get_by_role("button", name="Enregistrer la dépense").click()
    await page.get_by_text("Libérez-en, puis réessayez.").wait_for()
    await expect(page.get_by_label("Fournisseur")).to_have_value("SARL Forage")
    assert await page.get_by_text("1 saisie en attente").count() == 0
    assert await page.get_by_text("2 saisies en attente").is_visible()


async def _fill_up(context: BrowserContext, site: Site, page: Page) -> None:
    """Grant no more than what is used, and wait until the browser holds to it."""
    await _grant(context, site, page, 0)
    deadline = asyncio.get_running_loop().time() + 60
    while await page.evaluate(FILL, 60_000) != "full":
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.5)


async def _grant(context: BrowserContext, site: Site, page: Page, free_bytes: int | None) -> None:
    """Grant what is used by now and so much more; None: as much as there is."""
    session = await context.new_cdp_session(page)
    granted = {}
    if free_bytes is not None:
        told = await session.send("Storage.getUsageAndQuota", {"origin": site.url})
        granted = {"quotaSize": told["usage"] + free_bytes}
    await session.send("Storage.overrideQuotaForOrigin", {"origin": site.url, **granted})
