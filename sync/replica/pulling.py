"""Pull: what the server's rows have become, page by page, until the cursor is at every head.

A page is stored with its cursor in one transaction, and only if the cursor is still where the
request said: another process may have pulled meanwhile.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sync import errors
from sync.changes import PullRequest
from sync.replica import base, identity, outbox, view
from sync.replica.announcing import announce, ensure_registered, forget_registration
from sync.replica.outbox import prune
from sync.replica.snapshots import SnapshotGoneError, fetch_snapshot
from sync.replica.transport import MalformedAnswerError, RefusedByServerError, TransportError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from sync.changes import PullResponse, ScopePage
    from sync.replica.identity import Identity
    from sync.replica.replica import Replica
    from sync.replica.report import SnapshotProgress, SyncReport
    from sync.replica.transport import Transport

IDLE_ROUNDS_MAX = 5
"""Pulls in a row that bring nothing although the server says there is more."""


class ChecksumError(TransportError):
    """A scope differs from the server's even after it was fetched again."""


class _Asked:
    """What one pull request was made from."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.identity: Identity = identity.require(connection)
        self.cursor = base.cursor(connection)
        self.acknowledged = int(
            connection.execute(
                "SELECT coalesce(max(sequence), 0) FROM sync_outbox WHERE state = 'acknowledged'"
            ).fetchone()[0]
        )


async def pull(
    replica: Replica,
    transport: Transport,
    report: SyncReport,
    *,
    page_rows: int | None = None,
    progress: Callable[[SnapshotProgress], None] | None = None,
) -> None:
    """Fetch all that changed.

    Raises:
        TransportError: what was stored so far stays, the rest comes next time.

    """
    idle = 0
    refetched: set[str] = set()
    while idle < IDLE_ROUNDS_MAX:
        asked = await _registered(replica, transport)
        try:
            response = await transport.pull(_request(asked, page_rows))
        except RefusedByServerError as error:
            if error.problem.code != errors.REPLICA_UNKNOWN.code:
                raise
            idle += 1
            forget_registration(replica, asked.identity.replica)
            continue
        if asked.identity.server_epoch not in (0, response.server_epoch):
            idle += 1
            await _renew(replica, transport, response.server_epoch, report)
            continue
        moved, again = _store(replica, asked, response, refetched, report)
        for offer in response.snapshots:
            seq = asked.cursor.get(offer.scope, 0)
            with contextlib.suppress(SnapshotGoneError):
                await fetch_snapshot(
                    replica, transport, offer, seq=seq, report=report, progress=progress
                )
                moved = True
        idle = 0 if moved else idle + 1
        if response.wipe:
            _wipe(replica, report)
            return
        if not (response.more or response.snapshots or again):
            _finish(replica, asked)
            return
    raise MalformedAnswerError("the server says there is more, and sends nothing")


async def _registered(replica: Replica, transport: Transport) -> _Asked:
    with replica.database.reading() as connection:
        present = identity.require(connection).replica
    await ensure_registered(replica, transport, present)
    with replica.database.reading() as connection:
        return _Asked(connection)


def _request(asked: _Asked, page_rows: int | None) -> PullRequest:
    mine = asked.identity
    return PullRequest(
        replica=mine.replica,
        epoch=mine.epoch,
        cursor=asked.cursor,
        page_rows=page_rows,
        server_epoch=mine.server_epoch,
    )


def _store(
    replica: Replica,
    asked: _Asked,
    response: PullResponse,
    refetched: set[str],
    report: SyncReport,
) -> tuple[bool, bool]:
    """Store one response; return whether anything moved, and whether a scope must come again."""
    moved = again = False
    with replica.database.writing() as connection:
        mine = identity.require(connection)
        if mine.server_epoch not in (0, response.server_epoch):
            return False, True
        connection.execute("UPDATE sync_identity SET server_epoch = ?", (response.server_epoch,))
        now = replica.clock()
        identity.see_time(connection, response.server_time, now)
        for scope in response.withdrawn:
            if scope in asked.cursor:
                moved = True
                _withdraw(connection, replica, scope, now)
                report.withdrawn.append(scope)
        for page in response.pages:
            at, total = base.position(connection, page.scope)
            if at != asked.cursor.get(page.scope, 0):
                again = True
                continue
            moved = moved or page.seq > at
            total = _store_page(connection, replica, page, total)
            report.pulled_pages += 1
            report.pulled_rows += len(page.rows)
            if page.seq == page.head and not _verify(connection, replica, page, total):
                again = True
                if page.scope in refetched:
                    raise ChecksumError(f"{page.scope} differs from the server's")
                refetched.add(page.scope)
                report.refetched += 1
                base.restart(connection, page.scope)
    return moved, again


def _store_page(
    connection: sqlite3.Connection, replica: Replica, page: ScopePage, total: int
) -> int:
    for row in page.rows:
        total = base.put(connection, page.scope, row, total)
    base.set_position(connection, page.scope, page.seq, total)
    connection.execute("DELETE FROM sync_withdrawn WHERE scope = ?", (page.scope,))
    view.refresh_pulled(connection, replica.tables, page.scope, page.rows)
    settled = connection.execute(
        "SELECT row FROM sync_overlay WHERE scope = ? AND settled_seq <= ?",
        (page.scope, page.seq),
    )
    view.refresh(connection, replica.tables, [row for (row,) in settled.fetchall()])
    return total


def _verify(connection: sqlite3.Connection, replica: Replica, page: ScopePage, total: int) -> bool:
    """Whether the scope holds what the server's does; rows it did not bring again are dropped."""
    if total != page.checksum:
        return False
    view.refresh(connection, replica.tables, base.drop_stale(connection, page.scope))
    return True


