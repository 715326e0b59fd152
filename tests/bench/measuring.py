"""The measures: each beside the machine's own limit, taken in the same run."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import asyncpg
import httpx
import msgspec
import websockets
from msgspec import Struct

from sync.changes import PullRequest, PullResponse, PushResponse, SnapshotPage
from tests.bench.connection import Connection
from tests.bench.filling import check, fill
from tests.bench.limits import business_rows, record_writes, replay, write_rows
from tests.bench.processor import descendants_seconds
from tests.bench.tablets import BATCH_CHANGES, Stored, Tablet, row_id, statuses

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.bench.installation import Installation

SITES = 4
ROUNDS = (1, 8)
"""Numbers of connections to merge over."""
LOTS = len(ROUNDS) + 1
"""Each measure of the merge changes stored rows that the others leave alone."""

WARM_BATCHES = 4
BATCHES_A_TURN = 1
PULL_PAGE_ROWS = 5_000

_encode = msgspec.msgpack.encode


class Scale(Struct, frozen=True):
    """How much to measure."""

    rows: int
    """Rows stored before the measure, over all sites."""
    batches: int
    """Batches for each number of connections."""
    pokes: int
    turns: int
    """Rounds of the server with access checks, and as many without."""


class MergeFigures(Struct, frozen=True):
    """Changes a second: ours through HTTP, and the two limits, at one number of connections."""

    connections: int
    merge_per_s: float
    rows_limit_per_s: float
    bytes_limit_per_s: float


class AccessFigures(Struct, frozen=True):
    """What the access checks cost: the server beside one without them, in turns."""

    checked_per_s: list[float]
    """Changes a second, round by round; each round has its sister without checks."""
    open_per_s: list[float]
    checked_cpu_us: list[float]
    """Processor time of servers and databases for one change, round by round."""
    open_cpu_us: list[float]
    checked_push_ms: list[float]
    """Pushes of one change, sorted."""
    open_push_ms: list[float]

    @property
    def merge_cost(self) -> float:
        """Return how much longer a merge takes for the checks, as a share: the median of rounds."""
        pairs = zip(self.checked_per_s, self.open_per_s, strict=True)
        return statistics.median(bare / ours for ours, bare in pairs) - 1

    @property
    def cpu_cost(self) -> float:
        """Return the same of processor time, which a busy machine does not change much."""
        pairs = zip(self.checked_cpu_us, self.open_cpu_us, strict=True)
        return statistics.median([ours / bare for ours, bare in pairs if bare] or [1.0]) - 1


class Figures(Struct, frozen=True):
    """What one scale gave."""

    rows: int
    merges: list[MergeFigures]
    access: AccessFigures
    bootstrap_rows_per_s: float
    """New replicas: prepared snapshot pages."""
    pull_rows_per_s: float
    """Replicas that lag: pages from the cursor."""
    read_limit_rows_per_s: float
    delivery_ms: list[float]
    commit_ms: list[float]


class Site(Struct, frozen=True):
    """A project and its stored rows."""

    project: str
    rows: list[Stored]


class Bench:
    """One installation at one scale."""

    def __init__(
        self,
        at: Installation,
        generator: random.Random,
        scale: Scale,
        tell: Callable[[str], None],
    ) -> None:
        self.at = at
        self.generator = generator
        self.scale = scale
        self.tell = tell
        self.person = ""
        self.sites: list[Site] = []

    async def run(self) -> Figures:
        """Fill, then measure."""
        self.tell(f"{self.scale.rows:,} rows: filling")
        await self._fill()
        merges = []
        for connections in ROUNDS:
            self.tell(f"{self.scale.rows:,} rows: merging over {connections} connection(s)")
            merges.append(await self._merge(connections))
        self.tell(f"{self.scale.rows:,} rows: merging with and without access checks")
        access = await self._access(ROUNDS[-1])
        self.tell(f"{self.scale.rows:,} rows: pulling")
        bootstrap, pulled, limit = await self._pull()
        self.tell(f"{self.scale.rows:,} rows: delivering")
        delivery, commit = await self._deliver()
        return Figures(self.scale.rows, merges, access, bootstrap, pulled, limit, delivery, commit)

    def _tablet(self, site: Site, share: int = 0, of: int = 1) -> Tablet:
        rows = site.rows[share::of]
        replica = f"{self.generator.getrandbits(64):016x}"
        tablet = Tablet(self.at, replica, site.project, rows, self.generator.getrandbits(32))
        with httpx.Client(base_url=self.at.server_url, timeout=60) as client:
            tablet.register(client)
        return tablet

    async def _fill(self) -> None:
        with httpx.Client(base_url=self.at.server_url, timeout=60) as client:
            maker = Tablet(self.at, f"{self.generator.getrandbits(64):016x}", "", [], 0)
            maker.register(client)
        connection = await asyncpg.connect(self.at.database_url)
        self.person = str(await connection.fetchval("SELECT id FROM person LIMIT 1"))
        pushing = await Connection.open(self.at.server_url)
        for number in range(SITES):
            project = row_id(self.generator)
            values = {"code": f"B{self.scale.rows}-{number}", "name": "Banc", "currency": "XAF"}
            body = _encode(
                {
                    "replica": maker.replica,
                    "epoch": 1,
                    "sent_at": time.time_ns() // 1_000_000,
                    "change_sets": [
                        {
                            "counter": number + 1,
                            "time": time.time_ns() // 1_000,
                            "intent": "project.create",
                            "schema": 1,
                            "changes": [
                                {
                                    "scope": f"project:{project}",
                                    "table": "project",
                                    "row": project,
                                    "operation": "create",
                                    "after": values,
                                }
                            ],
                        }
                    ],
                }
            )
            headers = {**maker.headers, "content-encoding": "identity"}
            answer = await pushing.request("POST", "/api/sync/push", headers, body)
            if statuses(answer) != ["merged"]:
                raise RuntimeError(f"{answer!r}")
            await fill(connection, project, self.scale.rows // SITES)
            await check(connection, project)
            records = await connection.fetch(
                "SELECT row_id::text AS row, seq FROM sync_row JOIN scope ON scope.id = scope_id "
                "WHERE name = $1 AND table_name = 'task' ORDER BY random() LIMIT 50000",
                f"project:{project}",
            )
            rows = [Stored(record["row"], record["seq"]) for record in records]
            self.sites.append(Site(project, rows))
        pushing.close()
        await connection.close()
        # As autovacuum would leave them.
        await _as_owner_analyse(self.at)

    # Merging

    async def _merge(self, connections: int) -> MergeFigures:
        lot = ROUNDS.index(connections)
        tablets, bare = self._crew(connections, lot), self._crew(connections, lot)
        await self._push(tablets, WARM_BATCHES)
        ours = await self._push(tablets, self.scale.batches)
        count = self.scale.batches * BATCH_CHANGES
        database = [await asyncpg.connect(self.at.database_url) for _ in tablets]
        per_tablet = -(-self.scale.batches // connections)
        rows = [
            business_rows(tablet, tablet.change_sets())
            for _ in range(per_tablet)
            for tablet in bare
        ]
        rows_seconds = await write_rows(database, rows)
        # Recorded round by round, for each builds on what the one before has written; those of one
        # round are of different sites, as merges of one site follow each other.
        bytes_seconds = 0.0
        for _ in range(per_tablet):
            for first in range(0, connections, SITES):
                pairs = list(zip(tablets, database, strict=True))[first : first + SITES]
                recorded = [
                    await record_writes(connection, tablet, self.person, tablet.change_sets())
                    for tablet, connection in pairs
                ]
                bytes_seconds += await replay([connection for _, connection in pairs], recorded)
        for connection in database:
            await connection.close()
        limit_count = per_tablet * connections * BATCH_CHANGES
        return MergeFigures(
            connections, count / ours, limit_count / rows_seconds, limit_count / bytes_seconds
        )

    def _crew(self, connections: int, lot: int) -> list[Tablet]:
        """Return tablets spread over the sites, each with rows that no other lot's changes."""
        share = LOTS * -(-connections // SITES)
        return [
            self._tablet(self.sites[place % SITES], lot + LOTS * (place // SITES), share)
            for place in range(connections)
        ]

    async def _push(self, tablets: list[Tablet], batches: int, url: str | None = None) -> float:
        bodies = [[tablet.body() for _ in range(-(-batches // len(tablets)))] for tablet in tablets]
        left = batches
        shares = []
        for mine in bodies:
            shares.append(mine[: max(1, min(len(mine), left))])
            left -= len(shares[-1])
        opened = [await Connection.open(url or self.at.server_url) for _ in tablets]
        answers: list[bytes] = []

        async def work(connection: Connection, tablet: Tablet, mine: list[bytes]) -> None:
            for body in mine:
                answer = await connection.request("POST", "/api/sync/push", tablet.headers, body)
                answers.append(answer)

        started = time.perf_counter()
        await asyncio.gather(*(work(*one) for one in zip(opened, tablets, shares, strict=True)))
        seconds = time.perf_counter() - started
        for connection in opened:
            connection.close()
        for answer in answers:
            if set(statuses(answer)) != {"merged"}:
                raise RuntimeError(f"not all merged: {set(statuses(answer))} {answer[:600]!r}")
        return seconds * batches / sum(len(mine) for mine in shares)

    async def _access(self, connections: int) -> AccessFigures:
        """Merge in turns through the server and through its sister without access checks."""
        sides: dict[str, list[float]] = {self.at.server_url: [], self.at.open_url: []}
        cpu: dict[str, list[float]] = {url: [] for url in sides}
        small: dict[str, list[float]] = {url: [] for url in sides}
        batches = connections * BATCHES_A_TURN
        tablets = self._crew(connections, LOTS - 1)
        for url in sides:
            await self._push(tablets, batches, url)
        for turn in range(self.scale.turns):
            # First one leads, then the other: what a turn leaves to the next falls on both.
            for url in sorted(sides, reverse=bool(turn % 2)):
                before = descendants_seconds()
                seconds = await self._push(tablets, batches, url)
                used = descendants_seconds() - before
                sides[url].append(batches * BATCH_CHANGES / seconds)
                cpu[url].append(used * 1_000_000 / (batches * BATCH_CHANGES))
        opened = {url: await Connection.open(url) for url in sides}
        for turn in range(2 * self.scale.pokes):
            for url in sorted(sides, reverse=bool(turn % 2)):
                body = tablets[0].body(1)
                started = time.perf_counter()
                await opened[url].request("POST", "/api/sync/push", tablets[0].headers, body)
                small[url].append((time.perf_counter() - started) * 1000)
        for connection in opened.values():
            connection.close()
        checked, bare = self.at.server_url, self.at.open_url
        return AccessFigures(
            sides[checked],
            sides[bare],
            cpu[checked],
            cpu[bare],
            sorted(small[checked][10:]),
            sorted(small[bare][10:]),
        )

    # Pulling

    async def _pull(self) -> tuple[float, float, float]:
        site = self.sites[0]
        tablet = self._tablet(site)
        scope = f"project:{site.project}"
        headers = {**tablet.headers, "content-encoding": "identity"}
        link = await Connection.open(self.at.server_url)

        async def pull(cursor: dict[str, int]) -> bytes:
            body = _encode(PullRequest(tablet.replica, 1, cursor))
            return await link.request("POST", "/api/sync/pull", headers, body)

        first = msgspec.msgpack.decode(await pull({}), type=PullResponse)
        others = {page.scope: page.head for page in first.pages}
        others |= {offer.scope: offer.seq for offer in first.snapshots}
        bootstrap = 0.0
        for offer in first.snapshots:
            if offer.scope != scope:
                continue
            started = time.perf_counter()
            bodies = [
                await link.request("GET", f"/api/sync/snapshots/{offer.snapshot}/{page}", headers)
                for page in range(offer.pages)
            ]
            bootstrap = offer.rows / (time.perf_counter() - started)
            got = sum(len(msgspec.msgpack.decode(body, type=SnapshotPage).rows) for body in bodies)
            if got != offer.rows:
                raise RuntimeError(f"the snapshot offered {offer.rows} rows and gave {got}")
        seq, rows, seconds = 1, 0, 0.0
        while True:
            started = time.perf_counter()
            body = await pull({**others, scope: seq})
            seconds += time.perf_counter() - started
            answer = msgspec.msgpack.decode(body, type=PullResponse)
            page = next((one for one in answer.pages if one.scope == scope), None)
            if page is None:
                break
            rows += len(page.rows)
            seq = page.seq
            if seq == page.head:
                break
        link.close()
        limit = await self._read(scope)
        return bootstrap, rows / seconds, limit

    async def _read(self, scope: str) -> float:
        """Read the same documents with bare asyncpg, in pages of the same size."""
        connection = await asyncpg.connect(self.at.database_url)
        number = await connection.fetchval("SELECT id FROM scope WHERE name = $1", scope)
        seq, rows = 1, 0
        started = time.perf_counter()
        while True:
            found = await connection.fetch(
                "SELECT seq, document FROM sync_row WHERE scope_id = $1 AND seq > $2 "
                "ORDER BY seq LIMIT $3",
                number,
                seq,
                PULL_PAGE_ROWS,
            )
            if not found:
                break
            rows += len(found)
            seq = found[-1]["seq"]
        seconds = time.perf_counter() - started
        await connection.close()
        return rows / seconds

    # Delivering

    async def _deliver(self) -> tuple[list[float], list[float]]:
        """Time from a push leaving one tablet to its row being held by another."""
        site = self.sites[0]
        writer, reader = self._tablet(site), self._tablet(site)
        pushing = await Connection.open(self.at.server_url)
        pulling = await Connection.open(self.at.server_url)
        headers = {**reader.headers, "content-encoding": "identity"}
        ticket = msgspec.msgpack.decode(
            await pulling.request("POST", "/api/sync/live-ticket", headers)
        )["ticket"]
        address = self.at.server_url.replace("http", "ws", 1) + "/api/sync/live"
        delivered: list[float] = []
        async with websockets.connect(address, compression=None) as live:
            await live.send(_encode({"type": "hello", "ticket": ticket}))
            ready = msgspec.msgpack.decode(await live.recv(decode=False))
            cursor = dict(ready["heads"])
            for _ in range(self.scale.pokes + 10):
                body = writer.body(1)
                started = time.perf_counter()
                push = asyncio.create_task(
                    pushing.request("POST", "/api/sync/push", writer.headers, body)
                )
                # An alert that the task raises is a row too and may poke by itself.
                arrived = False
                while not arrived:
                    await live.recv()
                    request = _encode(PullRequest(reader.replica, 1, cursor))
                    answer = msgspec.msgpack.decode(
                        await pulling.request("POST", "/api/sync/pull", headers, request),
                        type=PullResponse,
                    )
                    for page in answer.pages:
                        cursor[page.scope] = page.seq
                        arrived = arrived or any(row.table == "task" for row in page.rows)
                delivered.append((time.perf_counter() - started) * 1000)
                msgspec.msgpack.decode(await push, type=PushResponse)
        pushing.close()
        pulling.close()
        return sorted(delivered[10:]), await self._commit()

    async def _commit(self) -> list[float]:
        """Time bare commits of one small row."""
        connection = await asyncpg.connect(self.at.database_url)
        found = []
        for number in range(self.scale.pokes):
            started = time.perf_counter()
            await connection.execute(
                "UPDATE installation SET server_epoch = server_epoch + $1", number * 0
            )
            found.append((time.perf_counter() - started) * 1000)
        await connection.close()
        return sorted(found)


async def _as_owner_analyse(at: Installation) -> None:
    """Wait until autovacuum's statistics cannot surprise in mid-measure: take them now."""
    connection = await asyncpg.connect(at.owner_url)
    await connection.execute("ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


def percentile(sorted_values: list[float], percent: int) -> float:
    """Return a percentile of sorted values."""
    return statistics.quantiles(sorted_values, n=100, method="inclusive")[percent - 1]
