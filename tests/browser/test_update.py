"""A new version of the app, taken while work waits on the tablet."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from playwright.async_api import expect

from server.web import build_app, sources_directory
from tests.browser.conftest import Site, log_in, on_device
from tests.browser.working import expense, settle, stored_files, until
from tests.serving import link_to, serve_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Ground
    from tests.serving import Process

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

NEXT_VERSION = "99.0.0"
SYNC = b" /api/sync/"
"""In a request's first line: the browser's own routes miss what a new worker asks first."""
STORE = """indexedDB.databases().then((all) =>
    Math.max(...all.filter((one) => one.name !== 'derrick-device').map((one) => one.version)))"""


@pytest.fixture(scope="session")
def next_app(built_app: Path) -> Path:
    """Build the app's next version: another number, another schema, another local store."""
    sources = sources_directory()
    # Beside the packages: a second run finds it built.
    coming = sources / "node_modules" / ".derrick-next"
    coming.mkdir(exist_ok=True)
    for name in ("src", "public"):
        shutil.rmtree(coming / name, ignore_errors=True)
        shutil.copytree(sources / name, coming / name)
    for one in sources.iterdir():
        if one.is_file() and not one.name.startswith("."):
            shutil.copy2(one, coming / one.name)
    if not (coming / "node_modules").is_symlink():
        (coming / "node_modules").symlink_to(sources / "node_modules")
    _rewrite(coming / "package.json", r'"version": "[^"]+"', f'"version": "{NEXT_VERSION}"')
    _rewrite(
        coming / "src" / "replica" / "editing.ts",
        r"schema: SCHEMA_VERSION\b",
        "schema: SCHEMA_VERSION + 1",
    )
    _rewrite(
        coming / "src" / "replica" / "database.ts",
        r"\n  }\n\n  /\*\* The stores that",
        '\n    this.version(99).stores({ drafts: "key, savedAt" });\\g<0>',
    )
    build_app(coming)
    assert built_app.is_dir()
    return coming / "dist"


def _rewrite(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text("utf-8"))
    assert count == 1, f"{path.name}: {pattern} was found {count} times"
    path.write_text(text, "utf-8")


@pytest.fixture
def next_server(ground: Ground, next_app: Path) -> Iterator[Process]:
    """Serve the next version over the same database."""
    with serve_process(structs.replace(ground.settings, app_directory=next_app)) as process:
        yield process


async def test_an_update_strands_nothing_that_waits(
    browser: Browser, site: Site, next_server: Process, photo: Path
) -> None:
    """Entry, photo and draft of the old version are whole in the new one, and arrive from there."""
    crew = await site.person("employee", "Awa Mboup")
    async with (
        link_to(site.process.url) as (link, url),
        on_device(browser, site, url=url.replace("127.0.0.1", "localhost")) as (context, page),
    ):
        await log_in(page, site, crew)
        await settle(page)
        before = await page.evaluate(STORE)
        await context.set_offline(offline=True)
        await expense(page, "125 000", "SARL Forage", photo)
        await page.goto("/expenses/new")
        await page.get_by_label("Fournisseur").fill("Brouillon")
        # What waits must go on waiting until the new version has taken over.
        link.refuse = SYNC
        link.lead_to(next_server.url)
        await link.cut()
        await link.mend()
        await context.set_offline(offline=False)
        other = await context.new_page()
        await other.goto("/tasks")
        await page.goto("/expenses/new")
        await page.get_by_text("Une nouvelle version est prête.").wait_for()
        await other.evaluate("window.opened = 'once'")
        await page.get_by_role("button", name="Mettre à jour").click()
        await other.get_by_text("Une version plus récente est ouverte dans un autre").wait_for()
        assert await other.evaluate("window.opened") == "once", "a form was reloaded away"
        await page.get_by_role("button", name="Enregistrer la dépense").wait_for()
        await expect(page.get_by_label("Fournisseur")).to_have_value("Brouillon")
        assert await page.evaluate(STORE) > before
        assert await _version(page) == NEXT_VERSION
        await page.goto("/expenses")
        await page.get_by_text("Gardé ici").wait_for()
        assert not await site.rows("expense")
        link.refuse = None
        await expense(page, "48 500", "Quincaillerie du port")
        await until(lambda: site.rows("expense"), 2)
        await until(lambda: stored_files(site), 1)
        await page.get_by_text("À jour").wait_for()
        await _assert_goes_on(other)
    suppliers = sorted(one["supplier"] for one in await site.rows("expense"))
    assert suppliers == ["Quincaillerie du port", "SARL Forage"]


async def _version(page: Page) -> str:
    await page.goto("/settings")
    told: Any = await page.get_by_text("Version ").text_content()
    return str(told).removeprefix("Version ")


async def _assert_goes_on(other: Page) -> None:
    """Reload the tab of the old version: it is in the new one."""
    await other.reload()
    assert await _version(other) == NEXT_VERSION
