"""The subcommands that talk to the server."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from server.cli.replicas import opening
from server.cli.replicas.desk import mistake_of
from server.cli.replicas.files import send_waiting_files
from server.cli.replicas.saying import NO_LINK, REFUSED, Both, Mistake
from sync.replica import (
    BatchLimits,
    SyncReport,
    TransportError,
    synchronise,
    waiting_bytes,
    watch,
)
from sync.replica.pulling import pull
from sync.replica.pushing import push

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.cli.replicas.desk import Desk
    from sync.replica import Replica, SnapshotProgress
    from sync.replica.http import HttpTransport


def today() -> str:
    """Return this machine's local date."""
    return dt.datetime.now().astimezone().date().isoformat()


def first_sync(desk: Desk) -> None:
    """Register and fill a new replica; without a link, say that it comes later."""
    report = desk.online(lambda replica, transport: _synchronise(desk, replica, transport))
    if report.error is not None:
        desk.say(
            f"Pas de liaison pour l'instant : {report.error}",
            f"No link for now: {report.error}",
        )
        return
    desk.say(f"{report.pulled_rows} éléments reçus.", f"{report.pulled_rows} rows received.")


def remove(path: Path) -> None:
    """Remove a replica that nobody could log in with, which never held anything."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    opening.token_path(path).unlink(missing_ok=True)


def sync_once(desk: Desk) -> None:
    """Push and pull."""
    report = desk.online(lambda replica, transport: _synchronise(desk, replica, transport))
    _finish(desk, report)


def push_only(desk: Desk) -> None:
    """Push."""

    async def work(replica: Replica, transport: HttpTransport) -> SyncReport:
        report = SyncReport()
        await push(replica, transport, report, limits=BatchLimits())
        return _measured(report, replica, transport)

    _finish(desk, desk.online(work))


def pull_only(desk: Desk) -> None:
    """Pull."""

    async def work(replica: Replica, transport: HttpTransport) -> SyncReport:
        report = SyncReport()
        await pull(replica, transport, report, progress=_progress(desk))
        return _measured(report, replica, transport)

    _finish(desk, desk.online(work))


def watch_server(desk: Desk, *, jitter: Callable[[], float]) -> None:
    """Stay up to date until Ctrl-C."""
    desk.say("À l'écoute ; Ctrl-C arrête.", "Listening; Ctrl-C stops.")

    def tell(report: SyncReport) -> None:
        if desk.as_json:
            desk.give(_numbers(report))
        elif report.error is not None:
            click.echo(_error(desk, report.error), err=True)
        elif report.wiped:
            click.echo(_WIPED.to(desk.language))
        elif report.pushed or report.pulled_rows:
            click.echo(_summary(desk, report))

    async def work(replica: Replica, transport: HttpTransport) -> None:
        await watch(
            replica,
            transport,
            jitter=jitter,
            on_report=tell,
            send=partial(send_waiting_files, desk, replica, transport),
        )

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        desk.online(work)


async def _synchronise(desk: Desk, replica: Replica, transport: HttpTransport) -> SyncReport:
    report = await synchronise(
        replica, transport, progress=_progress(desk), upload_bytes=waiting_bytes(replica)
    )
    # Files never hold up rows: they go when the rows have gone.
    if report.push_error is None:
        await send_waiting_files(desk, replica, transport)
    return report


def _progress(desk: Desk) -> Callable[[SnapshotProgress], None] | None:
    if desk.as_json:
        return None

    def show(progress: SnapshotProgress) -> None:
        click.echo(f"{progress.scope}: {progress.pages_done}/{progress.pages}", err=True)

    return show


def _measured(report: SyncReport, replica: Replica, transport: HttpTransport) -> SyncReport:
    report.sent_bytes = transport.traffic.sent_bytes
    report.received_bytes = transport.traffic.received_bytes
    report.waiting = len(replica.waiting())
    return report


def _finish(desk: Desk, report: SyncReport) -> None:
    """Say what was done, and end with the status that fits."""
    if desk.as_json:
        desk.give(_numbers(report))
    else:
        click.echo(_summary(desk, report))
        if report.wiped:
            click.echo(_WIPED.to(desk.language))
    if report.error is not None:
        if desk.as_json:
            raise SystemExit(NO_LINK)
        raise mistake_of(report.error)
    # What a withdrawn device hands in is held by the server, and erased here with the rest.
    if report.rejected and not report.wiped:
        if desk.as_json:
            raise SystemExit(REFUSED)
        raise Mistake(
            Both(
                f"Le serveur a refusé {report.rejected} saisie(s) : derrick replica rejections.",
                f"The server refused {report.rejected} entries: derrick replica rejections.",
            ),
            REFUSED,
        )


_WIPED = Both(
    "Cet appareil a été retiré : ses saisies sont remises, ses données effacées.",
    "This device was withdrawn: its entries are handed in, its data is erased.",
)


def _summary(desk: Desk, report: SyncReport) -> str:
    summary = Both(
        f"Envoyées {report.pushed}, conflits {report.conflicts}, refusées {report.rejected}, "
        f"en attente {report.waiting} ; {report.pulled_rows} éléments reçus "
        f"({report.sent_bytes} octets montés, {report.received_bytes} descendus).",
        f"Sent {report.pushed}, conflicts {report.conflicts}, refused {report.rejected}, "
        f"waiting {report.waiting}; {report.pulled_rows} rows received "
        f"({report.sent_bytes} bytes up, {report.received_bytes} down).",
    )
    return summary.to(desk.language)


def _error(desk: Desk, error: Exception) -> str:
    if isinstance(error, TransportError):
        return mistake_of(error).sentence.to(desk.language)
    return str(error)


def _numbers(report: SyncReport) -> dict[str, Any]:
    """Return a report as programs read it."""
    numbers: dict[str, Any] = {
        name: getattr(report, name)
        for name in SyncReport.__struct_fields__
        if not name.endswith("_error")
    }
    numbers["complete"] = report.complete
    numbers["error"] = None if report.error is None else str(report.error)
    return numbers
