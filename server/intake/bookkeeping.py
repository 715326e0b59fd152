"""What the intake keeps of each replica: counter, receipts, rejections, unsent work.

A receipt holds the digests and the answers of the change sets of one push: a retry is answered from
it, and a counter that comes back with different content betrays a forked replica.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from server.errors import ProblemError
from server.intake.acting import numbered
from server.intake.receiving import DIGEST_BYTES, Entry, Push
from sync import errors
from sync.changes import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.intake.judging import Access
    from server.store import Connection

_answers = msgspec.msgpack.Decoder(list[Answer]).decode
_encode = msgspec.msgpack.Encoder().encode

_LOCK_REPLICAS = """
    SELECT replica.id, replica.person_id::text AS person, replica.epoch, replica.last_counter,
        replica.revoked_at IS NOT NULL AS revoked, replica.device_id::text AS device,
        device.revoked_at IS NOT NULL AS sender_revoked,
        CASE WHEN asked.session IS NULL THEN coalesce(sign_out.before > asked.issued_at, false)
            ELSE session.id IS NULL OR session.ended_at IS NOT NULL END AS ended,
        replica.office, (SELECT server_epoch FROM installation) AS server_epoch
    FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS asked (replica, session, issued_at)
    JOIN replica ON replica.id = asked.replica
    LEFT JOIN session ON session.id = asked.session AND session.person_id = replica.person_id
    LEFT JOIN device ON device.id = session.device_id
    LEFT JOIN person_sign_out AS sign_out ON sign_out.person_id = replica.person_id
    ORDER BY replica.id FOR NO KEY UPDATE OF replica
"""

_READ_RECEIPTS = """
    SELECT first_counter, last_counter, digests, answers FROM receipt
    WHERE replica = $1 AND last_counter >= $2 ORDER BY last_counter
"""

_WRITE_RECEIPTS = """
    WITH moved AS (
        UPDATE replica SET
            last_counter = greatest(replica.last_counter, seen.last_counter),
            last_seen_at = now(), schema_version = coalesce(seen.schema, schema_version),
            waiting_change_sets = seen.waiting, waiting_oldest = seen.oldest,
            waiting_upload_bytes = seen.upload_bytes, clock_offset_ms = seen.clock_offset,
            clock_flagged = clock_flagged OR seen.flagged
        FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::boolean[])
            AS seen (id, last_counter, schema, waiting, oldest, upload_bytes, clock_offset, flagged)
        WHERE replica.id = seen.id
    )
    INSERT INTO receipt (replica, first_counter, last_counter, digests, answers)
    SELECT * FROM unnest($9::text[], $10::bigint[], $11::bigint[], $12::bytea[], $13::bytea[])
"""

_WRITE_REJECTIONS = """
    INSERT INTO rejection (replica, counter, person_id, code, detail, payload, raw, scopes)
    SELECT replica, counter, person_id, code, detail::jsonb, payload::json, raw, scopes::text[]
    FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[],
        $7::bytea[], $8::text[])
        AS made (replica, counter, person_id, code, detail, payload, raw, scopes)
"""


_WRITE_HELD = """
    INSERT INTO held_change_set (replica, counter, person_id, device_id)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::uuid[])
"""


class ReplicaState(Struct, frozen=True):
    """What the server holds of a replica, and of the session that a push of it comes from."""

    id: str
    person: str
    epoch: int
    last_counter: int
    revoked: bool
    server_epoch: int
    device: str | None = None
    sender_revoked: bool = False
    """Whether the device that the push comes from was revoked."""
    ended: bool = False
    """Whether the session that the push comes from has ended."""
    office: bool = False
    """Whether it is the server's own, through which a person acts online."""


class Outcome(Struct):
    """What became of one push within its group."""

    push: Push
    fresh: list[Entry]
    """Entries that were never answered before."""
    answers: list[Answer]
    last_counter: int
    server_epoch: int
    clock_flagged: bool = False
    access: Access | None = None
    """The writer's access, once it was loaded."""
    held_from: str | None = None
    """The revoked device that hands this in: none of it is merged."""
    held: bool = False

    @property
    def known(self) -> list[Answer]:
        """Return the answers that were given before, in the order of the push's first entries."""
        return self.answers[: len(self.answers) - len(self.fresh)]

    @property
    def made(self) -> list[Answer]:
        """Return the answers to the fresh entries."""
        return self.answers[len(self.answers) - len(self.fresh) :] if self.fresh else []


async def lock_replicas(connection: Connection, pushes: Iterable[Push]) -> dict[str, ReplicaState]:
    """Lock the replicas of pushes in order of their ids, and look at the senders' sessions."""
    asked = [
        (
            push.request.replica,
            None if push.sender is None else push.sender.session,
            None if push.sender is None else push.sender.issued_at,
        )
        for push in pushes
    ]
    records = await connection.fetch(_LOCK_REPLICAS, *zip(*asked, strict=True))
    return {
        record["id"]: ReplicaState(
            record["id"],
            record["person"],
            record["epoch"],
            record["last_counter"],
            record["revoked"],
            record["server_epoch"],
            record["device"],
            record["sender_revoked"],
            record["ended"],
            record["office"],
        )
        for record in records
    }


