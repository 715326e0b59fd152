"""Access as the office rules it: devices, rights, letters, codes, profiles, the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyotp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import OFFICE, PASSWORD, log_in, on_device
from tests.browser.working import expense, letter_link, settle, until
from tests.serving import new_id

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

ANOTHER_PASSWORD = "vent du large 27"  # noqa: S105 -- of people made up for a test


async def test_a_device_withdrawn_in_the_office_is_wiped_and_its_work_kept(
    browser: Browser, site: Site
) -> None:
    """Withdrawn, a tablet hands in its entry and is empty; the office takes the entry up."""
    chief = await site.person("administrator", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    name = f"Tablette {new_id()[:8]}"
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (context, tablet),
    ):
        await log_in(office, site, chief, "Bureau")
        await log_in(tablet, site, crew, name)
        await settle(tablet)
        await context.set_offline(offline=True)
        await expense(tablet, "125 000", "SARL Forage")
        await office.goto("/people/devices")
        await office.get_by_role("link", name=name).click()
        await office.get_by_role("button", name="Retirer cet appareil").click()
        await office.get_by_text("Il ne pourra plus rien lire ni écrire.").wait_for()
        await office.get_by_role("button", name="Retirer cet appareil").click()
        await office.get_by_text("Effacement demandé").first.wait_for()
        await context.set_offline(offline=False)
        await tablet.get_by_text("Cet appareil a été retiré : ses données ont été").wait_for()
        await tablet.get_by_text("Une saisie a été remise au serveur").wait_for()
        assert await tablet.get_by_role("button", name=site.logins[crew]).count() == 0
        assert not await site.rows("expense")
        await office.reload()
        held = office.locator("section").filter(has_text=f"Awa Mboup, sur {name}").last
        await held.get_by_text("Dépense saisie").wait_for()
        await held.get_by_role("button", name="Reprendre").click()
        (taken,) = await until(lambda: site.rows("expense"), 1)
        await held.wait_for(state="detached")
        await office.get_by_text("Effacé le").first.wait_for()
    assert (taken["amount"], str(taken["author_id"])) == (125_000, crew)


async def test_a_right_taken_away_holds_at_once(browser: Browser, site: Site) -> None:
    """A right that the table loses is refused to tablets, and no longer offered to a new one."""
    chief = await site.person("administrator", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, tablet),
        on_device(browser, site) as (_, other),
    ):
        await log_in(office, site, chief, "Bureau")
        await log_in(tablet, site, crew)
        await _set_right(office, allowed=False)
        try:
            await tablet.goto("/expenses/new")
            await tablet.get_by_label("Montant").fill("125 000")
            await tablet.get_by_label("Fournisseur").fill("SARL Forage")
            await tablet.get_by_role("button", name="Enregistrer la dépense").click()
            await tablet.get_by_text("1 refus").wait_for()
            await tablet.goto("/refusals")
            await tablet.get_by_role("main").get_by_text("SARL Forage").wait_for()
            await tablet.get_by_text("125 000 XAF").wait_for()
            await log_in(other, site, crew, "Tablette neuve")
            await other.goto("/enter")
            await other.get_by_role("link", name="Incident").wait_for()
            await other.get_by_role("link", name="Dépense").wait_for(state="detached")
        finally:
            await _set_right(office, allowed=True)
        await tablet.get_by_role("button", name="Reprendre et renvoyer").click()
        await until(lambda: site.rows("expense"), 1)


async def _set_right(office: Page, *, allowed: bool) -> None:
    """Give or take the right to record expenses of a crew, and save the table."""
    await office.goto("/people/rights")
    await office.get_by_label("Chercher un droit").fill("Saisir les dépenses")
    await office.get_by_label(re.compile(r"^Équipier\s:\sSaisir les dépenses")).set_checked(allowed)
    await office.get_by_text("1 changement à enregistrer").wait_for()
    await office.get_by_role("button", name="Enregistrer les droits").click()
    await office.get_by_text("Les droits sont enregistrés.").wait_for()


async def test_a_lost_password_is_replaced_by_a_letter(browser: Browser, site: Site) -> None:
    """The letter's link takes a new password and opens; the old one opens nothing any more."""
    login = f"awa.{new_id()[:8]}@chantier.example"
    await site.person("employee", "Awa Mboup", login)
    async with on_device(browser, site) as (_, phone):
        await phone.goto("/")
        await phone.get_by_role("button", name="J'ai un code").click()
        await phone.get_by_label("Identifiant").fill(login)
        await phone.get_by_role("button", name="Recevoir un lien par message").click()
        await phone.get_by_text("un lien vient de lui être envoyé").wait_for()
        await phone.goto(await letter_link(site, login))
        await phone.get_by_label("Nouveau mot de passe").fill(ANOTHER_PASSWORD)
        await phone.get_by_role("button", name="Choisir ce mot de passe").click()
        await phone.get_by_text("Bonjour Awa").wait_for()
        old = await site.service.client.post(
            "/api/users/login",
            json={"login": login, "password": PASSWORD, "device": {"name": "Autre"}},
        )
        assert old.status_code == 403, old.text


