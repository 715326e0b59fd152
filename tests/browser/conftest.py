"""A real Chromium against a real server, which serves the app built from this checkout."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from msgspec import structs
from playwright.async_api import expect

from server.cli.screens import QUIET_FLAGS, chromium_program, open_demo_site, start_browser
from server.web import build_app, built_directory, sources_directory
from tests.conftest import copied_database, settings_on
from tests.serving import new_id, project_created, serve_here, serve_process, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from server.cli.screens import DemoSite
    from server.settings import Settings
    from server.stack import Stack
    from tests.serving import Process, Service

PASSWORD = "sable et derricks 26"  # noqa: S105 -- of people made up for a test
PHONE: Any = {"width": 412, "height": 915}
OFFICE: Any = {"width": 1440, "height": 900}
SLOW_MACHINE_MS = 90_000
"""How long a test waits for what must come: a bound on a busy machine, not a pace."""

expect.set_options(timeout=SLOW_MACHINE_MS)


@pytest.fixture(scope="session")
def built_app() -> Path:
    """Build the app where a source changed."""
    build_app(sources_directory())
    return built_directory()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Debian's Chromium, once: each device of a test is a profile of its own in it."""
    async with start_browser(QUIET_FLAGS) as started:
        yield started


_EXIF, _GPS, _TAKEN, _ZONE = 0x8769, 0x8825, 0x9003, 0x9011
"""What a camera writes, by the numbers of the standard."""
PHOTO_TAKEN_MS = 1_795_167_000_000
PHOTO_PLACE = (-4_775_000, 11_850_000)
"""Of the photo of the tests, as its document's row says it."""


class Site:
    """A site with a project, its people and tasks, on a server of its own."""

    def __init__(self, process: Process, service: Service, project: str) -> None:
        self.process = process
        self.service = service
        self.project = project
        self.logins: dict[str, str] = {}
        """Person -> login."""

    @property
    def url(self) -> str:
        """Return the server's address, by the name for which browsers trust plain HTTP."""
        return self.process.url.replace("127.0.0.1", "localhost")

    async def told_code(
        self, role: str, name: str, login: str | None = None
    ) -> tuple[str, str, str]:
        """Make a member without a password; return their id, login and the code told to them."""
        login = login or f"{role}.{new_id()[:6]}"
        person = await self.service.person(role, name=name, login=login)
        chief = await self.service.tablet("administrator")
        await self.service.member(chief, self.project, person, role)
        made = await self.service.client.post(
            f"/api/users/people/{person}/reset-code",
            headers={"authorization": f"Bearer {chief.token}"},
            json={},
        )
        assert made.status_code == 200, made.text
        return person, login, made.json()["code"]

    async def person(self, role: str, name: str, login: str | None = None) -> str:
        """Make a member with a password; return their id."""
        person, login, code = await self.told_code(role, name, login)
        reset = {"login": login, "code": code, "password": PASSWORD}
        done = await self.service.client.post("/api/users/password-resets/confirm", json=reset)
        assert done.status_code == 200, done.text
        self.logins[person] = login
        return person

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the live rows of a table as the database holds them."""
        records = await self.service.context.pool.fetch(
            f"SELECT * FROM {table} WHERE project_id = $1 AND NOT deleted", self.project
        )
        return [dict(one) for one in records]


class Ground(NamedTuple):
    """What the sites of all tests stand on: one database, and a server over it."""

    settings: Settings
    service: Service
    process: Process


@pytest.fixture(scope="session")
async def ground(
    stack: Stack, template_database: str, built_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ground]:
    """Serve the app over a database that the tests share: a site of one never sees another's."""
    with copied_database(stack, template_database) as database:
        settings = settings_on(database, stack.redis_url, tmp_path_factory.mktemp("browser"))
        settings = structs.replace(settings, app_directory=built_app)
        async with serve_here(settings) as service:
            with serve_process(settings) as process:
                yield Ground(settings, service, process)


