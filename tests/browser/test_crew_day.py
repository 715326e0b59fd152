"""A crew's day on a tablet, out of reach of any network, then back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OFFICE, PHOTO_PLACE, PHOTO_TAKEN_MS, log_in, on_device
from tests.browser.working import expense, settle, stored_files, until
from tests.serving import link_to

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def _report_and_incident(page: Page) -> None:
    await page.goto("/reports/today")
    await page.get_by_label("Effectif").fill("14")
    await page.get_by_label("Travaux réalisés").fill("Soudures 1 à 6 terminées.")
    await page.get_by_role("button", name="Soumettre").click()
    await page.get_by_text("Soumis").wait_for()
    await page.goto("/incidents/new")
    await page.get_by_label("Que s'est-il passé ?").fill("Élingue usée retirée.")
    await page.get_by_role("button", name="Signaler").click()
    await page.get_by_text("Élingue usée retirée.").wait_for()


async def _work_offline(page: Page, photo: Path) -> None:
    await page.goto("/tasks")
    await page.get_by_text("Soudure de la conduite 2").click()
    for _ in range(3):
        await page.get_by_role("button", name="Plus — Avancement").click()
    await page.get_by_role("button", name="Enregistrer").first.click()
    await page.get_by_text("Gardé ici").first.wait_for()
    await expense(page, "125 000", "SARL Forage", photo)


async def test_a_day_without_network_arrives_once_and_whole(
    browser: Browser, site: Site, photo: Path
) -> None:
    """Progress, expenses with a photo, a report and an incident survive a killed tab, once each."""
    crew = await site.person("employee", "Awa Mboup")
    async with (
        link_to(site.process.url) as (link, url),
        on_device(browser, site, url=url.replace("127.0.0.1", "localhost")) as (context, page),
    ):
        await log_in(page, site, crew)
        await page.get_by_text("Soudure de la conduite 2").first.wait_for()
        await settle(page)
        # The browser alone lets a new tab's worker ask before it has told it that there is no link.
        await link.cut()
        await context.set_offline(offline=True)
        await _work_offline(page, photo)
        reopened = await _killed_and_reopened(context, page)
        await expense(reopened, "48500", "Quincaillerie du port")
        await _report_and_incident(reopened)
        assert not await site.rows("expense")
        await link.mend()
        await context.set_offline(offline=False)
        await until(lambda: site.rows("incident"), 1)
        await reopened.get_by_text("À jour").wait_for()
        await until(lambda: stored_files(site), 1)
    await _assert_arrived(site)
    await _assert_seen_in_the_office(browser, site)


async def _killed_and_reopened(context: BrowserContext, page: Page) -> Page:
    """Close the tab in the middle of a form; a new one finds the draft and what was saved."""
    await page.goto("/expenses/new")
    await page.get_by_label("Montant").fill("777")
    await page.get_by_label("Fournisseur").fill("Brouillon")
    await page.close(run_before_unload=False)
    reopened = await context.new_page()
    await reopened.goto("/expenses/new")
    await expect(reopened.get_by_label("Fournisseur")).to_have_value("Brouillon")
    await reopened.goto("/expenses")
    await reopened.get_by_text("SARL Forage").wait_for()
    return reopened


async def _assert_arrived(site: Site) -> None:
    expenses = {one["supplier"]: one for one in await site.rows("expense")}
    assert {name: one["amount"] for name, one in expenses.items()} == {
        "SARL Forage": 125_000,
        "Quincaillerie du port": 48_500,
    }
    (report,) = await site.rows("daily_report")
    assert (report["status"], report["headcount"]) == ("submitted", 14)
    (incident,) = await site.rows("incident")
    assert (incident["kind"], incident["description"]) == ("near_miss", "Élingue usée retirée.")
    progress = {one["code"]: one["progress"] for one in await site.rows("task")}
    assert progress["ET-002"] == 3_000
    (receipt,) = await site.service.context.pool.fetch(
        "SELECT document.* FROM document_link JOIN document ON document.id = document_id"
        " WHERE subject_id = $1 AND NOT document_link.deleted",
        expenses["SARL Forage"]["id"],
    )
    # The tablet scaled the photo down, which loses what the camera wrote: the row has it.
    assert receipt["taken_at"] == PHOTO_TAKEN_MS
    assert (receipt["latitude_microdegrees"], receipt["longitude_microdegrees"]) == PHOTO_PLACE


async def _assert_seen_in_the_office(browser: Browser, site: Site) -> None:
    manager = await site.person("manager", "Paul Biya Ndongo")
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, manager, "Bureau")
        await page.goto("/expenses")
        await page.get_by_text("SARL Forage").wait_for()
        await page.get_by_text("125 000 XAF").wait_for()
