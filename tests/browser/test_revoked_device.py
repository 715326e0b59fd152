"""A lost tablet: revoked at the office, it hands in what it holds and forgets everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import log_in, on_device
from tests.browser.working import expense, settle, switch_person

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

LEFT_BEHIND = """async () => {
    const names = (await indexedDB.databases()).map((one) => one.name)
    const opened = await new Promise((resolve, reject) => {
        const request = indexedDB.open('derrick-device')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
    })
    const read = (store) => new Promise((resolve) => {
        const request = opened.transaction(store).objectStore(store).getAllKeys()
        request.onsuccess = () => resolve(request.result)
    })
    return { names, accounts: await read('accounts'), settings: await read('settings') }
}"""


async def test_a_revoked_device_hands_in_its_work_and_forgets_everyone(
    browser: Browser, site: Site
) -> None:
    """Both who share it lose rows, sessions and keys here; their entries wait at the office."""
    first, second = await site.person("employee", "Awa"), await site.person("employee", "Jean")
    async with on_device(browser, site) as (context, page):
        await log_in(page, site, first, "Tablette 7")
        await switch_person(page)
        await page.get_by_role("button", name="Une autre personne").click()
        await log_in(page, site, second, "Tablette 7")
        await settle(page)
        await context.set_offline(offline=True)
        await expense(page, "48 500", "Quincaillerie du port")
        await switch_person(page)
        await page.get_by_role("button", name=site.logins[first]).click()
        await expense(page, "125 000", "SARL Forage")
        device = await _revoke(site, first, second)
        await context.set_offline(offline=False)
        await page.get_by_text("Cet appareil a été retiré : ses données ont été").wait_for()
        assert await page.get_by_text("2 saisies ont été remises au serveur").is_visible()
        await _assert_empty(page, site, first, second)
    await _assert_recorded(site, device, first, second)
    assert not await site.rows("expense")


async def _revoke(site: Site, *people: str) -> str:
    """Revoke the one device that these people share; return its id."""
    pool = site.service.context.pool
    found = await pool.fetch(
        "SELECT DISTINCT device_id::text AS id FROM device_person WHERE person_id = ANY($1)", people
    )
    device: str
    (device,) = [one["id"] for one in found]
    chief = await site.service.tablet("administrator")
    done = await site.service.client.post(
        f"/api/users/devices/{device}/revoke",
        headers={"authorization": f"Bearer {chief.token}"},
    )
    assert done.status_code == 200, done.text
    return device


async def _assert_empty(page: Page, site: Site, *people: str) -> None:
    left: Any = await page.evaluate(LEFT_BEHIND)
    assert left["names"] == ["derrick-device"]
    assert left["accounts"] == []
    assert "sealing-key" not in left["settings"]
    assert site.project not in await page.evaluate("JSON.stringify({ ...localStorage })")
    for person in people:
        assert not await page.get_by_role("button", name=site.logins[person]).count()


async def _assert_recorded(site: Site, device: str, *people: str) -> None:
    pool = site.service.context.pool
    held = await pool.fetch(
        "SELECT person_id::text AS person FROM held_change_set WHERE device_id = $1", device
    )
    assert sorted(one["person"] for one in held) == sorted(people)
    assert await pool.fetchval("SELECT wiped_at IS NOT NULL FROM device WHERE id = $1", device)
