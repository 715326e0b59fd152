"""The crew's and the supervisor's work on the site: a report with its lines, permits, defects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PHONE, log_in, on_device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def _until(site: Site, table: str, wanted: Mapping[str, Any], seconds: float = 90) -> None:
    """Wait until a row of the table holds what is wanted."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        rows = await site.rows(table)
        if any({name: row[name] for name in wanted} == dict(wanted) for row in rows):
            return
        assert asyncio.get_running_loop().time() < deadline, rows
        await asyncio.sleep(0.2)


async def _line(page: Page, kind: str, **typed: str) -> None:
    """Add a line of a kind to the report on the screen."""
    await page.get_by_role("button", name=f"Ajouter : {kind}").click()
    for label, text in typed.items():
        await page.get_by_label(label.replace("_", " ")).first.fill(text)
    await page.get_by_role("button", name="Garder la ligne").click()
    await page.get_by_role("button", name="Garder la ligne").wait_for(state="detached")


async def _write_report(page: Page) -> None:
    await page.goto("/reports/today")
    await _line(page, "Effectif par métier", Métier="Soudeurs", Nombre="4", Heures_en_tout="32")
    await _line(page, "Matériel", Engin="Grue 60 t", Heures_en_tout="7:30")
    await _line(page, "Arrêts et retards", Arrêt="Pluie", Cause="Orage", Heures_en_tout="1h15")
    await page.get_by_label("Travaux réalisés").fill("Joints 1 à 6.")
    await page.get_by_label("Nom du signataire").fill("Awa Mboup")
    pad = page.get_by_role("img", name="Cadre de signature")
    await pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = await pad.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
    await page.mouse.up()
    await page.get_by_role("button", name="Signer", exact=True).click()
    await page.get_by_text("Signé", exact=True).wait_for()
    await page.get_by_role("button", name="Soumettre").click()
    await page.get_by_text("Soumis").wait_for()


async def test_a_report_with_lines_is_validated_by_the_supervisor(
    browser: Browser, site: Site
) -> None:
    """A crew writes and signs it offline; the supervisor sends it back once, then approves it."""
    crew = await site.person("employee", "Awa Mboup")
    boss = await site.person("supervisor", "Bako Essomba")
    async with (
        on_device(browser, site) as (tablet, page),
        on_device(browser, site, PHONE) as (_, other),
    ):
        await log_in(page, site, crew, "Tablette 1")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await tablet.set_offline(offline=True)
        await _write_report(page)
        assert not await site.rows("report_line")
        await tablet.set_offline(offline=False)
        await _until(site, "daily_report", {"status": "submitted", "lines_minutes": 1_920})
        (report,) = await site.rows("daily_report")
        assert report["signed_name"] == "Awa Mboup"
        assert report["signature_id"] is not None
        await log_in(other, site, boss, "Tablette 2")
        await other.goto(f"/reports/{report['id']}")
        await other.get_by_text("Soudeurs").wait_for()
        await other.get_by_role("button", name="Renvoyer pour correction").click()
        await _until(site, "daily_report", {"status": "draft"})
        await page.goto("/reports")
        await page.get_by_role("link", name="Brouillon").click()
        await page.get_by_role("button", name="Soumettre").click()
        await _until(site, "daily_report", {"status": "submitted"})
        approve = other.get_by_role("button", name="Approuver le rapport")
        await approve.click()
        await _until(site, "daily_report", {"status": "approved"})
        await page.goto(f"/reports/{report['id']}")
        await page.get_by_text("Approuvé : le rapport est verrouillé.").wait_for()
        assert await page.get_by_role("button", name="Ajouter : Matériel").count() == 0
    lines = {row["kind"]: row for row in await site.rows("report_line")}
    assert (lines["labour"]["count"], lines["labour"]["minutes"]) == (4, 32 * 60)
    assert (lines["equipment"]["minutes"], lines["delay"]["minutes"]) == (450, 75)


async def test_a_permit_goes_from_the_request_to_the_work(browser: Browser, site: Site) -> None:
    """The crew asks, the supervisor grants and activates; offline the crew watches and stops it."""
    crew = await site.person("employee", "Awa Mboup")
    boss = await site.person("supervisor", "Bako Essomba")
    async with (
        on_device(browser, site) as (tablet, page),
        on_device(browser, site) as (_, other),
    ):
        await log_in(page, site, crew, "Tablette 1")
        await log_in(other, site, boss, "Tablette 2")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await _ask_for_permit(page)
        (permit,) = await _permits(site)
        await other.goto(f"/permits/{permit}")
        for step in ("Évaluer", "Autoriser", "Délivrer", "Activer"):
            await other.get_by_role("button", name=step, exact=True).click()
        await page.get_by_role("heading", name="Soudure du joint 7").wait_for()
        await page.locator("[role=status]").get_by_text("Travail autorisé").wait_for()
        await tablet.set_offline(offline=True)
        await page.get_by_role("button", name="Suivre", exact=True).click()
        await page.get_by_role("button", name="Ne plus suivre").wait_for()
        await page.get_by_role("button", name="Suspendre le travail").click()
        await page.get_by_label("Motif").fill("Alarme gaz.")
        await page.get_by_role("button", name="Suspendre le travail").click()
        await page.get_by_text("Suspendu : arrêtez le travail").wait_for()
        await tablet.set_offline(offline=False)
        await other.get_by_text("Suspendu : arrêtez le travail").wait_for()
        await _until(site, "permit", {"status": "suspended", "reason": "Alarme gaz."})
        assert await _watched(site, crew) == [permit]
        await page.get_by_role("button", name="Ne plus suivre").click()
        await page.get_by_role("button", name="Suivre", exact=True).wait_for()


async def _watched(site: Site, person: str) -> list[str]:
    find = "SELECT subject_id::text FROM watch WHERE person_id = $1 AND NOT deleted"
    records = await site.service.context.pool.fetch(find, person)
    return [str(one["subject_id"]) for one in records]


async def _ask_for_permit(page: Page) -> None:
    await page.goto("/permits/new")
    await page.get_by_label("Nature").select_option("hot_work")
    await page.get_by_label("Titre").fill("Soudure du joint 7")
    await page.get_by_label("Lieu").fill("Manifold nord")
    now = await page.evaluate(
        "() => { const two = one => String(one).padStart(2, '0');"
        " const at = hours => { const day = new Date(Date.now() + hours * 3600000);"
        " return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}"
        "T${two(day.getHours())}:${two(day.getMinutes())}`; }; return [at(-1), at(4)]; }"
    )
    await page.get_by_label("Valable de").fill(now[0])
    await page.get_by_label("Valable jusqu'à").fill(now[1])
    await page.get_by_label("Travail à faire").fill("Reprise du joint.")
    await page.get_by_role("button", name="Demander un permis").click()
    await page.get_by_text("En attente d'accord").wait_for()


async def _permits(site: Site, seconds: float = 60) -> list[str]:
    deadline = asyncio.get_running_loop().time() + seconds
    while not (rows := await site.rows("permit")):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.2)
    return [str(row["id"]) for row in rows]
