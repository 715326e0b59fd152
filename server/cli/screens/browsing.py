"""One browser, a few people logged in, and pages that go from screen to screen without reloading.

A page speaks one language; size and theme change under it, as they do when a tablet is turned or
night falls. So a screen is loaded once and looked at twelve times.
"""

from __future__ import annotations

import json
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from playwright.async_api import Browser, BrowserContext, Page, Request, ViewportSize

    from server.cli.screens.declared import Entrance, Persona
    from server.cli.screens.demo_site import DemoSite

Language = Literal["fr", "en"]
Theme = Literal["light", "dark"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
THEMES: tuple[Theme, ...] = ("light", "dark")

SIZES: Mapping[str, ViewportSize] = {
    "phone": {"width": 412, "height": 915},
    "tablet": {"width": 800, "height": 1280},
    "desktop": {"width": 1440, "height": 900},
}
QUIET_MS = 150
"""A screen has settled once nothing in it has moved for so long and it waits for no answer."""
PATIENCE_MS = 90_000
"""A bound on a busy machine, not a pace."""
QUIET_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A Chromium that asks nothing of the network by itself."""
FLAGS = (*QUIET_FLAGS, "--font-render-hinting=none", "--hide-scrollbars")
_SETTLED = """
([quiet, patience]) => new Promise((resolve, reject) => {
  let timer;
  const observer = new MutationObserver(() => begin());
  const late = setTimeout(() => end(reject, new Error("it never settles")), patience);
  function end(how, what) {
    observer.disconnect(); clearTimeout(timer); clearTimeout(late); how(what);
  }
  function begin() {
    clearTimeout(timer);
    timer = setTimeout(
      () => (document.querySelector("main")?.innerText.trim() ? end(resolve) : begin()), quiet);
  }
  observer.observe(document.body, { childList: true, subtree: true, attributes: true,
    characterData: true });
  begin();
})
"""
_IS_LIT = "(theme) => document.documentElement.dataset.theme === theme"
_GO = """
(path) => { history.pushState(null, "", path); dispatchEvent(new PopStateEvent("popstate")); }
"""


class BrowserMissingError(RuntimeError):
    """There is no Chromium here; the message is for people."""


def chromium_program() -> str:
    """Return where Debian's Chromium is. Raises BrowserMissingError."""
    program = shutil.which("chromium")
    if program is None:
        raise BrowserMissingError("Chromium is missing: apt-get install chromium")
    return program


@asynccontextmanager
async def start_browser(flags: Sequence[str] = FLAGS) -> AsyncIterator[Browser]:
    """Start Debian's Chromium for the block. Raises BrowserMissingError."""
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - a development tool
    except ModuleNotFoundError as error:
        raise BrowserMissingError("Playwright is missing: uv sync --group dev") from error
    program = chromium_program()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[*flags],
        )
        try:
            yield browser
        finally:
            await browser.close()


class Desk(Struct):
    """A page at which somebody works, or nobody yet, in one language."""

    page: Page
    language: Language
    asked: set[Request]
    """Requests to the server that are not answered yet; those of the sync apart."""

    async def go(self, path: str) -> None:
        """Open a screen of the app from within, and let it settle."""
        await self.page.evaluate(_GO, path)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the screen stands still."""
        while True:
            await self.page.evaluate(_SETTLED, [QUIET_MS, PATIENCE_MS])
            if not self.asked:
                return

    async def resize(self, size: str) -> None:
        """Give the page the size of a device."""
        await self.page.set_viewport_size(SIZES[size])

    async def light(self, theme: Theme) -> None:
        """Let day or night come: the app follows the system."""
        await self.page.emulate_media(color_scheme=theme)
        await self.page.wait_for_function(_IS_LIT, arg=theme)


@asynccontextmanager
async def log_in(
    browser: Browser, site: DemoSite, persona: Persona
) -> AsyncIterator[BrowserContext]:
    """Open a browser profile in which someone is logged in and has fetched all."""
    context = await browser.new_context(base_url=site.url, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        await enter(page, site, persona)
        await page.close()
        yield context
    finally:
        await context.close()


async def enter(page: Page, site: DemoSite, persona: Persona) -> None:
    """Log in at the front, in French, and wait until everything was fetched."""
    await page.goto("/")
    await page.get_by_label("Identifiant").fill(site.logins[persona])
    await page.get_by_label("Mot de passe").fill(site.password)
    await page.get_by_label("Nom de cet appareil").fill("Tablette 3")
    await page.get_by_role("button", name="Se connecter").click()
    await page.get_by_text("À jour").wait_for()


@asynccontextmanager
async def open_desk(
    context: BrowserContext, language: Language, *, project: str | None = None
) -> AsyncIterator[Desk]:
    """Open a page of a profile in a language, at the front of the app."""
    page = await context.new_page()
    kept = json.dumps({"language": language, "theme": "system", "project": project})
    await page.add_init_script(f"localStorage.setItem('derrick-preferences', {json.dumps(kept)})")
    asked: set[Request] = set()

    def answered(request: Request) -> None:
        asked.discard(request)

    page.on("request", lambda one: asked.add(one) if _is_waited_for(one) else None)
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)
    desk = Desk(page, language, asked)
    await page.goto("/")
    await desk.settle()
    try:
        yield desk
    finally:
        await page.close()


@asynccontextmanager
async def open_entrance(
    browser: Browser, site: DemoSite, entrance: Entrance, language: Language
) -> AsyncIterator[Desk]:
    """Open a state of the welcome in a profile that knows nobody yet."""
    context = await browser.new_context(base_url=site.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        kept = json.dumps({"language": language, "theme": "system"})
        await page.add_init_script(
            f"localStorage.setItem('derrick-preferences', {json.dumps(kept)})"
        )
        desk = Desk(page, language, set())
        await page.goto(entrance.path)
        await desk.settle()
        if entrance.steps is not None:
            await entrance.steps(page, language)
            await desk.settle()
        yield desk
    finally:
        await context.close()


def _is_waited_for(request: Request) -> bool:
    return "/api/" in request.url and "/api/sync/" not in request.url
