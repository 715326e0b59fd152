"""What revoked devices handed in: held until a supervisor has it merged, or lets it go.

A change set that is let in is merged anew, as its author's work under a replica made for that
purpose: numbered from one, having seen all that its device had merged before. It meets the guards
and the effects like any other push. A merge that was cut short is taken up where it stopped when
the decision is made again: the same replica, the same dots.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Raw, Struct, structs

from server.errors import ProblemError
from server.intake.receiving import receive
from server.users.activity import record_activity
from server.users.devices import LEADERS
from sync import errors
from sync.changes import Answer, ChangeSet, PushRequest, digestible

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.context import Context
    from server.intake import Access
    from server.store import Connection

Decision = Literal["merge", "discard"]
LISTED_MAX = 500
RELEASED_MAX = 500
"""Change sets of one decision; the rest wait for the next."""

_WAITING = """
    SELECT held.replica, held.counter, held.person_id::text AS person,
        held.device_id::text AS device, device.name AS device_name,
        (extract(epoch FROM held.received_at) * 1000)::bigint AS received_at,
        rejection.payload::text AS payload
    FROM held_change_set AS held
    JOIN rejection ON rejection.replica = held.replica AND rejection.counter = held.counter
    LEFT JOIN device ON device.id = held.device_id
    WHERE held.outcome IS NULL AND held.decision IS DISTINCT FROM 'discard'
        AND ($1 OR (rejection.scopes <> '{}' AND rejection.scopes <@ $2::text[]))
    ORDER BY held.received_at, held.replica, held.counter LIMIT $3
"""
_TAKE = """
    SELECT held.counter, held.person_id::text AS person, held.device_id::text AS device,
        held.released_as,
        rejection.payload::text AS payload, rejection.raw,
        coalesce(person.active, true) AND NOT person.deleted AS active
    FROM held_change_set AS held
    JOIN rejection ON rejection.replica = held.replica AND rejection.counter = held.counter
    LEFT JOIN person ON person.id = held.person_id
    WHERE held.replica = $1 AND held.outcome IS NULL AND held.decision IS DISTINCT FROM 'discard'
        AND ($2 OR (rejection.scopes <> '{}' AND rejection.scopes <@ $3::text[]))
    ORDER BY held.released_as NULLS LAST, held.counter LIMIT $4 FOR UPDATE OF held
"""
_DECIDE = """
    UPDATE held_change_set AS held SET decision = $2, decided_by = $3, decided_at = $4,
        released_as = $5, released_counter = given.number
    FROM unnest($6::bigint[], $7::bigint[]) AS given (counter, number)
    WHERE held.replica = $1 AND held.counter = given.counter
"""
_MAKE_REPLICA = """
    INSERT INTO replica (id, person_id, name, platform) VALUES ($1, $2, $3, 'release')
"""
_BEGUN = """
    SELECT replica.person_id::text AS person, count(*) AS change_sets
    FROM replica JOIN held_change_set AS held ON held.released_as = replica.id
    WHERE replica.id = $1 GROUP BY replica.person_id
"""
_KEEP_OUTCOME = """
    UPDATE held_change_set AS held SET outcome = given.outcome::json
    FROM unnest($2::bigint[], $3::text[]) AS given (number, outcome)
    WHERE held.released_as = $1 AND held.released_counter = given.number
