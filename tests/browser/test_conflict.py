"""Two tablets write the same field out of each other's sight; the office decides."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OFFICE, log_in, on_device

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


async def _begin(page: Page, headcount: str) -> None:
    """Write today's report, and wait until the server has it."""
    await page.goto("/reports/today")
    await page.get_by_label("Effectif").fill(headcount)
    await page.get_by_role("button", name="Garder en brouillon").click()
    await page.get_by_text("Sur le serveur").first.wait_for()


async def _write(page: Page, report: str, headcount: str) -> None:
    await page.goto(f"/reports/{report}")
    await page.get_by_label("Effectif").fill(headcount)
    await page.get_by_role("button", name="Garder en brouillon").click()
    await page.get_by_text("Gardé ici").first.wait_for()


async def _headcount(site: Site, wanted: int, seconds: float = 60) -> None:
    """Wait until the report holds so many people."""
    deadline = asyncio.get_running_loop().time() + seconds
    while [one["headcount"] for one in await site.rows("daily_report")] != [wanted]:
        assert asyncio.get_running_loop().time() < deadline, await site.rows("daily_report")
        await asyncio.sleep(0.2)


async def test_a_conflict_of_two_tablets_is_settled_in_the_office(
    browser: Browser, site: Site
) -> None:
    """Both values stand side by side with who wrote them; the one picked shows on both tablets."""
    awa = await site.person("supervisor", "Awa Mboup")
    bako = await site.person("supervisor", "Bako Essomba")
    chief = await site.person("manager", "Paul Biya Ndongo")
    async with (
        on_device(browser, site) as (first, one),
        on_device(browser, site) as (second, other),
        on_device(browser, site, OFFICE) as (_, office),
    ):
        await log_in(one, site, awa, "Tablette 1")
        await log_in(other, site, bako, "Tablette 2")
        await _begin(one, "10")
        (report,) = [str(row["id"]) for row in await site.rows("daily_report")]
        await other.goto("/reports")
        await other.get_by_text("Brouillon").wait_for()
        for page in (one, other):
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for context in (first, second):
            await context.set_offline(offline=True)
        await _write(one, report, "12")
        await _write(other, report, "15")
        await first.set_offline(offline=False)
        await _headcount(site, 12)
        await second.set_offline(offline=False)
        await _headcount(site, 15)
        await log_in(office, site, chief, "Bureau")
        await _settle(office)
        await _headcount(site, 12)
        for page in (one, other):
            await _assert_shows(page, report, "12")


async def _settle(office: Page) -> None:
    """Pick the value that does not show, having read whose it is."""
    await office.goto("/conflicts")
    await office.get_by_role("heading", name="À trancher (1)").wait_for()
    shown = office.get_by_role("listitem").filter(has_text="Valeur affichée").last
    await shown.get_by_text("Bako Essomba, sur Tablette 2").wait_for()
    assert await shown.get_by_text("15", exact=True).is_visible()
    lost = office.get_by_role("listitem").filter(has_text="Autre valeur").last
    await lost.get_by_text("Awa Mboup, sur Tablette 1").wait_for()
    assert await lost.get_by_text("12", exact=True).is_visible()
    await lost.get_by_role("button", name="Garder cette valeur").click()
    await office.get_by_text("Rien à trancher.").wait_for()


async def _assert_shows(page: Page, report: str, headcount: str) -> None:
    await page.get_by_text("À jour").wait_for()
    await page.goto("/reports")
    await page.goto(f"/reports/{report}")
    await page.wait_for_function(
        "wanted => [...document.querySelectorAll('input')].some(one => one.value === wanted)",
        arg=headcount,
        timeout=60_000,
    )
