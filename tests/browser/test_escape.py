"""A tablet that can no longer send: its work goes to another one as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.replica.escape import decoded
from tests.browser.conftest import log_in, on_device
from tests.browser.working import expense, settle, stored_files, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


async def test_an_exported_outbox_arrives_from_another_tablet(
    browser: Browser, site: Site, photo: Path, tmp_path: Path
) -> None:
    """Entries and photo arrive once, though the first tablet finds a link again afterwards."""
    crew = await site.person("employee", "Awa Mboup")
    other = await site.person("employee", "Jean Essomba")
    async with on_device(browser, site) as (broken, first), on_device(browser, site) as (_, second):
        await log_in(first, site, crew, "Tablette 1")
        await settle(first)
        await broken.set_offline(offline=True)
        await expense(first, "125 000", "SARL Forage", photo)
        await expense(first, "48 500", "Quincaillerie du port")
        saved = await _export(first, tmp_path)
        await log_in(second, site, other, "Tablette 2")
        await _import(second, saved)
        await second.get_by_text("Ce fichier est d'une autre personne").wait_for()
        await second.goto("/settings")
        await second.get_by_role("button", name="Changer de personne").click()
        await second.get_by_role("button", name="Une autre personne").click()
        await log_in(second, site, crew, "Tablette 2")
        await _import(second, saved)
        await second.get_by_text("2 saisies reprises : elles partiront d'ici.").wait_for()
        await until(lambda: site.rows("expense"), 2)
        await until(lambda: stored_files(site), 1)
        await broken.set_offline(offline=False)
        await first.goto("/sync")
        await first.get_by_text("Tout ce que vous avez saisi est sur le serveur.").wait_for()
    amounts = {one["supplier"]: one["amount"] for one in await site.rows("expense")}
    assert amounts == {"SARL Forage": 125_000, "Quincaillerie du port": 48_500}
    assert len(await stored_files(site)) == 1


async def _export(page: Page, folder: Path) -> Path:
    await page.goto("/sync")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Sauver les saisies en attente").click()
    saved = folder / "outbox.json"
    await (await download.value).save_as(saved)
    # The command line reads the same file.
    assert [one.intent for one in decoded(saved.read_bytes()).entries] == ["expense.record"] * 2
    await page.get_by_text("2 saisies dans le fichier, 1 photos ou documents.").wait_for()
    return saved


async def _import(page: Page, saved: Path) -> None:
    await page.goto("/sync")
    await page.get_by_label("Reprendre les saisies d'un fichier").set_input_files(saved)