"""


class HeldChangeSet(Struct, frozen=True):
    """One change set that waits for a decision."""

    replica: str
    counter: int
    person: str
    device: str | None
    device_name: str | None
    received_at: int
    """Milliseconds since 1970."""
    change_set: Any
    """Whole, as its author entered it."""


class Released(Struct, frozen=True):
    """What became of the change sets that a decision was made on."""

    decided: int
    answers: list[Answer] = []
    """What the merge said of each, in the order of the device."""


class _Release(Struct, frozen=True):
    """Change sets that go under another replica."""

    replica: str
    person: str
    records: list[Any]


def _led(access: Access) -> tuple[bool, list[str]]:
    """Return whether a person leads everywhere, and the scopes that they lead by membership."""
    scopes = [
        f"{kind}:{project}"
        for project in access.projects
        for kind in ("project", "finance")
        if access.may("rejection.read", f"project:{project}")
    ]
    return access.role in LEADERS, scopes


async def read_waiting(source: Connection | asyncpg.Pool, access: Access) -> list[HeldChangeSet]:
    """Return what waits for a decision that this person may make, oldest first."""
    everywhere, scopes = _led(access)
    found = await source.fetch(_WAITING, everywhere, scopes, LISTED_MAX)
    return [
        HeldChangeSet(
            **{name: value for name, value in record.items() if name != "payload"},
            change_set=msgspec.json.decode(record["payload"] or "null"),
        )
        for record in found
    ]


async def decide(context: Context, access: Access, replica: str, decision: Decision) -> Released:
    """Merge or let go what a replica handed in. Raises ProblemError when nothing waits."""
    now = context.now()
    async with context.pool.acquire() as connection, connection.transaction():
        records = await connection.fetch(_TAKE, replica, *_led(access), RELEASED_MAX)
        if not records:
            raise ProblemError(errors.NOT_FOUND, "nothing of this replica waits for you")
        if decision == "discard":
            await _note(connection, replica, records, decision, access=access, now=now)
            return Released(len(records))
        release = await _prepare(connection, replica, records, access)
        await _note(
            connection,
            replica,
            release.records,
            decision,
            access=access,
            now=now,
            released_as=release.replica,
        )
    answers = await _merge(context, replica, release)
    async with context.pool.acquire() as connection:
        outcomes = [msgspec.json.encode(one).decode() for one in answers]
        numbers = [one.counter for one in answers]
        await connection.execute(_KEEP_OUTCOME, release.replica, numbers, outcomes)
    return Released(len(answers), answers)


async def _prepare(
    connection: Connection, replica: str, records: list[asyncpg.Record], access: Access
) -> _Release:
    """Take up a merge that was begun, or make the replica of a new one."""
    first = records[0]
    if first["released_as"] is not None:
        begun = [one for one in records if one["released_as"] == first["released_as"]]
        found = await connection.fetchrow(_BEGUN, first["released_as"])
        if found is None or found["change_sets"] != len(begun):
            raise ProblemError(errors.FORBIDDEN, "someone who leads more has begun this")
        return _Release(first["released_as"], found["person"], begun)
    made = secrets.token_hex(8)
    # Of who has left, the one who lets it in is the author.
    person = first["person"] if first["active"] else access.person
    await connection.execute(_MAKE_REPLICA, made, person, f"release of {replica}")
    return _Release(made, person, records)


async def _note(
    connection: Connection,
    replica: str,
    records: list[asyncpg.Record],
    decision: Decision,
    *,
    access: Access,
    now: dt.datetime,
    released_as: str | None = None,
) -> None:
    numbers = [*range(1, len(records) + 1)]
    counters = [one["counter"] for one in records]
    await connection.execute(
        _DECIDE, replica, decision, access.person, now, released_as, counters, numbers
    )
    await record_activity(
        connection,
        "held_work_merged" if decision == "merge" else "held_work_discarded",
        person=records[0]["person"],
        actor=access.person,
        device=records[0]["device"],
        detail={"replica": replica, "counters": counters},
    )


async def _merge(context: Context, replica: str, release: _Release) -> list[Answer]:
    """Push change sets as their author's, under the replica of the release."""
    seen = release.records[0]["counter"] - 1
    raws = [
        Raw(digestible(_anew(_change_set(record), replica, seen, number)))
        for number, record in enumerate(release.records, 1)
    ]
    request = PushRequest(release.replica, 1, context.wall_ms(), raws)
    push = receive(release.person, request, "msgpack", context.settings)
    return (await context.intake.push(push)).answers


def _change_set(record: asyncpg.Record) -> ChangeSet:
    if record["payload"] is not None:
        return msgspec.json.decode(record["payload"], type=ChangeSet)
    return msgspec.msgpack.decode(record["raw"], type=ChangeSet)


def _anew(change_set: ChangeSet, replica: str, seen: int, counter: int) -> ChangeSet:
    """Give a change set another number; its writer had seen what its own replica wrote before."""
    changes = [
        structs.replace(one, context={**one.context, replica: seen}) if seen else one
        for one in change_set.changes
    ]
    return structs.replace(change_set, counter=counter, changes=changes)
