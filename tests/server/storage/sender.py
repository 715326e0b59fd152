"""A client that sends parts straight to the object store: it knows the protocol document alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.storage.shelf import sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from tests.server.storage.shelf import Paper, Shelf
    from tests.serving import Tablet

PART = 5 * 1024 * 1024
PATH = "/api/storage/direct-uploads"


class Sender:
    """Someone's tablet, and its way to the object store."""

    def __init__(self, shelf: Shelf, store: httpx.AsyncClient) -> None:
        self._shelf = shelf
        self.store = store

    async def ask(
        self, method: str, path: str = "", body: Any = None, by: Tablet | None = None
    ) -> httpx.Response:
        """Ask the server."""
        token = (by or self._shelf.tablet).token
        return await self._shelf.service.client.request(
            method, PATH + path, headers={"authorization": f"Bearer {token}"}, json=body
        )

    async def begin(
        self, version: str, content: bytes, by: Tablet | None = None, **changed: Any
    ) -> httpx.Response:
        """Ask for an upload."""
        body = {"version": version, "size": len(content), "sha256": sha256(content), **changed}
        return await self.ask("POST", body=body, by=by)

    async def must_begin(self, version: str, content: bytes, **changed: Any) -> dict[str, Any]:
        """Make an upload."""
        answer = await self.begin(version, content, **changed)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def addresses(self, upload: str, parts: dict[int, str]) -> list[dict[str, Any]]:
        """Ask for the addresses of parts, given by their hashes."""
        asked = [{"number": number, "sha256": one} for number, one in parts.items()]
        answer = await self.ask("POST", f"/{upload}/addresses", {"parts": asked})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def send(self, upload: str, content: bytes, numbers: Sequence[int]) -> None:
        """Send parts of a content to the object store."""
        parts = parts_of(content)
        for one in await self.addresses(upload, {each: sha256(parts[each]) for each in numbers}):
            answer = await self.put(one, parts[one["number"]])
            assert answer.status_code == 200, answer.text

    async def put(self, address: dict[str, Any], content: bytes) -> httpx.Response:
        """Send bytes to an address."""
        return await self.store.put(address["url"], headers=address["headers"], content=content)

    async def complete(self, upload: str, content: bytes, **changed: Any) -> httpx.Response:
        """Say that all parts were sent."""
        hashes = [sha256(one) for one in parts_of(content).values()]
        return await self.ask("POST", f"/{upload}/complete", {"sha256": hashes, **changed})

    async def held(self, upload: str) -> list[int]:
        """Ask which parts the object store holds."""
        answer = await self.ask("GET", f"/{upload}")
        assert answer.status_code == 200, answer.text
        held: list[int] = answer.json()["held"]
        return held


def parts_of(content: bytes) -> dict[int, bytes]:
    """Cut a content into parts, numbered from 1."""
    cut = [content[start : start + PART] for start in range(0, len(content), PART)]
    return dict(enumerate(cut, start=1))


async def recorded(shelf: Shelf, content: bytes, **values: Any) -> Paper:
    """Record a document whose version declares its content."""
    return await shelf.paper(size_bytes=len(content), sha256=sha256(content), **values)
