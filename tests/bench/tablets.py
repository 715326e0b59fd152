"""Tablets that push as fast as they are answered; what they send is made beforehand."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import zstandard
from msgspec import Raw, Struct

from sync.changes import Change, ChangeSet, PushRequest, PushResponse
from tests.bench.filling import FILLER

if TYPE_CHECKING:
    import httpx

    from tests.bench.installation import Installation

BATCH_CHANGES = 500
UPDATED_PERCENT = 70
MESSAGEPACK = "application/msgpack"

_encode = msgspec.msgpack.encode


def row_id(generator: random.Random) -> str:
    """Return a UUIDv7."""
    milliseconds = time.time_ns() // 1_000_000
    value = (
        milliseconds << 80
        | 7 << 76
        | generator.getrandbits(12) << 64
        | 2 << 62
        | generator.getrandbits(62)
    )
    return str(uuid.UUID(int=value))


class Stored(Struct, frozen=True):
    """A stored row that a tablet may update."""

    row: str
    seq: int


class Tablet:
    """One replica at one site: it makes batches and pushes them."""

    def __init__(
        self, at: Installation, replica: str, project: str, rows: list[Stored], seed: int
    ) -> None:
        self.at = at
        self.replica = replica
        self.project = project
        self.counter = 0
        self._generator = random.Random(seed)
        self._rows: list[tuple[str, dict[str, int]]] = [
            (one.row, {FILLER: one.seq}) for one in rows
        ]
        self.headers = {
            "authorization": f"Bearer {at.token}",
            "content-type": MESSAGEPACK,
            "content-encoding": "zstd",
            "accept": MESSAGEPACK,
            "accept-encoding": "zstd",
        }

    def register(self, client: httpx.Client) -> None:
        """Announce the replica."""
        body = _encode({"replica": self.replica, "name": "bench"})
        headers = {**self.headers, "content-encoding": "identity"}
        client.post("/api/sync/replicas", content=body, headers=headers).raise_for_status()

    def change(self) -> Change:
        """Make one change of four fields: mostly a crew's progress, sometimes a new task."""
        generator = self._generator
        scope = f"project:{self.project}"
        if self._rows and generator.randrange(100) < UPDATED_PERCENT:
            row, context = self._rows[generator.randrange(len(self._rows))]
            return Change(
                scope,
                "task",
                row,
                "update",
                context,
                {"status": "todo", "progress": 0, "actual_start": None, "duration_minutes": 4800},
                {
                    "status": "in_progress",
                    "progress": generator.randrange(10_000),
                    "actual_start": f"2026-11-{generator.randrange(1, 29):02}T08:00",
                    "duration_minutes": generator.randrange(10_000),
                },
            )
        row = row_id(generator)
        self._rows.append((row, {}))
        return Change(
            scope,
            "task",
            row,
            "create",
            {},
            {},
            {
                "project_id": self.project,
                "name": "Pose du manomètre",
                "kind": "task",
                "planned_finish": "2027-06-01T12:00",
            },
        )

    def change_sets(self, count: int = BATCH_CHANGES) -> list[ChangeSet]:
        """Make change sets of one change each: as many actions, each atomic."""
        made = []
        for _ in range(count):
            self.counter += 1
            made.append(
                ChangeSet(
                    self.counter, time.time_ns() // 1_000, "task.progress", 1, [self.change()]
                )
            )
        return made

    def body(self, count: int = BATCH_CHANGES) -> bytes:
        """Return an encoded, compressed push."""
        request = PushRequest(
            self.replica,
            1,
            time.time_ns() // 1_000_000,
            [Raw(_encode(one)) for one in self.change_sets(count)],
        )
        return zstandard.ZstdCompressor(level=1).compress(_encode(request))


def statuses(body: bytes) -> list[str]:
    """Return what became of each change set."""
    answer: Any = msgspec.msgpack.decode(body, type=PushResponse)
    return [one.status for one in answer.answers]
