"""The loop: push and pull until nothing is left; and, while there is a link, stay up to date."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from msgspec import Struct

from sync import errors
from sync.replica import base, identity, outbox
from sync.replica.files import waiting_bytes
from sync.replica.pulling import pull
from sync.replica.pushing import BatchLimits, push
from sync.replica.report import SyncReport
from sync.replica.transport import LoginNeededError, RefusedByServerError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.replica.replica import Replica
    from sync.replica.report import SnapshotProgress
    from sync.replica.transport import Transport

ROUNDS_MAX = 10
"""A pull may find that the server lost work, which is then pushed in another round."""


async def synchronise(
    replica: Replica,
    transport: Transport,
    *,
    limits: BatchLimits | None = None,
    page_rows: int | None = None,
    upload_bytes: int = 0,
    progress: Callable[[SnapshotProgress], None] | None = None,
) -> SyncReport:
    """Push and pull until nothing is left or an error stops it; a broken push never stops a pull.

    Args:
        replica: the local replica.
        transport: the way to the server.
        limits: how much one push carries.
        page_rows: rows in one page of a pull; the server's default when None.
        upload_bytes: bytes of files that wait on the device, which the server is told.
        progress: called for each page of a snapshot.

    Returns:
        What was done; `push_error` and `pull_error` say what stopped it.

    Raises:
        LoginNeededError: log in, then call again; the outbox is untouched.
        StorageError: the replica's file failed.

    """
    report = SyncReport()
    sent, received = transport.traffic.sent_bytes, transport.traffic.received_bytes
    report.wiped = _wipe_state(replica) >= identity.ERASED
    for _ in range(0 if report.wiped else ROUNDS_MAX):
        report.push_error = report.pull_error = None
        try:
            await push(
                replica,
                transport,
                report,
                limits=limits or BatchLimits(),
                upload_bytes=upload_bytes,
            )
        except LoginNeededError:
            raise
        except TransportError as error:
            report.push_error = error
        try:
            await pull(replica, transport, report, page_rows=page_rows, progress=progress)
        except LoginNeededError:
            raise
        except TransportError as error:
            report.pull_error = error
        with replica.database.reading() as connection:
            report.waiting = outbox.pending_count(connection)
        if report.error is not None or report.waiting == 0:
            break
    if report.wiped:
        await _give_receipt(replica, transport, report)
    report.sent_bytes = transport.traffic.sent_bytes - sent
    report.received_bytes = transport.traffic.received_bytes - received
    return report


async def _give_receipt(replica: Replica, transport: Transport, report: SyncReport) -> None:
    """Tell the server that everything was erased, until it has answered once."""
    if _wipe_state(replica) == identity.RECEIPT_GIVEN:
        return
    with replica.database.reading() as connection:
        erased = identity.replicas(connection)
    try:
        await transport.wiped(erased)
    except LoginNeededError:
        return  # nobody can log in on this device again: the server sees that it is silent
    except RefusedByServerError as error:
        if error.problem.code != errors.FORBIDDEN.code:
            report.pull_error = error
            return
        # The replica was revoked, not a device: there is nobody to give it to.
    except TransportError as error:
        report.pull_error = error
        return
    with replica.database.writing() as connection:
        identity.set_wipe(connection, identity.ERASED, identity.RECEIPT_GIVEN)


def _wipe_state(replica: Replica) -> int:
    with replica.database.reading() as connection:
        return identity.require(connection).wipe


class Rhythm(Struct, frozen=True):
    """How often `watch` synchronises without being woken."""

    interval_seconds: float = 60.0
    """With a link and nothing to do."""
    backoff_seconds_min: float = 1.0
    backoff_seconds_max: float = 120.0


async def watch(
    replica: Replica,
    transport: Transport,
    *,
    jitter: Callable[[], float],
    on_report: Callable[[SyncReport], None],
    woken: asyncio.Event | None = None,
    rhythm: Rhythm | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    send: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Synchronise at once, then at every poke, wake and interval, until cancelled or wiped.

    Args:
        replica: the local replica.
        transport: the way to the server.
        jitter: a random number in [0, 1), which spreads the retries of many tablets.
        on_report: called after each synchronisation.
        woken: set it after a local edit, or to synchronise now.
        rhythm: intervals and backoff.
        sleep: waits for seconds.
        send: sends the files that wait; begun when the rows have gone, beside what follows.

    Raises:
        LoginNeededError: log in, then watch again.

    """
    woken = asyncio.Event() if woken is None else woken
    rhythm = rhythm or Rhythm()

    async def pause(failures: int, error: Exception | None) -> None:
        await sleep(_backoff(rhythm, failures, jitter, error))

    listener = asyncio.create_task(_listen(replica, transport, woken, pause=pause))
    lane = _Lane(send)
    failures = 0
    try:
        while True:
            woken.clear()
            report = await synchronise(replica, transport, upload_bytes=waiting_bytes(replica))
            on_report(report)
            if report.push_error is None and not report.wiped:
                lane.go()
            if report.wiped and report.error is None:
                return
            if report.error is None:
                failures = 0
                await _first(woken, sleep(rhythm.interval_seconds))
                continue
            delay = _backoff(rhythm, failures, jitter, report.error)
            failures += 1
            await sleep(min(delay, rhythm.backoff_seconds_min))
            await _first(woken, sleep(max(0.0, delay - rhythm.backoff_seconds_min)))
    finally:
        await lane.close()
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


class _Lane:
    """Files on their way beside the rows, which never wait for them."""

    def __init__(self, send: Callable[[], Awaitable[object]] | None) -> None:
        self._send = send
        self._sending: asyncio.Future[object] | None = None

    def go(self) -> None:
        """Begin a pass unless one is under way. Raises what the last one ended with."""
        if self._sending is not None and self._sending.done():
            ended, self._sending = self._sending, None
            ended.result()
        if self._sending is None and self._send is not None:
            self._sending = asyncio.ensure_future(self._send())

    async def close(self) -> None:
        """Break off what is under way: it goes on another time where it stopped."""
        if self._sending is None:
            return
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportError):
            await self._sending


async def _listen(
    replica: Replica,
    transport: Transport,
    woken: asyncio.Event,
    *,
    pause: Callable[[int, Exception | None], Awaitable[None]],
) -> None:
    """Wake the loop at every poke that names a head beyond the cursor."""
    failures = 0
    while True:
        try:
            async for heads in transport.live():
                failures = 0
                with replica.database.reading() as connection:
                    cursor = base.cursor(connection)
                if any(seq > cursor.get(scope, 0) for scope, seq in heads.items()):
                    woken.set()
        except TransportError as error:
            await pause(failures, error)
        else:
            # The server said goodbye: the next pull says why, if this device is to know.
            woken.set()
            await pause(failures, None)
        failures += 1


def _backoff(
    rhythm: Rhythm, failures: int, jitter: Callable[[], float], error: Exception | None
) -> float:
    """Return how long to wait after failures in a row: doubled each time, spread by half."""
    doubled: float = rhythm.backoff_seconds_min * 2 ** min(failures, 30)
    delay = min(rhythm.backoff_seconds_max, doubled) * (0.5 + jitter())
    asked = getattr(error, "retry_after_seconds", None)
    return max(delay, asked or 0.0)


async def _first(woken: asyncio.Event, pause: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(woken.wait()), asyncio.ensure_future(pause)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
