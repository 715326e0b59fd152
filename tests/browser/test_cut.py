"""Cut in the middle: of a push, of an upload; then a restart without network and a slow link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OFFICE, log_in, on_device
from tests.browser.working import expense, settle, until
from tests.serving import link_to

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from tests.browser.conftest import Site
    from tests.serving import Link

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

SLOW_BYTES_PER_S = 40_000
"""A satellite on a bad day; the app and its rows went by a better one before."""

SENT_BYTES = """(person) => new Promise((resolve, reject) => {
    const request = indexedDB.open(`derrick-${person}`)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
        const read = request.result.transaction('blobs').objectStore('blobs').getAll()
        read.onsuccess = () => {
            request.result.close()
            resolve(read.result.map((one) => [one.purpose, one.sentBytes, one.blob.size]))
        }
    }
})"""


async def test_a_tab_killed_in_a_push_and_in_an_upload_repeats_neither(
    browser: Browser, site: Site, photo: Path
) -> None:
    """The server has the entry once though its answer was lost, and the photo from where it broke.

    The office sees both, once.
    """
    crew = await site.person("employee", "Awa Mboup")
    manager = await site.person("manager", "Paul Ndongo")
    async with (
        link_to(site.process.url) as (link, url),
        on_device(browser, site, url=url.replace("127.0.0.1", "localhost")) as (context, page),
        on_device(browser, site, OFFICE) as (_, office),
    ):
        await log_in(office, site, manager, "Bureau")
        await office.goto("/expenses")
        await log_in(page, site, crew)
        await settle(page)
        await context.set_offline(offline=True)
        await expense(page, "125 000", "SARL Forage", photo)
        reopened = await _killed_in_a_push(link, context, page, site)
        await _killed_in_an_upload(link, context, reopened, site, crew)
        assert await office.get_by_text("SARL Forage").count() == 1
        assert len(await site.rows("expense")) == 1
        assert await _merged(site) == 1


async def _killed_in_a_push(link: Link, context: BrowserContext, page: Page, site: Site) -> Page:
    """Let the push reach the server, and kill the tab before any answer; reopen without network."""
    link.swallow = b"POST /api/sync/push"
    await context.set_offline(offline=False)
    await until(lambda: site.rows("expense"), 1)
    await page.close(run_before_unload=False)
    await link.cut()
    link.swallow = None
    reopened = await context.new_page()
    await reopened.goto("/expenses")
    await reopened.get_by_text("SARL Forage").wait_for()
    assert await reopened.get_by_text("Gardé ici").is_visible()
    return reopened


async def _killed_in_an_upload(
    link: Link, context: BrowserContext, page: Page, site: Site, person: str
) -> None:
    """Come back on a slow link; kill the tab between two parts of the photo; come back again."""
    link.bytes_per_s = SLOW_BYTES_PER_S
    await link.mend()
    await page.goto("/sync")
    size, sent = await _part_sent(page, person)
    await page.close(run_before_unload=False)
    await link.cut()
    reopened = await context.new_page()
    await reopened.goto("/sync")
    await reopened.get_by_text("Fichiers en attente (1)").wait_for()
    before = link.bytes_up
    link.bytes_per_s = None
    await link.mend()
    await reopened.get_by_text("Tout ce que vous avez saisi est sur le serveur.").wait_for()
    stored = await site.service.context.pool.fetchrow(
        "SELECT size_bytes, state FROM document_version WHERE home_id = $1", site.project
    )
    assert stored is not None
    assert (stored["size_bytes"], stored["state"]) == (size, "received")
    assert link.bytes_up - before < size - sent + 100_000


async def _part_sent(page: Page, person: str, seconds: float = 90) -> tuple[int, int]:
    """Wait until a part of the photo is on the server; return its size and how much went."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found: Any = await page.evaluate(SENT_BYTES, person)
        (purpose, sent, size) = found[0]
        assert purpose == "upload", "the link is too fast for this test, or the photo too small"
        if sent > 0:
            return size, sent
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.1)


async def _merged(site: Site) -> int:
    """Return how many change sets of the tablet the server has merged."""
    return int(
        await site.service.context.pool.fetchval(
            "SELECT count(DISTINCT (replica, counter)) FROM change_log"
            " WHERE row_id IN (SELECT id FROM expense WHERE project_id = $1)"
            " AND replica <> '0000000000000000'",
            site.project,
        )
    )
