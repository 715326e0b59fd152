"""Without any tab: the browser wakes the service worker, which sends what waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import log_in, on_device
from tests.browser.working import expense, settle, until
from tests.serving import link_to

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TAG = "derrick-send"
TAGS = "navigator.serviceWorker.ready.then((one) => one.sync.getTags())"


class Waker:
    """What wakes the service worker of an origin, as the browser itself would."""

    def __init__(self, session: CDPSession, origin: str) -> None:
        self._session = session
        self._origin = origin
        self._found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        session.on("ServiceWorker.workerRegistrationUpdated", self._note)

    def _note(self, told: dict[str, Any]) -> None:
        for one in told["registrations"]:
            if one["scopeURL"].startswith(self._origin) and not self._found.done():
                self._found.set_result(one["registrationId"])

    async def wake(self) -> None:
        """Tell the worker that there is a link."""
        await self._session.send("ServiceWorker.enable")
        asked = {"origin": self._origin, "registrationId": await self._found}
        await self._session.send(
            "ServiceWorker.dispatchSyncEvent", {**asked, "tag": TAG, "lastChance": False}
        )


async def _waker(context: BrowserContext, page: Page, origin: str) -> Waker:
    return Waker(await context.new_cdp_session(page), origin)


async def test_what_waits_is_sent_without_a_tab(browser: Browser, site: Site) -> None:
    """An entry made offline asks for a waking; its tab closed, it arrives once all the same."""
    crew = await site.person("employee", "Awa Mboup")
    async with (
        link_to(site.process.url) as (link, url),
        on_device(browser, site, url=url.replace("127.0.0.1", "localhost"), wakes=True) as (
            context,
            page,
        ),
    ):
        origin = url.replace("127.0.0.1", "localhost")
        await log_in(page, site, crew)
        await settle(page)
        await link.cut()
        await context.set_offline(offline=True)
        await expense(page, "125 000", "SARL Forage")
        assert await page.evaluate(TAGS) == [TAG]
        elsewhere = await context.new_page()
        await page.close(run_before_unload=False)
        await context.set_offline(offline=False)
        await link.mend()
        await (await _waker(context, elsewhere, origin)).wake()
        await until(lambda: site.rows("expense"), 1)
        assert [one.url for one in context.pages] == ["about:blank"]
        # Its own tab finds it answered, and sends nothing again.
        await elsewhere.goto("/expenses")
        await elsewhere.get_by_text("Sur le serveur").wait_for()
        assert len(await site.rows("expense")) == 1


async def test_a_waking_leaves_the_work_to_an_open_tab(browser: Browser, site: Site) -> None:
    """One at a time synchronises: the worker that is woken beside a tab sends nothing itself."""
    crew = await site.person("employee", "Awa Mboup")
    async with (
        link_to(site.process.url) as (link, url),
        on_device(browser, site, url=url.replace("127.0.0.1", "localhost"), wakes=True) as (
            context,
            page,
        ),
    ):
        origin = url.replace("127.0.0.1", "localhost")
        pushed: list[bool] = []
        context.on(
            "request",
            lambda one: (
                pushed.append(one.service_worker is not None)
                if one.url.endswith("/api/sync/push")
                else None
            ),
        )
        await log_in(page, site, crew)
        await settle(page)
        await link.cut()
        await expense(page, "48 500", "Quincaillerie du port")
        await link.mend()
        await (await _waker(context, page, origin)).wake()
        await until(lambda: site.rows("expense"), 1)
        await page.get_by_text("Sur le serveur").wait_for()
        assert pushed
        assert not any(pushed), "the service worker pushed beside a tab"


async def test_without_the_browsers_leave_nothing_changes(browser: Browser, site: Site) -> None:
    """Where the browser denies it, an entry made offline is kept, and leaves by its tab."""
    crew = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (context, page):
        await log_in(page, site, crew)
        await settle(page)
        await context.set_offline(offline=True)
        await expense(page, "48 500", "Quincaillerie du port")
        await page.get_by_text("Gardé ici").wait_for()
        assert await page.evaluate(TAGS) == []
        await context.set_offline(offline=False)
        await until(lambda: site.rows("expense"), 1)
