"""The main paths without a mouse or a finger: every stop of Tab is seen, none is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OFFICE, PASSWORD, log_in, on_device

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

STOPS_MAX = 80
_FOCUSED = """
() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return null;
  const ringed = (that) => {
    const style = getComputedStyle(that);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  // A choice is a hidden radio button within what is seen of it.
  const shown = one.matches("[type=radio], [type=checkbox]") ? one.closest("label") ?? one : one;
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const top = document.elementFromPoint(x, y);
  return {
    name: (one.getAttribute("aria-label") || one.labels?.[0]?.innerText
      || one.innerText || "").trim(),
    ringed: ringed(shown) || ringed(one),
    uncovered: top !== null && (shown.contains(top) || top.contains(shown)),
  };
}
"""


async def _tab_to(page: Page, name: str) -> None:
    """Press Tab until something of a name has the focus; each stop on the way must be seen."""
    passed: list[str] = []
    for _ in range(STOPS_MAX):
        await page.keyboard.press("Tab")
        found: dict[str, Any] | None = await page.evaluate(_FOCUSED)
        if found is None:
            continue
        assert found["ringed"], f"the focus does not show on {found['name']!r}"
        assert found["uncovered"], f"something lies over {found['name']!r}"
        passed.append(found["name"])
        if name in found["name"]:
            return
    pytest.fail(f"Tab never came to {name!r}, only to {passed}")


async def _log_in_by_keys(page: Page, login: str) -> None:
    await page.goto("/")
    await page.get_by_label("Mot de passe").wait_for()
    await _tab_to(page, "Identifiant")
    await page.keyboard.type(login)
    await _tab_to(page, "Mot de passe")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_text("À jour").wait_for()


async def test_a_crew_works_by_keyboard_alone(browser: Browser, site: Site) -> None:
    """Log in, find a task, report its progress, record an expense: Tab, Enter and letters do."""
    person = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (_, page):
        await _log_in_by_keys(page, site.logins[person])
        await page.get_by_text("Soudure de la conduite 2").wait_for()
        await _tab_to(page, "Soudure de la conduite 2")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Soudure de la conduite 2").wait_for()
        assert await page.title() == "Soudure de la conduite 2 · Derrick"
        await _tab_to(page, "Plus — Avancement")
        await page.keyboard.press("Enter")
        await _tab_to(page, "Enregistrer")
        await page.keyboard.press("Enter")
        await page.get_by_text("10 %").wait_for()
        await _tab_to(page, "Saisir")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Saisir").wait_for()
        await _tab_to(page, "Dépense")
        await page.keyboard.press("Enter")
        await page.get_by_label("Montant").wait_for()
        await page.keyboard.type("48500")
        await _tab_to(page, "Fournisseur")
        await page.keyboard.type("Quincaillerie du port")
        await page.keyboard.press("Enter")
        await page.get_by_text("48 500 XAF").wait_for()


async def test_the_office_goes_round_by_keyboard_alone(browser: Browser, site: Site) -> None:
    """The first Tab skips the menu; a link leads on, and the next Tab stands in the new screen."""
    person = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, person, "Bureau")
        await page.goto("/projects")
        await page.get_by_role("heading", name="Plateforme").first.wait_for()
        await page.keyboard.press("Tab")
        assert (await page.evaluate(_FOCUSED))["name"] == "Aller au contenu"
        await page.keyboard.press("Enter")
        await _tab_to(page, "Fiche et membres")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Membres").wait_for()
        assert await page.evaluate("document.activeElement.id") == "content"
        await page.keyboard.press("Tab")
        assert (await page.evaluate(_FOCUSED))["name"] == "Retour"
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Projets").wait_for()
        assert await page.title() == "Projets · Derrick"


async def test_the_state_of_the_link_is_told(browser: Browser, site: Site) -> None:
    """Going offline and coming back is said by a live region, without a move of the focus."""
    person = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (context, page):
        await log_in(page, site, person)
        told = page.locator("[aria-live=polite]", has_text="À jour")
        assert await told.count() == 1
        held = await page.evaluate("document.activeElement.tagName")
        await context.set_offline(offline=True)
        await page.locator("[aria-live=polite]", has_text="Hors ligne").wait_for()
        await context.set_offline(offline=False)
        await told.wait_for()
        assert await page.evaluate("document.activeElement.tagName") == held
