"""The first minute: a code told at the office becomes a password, and the tablet is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PASSWORD, log_in, on_device

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def test_a_told_code_becomes_a_password(browser: Browser, site: Site) -> None:
    """A wrong code says so; with the right one and a password of one's own, one is in."""
    _, login, code = await site.told_code("employee", "Awa Mboup")
    async with on_device(browser, site) as (_, page):
        await page.goto("/")
        await page.get_by_role("button", name="J'ai un code").click()
        await page.get_by_label("Identifiant").fill(login)
        await page.get_by_label("Code", exact=True).fill("AAAA-AAAA")
        await page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
        await page.get_by_role("button", name="Choisir ce mot de passe").click()
        await page.get_by_text("Ce lien ou ce code n'est pas valable").wait_for()
        await page.get_by_label("Code", exact=True).fill(code)
        await page.get_by_role("button", name="Choisir ce mot de passe").click()
        await page.get_by_text("Bonjour Awa").wait_for()


async def test_a_shared_tablet_locks_and_changes_hands(browser: Browser, site: Site) -> None:
    """Two people share a tablet, each behind a PIN, and each begins at their own day."""
    first, second = await site.person("employee", "Awa"), await site.person("employee", "Jean")
    async with on_device(browser, site) as (_, page):
        await log_in(page, site, first)
        await page.goto("/settings")
        await page.get_by_label("Nouveau code PIN").fill("4711")
        await page.get_by_label("Le même, encore une fois").fill("4711")
        await page.get_by_role("button", name="Choisir ce code").click()
        await page.get_by_text("Le code PIN est en place.").wait_for()
        await page.get_by_role("button", name="Changer de personne").click()
        await page.get_by_role("button", name="Une autre personne").click()
        await log_in(page, site, second)
        await page.get_by_text("Bonjour Jean").wait_for()
        await page.goto("/settings")
        await page.get_by_role("button", name="Changer de personne").click()
        await page.get_by_role("button", name=site.logins[first]).click()
        await page.get_by_label("Code PIN").fill("0000")
        await page.get_by_role("button", name="Ouvrir").click()
        await page.get_by_text("Ce n'est pas le bon code PIN.").wait_for()
        await page.get_by_label("Code PIN").fill("4711")
        await page.get_by_role("button", name="Ouvrir").click()
        await page.get_by_text("Bonjour Awa").wait_for()
