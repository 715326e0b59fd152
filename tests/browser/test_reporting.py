"""A report in the office: downloaded at once, and made by the worker, kept, fetched and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

from server.reports.orders import make_next
from tests.browser.conftest import OFFICE, log_in, on_device

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def _downloaded(page: Page, button: str) -> tuple[str, str]:
    """Press a button that gives a PDF; return the file's name and its text."""
    async with page.expect_download() as expected:
        await page.get_by_role("button", name=button, exact=True).click()
    given = await expected.value
    document = pypdfium2.PdfDocument(await given.path())
    try:
        text = "\n".join(one.get_textpage().get_text_bounded() for one in document)
    finally:
        document.close()
    return given.suggested_filename, text


async def test_a_report_is_asked_for_finished_and_read(browser: Browser, site: Site) -> None:
    """At once, then to order in English: its progress shows, and the text of both PDFs is there."""
    chief = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, chief, "Bureau")
        await page.locator("header select").select_option(site.project)
        await page.goto("/reporting")
        await page.get_by_role("radio", name="État du projet").check()
        name, text = await _downloaded(page, "Télécharger")
        assert name.endswith(".pdf")
        assert "État du projet" in text
        assert f"MBK-{site.project[:6].upper()}" in text
        await page.get_by_text("English", exact=True).click()
        await page.get_by_role("button", name="Faire préparer et garder").click()
        await page.get_by_text("En attente").wait_for()
        await page.get_by_role("progressbar", name="Avancement de État du projet").wait_for()
        context = site.service.context
        assert await make_next(context.pool, context.intake, context.settings, context.now())
        await page.get_by_text("Prêt", exact=True).wait_for()
        name, text = await _downloaded(page, "Télécharger État du projet")
        assert name.endswith(".pdf")
        assert "Project status" in text
    (document,) = await site.rows("document")
    assert str(document["author_id"]) == chief


async def test_a_crew_is_offered_no_report_of_money(browser: Browser, site: Site) -> None:
    """Those who see no amounts choose between the status and the daily report."""
    crew = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (_, page):
        await log_in(page, site, crew)
        await page.goto("/reporting")
        await page.get_by_role("radio", name="Rapport journalier").wait_for()
        assert (
            await page.get_by_role("group", name="Quel rapport ?").get_by_role("radio").count() == 2
        )
