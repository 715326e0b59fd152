"""Readers that poll while many write: no page ever skips a row."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from random import Random
from typing import TYPE_CHECKING

from sync.changes import PullRequest, RegisterRequest
from sync.replica import Edit, Replica, synchronise
from tests.simulation.serving import administrator, over_http, servers
from tests.simulation.small_site import found_small_site

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from sync.replica import Transport

WRITERS, READERS, ROUNDS = 8, 3, 12


def wall_milliseconds() -> int:
    """Return the wall clock."""
    return time.time_ns() // 1_000_000


class Reader:
    """Polls one scope in small pages, and remembers the order in which it saw rows."""

    def __init__(self, transport: Transport, number: int, scope: str) -> None:
        self._transport = transport
        self._scope = scope
        self._replica = f"{number:016x}"
        self.cursor = 0
        self.seen: dict[str, int] = {}

    async def poll(self) -> bool:
        """Pull once; return whether anything came. A page is in order and beyond the cursor."""
        request = PullRequest(self._replica, 1, {self._scope: self.cursor}, 7, 1)
        response = await self._transport.pull(request)
        for page in response.pages:
            if page.scope != self._scope:
                continue
            seqs = [row.seq for row in page.rows]
            assert seqs == sorted(seqs)
            assert all(self.cursor < seq <= page.seq for seq in seqs)
            self.seen.update((row.row, row.seq) for row in page.rows)
            moved, self.cursor = page.seq > self.cursor, page.seq
            return moved
        return False

    async def register(self) -> None:
        """Announce the reader's replica."""
        await self._transport.register(RegisterRequest(self._replica, "lecteur"))


async def test_readers_never_skip_a_row(settings: Settings, folder: Path) -> None:
    """Eight writers push to one scope through two servers; every reader ends with every row."""
    person = await administrator(settings)
    random = Random(8)
    async with (
        servers(settings, folder.parent, 2) as running,
        over_http(settings, [one.url for one in running]) as ways,
    ):
        await found_small_site(
            folder / "founding.sqlite",
            ways.connect(person),
            administrator=person,
            clock=wall_milliseconds,
            random=random.randbytes,
            start=dt.date(2026, 1, 5),
        )
        written = asyncio.Event()
        tasks: dict[str, None] = {}

        async def write(number: int) -> str:
            transport = ways.connect(person)
            with Replica.create(
                folder / f"{number}.sqlite",
                server="http://play",
                person=person,
                name=f"plume-{number}",
                clock=wall_milliseconds,
                random=random.randbytes,
            ) as replica:
                await synchronise(replica, transport)
                project = replica.rows("project")[0]
                for one in range(ROUNDS):
                    row = replica.new_id()
                    tasks[row] = None
                    values = {
                        "project_id": project.row,
                        "name": f"{number}-{one}",
                        "kind": "task",
                    }
                    replica.edit("task.add", [Edit("task", row, operation="create", after=values)])
                    known = replica.rows("task", project.scope, limit=4)
                    replica.edit(
                        "task.tag",
                        [
                            Edit("task", each.row, after={"tags": [f"{number}-{one}"]})
                            for each in known
                        ],
                    )
                    assert (await synchronise(replica, transport)).complete
                return project.scope

        async def read(reader: Reader) -> None:
            while not written.is_set() or await reader.poll():
                await reader.poll()

        with Replica.open(
            folder / "founding.sqlite", clock=wall_milliseconds, random=random.randbytes
        ) as founding:
            scope = founding.rows("project")[0].scope
        readers = [Reader(ways.connect(person), number, scope) for number in range(1, READERS + 1)]
        for reader in readers:
            await reader.register()
        reading = [asyncio.create_task(read(reader)) for reader in readers]
        await asyncio.gather(*(write(number) for number in range(WRITERS)))
        written.set()
        await asyncio.gather(*reading)
        last = Reader(ways.connect(person), 99, scope)
        await last.register()
        while await last.poll():
            pass
    assert tasks.keys() <= last.seen.keys()
    for reader in readers:
        assert reader.cursor == last.cursor
        assert reader.seen == last.seen
