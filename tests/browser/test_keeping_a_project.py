"""What keeps a project: its sheet, copies, the bin; baselines; who approves, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OFFICE, log_in, on_device
from tests.browser.test_money import budget_made
from tests.browser.working import settle, until
from tests.serving import new_id

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def _project(site: Site, project: str) -> dict[str, Any]:
    found = await site.service.context.pool.fetchrow(
        "SELECT project.*, site.name AS site_name, site.country, site.latitude_microdegrees"
        " FROM project LEFT JOIN site ON site.id = site_id WHERE project.id = $1",
        project,
    )
    assert found is not None
    return dict(found)


async def test_a_project_has_its_sheet_and_its_site_changed(browser: Browser, site: Site) -> None:
    """Backward dates and half a position are refused; what is right holds, written offline too."""
    chief = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (context, office):
        await log_in(office, site, chief, "Bureau")
        await settle(office)
        await office.goto(f"/projects/{site.project}")
        await office.get_by_role("link", name="Modifier la fiche").click()
        await office.get_by_label("Nom", exact=True).wait_for()
        await context.set_offline(offline=True)
        await office.get_by_label("Nom du site").fill("Kribi Sud")
        await office.get_by_label("Pays").select_option("CM")
        await office.get_by_label("Latitude").fill("2,92")
        await office.get_by_role("button", name="Créer ce site").click()
        await office.get_by_text("Donnez la latitude et la longitude").wait_for()
        await office.get_by_label("Longitude").fill("190")
        await office.get_by_role("button", name="Créer ce site").click()
        await office.get_by_text("Donnez des degrés").wait_for()
        await office.get_by_label("Longitude").fill("9,9")
        await office.get_by_role("button", name="Créer ce site").click()
        await office.get_by_role("heading", name="Le site").wait_for()
        await office.get_by_label("Nom", exact=True).fill("Plateforme sud")
        await office.get_by_label("Début").fill("2026-12-01")
        await office.get_by_label("Fin").fill("2026-11-01")
        await office.get_by_role("button", name="Enregistrer", exact=True).click()
        await office.get_by_text("La fin précède le début.").wait_for()
        await office.get_by_label("Fin").fill("2027-03-01")
        await office.get_by_role("button", name="Enregistrer", exact=True).click()
        await office.get_by_role("heading", name="Plateforme sud").wait_for()
        await office.get_by_text("Kribi Sud").wait_for()
        await context.set_offline(offline=False)
        await office.get_by_text("À jour").wait_for()
    kept = await _project(site, site.project)
    assert (kept["name"], str(kept["start"]), str(kept["finish"])) == (
        "Plateforme sud",
        "2026-12-01",
        "2027-03-01",
    )
    assert (kept["site_name"], kept["country"]) == ("Kribi Sud", "CM")
    assert kept["latitude_microdegrees"] == 2_920_000


async def test_a_project_is_copied_deleted_and_brought_back(browser: Browser, site: Site) -> None:
    """The copy has the tasks; a deleted project is gone from a member's tablet until restored."""
    chief = await site.person("administrator", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    code = f"COP-{new_id()[:6]}"
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site) as (_, tablet),
    ):
        await log_in(office, site, chief, "Bureau")
        await log_in(tablet, site, crew)
        await tablet.goto("/tasks")
        await tablet.get_by_text("Soudure de la conduite 2").wait_for()
        await office.goto(f"/projects/{site.project}")
        await office.get_by_role("button", name="Copier ce projet").click()
        await office.get_by_label("Code", exact=True).fill(code)
        await office.get_by_label("Nom", exact=True).fill("Seconde plateforme")
        await office.get_by_role("button", name="Copier", exact=True).click()
        await office.wait_for_url("**/projects")
        await office.get_by_role("main").get_by_text(code).wait_for()
        await office.goto(f"/projects/{site.project}")
        await office.get_by_role("button", name="Supprimer ce projet").click()
        await office.get_by_text("pendant 90 jours").wait_for()
        await office.get_by_role("button", name="Supprimer ce projet").click()
        await office.wait_for_url("**/projects")
        await tablet.get_by_text("Soudure de la conduite 2").wait_for(state="detached")
        await office.get_by_role("link", name="Projets supprimés").click()
        row = office.get_by_role("listitem").filter(
            has_text=(await _project(site, site.project))["code"]
        )
        await row.get_by_text("Supprimé le").wait_for()
        await row.get_by_role("button", name="Restaurer").click()
        await row.wait_for(state="detached")
        await tablet.get_by_text("Soudure de la conduite 2").wait_for()
    copied = await site.service.context.pool.fetchval(
        "SELECT count(*) FROM task JOIN project ON project.id = project_id WHERE project.code = $1",
        code,
    )
    assert copied == 6


