"""A tablet that a crew shares: locked behind PINs, each one's work kept apart, and sent for all."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import log_in, on_device
from tests.browser.working import expense, fill_expense, leave, settle, switch_person, until

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from sync.changes import Change
    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

EMPTIED = (
    "() => [...document.querySelectorAll('input[type=password]')].every((one) => one.value === '')"
)
"""A PIN that was looked at leaves its field."""
ROWS_OF = """([person, scope]) => new Promise((resolve, reject) => {
    const request = indexedDB.open(`derrick-${person}`)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
        const read = request.result.transaction('rows').objectStore('rows').getAll()
        read.onsuccess = () => {
            request.result.close()
            resolve(read.result.filter((one) => one.scope === scope).length)
        }
    }
})"""


async def test_each_ones_work_is_kept_apart_and_sent_by_whoever_has_the_link(
    browser: Browser, site: Site
) -> None:
    """Offline each sees their own entries; a PIN guessed too often is void, the work is not."""
    first, second = await site.person("employee", "Awa"), await site.person("employee", "Jean")
    async with on_device(browser, site) as (context, page):
        await log_in(page, site, first)
        await _choose_pin(page, "4711")
        await switch_person(page)
        await page.get_by_role("button", name="Une autre personne").click()
        await log_in(page, site, second)
        await settle(page)
        await context.set_offline(offline=True)
        await switch_person(page)
        await page.get_by_role("button", name=site.logins[first]).click()
        await _unlock(page, "4711")
        await page.get_by_text("Bonjour Awa").wait_for()
        await page.goto("/expenses/new")
        await _unlock(page, "4711")
        await fill_expense(page, "125 000", "SARL Forage")
        await page.goto("/settings")
        await _unlock(page, "4711")
        await leave(page)
        await page.get_by_role("button", name=site.logins[second]).click()
        await page.get_by_text("Bonjour Jean").wait_for()
        await page.goto("/expenses")
        await page.get_by_text("Aucune dépense").wait_for()
        await expense(page, "48 500", "Quincaillerie du port")
        await switch_person(page)
        await page.get_by_role("button", name=site.logins[first]).click()
        await _guess_too_often(page)
        await page.reload()
        await page.get_by_role("button", name=site.logins[first]).click()
        await page.get_by_text("Entrez votre mot de passe, puis choisissez").wait_for()
        await page.get_by_role("button", name="Retour").click()
        await page.get_by_role("button", name=site.logins[second]).click()
        await context.set_offline(offline=False)
        arrived = await until(lambda: site.rows("expense"), 2)
    authors = {one["supplier"]: str(one["author_id"]) for one in arrived}
    assert authors == {"SARL Forage": first, "Quincaillerie du port": second}


async def _choose_pin(page: Page, pin: str) -> None:
    await page.goto("/settings")
    await page.get_by_label("Nouveau code PIN").fill(pin)
    await page.get_by_label("Le même, encore une fois").fill(pin)
    await page.get_by_role("button", name="Choisir ce code").click()
    await page.get_by_text("Le code PIN est en place.").wait_for()


async def _unlock(page: Page, pin: str) -> None:
    await _try(page, pin)
    await page.get_by_role("button", name="Ouvrir").wait_for(state="hidden")


async def _try(page: Page, pin: str) -> None:
    await page.get_by_label("Code PIN", exact=True).fill(pin)
    await page.get_by_role("button", name="Ouvrir").click()


async def _guess_too_often(page: Page) -> None:
    """Guess, wait as long as is asked, and guess again, until no guess is looked at."""
    now = dt.datetime.now(dt.UTC)
    for number in range(10):
        await page.clock.set_fixed_time(now + dt.timedelta(minutes=3 * number))
        await _try(page, f"{number:04}")
        await page.wait_for_function(EMPTIED)
        told = page.get_by_text("Ce n'est pas le bon code PIN.").or_(
            page.get_by_text("Trop d'essais")
        )
        await told.first.wait_for()
        if number == 5:
            # At once again: not even the right one is looked at.
            await _try(page, "4711")
            await page.wait_for_function(EMPTIED)
            await page.get_by_text("Trop d'essais : attendez").wait_for()
    await page.get_by_text("Entrez votre mot de passe, puis choisissez").wait_for()


async def test_a_role_withdrawn_while_offline_takes_the_rows_and_leaves_the_work(
    browser: Browser, site: Site
) -> None:
    """The project leaves the device; the entry made meanwhile comes back whole, with its reason."""
    crew = await site.person("employee", "Awa Mboup")
    scope = f"project:{site.project}"
    async with on_device(browser, site) as (context, page):
        await log_in(page, site, crew)
        await settle(page)
        assert await page.evaluate(ROWS_OF, [crew, scope]) > 0
        await context.set_offline(offline=True)
        await expense(page, "125 000", "SARL Forage")
        await _withdraw(site, crew)
        await context.set_offline(offline=False)
        await page.get_by_text("1 refus").wait_for()
        await page.goto("/refusals")
        await page.get_by_text("SARL Forage").wait_for()
        await page.goto("/")
        await page.get_by_text("Aucun projet ne vous est encore confié.").wait_for()
        assert await page.evaluate(ROWS_OF, [crew, scope]) == 0
    assert not await site.rows("expense")


async def _withdraw(site: Site, person: str) -> None:
    """Take a member off the project."""
    chief = await (await site.service.tablet("administrator")).pull()
    scope = f"project:{site.project}"
    (membership,) = [
        row
        for row, one in chief.live(scope).items()
        if one.table == "member" and one.values["person_id"] == person
    ]
    change: Change = chief.delete(scope, membership)
    await chief.must(change)
