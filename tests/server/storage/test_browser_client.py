"""The same client in a real browser, over the same broken link, to the same servers killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.cli.screens import QUIET_FLAGS, start_browser
from tests.server.storage.breaking import CHUNK, PACKAGES, Sending, assert_arrives_whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from server.settings import Settings
    from server.stack import Stack
    from tests.server.storage.shelf import Shelf

SCRIPT = PACKAGES / "node_modules" / "tus-js-client" / "dist" / "tus.min.js"
PAGE = "<!doctype html><title>Envoi</title><input type=file>"
# What the app of somebody else would do: tus keeps the address of the upload in the browser's own
# storage, and finds it again there after a page that was killed.
UPLOAD = """
    async (settings) => {
        const file = document.querySelector("input").files[0];
        let retries = 0;
        const upload = new tus.Upload(file, {
            endpoint: settings.endpoint,
            chunkSize: settings.chunk,
            retryDelays: settings.delays,
            metadata: settings.metadata,
            headers: { authorization: `Bearer ${settings.token}` },
            onShouldRetry: (error) => {
                retries += 1;
                const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
                return status === 0 || status >= 500 || status === 409 || status === 423;
            },
            onError: (error) => told({ done: false, retries, error: String(error) }),
            onSuccess: () => told({ done: true, retries, url: upload.url }),
        });
        const [known] = await upload.findPreviousUploads();
        if (known !== undefined) upload.resumeFromPreviousUpload(known);
        upload.start();
        return known !== undefined;
    }
"""


class BrowserClient:
    """tus-js-client in a page of Chromium, which is closed without a word to kill it."""

    def __init__(self, context: BrowserContext, sending: Sending) -> None:
        self._context = context
        self._sending = sending
        self._page: Page | None = None
        self._said: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.resumed: list[bool] = []
        """Of each page: whether it found the upload of the one before."""

    async def start(self) -> None:
        """Open a page at the server's own address, choose the file, begin or go on."""
        address = f"{self._sending.origin}/sending"
        self._page = page = await self._context.new_page()
        await page.route(address, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        await page.expose_function("told", self._hear)
        await page.goto(address)
        await page.add_script_tag(path=SCRIPT)
        await page.set_input_files("input", self._sending.file)
        settings = {
            "endpoint": self._sending.endpoint,
            "chunk": CHUNK,
            "delays": self._sending.delays,
            "metadata": self._sending.metadata,
            "token": self._sending.token,
        }
        self.resumed.append(await page.evaluate(UPLOAD, settings))

    def _hear(self, said: dict[str, Any]) -> None:
        if not self._said.done():
            self._said.set_result(said)

    async def kill(self) -> None:
        """Close the page: none of its scripts runs on."""
        if self._page is not None and not self.ended:
            await self._page.close(run_before_unload=False)

    async def result(self) -> dict[str, Any]:
        """Wait for its end; return what it says."""
        return await self._said

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._said.done()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Start Debian's Chromium."""
    async with start_browser(QUIET_FLAGS) as started:
        yield started


@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(600)
async def test_a_browser_sends_two_hundred_megabytes_over_a_link_that_is_cut(
    shelf: Shelf, settings: Settings, object_stack: Stack, tmp_path: Path, chromium: Browser
) -> None:
    """Cut at random offsets, servers and page killed, S3 restarted: byte-identical."""
    context = await chromium.new_context()
    made: list[BrowserClient] = []

    def client_of(sending: Sending) -> BrowserClient:
        made.append(BrowserClient(context, sending))
        return made[-1]

    await assert_arrives_whole(shelf, settings, object_stack, tmp_path, client_of)
    assert made[0].resumed == [False, True]
    await context.close()
