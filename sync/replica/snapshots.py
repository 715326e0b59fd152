"""Snapshots: a scope's first rows, prepared by the server, fetched page by page.

Pages are kept in the file until the last one has come, so that a cut download goes on where it
stopped, and are then stored with the cursor in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync import errors
from sync.changes import WireRow
from sync.replica import base, view
from sync.replica.report import SnapshotProgress
from sync.replica.transport import MalformedAnswerError, RefusedByServerError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sync.changes import SnapshotOffer
    from sync.replica.replica import Replica
    from sync.replica.report import SyncReport
    from sync.replica.transport import Transport

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[WireRow]).decode


class SnapshotGoneError(Exception):
    """The build on offer was replaced: pull again for another."""


async def fetch_snapshot(
    replica: Replica,
    transport: Transport,
    offer: SnapshotOffer,
    *,
    seq: int,
    report: SyncReport,
    progress: Callable[[SnapshotProgress], None] | None,
) -> None:
    """Fetch a scope's snapshot and move its cursor from `seq` to the snapshot's.

    Raises:
        SnapshotGoneError: the server has prepared another build.
        MalformedAnswerError: the pages are not those of the offer.
        TransportError: the link broke; what came is kept.

    """
    with replica.database.writing() as connection:
        connection.execute(
            "DELETE FROM sync_snapshot_page WHERE scope = ? AND snapshot <> ?",
            (offer.scope, offer.snapshot),
        )
        here = {
            page
            for (page,) in connection.execute(
                "SELECT page FROM sync_snapshot_page WHERE scope = ?", (offer.scope,)
            )
        }
    for page in range(offer.pages):
        if page not in here:
            await _fetch_page(replica, transport, offer, page)
        if progress is not None:
            progress(SnapshotProgress(offer.scope, page + 1, offer.pages, offer.rows))
    _store(replica, offer, seq, report)


async def _fetch_page(
    replica: Replica, transport: Transport, offer: SnapshotOffer, page: int
) -> None:
    try:
        answer = await transport.snapshot_page(offer.snapshot, page)
    except RefusedByServerError as error:
        if error.problem.code != errors.SNAPSHOT_GONE.code:
            raise
        with replica.database.writing() as connection:
            _forget(connection, offer.scope)
        raise SnapshotGoneError from error
    if (answer.scope, answer.snapshot, answer.page) != (offer.scope, offer.snapshot, page):
        raise MalformedAnswerError("a page of another snapshot came")
    with replica.database.writing() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO sync_snapshot_page VALUES (?, ?, ?, ?)",
            (offer.scope, offer.snapshot, page, _encode(answer.rows)),
        )


def _store(replica: Replica, offer: SnapshotOffer, seq: int, report: SyncReport) -> None:
    scope = offer.scope
    wrong = False
    with replica.database.writing() as connection:
        bodies = connection.execute(
            "SELECT body FROM sync_snapshot_page WHERE scope = ? AND snapshot = ? ORDER BY page",
            (scope, offer.snapshot),
        ).fetchall()
        if base.position(connection, scope)[0] != seq or len(bodies) != offer.pages:
            return
        base.restart(connection, scope)
        connection.execute("SAVEPOINT snapshot")
        total = 0
        for (body,) in bodies:
            rows = _decode(body)
            for row in rows:
                total = base.put(connection, scope, row, total)
            view.refresh_pulled(connection, replica.tables, scope, rows)
            report.pulled_rows += len(rows)
        wrong = total != offer.checksum
        if wrong:
            connection.execute("ROLLBACK TO snapshot")
        else:
            base.set_position(connection, scope, offer.seq, total)
            connection.execute("DELETE FROM sync_withdrawn WHERE scope = ?", (scope,))
            view.refresh(connection, replica.tables, base.drop_stale(connection, scope))
            report.snapshots += 1
        connection.execute("RELEASE snapshot")
    if wrong:
        report.refetched += 1
        raise MalformedAnswerError(f"the snapshot of {scope} does not add up to its checksum")


def _forget(connection: sqlite3.Connection, scope: str) -> None:
    connection.execute("DELETE FROM sync_snapshot_page WHERE scope = ?", (scope,))
