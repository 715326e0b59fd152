"""A project with documents, a person with a tablet who sends files, and the worker's queue."""

from __future__ import annotations

import base64
import hashlib
import random
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from server.storage import Drain, ObjectStore
from sync.changes import Change
from tests.serving import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from tests.serving import Service, Tablet

PART = "application/offset+octet-stream"


class Paper(Struct, frozen=True):
    """A document with a version that waits for its bytes."""

    document: str
    version: str


class Shelf:
    """What the tests of storage work with."""

    def __init__(self, service: Service, project: str, chief: Tablet, tablet: Tablet) -> None:
        self.service = service
        self.project = project
        self.chief = chief
        """Manages the project."""
        self.tablet = tablet
        """Of a crew member."""
        self.store = ObjectStore(service.settings)

    @classmethod
    async def open(cls, service: Service) -> Self:
        """Make the project and its people."""
        chief = await service.tablet("manager")
        project = await service.project(chief)
        tablet = await service.tablet("employee")
        await service.member(chief, project, tablet.person, "employee")
        return cls(service, project, chief, tablet)

    # Rows

    def home(self, kind: str = "project", home: str | None = None) -> str:
        """Return a scope of the project."""
        return f"{kind}:{home or self.project}"

    async def document(self, by: Tablet | None = None, *, home: str = "", **values: Any) -> str:
        """Record a document."""
        by = by or self.tablet
        where, document = home or self.home(), new_id()
        known = {
            "home_id": where.partition(":")[2],
            "project_id": self.project,
            "title": "Vanne",
            "author_id": by.person,
        }
        await by.must(Change(where, "document", document, "create", after={**known, **values}))
        return document

    async def version(
        self, document: str, by: Tablet | None = None, *, home: str = "", **values: Any
    ) -> str:
        """Record a version of a document."""
        by = by or self.tablet
        where, version = home or self.home(), new_id()
        known = {
            "home_id": where.partition(":")[2],
            "document_id": document,
            "file_name": "vanne.bin",
            "author_id": by.person,
        }
        after = {**known, **values}
        await by.must(Change(where, "document_version", version, "create", after=after))
        return version

    async def paper(self, by: Tablet | None = None, *, home: str = "", **values: Any) -> Paper:
        """Record a document with a version that waits for its bytes."""
        document = await self.document(by, home=home)
        return Paper(document, await self.version(document, by, home=home, **values))

    async def seen(self, row: str, by: Tablet | None = None, *, home: str = "") -> dict[str, Any]:
        """Return a row as a tablet has it after a pull."""
        by = by or self.tablet
        await by.pull()
        return dict(by.rows[home or self.home(), row].values)

    # Uploads

    def headers(self, by: Tablet | None = None, **more: Any) -> dict[str, str]:
        """Return what every request of tus says."""
        token = (by or self.tablet).token
        return {
            "authorization": f"Bearer {token}",
            "tus-resumable": "1.0.0",
            **{name.replace("_", "-"): str(value) for name, value in more.items()},
        }

    async def begin(
        self,
        version: str,
        length: int,
        by: Tablet | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        content: bytes | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Ask for an upload, with its first bytes where `content` is given."""
        said = {"version": version, **(metadata or {})}
        headers = self.headers(
            by, upload_length=length, upload_metadata=encoded_metadata(said), **more
        )
        if content is not None:
            headers["content-type"] = PART
        return await self.service.client.post(
            "/api/storage/uploads", headers=headers, content=content
        )

    async def append(
        self, upload: str, offset: int, content: bytes, by: Tablet | None = None, **more: Any
    ) -> httpx.Response:
        """Send a part."""
        headers = self.headers(by, upload_offset=offset, content_type=PART, **more)
        return await self.service.client.patch(
            f"/api/storage/uploads/{upload}", headers=headers, content=content
        )

    async def offset(self, upload: str, by: Tablet | None = None) -> int:
        """Ask how much is safe on the server."""
        answer = await self.service.client.head(
            f"/api/storage/uploads/{upload}", headers=self.headers(by)
        )
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    async def send(self, version: str, content: bytes, by: Tablet | None = None) -> str:
        """Send a file in one go; return the upload's id."""
        answer = await self.begin(version, len(content), by, content=content)
        assert answer.status_code == 201, answer.text
        assert int(answer.headers["upload-offset"]) == len(content)
        return str(answer.headers["location"].rpartition("/")[2])

    async def keep(self, content: bytes, by: Tablet | None = None, **values: Any) -> Paper:
        """Record a document, send its file, and have it stored."""
        paper = await self.paper(by, **values)
        await self.send(paper.version, content, by)
        await self.drain()
        return paper

    # The worker

    def worker(self, on_step: Callable[[str], None] = lambda _: None) -> Drain:
        """Return the queue's work."""
        context = self.service.context
        return Drain(
            self.service.settings, context.pool, context.intake, self.store, on_step=on_step
        )

    async def drain(self) -> int:
        """Work through what waits; return how many uploads were taken."""
        worker, taken = self.worker(), 0
        while await worker.store_next():
            taken += 1
        return taken

    # Downloads

    async def get(self, path: str, by: Tablet | None = None, **headers: str) -> httpx.Response:
        """Ask for something of the storage service."""
        sent = {
            "authorization": f"Bearer {(by or self.tablet).token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.service.client.get(f"/api/storage/{path}", headers=sent)

    async def content(self, version: str, by: Tablet | None = None) -> bytes:
        """Download a version."""
        answer = await self.get(f"versions/{version}/content", by)
        assert answer.status_code == 200, answer.text
        return answer.content


def encoded_metadata(said: Mapping[str, str]) -> str:
    """Return tus metadata."""
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
    )


def some_bytes(size: int, seed: int = 1) -> bytes:
    """Return bytes that compress to nothing less."""
    return random.Random(seed).randbytes(size)


def sha256(content: bytes) -> str:
    """Return a content's hash."""
    return hashlib.sha256(content).hexdigest()
