"""A transport to the reference server that loses, repeats, delays and garbles what it carries."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import structs

from sync import errors
from sync.changes import (
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    Registered,
    RegisterRequest,
    SnapshotPage,
)
from sync.replica.transport import (
    LoginNeededError,
    MalformedAnswerError,
    RefusedByServerError,
    Traffic,
    UnreachableError,
)
from tests.sync.replica.reference_server import refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from tests.sync.replica.reference_server import ReferenceServer

Answer = TypeVar("Answer")

Fault = Literal[
    "none",
    "cut_before",
    "cut_after",
    "twice",
    "delayed",
    "error_before",
    "error_after",
    "garbled",
    "login",
    "half_answered",
]
FAULTS: tuple[Fault, ...] = (
    "none",
    "cut_before",
    "cut_after",
    "twice",
    "delayed",
    "error_before",
    "error_after",
    "garbled",
    "login",
    "half_answered",
)

_BEFORE: dict[Fault, Callable[[], Exception]] = {
    "cut_before": lambda: UnreachableError("no route"),
    "error_before": lambda: refusal(errors.UNAVAILABLE),
    "login": lambda: LoginNeededError("token expired"),
}
_AFTER: dict[Fault, Callable[[], Exception]] = {
    "cut_after": lambda: UnreachableError("the answer was cut"),
    "error_after": lambda: refusal(errors.INTERNAL),
    "garbled": lambda: MalformedAnswerError("noise"),
}


class FaultyTransport:
    """Carries messages for one person; each request meets the next of the planned faults."""

    def __init__(self, server: ReferenceServer, person: str) -> None:
        self.server = server
        self.person = person
        self.traffic = Traffic()
        self.plan: deque[Fault] = deque()
        self.pushed: list[PushRequest] = []
        self.heads: deque[Mapping[str, int]] = deque()
        self._late: list[Callable[[], object]] = []

    async def register(self, request: RegisterRequest) -> Registered:
        """Announce the replica."""
        return self._carry(request, RegisterRequest, self.server.register, Registered)

    async def push(self, request: PushRequest) -> PushResponse:
        """Send change sets."""
        self.pushed.append(request)
        return self._carry(request, PushRequest, self.server.push, PushResponse)

    async def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what changed."""
        return self._carry(request, PullRequest, self.server.pull, PullResponse)

    async def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Fetch one page of a snapshot."""

        def handle(_: str, asked: tuple[str, int]) -> SnapshotPage:
            return self.server.snapshot_page(*asked)

        return self._carry((snapshot, page), tuple[str, int], handle, SnapshotPage)

    async def wiped(self, replicas: Sequence[str]) -> None:
        """Say that the device wiped itself."""
        self._carry([*replicas], list[str], self.server.wiped, type(None))

    async def live(self) -> AsyncIterator[Mapping[str, int]]:
        """Yield the planned heads, then break."""
        while self.heads:
            yield self.heads.popleft()
        raise UnreachableError("the link broke")

    def _carry(
        self,
        request: Any,
        kind: Any,
        handle: Callable[[str, Any], Any],
        answer: type[Answer],
    ) -> Answer:
        body = msgspec.msgpack.encode(request)
        self.traffic.sent_bytes += len(body)

        def deliver() -> bytes:
            asked = msgspec.msgpack.decode(body, type=kind)
            return msgspec.msgpack.encode(handle(self.person, asked))

        fault = self.plan.popleft() if self.plan else "none"
        if fault == "delayed":
            self._late.append(deliver)
            raise UnreachableError("timeout")
        if fault in _BEFORE:
            error = _BEFORE[fault]()
            raise error
        if fault == "twice":
            deliver()
        packed = deliver()
        self._deliver_late()
        self.traffic.received_bytes += len(packed)
        if fault in _AFTER:
            error = _AFTER[fault]()
            raise error
        unpacked = msgspec.msgpack.decode(packed, type=answer)
        if fault == "half_answered" and isinstance(unpacked, PushResponse):
            half = unpacked.answers[: (len(unpacked.answers) + 1) // 2]
            return structs.replace(unpacked, answers=half)
        return unpacked

    def _deliver_late(self) -> None:
        """Let delayed requests arrive after this one: their answers reach nobody."""
        late, self._late = self._late, []
        for deliver in late:
            try:
                deliver()
            except RefusedByServerError:
                continue
