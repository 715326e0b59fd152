"""Documents in the office and on a tablet: filed, kept offline, versions, search, links."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from msgspec import structs

from server.storage import Drain, ObjectStore, draw_next
from tests.browser.conftest import OFFICE, log_in, on_device, open_site
from tests.browser.working import until
from tests.server.storage.store import started_objects
from tests.serving import serve_here, serve_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from server.settings import Settings
    from server.stack import Stack
    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def object_stack() -> Iterator[Stack]:
    with started_objects() as started:
        yield started


class Library:
    """A site whose files are stored for good, and the worker's turns at them."""

    def __init__(self, site: Site, settings: Settings) -> None:
        self.site = site
        self._settings = settings
        self._store = ObjectStore(settings)

    async def store(self, files: int) -> None:
        """Wait until so many files came in whole; store them, draw them."""
        context = self.site.service.context
        count = "SELECT count(*) FROM upload WHERE state = 'queued'"
        async with asyncio.timeout(120):
            while await context.pool.fetchval(count) < files:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        drain = Drain(self._settings, context.pool, context.intake, self._store)
        while await drain.store_next():
            pass
        while await draw_next(self._settings, context.pool, self._store):
            pass


@asynccontextmanager
async def _library(
    settings: Settings, object_stack: Stack, built_app: Path
) -> AsyncIterator[Library]:
    settings = structs.replace(
        settings,
        app_directory=built_app,
        s3_endpoint_url=object_stack.s3.endpoint_url,
        s3_access_key=object_stack.s3.access_key,
        s3_secret_key=object_stack.s3.secret_key,
        spool_free_bytes_min=0,
    )
    async with serve_here(settings) as service:
        with serve_process(settings) as process:
            yield Library(await open_site(process, service), settings)


@pytest.fixture
async def library(
    settings: Settings, object_stack: Stack, built_app: Path
) -> AsyncIterator[Library]:
    async with _library(settings, object_stack, built_app) as opened:
        yield opened


async def _add(page: Page, *files: Path) -> None:
    await page.goto("/documents")
    field = page.get_by_label("Ajouter un fichier")
    await field.set_input_files(list(files))
    await page.get_by_text(f"{len(files)} fichier").first.wait_for()


async def _opened(context: BrowserContext, page: Page) -> str:
    """Open the document that is shown in a tab, and save it; return the hash of what was saved."""
    async with context.expect_page() as coming:
        await page.get_by_role("button", name="Ouvrir", exact=True).first.click()
    tab = await coming.value
    assert tab.url.startswith("blob:")
    await tab.close()
    async with page.expect_download() as loading:
        await page.get_by_role("button", name="Enregistrer une copie").click()
    kept = await (await loading.value).path()
    return hashlib.sha256(await asyncio.to_thread(kept.read_bytes)).hexdigest()


async def _pinned(site: Site) -> list[dict[str, Any]]:
    return [one for one in await site.rows("document") if one["pinned"]]


async def test_a_plan_added_in_the_office_is_opened_on_a_tablet_without_network(
    browser: Browser, library: Library, photo: Path, tmp_path: Path
) -> None:
    """One kept on all tablets comes by itself, one is pinned on the tablet: both open offline."""
    site = library.site
    plan = tmp_path / "Plan de pose.jpg"
    taken = await asyncio.to_thread(photo.read_bytes)
    content = {photo.name: taken, plan.name: taken + bytes(10)}
    plan.write_bytes(content[plan.name])
    manager = await site.person("manager", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site, OFFICE) as (_, office):
        await log_in(office, site, manager, "Bureau")
        await _add(office, plan, photo)
        await library.store(2)
        await office.get_by_text("En lieu sûr").nth(1).wait_for()
        await office.get_by_role("link", name="Plan de pose.jpg").first.click()
        await office.get_by_role("button", name="Garder sur toutes les tablettes").click()
        await office.get_by_text("Sur toutes les tablettes").wait_for()
        # It shows at once; a browser that closes before it is sent takes it along.
        await until(lambda: _pinned(site), 1)
    async with on_device(browser, site) as (context, tablet):
        await log_in(tablet, site, crew)
        await tablet.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await tablet.goto("/documents")
        await tablet.get_by_text("IMG_0001.jpg").click()
        await tablet.get_by_role("button", name="Garder sur cet appareil").click()
        await tablet.get_by_text("Gardé ici").wait_for()
        await tablet.goto("/documents")
        await tablet.get_by_text("Gardé ici").nth(1).wait_for()
        await context.set_offline(offline=True)
        for name, wanted in content.items():
            await tablet.goto("/documents")
            await tablet.get_by_text(name).click()
            assert await _opened(context, tablet) == hashlib.sha256(wanted).hexdigest()