def _withdraw(connection: sqlite3.Connection, replica: Replica, scope: str, now: int) -> None:
    """Drop a scope's rows; work that was not answered yet stays in the outbox."""
    rows = base.drop(connection, scope)
    waiting = connection.execute(
        "SELECT count(DISTINCT sequence) FROM sync_overlay v JOIN sync_outbox o USING (sequence)"
        " WHERE v.scope = ? AND o.state = 'pending'",
        (scope,),
    ).fetchone()[0]
    answered = connection.execute(
        "DELETE FROM sync_overlay WHERE scope = ? AND sequence IN"
        " (SELECT sequence FROM sync_outbox WHERE state = 'acknowledged') RETURNING row",
        (scope,),
    ).fetchall()
    connection.execute(
        "INSERT OR REPLACE INTO sync_withdrawn VALUES (?, ?, ?, ?)",
        (scope, now, len(rows), waiting),
    )
    view.refresh(connection, replica.tables, [*rows, *(row for (row,) in answered)])


async def _renew(
    replica: Replica, transport: Transport, server_epoch: int, report: SyncReport
) -> None:
    """Give a server restored from a backup what it lost, and fetch everything from it again."""
    with replica.database.reading() as connection:
        present = identity.require(connection).replica
        held = connection.execute(
            "SELECT replica FROM sync_replica WHERE registered = 1"
            " AND replica IN (SELECT replica FROM sync_outbox) AND replica <> ?",
            (present,),
        ).fetchall()
    last_counters = {present: (await announce(replica, transport, present)).last_counter}
    for (former,) in held:
        last_counters[former] = (await announce(replica, transport, former)).last_counter
    report.renewed += 1
    _restart(replica, server_epoch, last_counters)


def _restart(replica: Replica, server_epoch: int, last_counters: Mapping[str, int]) -> None:
    with replica.database.writing() as connection:
        if identity.require(connection).server_epoch == server_epoch:
            return
        rows: list[str] = []
        for replica_id, last_counter in last_counters.items():
            rows += outbox.resend_after(connection, replica_id, last_counter)
        # Positions in the lost history mean nothing in this one.
        connection.execute("UPDATE sync_overlay SET settled_seq = NULL")
        connection.execute("UPDATE sync_identity SET server_epoch = ?", (server_epoch,))
        base.restart_all(connection)
        view.refresh(connection, replica.tables, rows)


def _finish(replica: Replica, asked: _Asked) -> None:
    """Clear up once everything is pulled: what no scope brought, what is answered and settled."""
    with replica.database.writing() as connection:
        rows = base.drop_stale_without_cursor(connection)
        # Answered before this pull, in a scope that this person does not read: it never comes back.
        settled = connection.execute(
            "DELETE FROM sync_overlay WHERE sequence <= ?"
            " AND scope NOT IN (SELECT scope FROM sync_cursor) AND sequence IN"
            " (SELECT sequence FROM sync_outbox WHERE state = 'acknowledged') RETURNING row",
            (asked.acknowledged,),
        ).fetchall()
        view.refresh(connection, replica.tables, [*rows, *(row for (row,) in settled)])
        prune(connection, wall_ms=replica.clock(), retention_days=replica.retention_days)


def _wipe(replica: Replica, report: SyncReport) -> None:
    """Remember the order to wipe; obey at once if no work would be lost."""
    with replica.database.writing() as connection:
        identity.order_wipe(connection)
        waits = outbox.pending_count(connection) > 0
    if not waits:
        replica.wipe()
        report.wiped = True
