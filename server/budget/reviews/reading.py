"""What waits for a person's approval, in every project that they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from server.budget.reviews.deciding import Need, meets
from server.budget.reviews.delegations import Delegation, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import asyncpg

    from server.intake import Access
    from server.store import Connection

AWAITING_ROWS_MAX = 2_000
"""The longest waiting are looked at; whoever has more to decide has other worries."""

# What waits is found by the index of each table on its state; row-level security lets through what
# the person may see.
_READ_OPEN = """
    SELECT waiting.*, waiting.needs::text AS needed, project.code AS project_code,
        project.currency AS project_currency, project.time_zone
    FROM (
        SELECT request.project_id, 'budget_request' AS subject_table, request.id, request.number,
            request.title, request.amount, budget.currency, request.round, request.level,
            request.levels, request.waiting_since, request.author_id,
            request.approvals_needed AS needs
        FROM budget_request AS request LEFT JOIN budget
            ON budget.project_id = request.project_id AND budget.id = request.budget_id
        WHERE request.status IN ('submitted', 'in_review') AND NOT request.deleted
        UNION ALL
        SELECT project_id, 'purchase_order', id, number, title, amount, currency, round, level,
            levels, waiting_since, author_id, approvals_needed
        FROM purchase_order WHERE status = 'submitted' AND NOT deleted
        UNION ALL
        SELECT project_id, 'supplier_invoice', id, NULL, supplier || ' ' || reference, amount,
            currency, round, level, levels, waiting_since, author_id, approvals_needed
        FROM supplier_invoice WHERE status = 'pending' AND NOT deleted
        UNION ALL
        SELECT project_id, 'client_invoice', id, number, title, coalesce(amount, 0), currency,
            round, level, levels, waiting_since, author_id, approvals_needed
        FROM client_invoice WHERE status = 'pending' AND NOT deleted
    ) AS waiting
    JOIN project ON project.id = waiting.project_id AND NOT project.deleted
    WHERE waiting.needs IS NOT NULL
    ORDER BY waiting.waiting_since, waiting.id LIMIT $1
"""

_READ_SAID = """
    SELECT subject_id::text AS subject, round, level, coalesce(on_behalf_of, author_id)::text
        AS authority
    FROM approval WHERE author_id = $1::uuid AND subject_id = ANY($2::uuid[]) AND NOT deleted
"""

READ_PRINCIPALS = """
    SELECT id::text, person_id::text AS person, delegate_id::text AS delegate,
        project_id::text AS project, kinds, amount_below, currency, start::text, finish::text,
        coalesce(ended, false) AS ended
    FROM delegation WHERE delegate_id = $1::uuid AND NOT deleted AND NOT coalesce(ended, false)
        AND finish >= $2::text::date - 1 ORDER BY id
"""
"""For whom someone stands in, at the earliest since yesterday, wherever on earth."""


class Awaiting(Struct, frozen=True):
    """Something that waits for one's approval, with what a word on it has to say."""

    project: str
    project_code: str
    subject_table: str
    subject: str
    number: int | None
    title: str
    amount: int
    currency: str | None
    round: int
    level: int
    levels: int
    waiting_since: int | None
    author: str
    on_behalf_of: str | None
    """For whom one would speak; null: for oneself."""


async def read_principals(connection: Connection, person: str, today: str) -> list[Delegation]:
    """Return the delegations to a person that stand today."""
    return [
        Delegation(**{**dict(one), "kinds": tuple(one["kinds"] or ())})
        for one in await connection.fetch(READ_PRINCIPALS, person, today)
    ]


async def read_awaiting(
    connection: Connection,
    person: str,
    access: Mapping[str, Access],
    principals: Iterable[Delegation],
    now_ms: int,
) -> list[Awaiting]:
    """Return what waits for a person's approval, what waits longest first.

    Args:
        connection: reading as the person.
        person: who asks.
        access: what they may do, and those whom they stand in for.
        principals: the delegations to them.
        now_ms: the time.

    What a delegation's amount does not reach is shown all the same: the merge refuses it.

    """
    delegations = [*principals]
    records = await connection.fetch(_READ_OPEN, AWAITING_ROWS_MAX)
    subjects = [record["id"] for record in records]
    said = {
        (one["subject"], one["round"], one["level"], one["authority"])
        for one in await connection.fetch(_READ_SAID, person, subjects)
    }
    return [
        Awaiting(
            project=str(record["project_id"]),
            subject=str(record["id"]),
            author=str(record["author_id"]),
            on_behalf_of=None if authority == person else authority,
            level=level,
            **{name: record[name] for name in _COPIED},
        )
        for record in records
        for authority, level in _words_of(record, person, access, delegations, now_ms)
        if (str(record["id"]), record["round"], level, authority) not in said
    ]


_COPIED = (
    "project_code",
    "subject_table",
    "number",
    "title",
    "amount",
    "currency",
    "round",
    "levels",
    "waiting_since",
)


def _words_of(
    record: asyncpg.Record,
    person: str,
    access: Mapping[str, Access],
    delegations: Iterable[Delegation],
    now_ms: int,
) -> Iterator[tuple[str, int]]:
    """Yield (in whose name, at which level) a person's word is awaited on something now."""
    project, kind = str(record["project_id"]), record["subject_table"]
    day = day_of(now_ms, record["time_zone"])
    standing = [one for one in delegations if one.covers(project, day)]
    author = str(record["author_id"])
    if author in {person, *(one.person for one in standing)}:
        return
    needs = msgspec.json.decode(record["needed"], type=list[Need])
    names = {one.person for one in standing if one.allows(kind, project, day, day)} | {person}
    scope = f"finance:{project}"
    for authority in sorted(names, key=lambda one: (one != person, one)):
        one = access.get(authority)
        if one is None or not one.may("approval.create", scope):
            continue
        role = one.role_in(scope)
        if any(meets(need, record["level"], role, authority) for need in needs):
            yield authority, record["level"]
            return
