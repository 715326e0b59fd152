"""A link that breaks as the script says: requests lost, answers lost, pushes sent twice."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from sync.replica import UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from sync.changes import (
        PullRequest,
        PullResponse,
        PushRequest,
        PushResponse,
        Registered,
        RegisterRequest,
        SnapshotPage,
    )
    from sync.replica import Transport

Answer = TypeVar("Answer")

SLOW_SECONDS = 0.01


class FaultyLink:
    """Carries messages over another transport; each request meets the next planned fault.

    `cut_before`: it never arrives. `cut_after`: it is done, and the answer is lost. `repeat`: it
    arrives twice. `slow`: others overtake it. Without a plan the link is sound.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.traffic = inner.traffic
        self._plan: deque[str] = deque()
        self.met = 0
        """Faults met so far."""

    def expect(self, faults: Iterable[str]) -> None:
        """Plan the faults of the next requests."""
        self._plan = deque(faults)

    async def register(self, request: RegisterRequest) -> Registered:
        """Announce the replica."""
        return await self._carry(lambda: self._inner.register(request))

    async def push(self, request: PushRequest) -> PushResponse:
        """Send change sets."""
        return await self._carry(lambda: self._inner.push(request))

    async def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what changed."""
        return await self._carry(lambda: self._inner.pull(request))

    async def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Fetch one page of a snapshot."""
        return await self._carry(lambda: self._inner.snapshot_page(snapshot, page))

    async def wiped(self, replicas: Sequence[str]) -> None:
        """Say that the device wiped itself."""
        await self._carry(lambda: self._inner.wiped(replicas))

    def live(self) -> AsyncIterator[Mapping[str, int]]:
        """Listen over the other transport."""
        return self._inner.live()

    async def _carry(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        fault = self._plan.popleft() if self._plan else "none"
        self.met += fault != "none"
        match fault:
            case "cut_before":
                raise UnreachableError("no link, says the script")
            case "cut_after":
                await send()
                raise UnreachableError("the answer was lost, says the script")
            case "repeat":
                await send()
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
        return await send()