async def open_push(connection: Connection, push: Push, state: ReplicaState | None) -> Outcome:
    """Check that a push continues its replica's order; answer what was answered before.

    What a revoked device hands in is answered as refused and held for a supervisor.

    Raises ProblemError: the replica is not this person's, has forked, or left a gap; or the session
    has ended.
    """
    if state is None or state.person != push.person or state.office != push.acted:
        raise ProblemError(errors.REPLICA_UNKNOWN)
    if push.acted:
        fresh = numbered(push.entries, state.last_counter)
        return Outcome(push, fresh, [], state.last_counter, state.server_epoch)
    held = _is_held(push, state)
    if push.request.epoch != state.epoch:
        raise ProblemError(
            errors.REPLICA_FORKED, "the epoch is not current", last_counter=state.last_counter
        )
    known = [one for one in push.entries if one.counter <= state.last_counter]
    fresh = push.entries[len(known) :]
    if fresh and fresh[0].counter != state.last_counter + 1:
        raise ProblemError(
            errors.COUNTER_GAP,
            f"expected {state.last_counter + 1}, received {fresh[0].counter}",
            last_counter=state.last_counter,
        )
    answers = await _stored_answers(connection, state, known) if known else []
    outcome = Outcome(push, fresh, answers, state.last_counter, state.server_epoch)
    if held:
        outcome.held, outcome.held_from = True, state.device
        outcome.fresh = [_held(entry) for entry in fresh]
    return outcome


def _is_held(push: Push, state: ReplicaState) -> bool:
    """Whether a push is a revoked device's. Raises ProblemError when its session has ended."""
    sender = push.sender
    if state.revoked or sender is None:
        return state.revoked
    if sender.hands_over or state.sender_revoked:
        # Its own replicas, and those of no known device: never one that lives elsewhere.
        if state.device not in (None, sender.device):
            raise ProblemError(errors.DEVICE_REVOKED)
        return True
    if state.ended:
        raise ProblemError(errors.SESSION_ENDED)
    return False


def _held(entry: Entry) -> Entry:
    if entry.rejection is not None:
        return entry
    return structs.replace(entry, rejection=errors.rejection(errors.CHANGE_SET_HELD))


async def _stored_answers(
    connection: Connection, state: ReplicaState, known: list[Entry]
) -> list[Answer]:
    records = await connection.fetch(_READ_RECEIPTS, state.id, known[0].counter)
    stored: dict[int, tuple[bytes, Answer | None]] = {}
    for record in records:
        digests = record["digests"]
        for position, given in enumerate(_answers(record["answers"])):
            digest = digests[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES]
            stored[record["first_counter"] + position] = (digest, given)
    answers = []
    for entry in known:
        digest, answer = stored.get(entry.counter, (b"", None))
        if answer is None or digest != entry.digest:
            raise ProblemError(
                errors.REPLICA_FORKED,
                f"counter {entry.counter} was used before with different content",
                last_counter=state.last_counter,
            )
        answers.append(structs.replace(answer, status="duplicate", stored=answer.status))
    return answers


async def close_pushes(connection: Connection, outcomes: list[Outcome], now_ms: int) -> None:
    """Write receipts, rejections and what the replicas said of themselves."""
    # Nobody repeats an act: it keeps no receipt, and whoever asked is told of a refusal at once.
    fresh = [one for one in outcomes if one.fresh and not one.push.acted]
    await connection.execute(
        _WRITE_RECEIPTS,
        [one.push.request.replica for one in outcomes],
        [one.last_counter for one in outcomes],
        [_schema(one) for one in outcomes],
        [one.push.request.waiting.change_sets for one in outcomes],
        [one.push.request.waiting.oldest for one in outcomes],
        [one.push.request.waiting.upload_bytes for one in outcomes],
        [one.push.request.sent_at - now_ms for one in outcomes],
        [one.clock_flagged for one in outcomes],
        [one.push.request.replica for one in fresh],
        [one.fresh[0].counter for one in fresh],
        [one.fresh[-1].counter for one in fresh],
        [b"".join(entry.digest for entry in one.fresh) for one in fresh],
        [_encode(one.made) for one in fresh],
    )
    await _write_rejections(connection, fresh)


def _schema(outcome: Outcome) -> int | None:
    schemas = [one.change_set.schema for one in outcome.fresh if one.change_set is not None]
    return max(schemas, default=None)


async def _write_rejections(connection: Connection, outcomes: list[Outcome]) -> None:
    refused: list[tuple[Any, ...]] = []
    for outcome in outcomes:
        push = outcome.push
        for entry, answer in zip(outcome.fresh, outcome.made, strict=True):
            if answer.rejection is None:
                continue
            payload, raw = _kept(entry)
            refused.append(
                (
                    push.request.replica,
                    entry.counter,
                    push.person,
                    answer.rejection.code,
                    msgspec.json.encode(answer.rejection).decode().replace("\\u0000", ""),
                    payload,
                    raw,
                    _scopes(entry),
                )
            )
    if refused:
        await connection.execute(_WRITE_REJECTIONS, *zip(*refused, strict=True))
    held = [
        (one.push.request.replica, answer.counter, one.push.person, one.held_from)
        for one in outcomes
        if one.held
        for answer in one.made
        if answer.rejection is not None and answer.rejection.code == errors.CHANGE_SET_HELD.code
    ]
    if held:
        await connection.execute(_WRITE_HELD, *zip(*held, strict=True))


def _scopes(entry: Entry) -> str:
    """Return the scopes that an entry names, as an array's text: those who lead them may see it."""
    named = entry.scopes
    sound = [name for name in named if _SCOPE.fullmatch(name)]
    # A scope that no one can name is led by nobody: it must keep the entry from those of the rest.
    return "{" + ",".join(sorted(sound) if len(sound) == len(named) else ()) + "}"


_SCOPE = re.compile(r"[a-z]+(:[0-9a-f-]+)?")


def _kept(entry: Entry) -> tuple[str | None, bytes | None]:
    """Return what a rejection keeps: the change set as JSON, or the bytes where that cannot be."""
    if entry.change_set is None:
        return None, entry.raw
    payload = msgspec.json.encode(entry.change_set).decode()
    if "\\u0000" in payload:
        return None, _encode(entry.change_set)
    return payload, None
