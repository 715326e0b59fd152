"""What follows when the directory or a membership changes, whoever changed it.

A tablet's push, a route and the console lead here, in the transaction of the change itself: so a
person who is deactivated loses the same things at the same moment, whichever way it came.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.users.code_deadlines import ask_people_for_codes
from server.users.one_time_codes import requiring_roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.intake import Entry, MergeTransaction
    from server.store import Connection

_END_ACCESS = """
    WITH gone AS (SELECT unnest($1::uuid[]) AS person), voided AS (
        DELETE FROM password_reset WHERE person_id IN (SELECT person FROM gone)
    ), signed_out AS (
        INSERT INTO person_sign_out (person_id, before) SELECT person, $2 FROM gone
        ON CONFLICT (person_id) DO UPDATE SET before = excluded.before
    )
    UPDATE session SET ended_at = $2, end_reason = 'deactivated'
    WHERE ended_at IS NULL AND person_id IN (SELECT person FROM gone)
    RETURNING id::text AS id
"""


async def follow_people(transaction: MergeTransaction, *, grace_hours: int) -> None:
    """Do what follows from the changed people and members of a merge; nothing costs nothing.

    Who lost their account is signed out everywhere. Who was given a role that asks for one-time
    codes must show one in the sessions that are open, within the grace.
    """
    gone: set[str] = set()
    given: dict[str, set[str]] = {}
    for entry in transaction.workspace.touched.values():
        if entry.table.name == "person":
            if _is_in(entry, "stored") and not _is_in(entry, "row"):
                gone.add(entry.row.id if entry.row is not None else "")
            _note_role(entry, None if entry.row is None else entry.row.id, given)
        elif entry.table.name == "member":
            person = None if entry.row is None else entry.row.values.get("person_id")
            _note_role(entry, person, given)
    now = dt.datetime.fromtimestamp(transaction.workspace.now_ms / 1000, tz=dt.UTC)
    if gone:
        await end_access(transaction, gone, now)
    if given:
        asking = {*await requiring_roles(transaction.connection)}
        people = [one for one, roles in given.items() if not asking.isdisjoint(roles)]
        if people:
            by = now + dt.timedelta(hours=grace_hours)
            await ask_people_for_codes(transaction.connection, people, by)


async def end_access(transaction: MergeTransaction, people: Iterable[str], now: dt.datetime) -> int:
    """Sign people out everywhere and void their resets; return how many sessions that ended.

    The live connections of these sessions are told when the transaction has been committed.
    """
    connection: Connection = transaction.connection
    ended = await connection.fetch(_END_ACCESS, sorted(people), now)
    transaction.workspace.ended_sessions.update(record["id"] for record in ended)
    return len(ended)


def _is_in(entry: Entry, when: str) -> bool:
    """Whether a person has an account, before (`stored`) or after (`row`) the merge."""
    row = entry.stored if when == "stored" else entry.row
    return row is not None and not row.deleted and row.values.get("active") is not False


def _note_role(entry: Entry, person: str | None, given: dict[str, set[str]]) -> None:
    """Note the role that a merge gave a person, if it gave another."""
    row, stored = entry.row, entry.stored
    if person is None or row is None or row.deleted:
        return
    role = row.values.get("role")
    before = None if stored is None or stored.deleted else stored.values.get("role")
    if role is not None and role != before:
        given.setdefault(person, set()).add(role)
