"""The transport over HTTP: MessagePack, zstd both ways, and a WebSocket for pokes.

The only module of the engine that knows of HTTP.
"""

from __future__ import annotations

import zlib
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx
import msgspec
import zstandard
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from sync import errors
from sync.changes import (
    LiveBye,
    LiveHello,
    LiveReady,
    Poke,
    Problem,
    PullResponse,
    PushResponse,
    Registered,
    Sentence,
    SnapshotPage,
)
from sync.replica.transport import (
    LoginNeededError,
    MalformedAnswerError,
    RefusedByServerError,
    Traffic,
    TransportError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from sync.changes import PullRequest, PushRequest, RegisterRequest
    from sync.replica.session import Session

Answer = TypeVar("Answer")

MESSAGEPACK = "application/msgpack"
COMPRESS_BYTES_MIN = 512
"""Below this, compressing costs more than it saves."""
COMPRESSION_LEVEL = 6
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
"""Silence that counts as a broken link, not the time of a whole transfer."""

RENEWALS_MAX = 2
"""Tokens got anew for one request: an expired one, then one of a device revoked meanwhile."""

_UNAUTHORIZED = 401
_ERRORS_FROM = 400
_RENEWABLE = frozenset({errors.UNAUTHENTICATED.code, errors.DEVICE_REVOKED.code})


class _Ticket(msgspec.Struct, frozen=True):
    ticket: str


class _Wiped(msgspec.Struct, frozen=True):
    replicas: list[str]


class _Presented(msgspec.Struct, frozen=True):
    refresh_token: str


_encode_message = msgspec.json.Encoder().encode
_decode_message = msgspec.json.Decoder(LiveReady | Poke | LiveBye).decode


class HttpTransport:
    """Carries the wire's messages over HTTP for one logged-in user."""

    def __init__(
        self,
        server: str,
        *,
        token: Callable[[], str] | None = None,
        session: Session | None = None,
        client: httpx.AsyncClient | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        """Make a transport.

        Args:
            server: address of the server, `https://derrick.example`.
            token: returns an access token that cannot be renewed.
            session: or the session, whose tokens are renewed as they expire.
            client: brings its own connection pool or test transport; closed with this.
            timeout: silence that counts as a broken link.

        """
        self.traffic = Traffic()
        self._server = server.rstrip("/")
        if (token is None) is (session is None):
            raise ValueError("give either a token or a session")
        self._token = token
        self._session = session
        self._client = client or httpx.AsyncClient(timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def register(self, request: RegisterRequest) -> Registered:
        """Announce the replica for the logged-in user."""
        return await self._send("POST", "/api/sync/replicas", request, Registered)

    async def push(self, request: PushRequest) -> PushResponse:
        """Send change sets."""
        return await self._send("POST", "/api/sync/push", request, PushResponse)

    async def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what changed since a cursor."""
        return await self._send("POST", "/api/sync/pull", request, PullResponse)

    async def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Fetch one page of a prepared snapshot."""
        path = f"/api/sync/snapshots/{snapshot}/{page}"
        return await self._send("GET", path, None, SnapshotPage)

    async def live(self) -> AsyncIterator[dict[str, int]]:
        """Yield heads: once when the server listens, then at every poke, until the link breaks."""
        ticket = await self._send("POST", "/api/sync/live-ticket", None, _Ticket)
        scheme, _, rest = self._server.partition("://")
        address = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/api/sync/live"
        try:
            async with connect(address) as socket:
                await socket.send(_encode_message(LiveHello(ticket=ticket.ticket)).decode())
                async for text in socket:
                    message = _decode_message(text)
                    if isinstance(message, LiveBye):
                        return
                    yield message.heads
        except msgspec.DecodeError as error:
            raise MalformedAnswerError(f"the live link speaks another language: {error}") from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise UnreachableError(f"the live link broke: {error}") from error

    async def carry(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: Callable[[], AsyncGenerator[bytes, None]] | None = None,
        keep: Callable[[bytes], None] | None = None,
    ) -> Mapping[str, str]:
        """Send a file's request, with the login of the moment; return the answer's headers."""
        if self._session is not None and self._session.has_expired():
            await self._session.renew(self._session.token(), self._present)
        for renewals in range(RENEWALS_MAX + 1):
            token = self._session.token() if self._session is not None else self._bare_token()
            try:
                return await self._carry(method, path, headers, token, body=body, keep=keep)
            except (LoginNeededError, RefusedByServerError) as error:
                again = _code(error) in _RENEWABLE and renewals < RENEWALS_MAX
                if self._session is None or not again:
                    raise
                if not await self._session.renew(token, self._present):
                    raise
        raise AssertionError("unreachable: the last round returns or raises")

    async def _carry(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        token: str,
        *,
        body: Callable[[], AsyncGenerator[bytes, None]] | None,
        keep: Callable[[bytes], None] | None,
    ) -> Mapping[str, str]:
        sending = None if body is None else self._counted(body())
        request = self._client.build_request(
            method,
            self._server + path,
            headers={"Accept-Encoding": "identity", "Authorization": f"Bearer {token}", **headers},
            content=sending,
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                if response.status_code >= _ERRORS_FROM:
                    raise _file_refusal(method, response, await response.aread())
                async for piece in response.aiter_raw():
                    self.traffic.received_bytes += len(piece)
                    if keep is not None:
                        keep(piece)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise UnreachableError(f"the server cannot be reached: {error!r}") from error
        finally:
            if sending is not None:
                await sending.aclose()
        return response.headers

    async def _counted(self, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        # A request that breaks leaves its body in the middle: the file is closed all the same.
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
                self.traffic.sent_bytes += len(piece)

    async def wiped(self, replicas: Sequence[str]) -> None:
        """Say that these replicas were erased; then the login has served."""
        await self._send("POST", "/api/users/devices/wiped", _Wiped([*replicas]), type(None))
        if self._session is not None:
            self._session.forget()

    async def _send(self, method: str, path: str, body: Any, answer: type[Answer]) -> Answer:
        """Send a request with the login of the moment, got anew where it has expired."""
        if self._session is not None and self._session.has_expired():
            await self._session.renew(self._session.token(), self._present)
        for renewals in range(RENEWALS_MAX + 1):
            token = self._session.token() if self._session is not None else self._bare_token()
            try:
                return await self._ask(method, path, body, answer, token)
            except (LoginNeededError, RefusedByServerError) as error:
                again = _code(error) in _RENEWABLE and renewals < RENEWALS_MAX
                if self._session is None or not again:
                    raise
                if not await self._session.renew(token, self._present):
                    raise
        raise AssertionError("unreachable: the last round returns or raises")

    def _bare_token(self) -> str:
        assert self._token is not None  # noqa: S101 -- there is a token or a session
        return self._token()

    async def _present(self, path: str, refresh_token: str, answer: type[Answer]) -> Answer:
        """Exchange a refresh token."""
        return await self._ask("POST", path, _Presented(refresh_token), answer, None)

    async def _ask(
        self, method: str, path: str, body: Any, answer: type[Answer], token: str | None
    ) -> Answer:
        headers = {"Accept": MESSAGEPACK, "Accept-Encoding": "zstd, gzip"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = b""
        if body is not None:
            headers["Content-Type"] = MESSAGEPACK
            content = msgspec.msgpack.encode(body)
            if len(content) >= COMPRESS_BYTES_MIN:
                headers["Content-Encoding"] = "zstd"
                content = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(content)
        request = self._client.build_request(
            method, self._server + path, headers=headers, content=content or None
        )
        self.traffic.sent_bytes += len(content)
        response, received = await self._exchange(request)
        if response.status_code >= _ERRORS_FROM:
            raise _refusal(response, received)
        try:
            # An answer without content, where none is expected, is MessagePack's nil.
            return msgspec.msgpack.decode(received or b"\xc0", type=answer)
        except msgspec.DecodeError as error:
            raise MalformedAnswerError(f"the answer cannot be read: {error}") from error

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """Send a request and read the whole answer, unpacked."""
        try:
            response = await self._client.send(request, stream=True)
            try:
                raw = b"".join([chunk async for chunk in response.aiter_raw()])
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise UnreachableError(f"the server cannot be reached: {error!r}") from error
        self.traffic.received_bytes += len(raw)
        return response, _unpacked(raw, response.headers.get("Content-Encoding", "identity"))


def _unpacked(raw: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return raw
        case "zstd":
            return _unzstd(raw)
        case "gzip":
            return _gunzip(raw)
        case _:
            raise MalformedAnswerError(f"the answer is packed as {encoding!r}")


def _unzstd(raw: bytes) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
    try:
        unpacked = unpacker.decompress(raw)
    except zstandard.ZstdError as error:
        raise MalformedAnswerError(f"the answer cannot be unpacked: {error}") from error
    if not unpacker.eof:
        raise UnreachableError("the answer was cut short")
    return unpacked


def _gunzip(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(raw)
    except zlib.error as error:
        raise MalformedAnswerError(f"the answer cannot be unpacked: {error}") from error
    if not unpacker.eof:
        raise UnreachableError("the answer was cut short")
    return unpacked


def _file_refusal(method: str, response: httpx.Response, body: bytes) -> TransportError:
    """Read a refusal; one of HEAD has no body, and its status is all there is to know."""
    if method != "HEAD":
        return _refusal(response, body)
    entry = _BARE.get(response.status_code)
    if entry is None:
        return MalformedAnswerError(f"the server answered {response.status_code}")
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return LoginNeededError("log in to go on; unsent work is kept")
    problem = Problem(
        type=f"urn:derrick:problem:{entry.code}",
        title=entry.en,
        status=entry.status,
        code=entry.code,
        detail=entry.cause,
        message=Sentence(fr=entry.fr, en=entry.en),
    )
    return RefusedByServerError(problem)


_BARE = {
    entry.status: entry
    for entry in (errors.NOT_FOUND, errors.UPLOAD_GONE, errors.UNAUTHENTICATED, errors.FORBIDDEN)
}


def _refusal(response: httpx.Response, body: bytes) -> TransportError:
    """Read a problem; what is none came from something on the way."""
    retry_after = response.headers.get("Retry-After", "")
    seconds = float(retry_after) if retry_after.isdecimal() else None
    problem = _problem(body)
    if response.status_code == _UNAUTHORIZED:
        # Whoever says so, a proxy among them: an expired login means "log in", never "drop".
        code = errors.UNAUTHENTICATED.code if problem is None else problem.code
        return LoginNeededError("log in to go on; unsent work is kept", code=code)
    if problem is None:
        unreadable = MalformedAnswerError(f"the server answered {response.status_code}")
        unreadable.retry_after_seconds = seconds
        return unreadable
    return RefusedByServerError(problem, retry_after_seconds=seconds)


def _problem(body: bytes) -> Problem | None:
    # A problem is a map: in JSON it begins with a brace, in MessagePack never.
    decode = msgspec.json.decode if body.lstrip()[:1] == b"{" else msgspec.msgpack.decode
    try:
        return decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _code(error: LoginNeededError | RefusedByServerError) -> str:
    return error.code if isinstance(error, LoginNeededError) else error.problem.code