async def test_versions_search_links_and_the_trash(
    browser: Browser, library: Library, tmp_path: Path
) -> None:
    """A second version says why, the first is taken up again; text is found; a link ends."""
    site = library.site
    first, second = tmp_path / "notice.txt", tmp_path / "notice-2.txt"
    first.write_text("Serrage de la bride : 320 newtons-mètres.\n")
    second.write_text("Serrage de la bride : 350 newtons-mètres.\n")
    manager = await site.person("manager", "Paul Ndongo")
    async with on_device(browser, site, OFFICE) as (_, office):
        await log_in(office, site, manager, "Bureau")
        await _add(office, first)
        await library.store(1)
        await office.get_by_role("searchbox").fill("newtons")
        await office.get_by_text("1 document trouvé").wait_for()
        await office.get_by_role("link", name="notice.txt").first.click()
        await office.get_by_label("Titre", exact=True).fill("Notice de serrage")
        await office.get_by_label("Mots-clés", exact=True).fill("bride, serrage")
        await office.get_by_role("button", name="Enregistrer", exact=True).click()
        await office.get_by_role("heading", name="Notice de serrage").wait_for()
        await office.get_by_label("Pourquoi cette version").fill("Couple corrigé")
        await office.get_by_label("Ajouter une version").set_input_files(second)
        await library.store(1)
        await office.get_by_text("Couple corrigé").wait_for()
        await office.get_by_role("button", name="Reprendre cette version").click()
        await office.get_by_text("Reprise de la version 1").wait_for()
        await office.get_by_text("Version 3").wait_for()
        await _assert_a_link_gives_it_and_ends(office, first.read_bytes())
        await office.get_by_role("button", name="Mettre à la corbeille").click()
        await office.get_by_text("Ce document est à la corbeille.").wait_for()
        await office.goto("/documents?trash")
        await office.get_by_role("link", name="Notice de serrage").first.click()
        await office.get_by_role("button", name="Restaurer").click()
        await office.get_by_role("button", name="Mettre à la corbeille").wait_for()
        await office.get_by_text("À jour").wait_for()
    (document,) = await site.rows("document")
    assert (document["title"], document["tags"]) == ("Notice de serrage", ["bride", "serrage"])
    assert document["trashed_at"] is None


async def _assert_a_link_gives_it_and_ends(office: Page, content: bytes) -> None:
    await office.get_by_label("Mot de passe (facultatif)").fill("vanne 12")
    await office.get_by_role("button", name="Créer un lien").click()
    address = await office.locator("output").last.inner_text()
    async with httpx.AsyncClient(timeout=60) as outsider:
        assert (await outsider.get(address)).status_code == 403
        given = await outsider.post(address, json={"password": "vanne 12"})
        assert given.content == content
        await office.get_by_role("button", name="Révoquer").click()
        await office.get_by_text("Révoqué", exact=True).wait_for()
        refused = await outsider.post(address, json={"password": "vanne 12"})
        assert refused.status_code == 403


async def test_a_photo_of_a_task_and_a_restricted_folder(
    browser: Browser, library: Library, photo: Path
) -> None:
    """A photo taken at a task shows there; what lies in a restricted folder is not another's."""
    site = library.site
    manager = await site.person("manager", "Paul Ndongo")
    crew = await site.person("employee", "Awa Mboup")
    async with on_device(browser, site) as (_, tablet):
        await log_in(tablet, site, crew)
        await tablet.goto("/tasks")
        await tablet.get_by_text("Soudure de la conduite 2").click()
        await tablet.get_by_label("Prendre une photo").set_input_files(photo)
        await tablet.get_by_role("img", name="Aperçu de Soudure de la conduite 2").wait_for()
        await library.store(1)
        async with on_device(browser, site, OFFICE) as (_, office):
            await log_in(office, site, manager, "Bureau")
            await office.goto("/documents")
            await office.get_by_role("link", name="Soudure de la conduite 2").first.click()
            await office.get_by_role("link", name="ET-002 · Soudure de la conduite 2").wait_for()
            await office.goto("/documents")
            await office.get_by_role("button", name="Nouveau dossier").click()
            await office.get_by_label("Nom du dossier").fill("Paie")
            await office.get_by_label("Réserver ce dossier").check()
            await office.get_by_role("button", name="Créer le dossier").click()
            await office.get_by_role("link", name="Paie").click()
            await office.get_by_label("Ajouter un fichier").set_input_files(photo)
            await library.store(1)
            await office.get_by_text("En lieu sûr").wait_for()
        await tablet.goto("/documents")
        await tablet.get_by_text("À jour").wait_for()
        assert await tablet.get_by_text("Paie").count() == 0
        assert await tablet.get_by_text("IMG_0001.jpg").count() == 0
    homes = {one["scope_kind"] for one in await site.rows("document")}
    assert homes == {"project", "folder"}
