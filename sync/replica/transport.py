"""What the engine asks of a transport, and what can go wrong on the way.

The engine knows no HTTP: a transport carries the wire's structs to the server and back, and says
in one of these errors why it could not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sync import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sync.changes import (
        Problem,
        PullRequest,
        PullResponse,
        PushRequest,
        PushResponse,
        Registered,
        RegisterRequest,
        SnapshotPage,
    )


class TransportError(Exception):
    """The server gave no usable answer: nothing is known of what it did."""

    retry_after_seconds: float | None = None
    """How long the server asked to wait."""


class UnreachableError(TransportError):
    """No connection, a timeout, or an answer cut short."""


class MalformedAnswerError(TransportError):
    """Something answered that does not speak this protocol: a proxy, a login page, noise."""


class RefusedByServerError(TransportError):
    """The server refused the whole request, with a code of the catalogue."""

    def __init__(self, problem: Problem, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{problem.code}: {problem.detail or problem.title}")
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds


class LoginNeededError(TransportError):
    """The server knows no valid login: log in again. The outbox is untouched."""

    def __init__(self, words: str, *, code: str = errors.UNAUTHENTICATED.code) -> None:
        super().__init__(words)
        self.code = code
        """Of the catalogue: whether another token would help."""


class Traffic:
    """Bytes on the wire since the transport was made, bodies as sent (after compression)."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.received_bytes = 0


class Transport(Protocol):
    """Carries the wire's messages. Every method raises `TransportError` and nothing else."""

    traffic: Traffic

    async def register(self, request: RegisterRequest) -> Registered:
        """Announce the replica for the logged-in user."""
        ...

    async def push(self, request: PushRequest) -> PushResponse:
        """Send change sets."""
        ...

    async def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what changed since a cursor."""
        ...

    async def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Fetch one page of a prepared snapshot."""
        ...

    async def wiped(self, replicas: Sequence[str]) -> None:
        """Say that the replicas of this device were erased, as the server ordered."""
        ...

    def live(self) -> AsyncIterator[Mapping[str, int]]:
        """Yield heads: once when the server listens, then at every poke, until the link breaks."""
        ...
