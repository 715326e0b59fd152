"""Servers for tests: in this process for speed, or in one of their own; and a raw client.

`Tablet` speaks the wire alone: no retries, no rebase, nothing of `sync.replica`. Its rows are what
the server sent, so that they can be held against a fresh fetch.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import subprocess
import sys
import time
import uuid
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import msgspec
from msgspec import Raw

from server.app import create_app
from server.settings import settings_environment
from server.users import issue_token
from sync.changes import (
    Answer,
    Change,
    ChangeSet,
    Problem,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    Registered,
    SnapshotOffer,
    SnapshotPage,
    WireRow,
)
from sync.checksum import add, row_checksum
from sync.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from litestar import Litestar

    from server.context import Context
    from server.intake import Rules
    from server.settings import Settings

T = TypeVar("T")

MESSAGEPACK = "application/msgpack"
JSON = "application/json"
_CODECS: Mapping[str, Any] = {MESSAGEPACK: msgspec.msgpack, JSON: msgspec.json}
_ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count(1)


def new_id() -> str:
    """Return a fresh row id."""
    return str(uuid.uuid4())


def new_replica() -> str:
    """Return a fresh replica id."""
    return secrets.token_hex(8)


def wall_ms() -> int:
    """Return the real time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Tablet:
    """One registered replica of one person, on one connection to a server."""

    def __init__(
        self, client: httpx.AsyncClient, person: str, token: str, media_type: str = MESSAGEPACK
    ) -> None:
        self.client = client
        self.person = person
        self.token = token
        self.media_type = media_type
        self.replica = new_replica()
        self.epoch = 1
        self.counter = 0
        self.clock: Callable[[], int] = wall_ms
        self.outbox: list[ChangeSet] = []
        self.rows: dict[tuple[str, str], WireRow] = {}
        self.cursor: dict[str, int] = {}
        self.heads: dict[str, tuple[int, int]] = {}
        """Scope -> (head, checksum) as last told."""
        self.server_epoch = 0

    def twin(self, client: httpx.AsyncClient | None = None) -> Tablet:
        """Return another replica of the same person, not registered yet."""
        return Tablet(client or self.client, self.person, self.token, self.media_type)

    # Requests

    async def post(self, path: str, content: bytes, **headers: str) -> httpx.Response:
        """Send bytes as they are."""
        sent = {
            "authorization": f"Bearer {self.token}",
            "content-type": self.media_type,
            "accept": self.media_type,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.client.post(f"/api/sync/{path}", content=content, headers=sent)

    async def get(self, path: str, **query: Any) -> Any:
        """Return a decoded answer; it must be a success."""
        answer = await self.client.get(
            f"/api/sync/{path}",
            params=query,
            headers={"authorization": f"Bearer {self.token}", "accept": JSON},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, path: str, body: Any, kind: type[T]) -> T:
        """Post a struct and return the answer, which must be a success."""
        answer = await self.post(path, self.encode(body))
        assert answer.status_code == 200, answer.text
        return self.decode(answer, kind)

    def encode(self, body: Any) -> bytes:
        """Encode a struct as this tablet speaks."""
        encoded: bytes = _CODECS[self.media_type].encode(body)
        return encoded

    def decode(self, answer: httpx.Response, kind: type[T]) -> T:
        """Decode an answer as this tablet speaks."""
        decoded: T = _CODECS[self.media_type].decode(answer.content, type=kind)
        return decoded

    async def register(self) -> Tablet:
        """Register the replica."""
        known = await self.ask(
            "replicas",
            {"replica": self.replica, "name": "tablet", "platform": "test", "app_version": "1"},
            Registered,
        )
        self.epoch = known.epoch
        self.server_epoch = known.server_epoch
        return self

    # Edits

    def edit(self, *changes: Change, time: int | None = None, schema: int = 0) -> ChangeSet:
        """Put a change set into the outbox."""
        self.counter += 1
        made = ChangeSet(
            self.counter,
            self.clock() * 1000 if time is None else time,
            "test",
            schema or SCHEMA_VERSION,
            list(changes),
        )
        self.outbox.append(made)
        return made

    def update(self, scope: str, row: str, **after: Any) -> Change:
        """Change a row, having seen what was last pulled of it."""
        base = self.rows[scope, row]
        before = {name: base.values.get(name) for name in after}
        return Change(scope, base.table, row, "update", base.vector, before, after)

    def delete(self, scope: str, row: str) -> Change:
        """Delete a row, having seen what was last pulled of it."""
        base = self.rows[scope, row]
        return Change(scope, base.table, row, "delete", base.vector)

    # Push

    def push_request(self, *change_sets: ChangeSet | bytes, **changed: Any) -> PushRequest:
        """Make a push of change sets, or of bytes that stand for one."""
        raws = [Raw(one if isinstance(one, bytes) else self.encode(one)) for one in change_sets]
        request = PushRequest(self.replica, self.epoch, self.clock(), raws)
        return msgspec.structs.replace(request, **changed) if changed else request

    async def send(self, *change_sets: ChangeSet | bytes, **changed: Any) -> httpx.Response:
        """Push change sets and return the bare answer."""
        return await self.post("push", self.encode(self.push_request(*change_sets, **changed)))

    async def push(self, *change_sets: ChangeSet) -> list[Answer]:
        """Push change sets, or the outbox without any; answered ones leave it."""
        answer = await self.send(*(change_sets or self.outbox))
        assert answer.status_code == 200, answer.text
        answers = self.decode(answer, PushResponse).answers
        answered = {one.counter for one in answers}
        self.outbox = [one for one in self.outbox if one.counter not in answered]
        return answers

    async def do(self, *changes: Change, **how: Any) -> str:
        """Push one new change set; return `merged`, or the code it was refused with."""
        (answer,) = await self.push(self.edit(*changes, **how))
        return answer.status if answer.rejection is None else answer.rejection.code

    async def must(self, *changes: Change) -> None:
        """Push one new change set, which must be merged."""
        found = await self.do(*changes)
        assert found in {"merged", "merged_with_conflicts"}, found

    # Pull

    async def pull_once(self, page_rows: int | None = None) -> PullResponse:
        """Pull one page and keep what it brings; offered snapshots are left to the caller."""
        wanted = PullRequest(self.replica, self.epoch, self.cursor, page_rows, self.server_epoch)
        found = await self.ask("pull", wanted, PullResponse)
        for scope in found.withdrawn:
            self.forget(scope)
        for page in found.pages:
            for row in page.rows:
                self.rows[page.scope, row.row] = row
            self.cursor[page.scope] = page.seq
            self.heads[page.scope] = (page.head, page.checksum)
        return found

    async def pull(self, page_rows: int | None = None) -> Tablet:
        """Pull until nothing is left, snapshots included."""
        while True:
            found = await self.pull_once(page_rows)
            for offer in found.snapshots:
                await self.fetch(offer)
            if not found.more and not found.snapshots:
                return self

    async def fetch(self, offer: SnapshotOffer, order: list[int] | None = None) -> None:
        """Fetch the pages of a snapshot, in any order, and go on from its seq."""
        self.forget(offer.scope)
        for number in order or range(offer.pages):
            page = await self.snapshot_page(offer.snapshot, number)
            for row in page.rows:
                self.rows[offer.scope, row.row] = row
        self.cursor[offer.scope] = offer.seq
        self.heads[offer.scope] = (offer.seq, offer.checksum)

    async def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Fetch one page of a snapshot."""
        answer = await self.client.get(
            f"/api/sync/snapshots/{snapshot}/{page}",
            headers={"authorization": f"Bearer {self.token}", "accept": self.media_type},
        )
        assert answer.status_code == 200, answer.text
        return self.decode(answer, SnapshotPage)

    def forget(self, scope: str) -> None:
        """Drop a scope's rows and cursor."""
        self.rows = {key: row for key, row in self.rows.items() if key[0] != scope}
        self.cursor.pop(scope, None)
        self.heads.pop(scope, None)

    def live(self, scope: str) -> dict[str, WireRow]:
        """Return the rows of a scope that are not deleted."""
        return {
            row.row: row
            for (where, _), row in self.rows.items()
            if where == scope and not row.deleted
        }

    def assert_sums(self) -> None:
        """Assert that each scope's checksum at its head is that of the rows held."""
        for scope, (head, checksum) in self.heads.items():
            assert self.cursor[scope] == head
            total = 0
            for row in self.live(scope).values():
                total = add(total, row_checksum(row.table, row.row, row.values))
            assert total == checksum, scope


class Service:
    """A server under test, and the people and projects that its database holds."""

    def __init__(
        self, app: Litestar | None, client: httpx.AsyncClient, settings: Settings, seeder: Context
    ) -> None:
        self.app = app
        self.client = client
        self.settings = settings
        self.context = seeder
        """The parts of this server, or of one beside it on the same database."""

    def token(self, person: str, seconds: int = 3600) -> str:
        """Return an access token."""
        secret = self.settings.token_secret
        assert secret is not None
        return issue_token(secret, person, now=self.context.now(), seconds=seconds)

    async def person(self, role: str, **values: Any) -> str:
        """Make a person."""
        person = new_id()
        made = {"name": f"{role} {person[:4]}", "login": person, "role": role, **values}
        async with self.context.intake.server_transaction(["org"]) as transaction:
            transaction.workspace.write("org", "person", person, made, intent="test")
        return person

    async def tablet(self, role: str = "manager", media_type: str = MESSAGEPACK) -> Tablet:
        """Make a person with a registered tablet."""
        person = await self.person(role)
        return await Tablet(self.client, person, self.token(person), media_type).register()

    async def project(self, by: Tablet) -> str:
        """Make a project and return its id."""
        project = new_id()
        await by.must(project_created(project))
        return project

    async def member(self, by: Tablet, project: str, person: str, role: str) -> str:
        """Make someone a member and return the membership's id."""
        membership = new_id()
        values = {"project_id": project, "person_id": person, "role": role}
        await by.must(Change(f"project:{project}", "member", membership, "create", after=values))
        return membership


def project_created(project: str, **values: Any) -> Change:
    """Make a project."""
    known = {"code": f"P{next(_numbers)}", "name": "Plateforme", "currency": "XAF"}
    after = {**known, "status": "draft", **values}
    return Change(f"project:{project}", "project", project, "create", after=after)


def task_created(project: str, row: str | None = None, **values: Any) -> Change:
    """Make a task."""
    after = {"project_id": project, "name": "Soudure", "kind": "task", "status": "todo", **values}
    return Change(f"project:{project}", "task", row or new_id(), "create", after=after)


def budget_created(project: str, row: str | None = None, **values: Any) -> Change:
    """Make a budget, in the finance scope."""
    after = {"project_id": project, "name": "Forage", "currency": "XAF", "amount": 1000, **values}
    return Change(f"finance:{project}", "budget", row or new_id(), "create", after=after)


def problem_of(answer: httpx.Response) -> Problem:
    """Return the problem that an answer tells, whose shape and status must agree."""
    if answer.headers["content-type"].startswith(MESSAGEPACK):
        found = msgspec.msgpack.decode(answer.content, type=Problem)
    else:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        found = msgspec.json.decode(answer.content, type=Problem)
    assert found.status == answer.status_code
    assert found.type == f"urn:derrick:problem:{found.code}"
    assert found.title
    assert found.detail
    assert found.message.fr
    assert found.message.en
    return found


@asynccontextmanager
async def serve_here(
    settings: Settings,
    *,
    services: Rules | None = None,
    clock: Callable[[], int] = wall_ms,
) -> AsyncIterator[Service]:
    """Run a server in this process, without a socket."""
    app = create_app(settings, services=services, wall_ms=clock)
    application: Any = app  # the two libraries type ASGI differently
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with (
        _running(app),
        httpx.AsyncClient(transport=transport, base_url="http://derrick.test") as client,
    ):
        yield Service(app, client, settings, app.state.context)


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """Start an application and stop it, both in one task: a fixture's halves run in two."""
    started, stopping = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await stopping.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if started.is_set():
            yield
    finally:
        stopping.set()
        await task


class Process:
    """A `derrick serve` of its own, which can be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the server on a free port and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve", "--port", "0"],
            env={**_without_settings(), **settings_environment(self.settings)},
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "Listening on" in line, line
        self.url = line.split()[-1]
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the server did not answer")

    def kill(self) -> None:
        """Kill the server and its workers with SIGKILL."""
        self._end("kill")

    def stop(self) -> None:
        """Stop the server with SIGTERM."""
        self._end("terminate")

    def _end(self, how: str) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            getattr(process, how)()
            process.communicate(timeout=30)


@contextmanager
def serve_process(settings: Settings) -> Iterator[Process]:
    """Run `derrick serve` until the block ends."""
    process = Process(settings)
    process.start()
    try:
        yield process
    finally:
        process.stop()


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}


class Link:
    """A TCP link to a server, which a test cuts, slows and mends: refused, then there again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.bytes_per_s: int | None = None
        """Each connection's pace, each way."""
        self.bytes_up = 0
        """What went to the server so far."""
        self.swallow: bytes | None = None
        """Requests that hold this reach the server; their answers do not come back."""
        self.refuse: bytes | None = None
        """Requests that hold this never reach the server: their connections are dropped."""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        """Listen, always on the same port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def lead_to(self, url: str) -> None:
        """Carry new connections to another server: the address stays."""
        parts = httpx.URL(url)
        assert parts.port is not None
        self._target = (parts.host, parts.port)

    async def cut(self) -> None:
        """Drop all connections and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in [*self._writers]:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, far_writer}
        swallowing = asyncio.Event()
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, swallowing, up=True),
                self._pump(far_reader, writer, swallowing, up=False),
            )
        finally:
            self._writers -= {writer, far_writer}

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        swallowing: asyncio.Event,
        *,
        up: bool,
    ) -> None:
        with suppress(OSError):
            while content := await reader.read(65_536 if self.bytes_per_s is None else 2_048):
                if up and self.refuse is not None and self.refuse in content:
                    break
                if up and self.swallow is not None and self.swallow in content:
                    swallowing.set()
                if not up and swallowing.is_set():
                    continue
                if self.bytes_per_s is not None:
                    await asyncio.sleep(len(content) / self.bytes_per_s)
                writer.write(content)
                self.bytes_up += len(content) if up else 0
                await writer.drain()
        writer.close()


@asynccontextmanager
async def link_to(url: str) -> AsyncIterator[tuple[Link, str]]:
    """Put a link before a server; yield it and the URL that goes through it."""
    parts = httpx.URL(url)
    assert parts.port is not None
    link = Link(parts.host, parts.port)
    await link.mend()
    try:
        yield link, str(parts.copy_with(host="127.0.0.1", port=link.port))
    finally:
        await link.cut()
