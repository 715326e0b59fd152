"""A real schedule dropped on the office: shown, imported as shown, then updated by a newer file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OFFICE, log_in, on_device

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

_MAKE_TRANSFER = """([name, text]) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    return transfer;
}"""


async def _drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file where files are dropped."""
    text = base64.b64encode(content).decode()
    transfer = await page.evaluate_handle(_MAKE_TRANSFER, [name, text])
    zone = page.get_by_role("region", name="Déposez le planning ici")
    await zone.dispatch_event("dragover", {"dataTransfer": transfer})
    await zone.dispatch_event("drop", {"dataTransfer": transfer})


async def _count(page: Page, table: str, column: int) -> int:
    """Return a number of the preview's table of counts."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=table, exact=True))
    text = await row.get_by_role("cell").nth(column).inner_text()
    return 0 if text == "—" else int("".join(one for one in text if one.isdigit()))


async def test_a_schedule_is_dropped_shown_and_imported(
    browser: Browser, site: Site, realdata: Path
) -> None:
    """MDL4D becomes a project with the tasks that were counted; MDL4RA changes those it lists."""
    chief = await site.person("manager", "Paul Ndongo")
    pool = site.service.context.pool
    async with on_device(browser, site, OFFICE) as (_, page):
        await log_in(page, site, chief, "Bureau")
        await page.goto("/schedule")
        await page.get_by_role("link", name="Importer un planning").click()
        await _drop(page, "plan.pdf", b"%PDF-1.7 rien")
        await page.get_by_role("alert").filter(has_text="PDF").wait_for()
        await page.get_by_role("button", name="Un autre fichier").click()
        first = (realdata / "xer" / "inigmat_MDL4D.xer").read_bytes()
        await _drop(page, "MDL4D.xer", first)
        await page.get_by_text("Nouveau projet", exact=True).wait_for()
        added = await _count(page, "Tâches", 0)
        assert added > 50
        assert not await pool.fetchval("SELECT count(*) FROM project WHERE external_id IS NOT NULL")
        await page.get_by_role("button", name="Importer ce planning").click()
        await page.get_by_text("Le planning est importé.").wait_for()
        project = await pool.fetchval("SELECT id::text FROM project WHERE external_id IS NOT NULL")
        tasks = "SELECT count(*) FROM task WHERE project_id = $1 AND NOT deleted"
        assert await pool.fetchval(tasks, project) == added
        await page.get_by_role("link", name="Voir le planning").click()
        await page.get_by_text(f"{added} tâches", exact=True).wait_for()
        await _update(page, project, (realdata / "xer" / "inigmat_MDL4RA.xer").read_bytes())
    imported = await pool.fetchval(
        "SELECT count(*) FROM change_log WHERE intent = 'schedule.import' AND person_id = $1", chief
    )
    assert imported > added


async def _update(page: Page, project: str, newer: bytes) -> None:
    """Bring the newer file into the project, having seen what it changes."""
    await page.goto("/schedule/import")
    await _drop(page, "MDL4RA.xer", newer)
    await page.get_by_label("Importer dans").select_option(project)
    await page.get_by_role("button", name="Comparer de nouveau").click()
    await page.get_by_text("Mise à jour", exact=True).wait_for()
    assert await _count(page, "Tâches", 1) > 0
    await page.get_by_text("Montrer : Modifiés").wait_for()
    assert await page.locator("ins").count() > 0
    await page.get_by_role("button", name="Importer ce planning").click()
    await page.get_by_text("Le planning est importé.").wait_for()
