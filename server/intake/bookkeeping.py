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
    SELECT id, person_id::text AS person, epoch, last_counter, revoked_at,
        (SELECT server_epoch FROM installation) AS server_epoch
    FROM replica
    WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE
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


class ReplicaState(Struct, frozen=True):
    """What the server holds of a replica."""

    id: str
    person: str
    epoch: int
    last_counter: int
    revoked: bool
    server_epoch: int


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

    @property
    def made(self) -> list[Answer]:
        """Return the answers to the fresh entries."""
        return self.answers[len(self.answers) - len(self.fresh) :] if self.fresh else []


async def lock_replicas(connection: Connection, replicas: Iterable[str]) -> dict[str, ReplicaState]:
    """Lock replicas in order of their ids."""
    records = await connection.fetch(_LOCK_REPLICAS, sorted({*replicas}))
    return {
        record["id"]: ReplicaState(
            record["id"],
            record["person"],
            record["epoch"],
            record["last_counter"],
            record["revoked_at"] is not None,
            record["server_epoch"],
        )
        for record in records
    }


async def open_push(connection: Connection, push: Push, state: ReplicaState | None) -> Outcome:
    """Check that a push continues its replica's order; answer what was answered before.

    Raises ProblemError: the replica is not this person's, has forked, or left a gap.
    """
    if state is None or state.person != push.person or state.revoked:
        raise ProblemError(errors.REPLICA_UNKNOWN)
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
    return Outcome(push, fresh, answers, state.last_counter, state.server_epoch)


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
    fresh = [one for one in outcomes if one.fresh]
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


def _scopes(entry: Entry) -> str:
    """Return the scopes that an entry names, as an array's text: those who lead them may see it."""
    if entry.change_set is None:
        return "{}"
    named = {change.scope for change in entry.change_set.changes}
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