async def test_a_profile_changed_on_the_tablet_shows_in_the_office(
    browser: Browser, site: Site
) -> None:
    """A name and a phone entered without a network reach the directory; a wrong phone does not."""
    chief = await site.person("manager", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (context, tablet),
    ):
        await log_in(office, site, chief, "Bureau")
        await log_in(tablet, site, crew)
        await settle(tablet)
        await tablet.goto("/profile")
        await tablet.get_by_label("Téléphone").wait_for()
        await context.set_offline(offline=True)
        await tablet.get_by_label("Nom", exact=True).fill("Awa Mboup Diallo")
        await tablet.get_by_label("Téléphone").fill("12")
        await tablet.get_by_role("button", name="Enregistrer").first.click()
        await tablet.get_by_text("Donnez le numéro avec l'indicatif").wait_for()
        await tablet.get_by_label("Téléphone").fill("+241 77 12 34 56")
        await tablet.get_by_role("button", name="Enregistrer").first.click()
        await tablet.get_by_text("Enregistré.").wait_for()
        await office.goto(f"/people/person/{crew}")
        await office.get_by_role("heading", name="Awa Mboup").wait_for()
        await context.set_offline(offline=False)
        await office.get_by_role("heading", name="Awa Mboup Diallo").wait_for()
        await office.get_by_role("link", name="+24177123456").wait_for()


async def test_the_record_of_activity_is_searched(browser: Browser, site: Site) -> None:
    """By person and by event: what is asked for is there, and nothing else."""
    chief = await site.person("administrator", "Paul Ndongo")
    crew = await site.person("employee", f"Awa {new_id()[:6]}")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, tablet),
    ):
        await log_in(tablet, site, crew, "Tablette 12")
        await log_in(office, site, chief, "Bureau")
        await office.goto("/people/activity")
        await office.get_by_label("Personne").select_option(crew)
        await expect(office.get_by_role("cell", name="Appareil enregistré")).to_have_count(1)
        rows = office.get_by_role("row").filter(has=office.get_by_role("cell"))
        found = await rows.count()
        await office.get_by_label("Événement").select_option("login")
        await expect(office.get_by_role("cell", name="Appareil enregistré")).to_have_count(0)
        await expect(rows).to_have_count(1)
        assert found > 1
        assert "Tablette 12" in await rows.inner_text()
        await office.get_by_label("Du", exact=True).fill("2020-01-01")
        await office.get_by_label("Au", exact=True).fill("2020-01-02")
        await office.get_by_text("Rien dans le registre pour cette recherche.").wait_for()


async def test_an_open_session_shows_the_code_that_its_role_comes_to_ask(
    browser: Browser, site: Site
) -> None:
    """A session opened without a code is asked for one, refuses a wrong one, and goes on."""
    chief = await site.person("administrator", "Paul Ndongo")
    auditor = await site.person("auditor", "Inès Okemba")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, old),
        on_device(browser, site, OFFICE) as (_, other),
    ):
        await log_in(old, site, auditor, "Tablette")
        await log_in(other, site, auditor, "Portable")
        spare = await _codes_turned_on(other)
        await log_in(office, site, chief, "Bureau")
        await office.goto("/people/rights")
        required = office.get_by_role("checkbox", name="Auditeur", exact=True)
        await required.check()
        try:
            # The token of a page that is opened anew is a new one.
            await old.reload()
            await old.get_by_text("Votre rôle demande désormais un code").wait_for()
            await old.get_by_label("Code à usage unique, ou code de secours").fill("000000")
            await old.get_by_role("button", name="Confirmer").click()
            await old.get_by_role("alert").wait_for()
            await old.get_by_label("Code à usage unique, ou code de secours").fill(spare)
            await old.get_by_role("button", name="Confirmer").click()
            await old.get_by_text("Votre rôle demande").wait_for(state="detached")
            await old.reload()
            await old.get_by_text("À jour").wait_for()
            assert await old.get_by_text("Votre rôle demande").count() == 0
        finally:
            await required.uncheck()
            await office.get_by_role(
                "checkbox", name="Auditeur", exact=True, disabled=False
            ).wait_for()
    deadline = await site.service.context.pool.fetchval(
        "SELECT count(*) FROM session WHERE person_id = $1 AND prove_by IS NOT NULL", auditor
    )
    assert deadline == 0


async def _codes_turned_on(page: Page) -> str:
    """Turn one-time codes on in the profile; return a spare code."""
    await page.goto("/profile")
    codes = page.locator("section").filter(has_text="Codes à usage unique").last
    await codes.get_by_label("Mot de passe actuel").fill(PASSWORD)
    await codes.get_by_role("button", name="Activer les codes").click()
    link = codes.get_by_role("link", name="L'application est sur ce téléphone")
    totp = pyotp.parse_uri(await link.get_attribute("href") or "")
    assert isinstance(totp, pyotp.TOTP)
    await codes.get_by_label("Code affiché par l'application").fill(totp.now())
    await codes.get_by_role("button", name="Activer les codes").click()
    spare = await codes.get_by_role("listitem").first.inner_text()
    await codes.get_by_label("Je les ai notés").check()
    await codes.get_by_role("button", name="Continuer").click()
    return spare.strip()