async def test_what_moved_between_two_baselines(browser: Browser, site: Site) -> None:
    """The task that moved between two baselines is told, and by how much."""
    chief = await site.person("manager", "Paul Ndongo")
    moved = (await site.rows("task"))[0]
    async with on_device(browser, site, OFFICE) as (_, office):
        await log_in(office, site, chief, "Bureau")
        await office.goto("/schedule")
        await office.get_by_role("link", name="Plannings de référence").click()
        await office.get_by_text("Aucun planning de référence").wait_for()
        await _take(office)
        await office.get_by_text("Rien n'a bougé").wait_for()
        await _moved(site, str(moved["id"]), days=3)
        await office.get_by_role("cell", name="+3 jours").wait_for()
        await _take(office)
        await until(lambda: site.rows("baseline"), 2)
        # The screen opens on the two newest that it knows.
        await expect(office.get_by_label("De la référence").locator("option")).to_have_count(2)
        await office.reload()
        await office.get_by_role("cell", name="+3 jours").wait_for()
        await office.get_by_role("cell", name=str(moved["code"])).wait_for()
        await office.get_by_text("1 sur 6").wait_for()
        other = office.get_by_label("À", exact=True)
        first = office.get_by_label("De la référence")
        newest, oldest = await other.input_value(), await first.input_value()
        await first.select_option(newest)
        await office.get_by_text("Choisissez deux plannings différents.").wait_for()
        await other.select_option(oldest)
        await office.get_by_role("cell", name="−3 jours").wait_for()


async def _take(office: Page) -> None:
    await office.get_by_role("button", name="Figer le planning d'aujourd'hui").click()
    await office.get_by_text("À jour").wait_for()
    await office.get_by_label("De la référence").wait_for()


async def _moved(site: Site, task: str, days: int) -> None:
    """Have a manager's tablet plan a task later."""
    chief = await site.service.tablet("administrator")
    await chief.pull()
    today = site.service.context.now().date().toordinal() + days
    day = site.service.context.now().date().fromordinal(today).isoformat()
    await chief.must(
        chief.update(
            f"project:{site.project}",
            task,
            planned_start=f"{day}T07:00",
            planned_finish=f"{day}T17:00",
        )
    )


async def test_a_rule_names_who_approves_and_a_delegate_stands_in(
    browser: Browser, site: Site
) -> None:
    """A large request needs the accountant by a rule; while away, their delegate gives the word."""
    await budget_made(site)
    chief = await site.person("manager", "Paul Ndongo")
    books = await site.person("accountant", "Awa Mboup")
    mate = await site.person("supervisor", "Bako Essomba")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site, OFFICE) as (_, till),
        on_device(browser, site, OFFICE) as (_, stand_in),
    ):
        await log_in(office, site, chief, "Bureau")
        await log_in(till, site, books, "Caisse")
        await log_in(stand_in, site, mate, "Tablette")
        await _add_rule(office)
        await _delegate(till, site, mate)
        await office.goto("/budget/requests/new")
        await office.get_by_label("Titre").fill("Second trépan")
        await office.get_by_label("Ligne de budget").select_option(index=2)
        await office.get_by_label("Montant").fill("2 000 000")
        await office.get_by_role("button", name="Soumettre").click()
        await until(lambda: site.rows("budget_request"), 1)
        await stand_in.goto("/budget/approvals")
        card = stand_in.get_by_role("listitem").filter(has_text="Second trépan")
        await card.get_by_text("au nom de Awa Mboup").wait_for()
        await card.get_by_role("button", name="Approuver").click()
        await card.wait_for(state="detached")
        await office.goto("/budget/requests")
        await office.get_by_text("Approuvé").wait_for()
        await till.get_by_role("button", name="Mettre fin").click()
        await till.get_by_text("Bako Essomba").wait_for(state="detached")
        await till.get_by_text("À jour").wait_for()
    (word,) = await site.rows("approval")
    assert (str(word["author_id"]), str(word["on_behalf_of"])) == (mate, books)
    ended = await site.service.context.pool.fetchval(
        "SELECT ended FROM delegation WHERE person_id = $1", books
    )
    assert ended is True


async def _add_rule(office: Page) -> None:
    await office.goto("/budget/rules")
    await office.get_by_role("button", name="Ajouter une règle").click()
    await office.get_by_label("Nom de la règle").fill("Contrôle des rallonges")
    await office.get_by_label("Pour", exact=True).select_option("budget_request")
    await office.get_by_label("À partir de (facultatif)", exact=True).fill("1 500 000")
    save = office.get_by_role("button", name="Enregistrer", exact=True).last
    await save.click()
    await office.get_by_text("Choisissez un rôle, ou bien une personne.").wait_for()
    await office.get_by_label("Visa d'un rôle").select_option("accountant")
    await office.get_by_label("En dessous de (facultatif)", exact=True).fill("1 000 000")
    await save.click()
    await office.get_by_text("Le plancher doit être inférieur au plafond.").wait_for()
    await office.get_by_label("En dessous de (facultatif)", exact=True).fill("")
    await save.click()
    await office.get_by_text("Comptable — Contrôle des rallonges").wait_for()
    await office.get_by_text("À jour").wait_for()


async def _delegate(page: Page, site: Site, delegate: str) -> None:
    today = site.service.context.now().date().isoformat()
    await page.goto("/profile")
    await page.get_by_role("button", name="Déléguer mes visas").click()
    await page.get_by_label("Qui vise à la place").select_option(delegate)
    await page.get_by_label("Au", exact=True).fill("2020-01-01")
    await page.get_by_role("button", name="Déléguer", exact=True).click()
    await page.get_by_text("La fin précède le début.").wait_for()
    await page.get_by_label("Au", exact=True).fill(today)
    await page.get_by_role("button", name="Déléguer", exact=True).click()
    await page.get_by_text("Awa Mboup → Bako Essomba").wait_for()
    await page.get_by_text("À jour").wait_for()
