"""Serves the app's files: compressed beforehand, the hashed ones for ever, the others asked anew.

The files are read once, at the start: a page never meets half of a new build. Litestar's static
files answer no 304, no Cache-Control, and only one encoding, so this stands before its routing.
"""

from __future__ import annotations

import mimetypes
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from litestar.types import Send

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What the build lays beside each file, the smallest first."""

IMMUTABLE = b"public, max-age=31536000, immutable"
REVALIDATED = b"no-cache"

_HASHED = re.compile(r"^/assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
_NOT_THE_APPS = ("/api", "/oauth", "/health", "/metrics", "/.well-known")
_ZERO = re.compile(r";\s*q=0(\.0*)?\s*$")

Header = tuple[bytes, bytes]


class AppFile(Struct, frozen=True):
    """One file of the app, ready to be sent."""

    media_type: bytes
    cache: bytes
    etag: bytes
    bodies: Mapping[str, bytes]
    """Encoding -> bytes; `identity` is always there."""


class AppFiles(Struct, frozen=True):
    """The built app by path."""

    files: Mapping[str, AppFile]

    def find(self, method: str, path: str, headers: Iterable[Header]) -> AppFile | None:
        """Return the file that a request is for; the page for an address within the app."""
        if method not in {"GET", "HEAD"}:
            return None
        found = self.files.get(path)
        if found is not None or path == "/":
            return found or self.files.get("/index.html")
        last = path.rpartition("/")[2]
        if "." in last or any(_is_under(path, prefix) for prefix in _NOT_THE_APPS):
            return None
        accepts = b",".join(value for name, value in headers if name == b"accept")
        return self.files.get("/index.html") if b"text/html" in accepts else None


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((prefix + "/", prefix + "?"))


def load_files(directory: Path) -> AppFiles:
    """Read a built app; source maps stay on the disk."""
    files: dict[str, AppFile] = {}
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.suffix in {".map", *ENCODINGS.values()}:
            continue
        if path.name.startswith("."):
            continue
        name = "/" + path.relative_to(directory).as_posix()
        plain = path.read_bytes()
        bodies = {"identity": plain}
        for encoding, suffix in ENCODINGS.items():
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                bodies[encoding] = packed.read_bytes()
        files[name] = AppFile(
            _media_type(path.name),
            IMMUTABLE if _HASHED.match(name) else REVALIDATED,
            f'"{sha256(plain, usedforsecurity=False).hexdigest()[:32]}"'.encode(),
            bodies,
        )
    return AppFiles(files)


def _media_type(name: str) -> bytes:
    if name.endswith(".webmanifest"):
        return b"application/manifest+json"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in {"application/javascript", "application/json"}:
        return f"{kind}; charset=utf-8".encode()
    return kind.encode()


async def send_file(file: AppFile, method: str, headers: Iterable[Header], send: Send) -> None:
    """Answer with a file, or with 304 where the client holds it."""
    given = dict(headers)
    own: list[Header] = [
        (b"etag", file.etag),
        (b"cache-control", file.cache),
        (b"vary", b"accept-encoding"),
    ]
    known = given.get(b"if-none-match", b"")
    if known and any(tag.strip().removeprefix(b"W/") == file.etag for tag in known.split(b",")):
        await _answer(send, 304, own, b"")
        return
    encoding = _chosen(file, given.get(b"accept-encoding", b"").decode("latin-1"))
    body = file.bodies[encoding]
    own += [(b"content-type", file.media_type), (b"content-length", str(len(body)).encode())]
    if encoding != "identity":
        own.append((b"content-encoding", encoding.encode()))
    await _answer(send, 200, own, b"" if method == "HEAD" else body)


def _chosen(file: AppFile, accepted: str) -> str:
    wanted = {
        one.partition(";")[0].strip().lower()
        for one in accepted.split(",")
        if not _ZERO.search(one)
    }
    return next((name for name in ENCODINGS if name in wanted and name in file.bodies), "identity")


async def _answer(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
