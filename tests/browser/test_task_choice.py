"""The task that an entry belongs to: those of the day are offered, any other is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.conftest import log_in, on_device
from tests.browser.working import settle, until
from tests.serving import new_id, task_created

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def test_a_task_of_another_day_is_found_by_a_word(browser: Browser, site: Site) -> None:
    """The list offers the day's six; the seventh comes by a word without its accents."""
    crew = await site.person("employee", "Awa Mboup")
    chief = await site.service.tablet("administrator")
    later = {"planned_start": "2031-03-03T07:00", "planned_finish": "2031-03-05T17:00"}
    wanted = new_id()
    for row, name in ((wanted, "Épreuve hydraulique"), (new_id(), "Peinture")):
        await chief.must(task_created(site.project, row, name=name, code=f"Z-{name[0]}", **later))
    async with on_device(browser, site) as (_, page):
        await log_in(page, site, crew)
        await settle(page)
        await page.goto("/expenses/new")
        await page.get_by_label("Montant").fill("12 000")
        await page.get_by_text("Date, tâche").click()
        choice = page.get_by_label("Tâche", exact=True)
        await expect(choice.locator("option")).to_have_count(8)
        await choice.select_option(label="Autre tâche…")
        sought = page.get_by_label("Chercher une tâche")
        await expect(sought).to_be_focused()
        await expect(page.get_by_role("button", name="Peinture")).to_be_visible()
        await sought.fill("epreuve")
        await expect(page.get_by_role("button", name="Peinture")).to_have_count(0)
        await page.get_by_role("button", name="Z-É · Épreuve hydraulique").click()
        await expect(choice).to_have_value(wanted)
        await page.get_by_role("button", name="Enregistrer la dépense").click()
        await until(lambda: site.rows("expense"), 1)
    (spent,) = await site.rows("expense")
    assert str(spent["task_id"]) == wanted
