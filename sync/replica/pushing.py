"""Push: the outbox to the server, in counter order, until every change set has its answer.

Nothing but an explicit answer for a dot takes a change set out of the outbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Raw, Struct

from sync import errors
from sync.changes import PushRequest
from sync.replica import identity, outbox, view
from sync.replica.announcing import ensure_registered, forget_registration
from sync.replica.forking import fill_gap, fork
from sync.replica.transport import MalformedAnswerError, RefusedByServerError

if TYPE_CHECKING:
    import sqlite3

    from sync.changes import Problem, PushResponse
    from sync.replica.outbox import Entry
    from sync.replica.replica import Replica
    from sync.replica.report import SyncReport
    from sync.replica.transport import Transport

RECOVERIES_MAX = 8
"""How many forks and gaps in a row are mended before it is reported that it gets nowhere."""


class BatchLimits(Struct, frozen=True):
    """How much one push carries."""

    change_sets_max: int = 500
    bytes_max: int = 1024 * 1024
    """Size before compression; one larger change set goes alone."""


class _Plan(Struct):
    """How the present push goes: batches shrink when the server or the link cannot take them."""

    count_max: int
    bytes_max: int
    probing: bool = False
    """One at a time, to find the first change set that forked."""
    recoveries: int = 0


async def push(
    replica: Replica,
    transport: Transport,
    report: SyncReport,
    *,
    limits: BatchLimits,
    upload_bytes: int = 0,
) -> None:
    """Send all that waits.

    Raises:
        TransportError: the rest goes on waiting.

    """
    plan = _Plan(limits.change_sets_max, limits.bytes_max)
    while True:
        replica_id = _next_replica(replica)
        if replica_id is None:
            return
        if not await ensure_registered(replica, transport, replica_id):
            continue
        request, sent = _request(replica, replica_id, plan, upload_bytes)
        if not sent:
            continue
        try:
            response = await transport.push(request)
        except RefusedByServerError as error:
            plan.recoveries += 1
            if plan.recoveries > RECOVERIES_MAX:
                raise
            if not _mend(replica, sent, error.problem, plan, report):
                raise
            continue
        plan.recoveries = 0
        _store(replica, sent, response, report)


def _next_replica(replica: Replica) -> str | None:
    with replica.database.reading() as connection:
        waiting = outbox.pending_replicas(connection)
    return waiting[0] if waiting else None


def _request(
    replica: Replica, replica_id: str, plan: _Plan, upload_bytes: int
) -> tuple[PushRequest, list[Entry]]:
    with replica.database.reading() as connection:
        sent = outbox.batch(
            connection,
            replica_id,
            count_max=1 if plan.probing else plan.count_max,
            bytes_max=plan.bytes_max,
        )
        epoch = connection.execute(
            "SELECT epoch FROM sync_replica WHERE replica = ?", (replica_id,)
        ).fetchone()[0]
        waiting = outbox.still_waiting(connection, sent, upload_bytes=upload_bytes)
    request = PushRequest(
        replica=replica_id,
        epoch=epoch,
        sent_at=replica.clock(),
        change_sets=[Raw(entry.payload) for entry in sent],
        waiting=waiting,
    )
    return request, sent


def _store(replica: Replica, sent: list[Entry], response: PushResponse, report: SyncReport) -> None:
    """Store every answer to what was sent, in one transaction."""
    replica_id = sent[0].replica
    counters = {entry.counter for entry in sent}
    answers = [answer for answer in response.answers if answer.counter in counters]
    if not answers:
        raise MalformedAnswerError("the server answered for nothing that was sent")
    rows: list[str] = []
    with replica.database.writing() as connection:
        now = replica.clock()
        for answer in answers:
            touched = outbox.acknowledge(
                connection, replica_id, answer, heads=response.heads, wall_ms=now
            )
            if touched is None:
                continue
            rows += touched
            report.pushed += 1
            report.conflicts += len(answer.conflicts)
            report.duplicates += answer.status == "duplicate"
            report.rejected += outbox.is_rejected(answer)
            report.merged += not outbox.is_rejected(answer)
        identity.see_time(connection, response.server_time, now)
        if _is_older_copy(connection, replica_id, response.last_counter):
            report.forked += 1
            rows += fork(connection, replica_id, replica.random)
        view.refresh(connection, replica.tables, rows)


def _is_older_copy(connection: sqlite3.Connection, replica_id: str, last_counter: int) -> bool:
    """Whether the server holds counters that this file never assigned: its next ones are taken.

    Asked only once nothing waits under the id, so that what another copy of this file has sent
    already is answered as a duplicate, not sent again under another dot.
    """
    if identity.require(connection).replica != replica_id:
        return False
    assigned, waits = connection.execute(
        "SELECT counter, EXISTS (SELECT 1 FROM sync_outbox o WHERE o.replica = r.replica"
        " AND o.state = 'pending') FROM sync_replica r WHERE replica = ?",
        (replica_id,),
    ).fetchone()
    return not waits and last_counter > assigned


def _mend(
    replica: Replica,
    sent: list[Entry],
    problem: Problem,
    plan: _Plan,
    report: SyncReport,
) -> bool:
    """Do what the catalogue says about a refused push; False when only waiting can help."""
    replica_id = sent[0].replica
    match problem.code:
        case errors.BODY_TOO_LARGE.code:
            return _shrink(replica, sent, plan)
        case errors.REPLICA_FORKED.code if len(sent) > 1:
            plan.probing = True
            return True
        case errors.REPLICA_FORKED.code:
            report.forked += 1
            _fork(replica, replica_id)
            plan.probing = False
            return True
        case errors.COUNTER_GAP.code if problem.last_counter is not UNSET:
            report.resent += 1
            report.forked += _fill(replica, replica_id, problem.last_counter)
            return True
        case errors.REPLICA_UNKNOWN.code:
            forget_registration(replica, replica_id)
            return True
        case _:
            return False


def _shrink(replica: Replica, sent: list[Entry], plan: _Plan) -> bool:
    if len(sent) == 1:
        with replica.database.writing() as connection:
            outbox.set_trouble(connection, sent[0], errors.BODY_TOO_LARGE.code)
        return False
    plan.recoveries = 0
    plan.count_max = max(1, len(sent) // 2)
    plan.bytes_max = max(1, sum(len(entry.payload) for entry in sent) // 2)
    return True


def _fork(replica: Replica, replica_id: str) -> None:
    with replica.database.writing() as connection:
        rows = fork(connection, replica_id, replica.random)
        view.refresh(connection, replica.tables, rows)


def _fill(replica: Replica, replica_id: str, last_counter: int) -> bool:
    with replica.database.writing() as connection:
        rows, forked = fill_gap(connection, replica_id, last_counter, replica.random)
        view.refresh(connection, replica.tables, rows)
    return forked
