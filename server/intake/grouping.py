"""Groups pushes: those that share a scope and wait are merged together; others run side by side.

Each scope and each replica is a lane in which one transaction runs at a time, and in which no push
overtakes an earlier one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.intake.receiving import Push
    from sync.changes import PushResponse

    Merge = Callable[[list[Push]], Awaitable[list[PushResponse | Exception]]]


class _Job:
    __slots__ = ("done", "push", "tokens")

    def __init__(self, push: Push) -> None:
        self.push = push
        self.tokens = push.scopes | {push.request.replica}
        self.done: asyncio.Future[PushResponse] = asyncio.get_running_loop().create_future()


class Lanes:
    """Pushes that wait, and those that are being merged."""

    def __init__(self, merge: Merge, *, changes_max: int) -> None:
        self._merge = merge
        self._changes_max = changes_max
        self._waiting: deque[_Job] = deque()
        self._busy: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def push(self, push: Push) -> PushResponse:
        """Have a push merged, with others where that saves a transaction; return its answer."""
        job = _Job(push)
        self._waiting.append(job)
        self._dispatch()
        return await job.done

    async def close(self) -> None:
        """Wait for the merges under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def _dispatch(self) -> None:
        """Start a transaction for each group of waiting pushes whose lanes are free."""
        while group := self._next_group():
            tokens = frozenset().union(*(job.tokens for job in group))
            self._busy |= tokens
            task = asyncio.create_task(self._run(group, tokens))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _next_group(self) -> list[_Job]:
        group: list[_Job] = []
        scopes: set[str] = set()
        replicas: set[str] = set()
        changes = 0
        left: deque[_Job] = deque()
        held: set[str] = set()
        """Tokens of pushes passed over: a later one may not overtake an earlier on them."""
        for job in self._waiting:
            replica = job.push.request.replica
            joins = not group or bool(scopes & job.push.scopes)
            fits = not group or changes + job.push.changes <= self._changes_max
            free = self._busy.isdisjoint(job.tokens) and held.isdisjoint(job.tokens)
            if joins and fits and free and replica not in replicas:
                group.append(job)
                scopes |= job.push.scopes
                replicas.add(replica)
                changes += job.push.changes
            else:
                left.append(job)
                if not free or replica in replicas or (joins and not fits):
                    held |= job.tokens
        self._waiting = left
        return group

    async def _run(self, group: list[_Job], tokens: frozenset[str]) -> None:
        try:
            for job, result in zip(group, await self._merge_all(group), strict=True):
                if job.done.done():
                    continue
                if isinstance(result, Exception):
                    job.done.set_exception(result)
                else:
                    job.done.set_result(result)
        finally:
            self._busy -= tokens
            self._dispatch()

    async def _merge_all(self, group: list[_Job]) -> list[PushResponse | Exception]:
        try:
            return await self._merge([job.push for job in group])
        except Exception as error:  # noqa: BLE001 -- handed to each of the waiting pushes
            return [error for _ in group]
