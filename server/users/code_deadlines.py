"""One-time codes asked of sessions that are open already: each shows one in time, or ends.

A role may come to ask for codes while people with it are logged in, and a person may be given such
a role. Their sessions are given a moment by which a code must have been shown in them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.users.one_time_codes import REQUIRED, require_codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from server.store import Connection
    from server.users.one_time_codes import Proof

# A company's sign-in answers for its own second proof.
_UNPROVED = r"""
    session.ended_at IS NULL AND session.method <> 'company'
    AND session.method !~ '\+(one_time_code|recovery_code|enrolment)'
"""
_ASK_PEOPLE = f"""
    UPDATE session SET prove_by = $2
    WHERE person_id = ANY($1::uuid[]) AND prove_by IS NULL AND {_UNPROVED}
"""
_ASK_ALL = f"""
    UPDATE session SET prove_by = $1 FROM person
    WHERE person.id = session.person_id AND session.prove_by IS NULL AND {_UNPROVED} AND {REQUIRED}
"""
_RELEASE = f"""
    UPDATE session SET prove_by = NULL FROM person
    WHERE person.id = session.person_id AND session.prove_by IS NOT NULL AND NOT {REQUIRED}
"""
_PROVED = """
    UPDATE session SET prove_by = NULL, method = method || '+' || $2
    WHERE id = $1 AND ended_at IS NULL RETURNING true
"""
_END_OVERDUE = f"""
    UPDATE session SET ended_at = $1, end_reason = 'codes_required' FROM person
    WHERE person.id = session.person_id AND session.prove_by <= $1 AND session.ended_at IS NULL
        AND {REQUIRED}
    RETURNING session.id::text AS id, session.person_id::text AS person,
        session.device_id::text AS device
"""
_RECORD_OVERDUE = """
    INSERT INTO activity (kind, person_id, device_id)
    SELECT 'session_ended_without_code', person, device
    FROM unnest($1::uuid[], $2::uuid[]) AS ended (person, device)
"""


async def ask_people_for_codes(
    connection: Connection, people: Iterable[str], by: dt.datetime
) -> None:
    """Have people show a code in their open sessions by a moment."""
    await connection.execute(_ASK_PEOPLE, [*people], by)


async def require_codes_of_role(
    connection: Connection, role: str, *, required: bool, now: dt.datetime, grace_hours: int
) -> bool:
    """Say whether a role must have one-time codes; return whether that is news.

    Open sessions of its people then have the grace to show one; those of others are released.
    """
    news = await require_codes(connection, role, required=required)
    if news:
        await connection.execute(_RELEASE)
        await connection.execute(_ASK_ALL, now + dt.timedelta(hours=grace_hours))
    return news


async def session_proved(connection: Connection, session: str, proof: Proof) -> bool:
    """Note that a code was shown in a session; False when it has ended."""
    return await connection.fetchval(_PROVED, session, proof) is not None


async def end_unproved_sessions(pool: asyncpg.Pool, now: dt.datetime) -> list[str]:
    """End the sessions whose moment has passed without a code; return them, to announce them."""
    async with pool.acquire() as connection, connection.transaction():
        ended = await connection.fetch(_END_OVERDUE, now)
        if ended:
            await connection.execute(
                _RECORD_OVERDUE,
                [record["person"] for record in ended],
                [record["device"] for record in ended],
            )
    return [record["id"] for record in ended]
