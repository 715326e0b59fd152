"""The app's files over HTTP: kept for ever where their name is their content, else asked anew."""

from __future__ import annotations

import gzip
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from tests.serving import problem_of, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from server.settings import Settings

PAGE = "<!doctype html><title>Derrick</title>"
SCRIPT = "console.log('derrick');" * 100
HASHED = "/assets/index-a1B2c3D4.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(PAGE, "utf-8")
    (directory / "sw.js").write_text("self.skipWaiting;", "utf-8")
    (directory / "manifest.webmanifest").write_text("{}", "utf-8")
    (directory / ".sources").write_text("stamp", "utf-8")
    script = directory / HASHED.lstrip("/")
    script.write_text(SCRIPT, "utf-8")
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(SCRIPT.encode()))
    script.with_name(script.name + ".map").write_text("{}", "utf-8")
    return directory


@asynccontextmanager
async def _serve(settings: Settings, directory: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve_here(structs.replace(settings, app_directory=directory)) as service:
        yield service.client


async def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_anew(
    settings: Settings, built: Path
) -> None:
    """A hashed file is immutable; the page and the service worker are checked each time."""
    async with _serve(settings, built) as client:
        script = await client.get(HASHED)
        assert script.text == SCRIPT
        assert "immutable" in script.headers["cache-control"]
        for path in ("/", "/index.html", "/sw.js", "/manifest.webmanifest"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == "no-cache"
            assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_a_client_that_holds_a_file_is_told_so(settings: Settings, built: Path) -> None:
    """If-None-Match with the file's tag is answered 304 without a body."""
    async with _serve(settings, built) as client:
        tag = (await client.get("/")).headers["etag"]
        again = await client.get("/", headers={"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert (await client.get("/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_the_smallest_accepted_encoding_is_sent(settings: Settings, built: Path) -> None:
    """A compressed copy goes to those who take it, and to nobody else."""
    async with _serve(settings, built) as client:
        packed = await client.get(HASHED, headers={"accept-encoding": "br, gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.text == SCRIPT
        for refused in ("identity", "gzip;q=0", "br"):
            plain = await client.get(HASHED, headers={"accept-encoding": refused})
            assert "content-encoding" not in plain.headers, refused
            assert plain.text == SCRIPT
        assert plain.headers["vary"] == "accept-encoding"


async def test_an_address_within_the_app_gives_its_page(settings: Settings, built: Path) -> None:
    """A reload at any screen works; what is no screen's is not found."""
    page = {"accept": "text/html,*/*"}
    async with _serve(settings, built) as client:
        for path in ("/tasks", "/reports/today", "/apiary"):
            assert (await client.get(path, headers=page)).text == PAGE, path
        head = await client.head("/tasks", headers=page)
        assert (head.status_code, head.content) == (200, b"")
        for path, headers in (
            ("/api/nothing", page),
            ("/oauth/nothing", page),
            ("/assets/gone-00000000.js", page),
            (HASHED + ".map", page),
            ("/.sources", page),
            ("/assets/../index.html.bak", page),
            ("/tasks", {"accept": "application/json"}),
        ):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 404, path
            assert problem_of(answer).code == "not_found"
        assert (await client.post("/tasks", headers=page)).status_code in {404, 405}


async def test_the_servers_own_pages_stay_its_own(settings: Settings, built: Path) -> None:
    """The app hides neither the health nor the documentation of the server."""
    async with _serve(settings, built) as client:
        assert (await client.get("/health", headers={"accept": "text/html"})).json()["database"]
        docs = await client.get("/api/docs", headers={"accept": "text/html"})
        assert PAGE not in docs.text


async def test_without_an_app_the_server_says_that_it_runs(
    settings: Settings, tmp_path: Path
) -> None:
    """No build, no fault: a plain page stands in its place."""
    async with _serve(settings, tmp_path / "nothing") as client:
        answer = await client.get("/")
        assert answer.status_code == 200
        assert "Le serveur est en marche" in answer.text
