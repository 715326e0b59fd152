"""Bodies as they cross the HTTP edge: MessagePack or JSON, plain or compressed, always bounded."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
import zstandard
from litestar import Response

from server.errors import ProblemError
from server.plain import is_plain, repeats_keys
from sync import errors

if TYPE_CHECKING:
    from litestar import Request

Encoding = Literal["msgpack", "json"]
T = TypeVar("T")

MESSAGEPACK = "application/msgpack"
JSON = "application/json"
_MESSAGEPACK_TYPES = frozenset({MESSAGEPACK, "application/x-msgpack", "application/vnd.msgpack"})
HEARD_OUT = 4
"""Times the limit that a body too large is read, and dropped, before it is refused."""
COMPRESS_BYTES_MIN = 1_024
ZSTANDARD_LEVEL = 1
ZSTANDARD_WINDOW_BYTES_MAX = 8 * 1024 * 1024
"""What RFC 9659 lets a sender of `zstd` use: a larger one is memory spent on demand."""
GZIP_LEVEL = 1

_encode = {"msgpack": msgspec.msgpack.encode, "json": msgspec.json.encode}


def request_encoding(request: Request[Any, Any, Any]) -> Encoding:
    """Return how the body is encoded. Raises ProblemError for any other media type."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in _MESSAGEPACK_TYPES:
        return "msgpack"
    if media_type == JSON:
        return "json"
    raise ProblemError(errors.MEDIA_TYPE_UNSUPPORTED, f"media type {media_type[:60]!r}")


def response_encoding(request: Request[Any, Any, Any]) -> Encoding:
    """Return how the client wants the answer; JSON unless it names MessagePack."""
    accepted = request.headers.get("accept", "")
    return "msgpack" if any(one in accepted for one in _MESSAGEPACK_TYPES) else "json"


async def read_body(request: Request[Any, Any, Any], bytes_max: int) -> bytes:
    """Read and decompress a body. Raises ProblemError when it is over the limit or damaged."""
    chunks: list[bytes] = []
    size = 0
    more = True
    # A client that still sends when it is refused sees a reset, not the refusal: it is heard out,
    # and what it says is thrown away. The framework's own limit would not; hence no `stream()`.
    while more and size <= bytes_max * HEARD_OUT:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ProblemError(errors.REQUEST_MALFORMED, "the body is cut")
        chunk = message["body"]
        more = message["more_body"]
        size += len(chunk)
        if size > bytes_max:
            chunks.clear()
        else:
            chunks.append(chunk)
    if size > bytes_max:
        raise ProblemError(errors.BODY_TOO_LARGE, f"more than {bytes_max} bytes")
    body = b"".join(chunks)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    return body if coding in ("", "identity") else decompress(body, coding, bytes_max)


def decompress(body: bytes, coding: str, bytes_max: int) -> bytes:
    """Decompress a body, never to more than `bytes_max`."""
    try:
        if coding == "zstd":
            unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTANDARD_WINDOW_BYTES_MAX)
            reader = unpacker.stream_reader(body, read_across_frames=True)
            plain = reader.read(bytes_max + 1)
            if body and not plain:
                raise ProblemError(errors.REQUEST_MALFORMED, "the body is not Zstandard")
        elif coding == "gzip":
            inflater = zlib.decompressobj(wbits=31)
            plain = inflater.decompress(body, bytes_max + 1)
            if len(plain) <= bytes_max and (not inflater.eof or inflater.unused_data):
                raise ProblemError(errors.REQUEST_MALFORMED, "the body is cut, or goes on")
        else:
            raise ProblemError(errors.MEDIA_TYPE_UNSUPPORTED, f"content encoding {coding[:40]!r}")
    except (zstandard.ZstdError, zlib.error) as error:
        raise ProblemError(errors.REQUEST_MALFORMED, "the body cannot be decompressed") from error
    if len(plain) > bytes_max:
        raise ProblemError(errors.BODY_TOO_LARGE, f"more than {bytes_max} bytes when unpacked")
    return plain


def decode(body: bytes, encoding: Encoding, type_: type[T]) -> T:
    """Decode a body. Raises ProblemError with the field at fault."""
    try:
        if encoding == "msgpack":
            return msgspec.msgpack.decode(body, type=type_)
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        text = str(error)
        field = text.rpartition("at `$")[2].rstrip("`").lstrip(".") if "at `$" in text else None
        raise ProblemError(errors.REQUEST_MALFORMED, text, field=field) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ProblemError(errors.REQUEST_MALFORMED, "the body cannot be decoded") from error


async def read(request: Request[Any, Any, Any], type_: type[T], bytes_max: int) -> T:
    """Read, decompress and decode a body."""
    encoding = request_encoding(request)
    body = await read_body(request, bytes_max)
    decoded = decode(body, encoding, type_)
    if not is_plain(decode(body, encoding, Any)) or repeats_keys(body, encoding):
        raise ProblemError(errors.REQUEST_MALFORMED, "a key twice, a NUL or a wild number")
    return decoded


def respond(
    request: Request[Any, Any, Any],
    content: Any,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    problem: bool = False,
) -> Response[bytes]:
    """Encode and, where it pays, compress an answer as the client asked for it."""
    encoding = response_encoding(request)
    media_type = MESSAGEPACK if encoding == "msgpack" else JSON
    if problem and encoding == "json":
        media_type = "application/problem+json"
    return packed(
        request,
        _encode[encoding](content),
        media_type=media_type,
        status=status,
        headers=headers,
    )


def accepts_coding(request: Request[Any, Any, Any], coding: str) -> bool:
    """Whether the client reads a content coding."""
    accepted = request.headers.get("accept-encoding", "")
    return any(
        name.strip() == coding and weight.strip() not in ("q=0", "q=0.0")
        for name, _, weight in (part.partition(";") for part in accepted.lower().split(","))
    )


def packed(
    request: Request[Any, Any, Any],
    body: bytes,
    *,
    media_type: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Answer with encoded bytes, compressed where it pays."""
    extra = {"vary": "accept, accept-encoding", **(headers or {})}
    if len(body) >= COMPRESS_BYTES_MIN:
        if accepts_coding(request, "zstd"):
            body = zstandard.ZstdCompressor(level=ZSTANDARD_LEVEL).compress(body)
            extra["content-encoding"] = "zstd"
        elif accepts_coding(request, "gzip"):
            deflater = zlib.compressobj(GZIP_LEVEL, wbits=31)
            body = deflater.compress(body) + deflater.flush()
            extra["content-encoding"] = "gzip"
    return Response(body, media_type=media_type, status_code=status, headers=extra)
