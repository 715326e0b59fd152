"""What must hold of a project's money whatever happened: asked of the database, rule by rule."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from server.budget import recompute, wrong_daily_sums
from server.budget.reviews.deciding import STANDS_FOR
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.server.site import Site

REVIEWED = ("budget_request", "purchase_order", "supplier_invoice", "client_invoice")
BINDING = ("approved", "paid", "closed")
"""States that only a review leads to, or follows from one that did."""

_MOVES = """
    SELECT table_name AS table, row_id::text AS row, person_id::text AS person,
        changes->'status'->>0 AS before, changes->'status'->>1 AS after
    FROM change_log JOIN scope ON scope.id = scope_id
    WHERE name = ANY($1::text[]) AND changes->'status' IS NOT NULL ORDER BY scope_id, seq
"""


async def moves_of(site: Site) -> list[Any]:
    """Return every change of state there ever was in a project, in order."""
    scopes = [site.scope("project"), site.scope("finance")]
    moves: list[Any] = await site.pool.fetch(_MOVES, scopes)
    return moves


async def assert_legal_moves(site: Site) -> None:
    """Assert that no row ever moved but by its state machine, each move from where the last led."""
    standing: dict[str, str | None] = {}
    for move in await moves_of(site):
        machine = TABLES[move["table"]].workflows["status"]
        before, after = standing.get(move["row"]), move["after"]
        assert before == move["before"], dict(move)
        known = before or (machine.initial if move["row"] in standing else None)
        assert after is None or machine.allows(known, after), dict(move)
        standing[move["row"]] = after


async def assert_totals(site: Site) -> None:
    """Assert that every figure kept by delta is what its documents add up to."""
    wrong = await recompute(site.pool, site.project)
    assert not wrong, wrong
    assert await wrong_daily_sums(site.pool, site.project) == []
    negative = await site.pool.fetch(
        "SELECT id FROM budget_line WHERE project_id = $1 AND amount < 0", site.project
    )
    assert not negative


async def assert_reviewed(site: Site, roles: Mapping[str, str]) -> None:
    """Assert that what binds was approved by all who had to, each another, none for themselves.

    Args:
        site: whose project it is.
        roles: person -> the role that they have in it.

    """
    for table in REVIEWED:
        for subject in await site.pool.fetch(
            f"SELECT id, author_id::text AS author, round, decided_at, waiting_since,"
            f" approvals_needed::text AS needs"
            f" FROM {table} WHERE project_id = $1 AND NOT deleted AND status = ANY($2::text[])",
            site.project,
            BINDING,
        ):
            words = await site.pool.fetch(
                "SELECT author_id::text AS author, level,"
                " coalesce(on_behalf_of, author_id)::text AS authority FROM approval"
                " WHERE project_id = $1 AND subject_id = $2 AND round = $3"
                " AND decision = 'approved' AND NOT deleted",
                site.project,
                subject["id"],
                subject["round"],
            )
            assert subject["decided_at"] is not None, (table, subject)
            assert subject["waiting_since"] is None, (table, subject)
            assert all(subject["author"] not in {one["author"], one["authority"]} for one in words)
            needs = msgspec.json.decode(subject["needs"])
            assert _covered(needs, words, roles), (table, subject, needs, words)


def _covered(needs: list[Any], words: list[Any], roles: Mapping[str, str]) -> bool:
    """Try all ways to give each need a person of its own."""
    people = sorted({one["author"] for one in words})

    def meets(need: list[Any], person: str) -> bool:
        level, role, named = need
        return any(
            one["author"] == person
            and one["level"] == level
            and named in {None, one["authority"]}
            and (role is None or roles[one["authority"]] in STANDS_FOR[role])
            for one in words
        )

    return any(
        all(meets(need, person) for need, person in zip(needs, chosen, strict=True))
        for chosen in itertools.permutations(people, len(needs))
    )


async def assert_budget_sound(site: Site, budget: str) -> None:
    """Assert that the budget is its original amount and what its versions moved, line by line."""
    pool = site.pool
    lines = await pool.fetch(
        "SELECT line.id, line.amount, line.original_amount"
        " + coalesce(sum((moved.value->>1)::bigint - (moved.value->>0)::bigint), 0) AS expected"
        " FROM budget_line AS line LEFT JOIN (SELECT key, value FROM budget_version,"
        " jsonb_each(budget_version.lines)) AS moved ON moved.key = line.id::text"
        " WHERE line.budget_id = $1 GROUP BY line.id, line.amount, line.original_amount",
        budget,
    )
    assert lines
    assert all(one["amount"] == one["expected"] and one["amount"] >= 0 for one in lines)
    versions = await pool.fetch(
        "SELECT number, amount FROM budget_version WHERE budget_id = $1 ORDER BY number",
        budget,
    )
    assert [one["number"] for one in versions] == [*range(1, len(versions) + 1)]
    assert versions[-1]["amount"] == await site.value(budget, "amount")
    moves = await pool.fetchval(
        "SELECT count(*) FROM budget_request WHERE budget_id = $1 AND status = 'approved'",
        budget,
    )
    assert len(versions) == 1 + moves


async def assert_alerts_told_once(site: Site) -> None:
    """Assert that each crossing was raised once, and told once: never again before it cleared."""
    records = await site.pool.fetch(
        "SELECT row_id::text AS alert, intent, changes->'status'->>1 AS status FROM change_log"
        " JOIN scope ON scope.id = scope_id WHERE name = ANY($1::text[])"
        " AND table_name = 'alert' ORDER BY scope_id, seq",
        [site.scope("project"), site.scope("finance")],
    )
    standing: dict[str, str] = {}
    raised: dict[str, int] = {}
    for one in records:
        if one["intent"] == "alert.raise":
            assert standing.get(one["alert"], "resolved") == "resolved", dict(one)
            raised[one["alert"]] = raised.get(one["alert"], 0) + 1
        if one["status"] is not None:
            standing[one["alert"]] = one["status"]
    told: dict[str, int] = {}
    for (events,) in await site.pool.fetch(
        "SELECT events::text FROM notice_outbox WHERE events::text LIKE '%' || $1 || '%'",
        site.project,
    ):
        for event in msgspec.json.decode(events):
            if event.get("kind") == "alert":
                told[event["alert"]] = told.get(event["alert"], 0) + 1
    assert told == raised
