"""The tus protocol 1.0: what its headers say, and what ours answer."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from server.errors import ProblemError
from sync import errors
from sync.schema import is_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar import Request

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
OFFSET_BODY = "application/offset+octet-stream"
LENGTH_MAX = 2**53 - 1
FILE_NAME_CHARACTERS_MAX = 255


class Digest(Protocol):
    """Counts a checksum."""

    def update(self, content: bytes | bytearray, /) -> None:
        """Count more bytes."""

    def digest(self) -> bytes:
        """Return the checksum so far."""


class _Crc32:
    """CRC-32 in the shape of hashlib's digests."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, content: bytes | bytearray, /) -> None:
        self._value = zlib.crc32(content, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4)


ALGORITHMS: Mapping[str, Callable[[], Digest]] = {
    "sha256": hashlib.sha256,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "crc32": _Crc32,
}


class Checksum(Struct, frozen=True):
    """What a part's bytes must count to."""

    digest: Digest
    wanted: bytes

    def holds(self) -> bool:
        """Whether the bytes counted so far are the announced ones."""
        return self.digest.digest() == self.wanted


class Wanted(Struct, frozen=True):
    """What a creation asks for."""

    id: str | None
    version: str
    length: int
    file_name: str
    sha256: str | None


def check_version(request: Request[Any, Any, Any]) -> None:
    """Refuse what is not tus 1.0. Raises ProblemError."""
    if request.headers.get("tus-resumable") != VERSION:
        raise ProblemError(errors.TUS_UNSUPPORTED)


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether the body is a part of a file."""
    return request.headers.get("content-type", "").partition(";")[0].strip() == OFFSET_BODY


def number(request: Request[Any, Any, Any], name: str) -> int:
    """Return a header that holds a count. Raises ProblemError."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LENGTH_MAX))):
        raise ProblemError(errors.REQUEST_MALFORMED, f"{name} is not a count", field=name)
    return int(text)


def body_length(request: Request[Any, Any, Any]) -> int | None:
    """Return the announced size of the body, if any. Raises ProblemError."""
    return number(request, "content-length") if "content-length" in request.headers else None


def checksum(request: Request[Any, Any, Any]) -> Checksum | None:
    """Return what the body must count to, if the client says. Raises ProblemError."""
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    name, _, encoded = header.partition(" ")
    made = ALGORITHMS.get(name)
    if made is None:
        raise ProblemError(
            errors.REQUEST_MALFORMED, "unknown checksum algorithm", field="upload-checksum"
        )
    return Checksum(made(), _unbase64(encoded, "upload-checksum"))


def wanted_upload(request: Request[Any, Any, Any]) -> Wanted:
    """Return what a creation asks for. Raises ProblemError."""
    if "upload-defer-length" in request.headers:
        raise ProblemError(
            errors.REQUEST_MALFORMED, "the length must be known", field="upload-defer-length"
        )
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    version, upload = metadata.get("version", ""), metadata.get("id")
    if not is_row_id(version):
        raise ProblemError(errors.REQUEST_MALFORMED, "metadata: version is no id", field="version")
    if upload is not None and not is_row_id(upload):
        raise ProblemError(errors.REQUEST_MALFORMED, "metadata: id is no id", field="id")
    sha256 = metadata.get("sha256") or None
    if sha256 is not None and (len(sha256) != 64 or set(sha256) - set("0123456789abcdef")):  # noqa: PLR2004
        raise ProblemError(errors.REQUEST_MALFORMED, "metadata: sha256 is none", field="sha256")
    return Wanted(
        upload,
        version,
        number(request, "upload-length"),
        tame(metadata.get("filename", "")),
        sha256,
    )


def tame(name: str) -> str:
    """Return a file's name without its path and without what no name holds. It names no file."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*')
    return kept.strip(". ")[-FILE_NAME_CHARACTERS_MAX:] or "file"


def _metadata(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        key, _, encoded = pair.partition(" ")
        if key in found:
            raise ProblemError(
                errors.REQUEST_MALFORMED, "metadata: a key twice", field="upload-metadata"
            )
        try:
            found[key] = _unbase64(encoded.strip(), "upload-metadata").decode()
        except UnicodeDecodeError as error:
            raise ProblemError(
                errors.REQUEST_MALFORMED, "metadata is not UTF-8", field="upload-metadata"
            ) from error
    return found


def _unbase64(encoded: str, name: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProblemError(errors.REQUEST_MALFORMED, f"{name} is not base64", field=name) from error