@pytest.fixture
async def site(ground: Ground) -> Site:
    """Open a site with six tasks of today: a project and people of this test's own."""
    return await open_site(ground.process, ground.service)


async def open_site(process: Process, service: Service) -> Site:
    """Make a project with six tasks of today."""
    chief = await service.tablet("administrator")
    project = new_id()
    code = f"MBK-{project[:6].upper()}"
    await chief.must(project_created(project, code=code, name="Plateforme", status="draft"))
    today = service.context.now().date().isoformat()
    for number in range(6):
        await chief.must(
            task_created(
                project,
                code=f"ET-{number:03}",
                name=f"Soudure de la conduite {number}",
                planned_start=f"{today}T07:00",
                planned_finish=f"{today}T17:00",
            )
        )
    return Site(process, service, project)


@asynccontextmanager
async def on_device(
    browser: Browser,
    site: Site,
    viewport: Any = PHONE,
    url: str | None = None,
    *,
    wakes: bool = False,
    **options: Any,
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """Open a browser profile of its own; what its console complains of fails the test.

    `wakes`: the browser may wake the service worker, for which no profile is ever offline.
    """
    context = await browser.new_context(
        viewport=viewport, locale="fr-FR", base_url=url or site.url, **options
    )
    context.set_default_timeout(SLOW_MACHINE_MS)
    errors: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    if not wakes:
        await let_sleep(context, page)
    try:
        yield context, page
    finally:
        await context.close()
    assert not errors


@asynccontextmanager
async def kept_profile(
    browser: Browser, site: Site, directory: Path
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """Open a profile that is kept on the disk: others forget themselves, and have another quota."""
    context = await browser.browser_type.launch_persistent_context(
        directory,
        executable_path=chromium_program(),
        args=[*QUIET_FLAGS],
        headless=True,
        viewport=PHONE,
        locale="fr-FR",
        base_url=site.url,
    )
    try:
        context.set_default_timeout(SLOW_MACHINE_MS)
        yield context, context.pages[0]
    finally:
        await context.close()


async def let_sleep(context: BrowserContext, page: Page) -> None:
    """Deny a profile that its service worker is woken: as in a browser that cannot."""
    target = await (await context.new_cdp_session(page)).send("Target.getTargetInfo")
    assert context.browser is not None
    session = await context.browser.new_browser_cdp_session()
    await session.send(
        "Browser.setPermission",
        {
            "permission": {"name": "background-sync"},
            "setting": "denied",
            "browserContextId": target["targetInfo"]["browserContextId"],
        },
    )
    await session.detach()


async def log_in(page: Page, site: Site, person: str, device: str = "Tablette") -> None:
    """Log in where the form stands, or at the front; wait until everything was fetched."""
    if not await page.get_by_label("Mot de passe").is_visible():
        await page.goto("/")
    await page.get_by_label("Identifiant").fill(site.logins[person])
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_label("Nom de cet appareil").fill(device)
    await page.get_by_role("button", name="Se connecter").click()
    await page.get_by_text("À jour").wait_for()
    # Who reads every project meets those of the other tests, too.
    await page.locator("header select").select_option(site.project)


@pytest.fixture(scope="session")
def demo(built_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    """Open the furnished demo, once for all that look at screens."""
    assert built_app.is_dir()
    with open_demo_site(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Make a picture as a camera would: three thousand pixels wide, with when and where."""
    from PIL import Image  # noqa: PLC0415 - for this fixture alone

    path = tmp_path / "IMG_0001.jpg"
    written = Image.Exif()
    written[_EXIF] = {_TAKEN: "2026:11:20 10:30:00", _ZONE: "+01:00"}
    written[_GPS] = {1: "S", 2: (4.0, 46.0, 30.0), 3: "E", 4: (11.0, 51.0, 0.0)}
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(path, quality=90, exif=written)
    return path
