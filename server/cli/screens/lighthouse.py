"""Lighthouse over the screens that matter first, with an account open and the app installed.

A crew's tablet is measured as Lighthouse plays a phone (a slowed processor, a slow network), the
office as a desk; the welcome as one who comes for the first time meets it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.cli.screens.browsing import FLAGS, PATIENCE_MS, chromium_program, enter
from server.web import install_packages, node_program, sources_directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.cli.screens.declared import Persona
    from server.cli.screens.demo_site import DemoSite

CATEGORIES = ("performance", "accessibility", "best-practices")
METRICS = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}
RUN_SECONDS_MAX = 300
_PORT_FILE = "DevToolsActivePort"


class Visit(Struct, frozen=True):
    """A screen to be measured, and as whom and on what."""

    name: str
    path: str
    persona: Persona | None
    desk: bool = False


VISITS = (
    Visit("welcome", "/", None),
    Visit("today", "/", "crew"),
    Visit("dashboard", "/dashboard", "office", desk=True),
)


class Measured(Struct, frozen=True):
    """What Lighthouse says of a screen."""

    name: str
    scores: dict[str, int]
    """Of a hundred, by category."""
    metrics: dict[str, str]
    machine: int
    """Lighthouse's own measure of how fast the machine was meanwhile; a free laptop has 1500."""
    faults: list[str]
    """What it finds wrong besides speed."""


async def measure(site: DemoSite, folder: Path) -> list[Measured]:
    """Measure each screen, one after the other; `folder` holds the browsers' profiles.

    Raises:
        BrowserMissingError: there is no Chromium or no Playwright here.
        AppBuildError: Lighthouse could not be installed.

    """
    tool = sources_directory() / "lighthouse"
    await asyncio.to_thread(install_packages, tool)
    return [await _measure(site, one, folder / one.name, tool) for one in VISITS]


async def _measure(site: DemoSite, visit: Visit, profile: Path, tool: Path) -> Measured:
    async with _browser(site, visit.persona, profile) as port:
        command = [
            str(node_program()),
            str(tool / "node_modules" / "lighthouse" / "cli" / "index.js"),
            site.url + visit.path,
            f"--port={port}",
            "--output=json",
            "--quiet",
            f"--only-categories={','.join(CATEGORIES)}",
            # The account and the worker that keeps the app are what is measured.
            *(["--disable-storage-reset"] if visit.persona else []),
            *(["--preset=desktop"] if visit.desk else []),
        ]
        running = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            said, complaint = await asyncio.wait_for(running.communicate(), RUN_SECONDS_MAX)
        except TimeoutError:
            running.kill()
            await running.wait()
            raise
    if running.returncode != 0:
        raise RuntimeError(f"Lighthouse failed at {visit.name}: {complaint.decode()[-2_000:]}")
    return _read(visit.name, msgspec.json.decode(said))


@asynccontextmanager
async def _browser(site: DemoSite, persona: Persona | None, profile: Path) -> AsyncIterator[int]:
    """Open a browser in which someone is at work; yield the port at which it is driven."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - a development tool

    program = chromium_program()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            args=[*FLAGS, "--remote-debugging-port=0"],
            base_url=site.url,
            locale="fr-FR",
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            if persona is not None:
                page = await context.new_page()
                await enter(page, site, persona)
                await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
                await page.close()
            yield int((profile / _PORT_FILE).read_text().splitlines()[0])
        finally:
            await context.close()


def _read(name: str, report: dict[str, Any]) -> Measured:
    audits = report["audits"]
    weighed = {
        one["id"]
        for category in CATEGORIES[1:]
        for one in report["categories"][category]["auditRefs"]
        if one["weight"]
    }
    return Measured(
        name,
        {one: round(100 * (report["categories"][one]["score"] or 0)) for one in CATEGORIES},
        {word: audits[audit].get("displayValue", "") for audit, word in METRICS.items()},
        round(report["environment"]["benchmarkIndex"]),
        sorted(one for one in weighed if audits[one]["score"] not in (None, 1)),
    )
