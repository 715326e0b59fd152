"""People and access: an invitation's letter, a role that changes, codes that a role asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import OFFICE, PASSWORD, log_in, on_device
from tests.browser.working import letter_link
from tests.serving import new_id

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def test_an_invitation_leads_from_its_letter_to_work(browser: Browser, site: Site) -> None:
    """Invited in the office, one opens the letter's link on a phone, chooses a password, is in."""
    chief = await site.person("administrator", "Paul Ndongo")
    login = f"awa.{new_id()[:8]}@chantier.example"
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, phone),
    ):
        await log_in(office, site, chief, "Bureau")
        await office.goto("/people/list")
        await office.get_by_role("link", name="Inviter").click()
        await office.get_by_label("Adresse e-mail ou téléphone").fill(login)
        await office.get_by_label("Nom").fill("Awa Mboup")
        await office.get_by_role("button", name="Inviter").click()
        await office.get_by_text(f"L'invitation part vers {login}.").wait_for()
        await _accept(phone, await letter_link(site, login), login)
        await office.goto("/people/list")
        row = office.get_by_role("row").filter(has_text=login)
        await row.get_by_role("link", name="Awa Mboup").click()
        await office.get_by_role("heading", name="Awa Mboup").wait_for()
        await office.get_by_text(login).wait_for()
    roles = await site.service.context.pool.fetch(
        "SELECT member.role FROM member JOIN person ON person.id = member.person_id "
        "WHERE person.login = $1 AND NOT member.deleted",
        login,
    )
    assert [one["role"] for one in roles] == ["employee"]


async def _accept(phone: Page, link: str, login: str) -> None:
    await phone.goto(link)
    await expect(phone.get_by_label("Identifiant")).to_have_value(login)
    await phone.get_by_label("Choisissez un mot de passe").fill("court")
    await phone.get_by_role("button", name="Entrer dans Derrick").click()
    await phone.get_by_role("alert").wait_for()
    await phone.get_by_label("Choisissez un mot de passe").fill(PASSWORD)
    await phone.get_by_role("button", name="Entrer dans Derrick").click()
    await phone.get_by_text("Bonjour Awa").wait_for()
    await phone.get_by_text("Soudure de la conduite 2").first.wait_for()
    # The link was good once: opened again, it says so, and the way back leads to work.
    await phone.goto("/tasks")
    await phone.goto(link)
    await phone.get_by_text("Demandez une nouvelle invitation").wait_for()
    await phone.get_by_role("button", name="Retour").click()
    await phone.get_by_text("Bonjour Awa").wait_for()


async def test_a_role_changed_in_the_office_takes_effect(browser: Browser, site: Site) -> None:
    """What an employee is not offered is there once the office has made them a supervisor."""
    chief = await site.person("manager", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, phone),
    ):
        await log_in(phone, site, crew)
        await phone.goto("/more")
        await phone.get_by_role("link", name="Planning").wait_for()
        assert await phone.get_by_role("link", name="Budget").count() == 0
        await log_in(office, site, chief, "Bureau")
        await office.goto(f"/people/person/{crew}")
        role = office.get_by_label("Rôle — MBK-")
        await role.select_option("supervisor")
        await phone.get_by_role("link", name="Budget").wait_for()
        assert await office.get_by_label("Rôle dans l'organisation").is_disabled()
    (member,) = [one for one in await site.rows("member") if str(one["person_id"]) == crew]
    assert member["role"] == "supervisor"


async def test_a_role_that_asks_for_codes_enrols_at_the_login(browser: Browser, site: Site) -> None:
    """The login shows a QR code, takes a first code, gives spare codes, and then opens."""
    chief = await site.person("administrator", "Paul Ndongo")
    auditor = await site.person("auditor", "Inès Okemba")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, phone),
    ):
        await log_in(office, site, chief, "Bureau")
        await office.goto("/people/rights")
        required = office.get_by_role("checkbox", name="Auditeur", exact=True)
        await required.check()
        try:
            await _enrol(phone, site, auditor)
        finally:
            await required.uncheck()
            await office.get_by_role(
                "checkbox", name="Auditeur", exact=True, disabled=False
            ).wait_for()


async def _enrol(phone: Page, site: Site, person: str) -> None:
    await phone.goto("/")
    await phone.get_by_label("Identifiant").fill(site.logins[person])
    await phone.get_by_label("Mot de passe").fill(PASSWORD)
    await phone.get_by_role("button", name="Se connecter").click()
    await phone.get_by_role("img", name="Code QR à scanner").wait_for()
    drawn = await phone.get_by_role("img", name="Code QR à scanner").evaluate(
        "async image => { await image.decode(); return image.naturalWidth }"
    )
    assert drawn > 50
    link = await phone.get_by_role("link", name="L'application est sur ce téléphone").get_attribute(
        "href"
    )
    totp = pyotp.parse_uri(link or "")
    assert isinstance(totp, pyotp.TOTP)
    await phone.get_by_label("Code affiché par l'application").fill(totp.now())
    await phone.get_by_role("button", name="Activer les codes").click()
    await phone.get_by_role("heading", name="Codes de secours").wait_for()
    assert await phone.get_by_role("button", name="Continuer").is_disabled()
    await phone.get_by_label("Je les ai notés").check()
    await phone.get_by_role("button", name="Continuer").click()
    await phone.get_by_text("Bonjour Inès").wait_for()
