"""Two tabs of one person: one of them synchronises, the other follows and takes over."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sync.changes import PushRequest
from tests.browser.conftest import log_in, on_device
from tests.browser.working import expense, until

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Request

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

LOCKS = """async () => {
    const { held, pending } = await navigator.locks.query()
    const leads = (lock) => lock.name.startsWith('derrick-leader-')
    return [held.filter(leads).length, pending.filter(leads).length]
}"""


class Pushes:
    """The dots that each tab has sent, as the browser's own network saw them."""

    def __init__(self) -> None:
        self.by_tab: dict[str, list[int]] = {}

    def watch(self, page: Page, tab: str) -> None:
        """Note what a tab and its worker push."""
        self.by_tab[tab] = []
        page.on("request", lambda request: self._note(request, tab))

    def _note(self, request: Request, tab: str) -> None:
        if not request.url.endswith("/api/sync/push"):
            return
        body: Any = request.post_data_buffer
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        pushed = msgspec.msgpack.decode(body, type=PushRequest)
        self.by_tab[tab] += [msgspec.msgpack.decode(one)["counter"] for one in pushed.change_sets]


async def test_one_tab_synchronises_and_the_other_takes_over(browser: Browser, site: Site) -> None:
    """What the follower enters leaves by the leader, each dot once; then by the follower itself."""
    crew = await site.person("employee", "Awa Mboup")
    pushes = Pushes()
    async with on_device(browser, site) as (context, leader):
        pushes.watch(leader, "leader")
        await log_in(leader, site, crew)
        follower = await context.new_page()
        pushes.watch(follower, "follower")
        await follower.goto("/expenses")
        await follower.get_by_text("À jour").wait_for()
        await _assert_locks(follower, held=1, pending=1)
        await expense(follower, "48 500", "Quincaillerie du port")
        await until(lambda: site.rows("expense"), 1)
        await follower.get_by_text("Sur le serveur").wait_for()
        assert pushes.by_tab == {"leader": [1], "follower": []}
        await leader.close()
        await _assert_locks(follower, held=1, pending=0)
        await expense(follower, "125 000", "SARL Forage")
        await until(lambda: site.rows("expense"), 2)
        await follower.get_by_text("À jour").wait_for()
        assert pushes.by_tab == {"leader": [1], "follower": [2]}


async def _assert_locks(page: Page, held: int, pending: int, seconds: float = 30) -> None:
    """Wait until so many workers lead, and so many wait for their turn."""
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := await page.evaluate(LOCKS)) != [held, pending]:
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.1)
