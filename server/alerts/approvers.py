"""Who is told that something waits for approval: those whom its level asks for.

What a level asks for was settled when the review began, by amount and category: it stands on the
row. Whoever stands in for one of them is told too; the requester, and those who stand in for them,
are not: their word is not taken.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.alerts.book import DEFAULTS
from server.alerts.rules import local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from server.alerts.telling import Event
    from server.store import Connection

TO_APPROVE = "to_approve"
"""What happened, by the name that events give it."""

_READ_DELEGATIONS = """
    SELECT person_id::text AS person, delegate_id::text AS delegate, project_id::text AS project,
        kinds, amount_below, currency, start::text, finish::text
    FROM delegation
    WHERE person_id = ANY($1::uuid[]) AND NOT deleted AND NOT coalesce(ended, false)
        AND start <= $2::text::date + 1 AND finish >= $2::text::date - 1
"""


class Approvers(Struct, frozen=True):
    """Those whose word is awaited on something."""

    people: frozenset[str]
    barred: frozenset[str]
    """The requester, and whoever stands in for them."""


async def read_approvers(
    connection: Connection,
    events: Sequence[Event],
    holders: Callable[[str | None, Sequence[str]], Iterable[str]],
    now_ms: int,
) -> list[Approvers]:
    """Return who approves what each event is about, in their order.

    Args:
        connection: the database.
        events: all of them `to_approve`.
        holders: who holds some roles in a project.
        now_ms: the time.

    """
    asked = [_asked(event, holders) for event in events]
    authors = {author for event in events if (author := event.facts.get("author"))}
    today = local_time(None, now_ms).date().isoformat()
    standing: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    people = sorted({*authors, *(person for some in asked for person in some)})
    for one in await connection.fetch(_READ_DELEGATIONS, people, today):
        standing[one["person"]].append(dict(one))
    found = []
    for event, some in zip(events, asked, strict=True):
        author = event.facts.get("author")
        barred = {author, *(one["delegate"] for one in standing[author])} if author else set()
        delegates = {
            one["delegate"]
            for person in some
            for one in standing[person]
            if _lets(one, event, today)
        }
        found.append(Approvers(frozenset(some | delegates), frozenset(barred)))
    return found


def _asked(event: Event, holders: Callable[[str | None, Sequence[str]], Iterable[str]]) -> set[str]:
    """Return those whom the level asks for, by name or role; by neither, who sees to all."""
    needs: Sequence[Sequence[Any]] = event.facts.get("needs") or [[None, None]]
    named = {person for _, person in needs if person is not None}
    roles = {role for role, person in needs if role is not None and person is None}
    if any(role is None and person is None for role, person in needs):
        roles |= DEFAULTS["request_waiting"].roles
    return named | {*holders(event.project, sorted(roles))}


def _lets(delegation: Mapping[str, Any], event: Event, today: str) -> bool:
    """Whether a delegation lets its delegate approve; in another currency, the merge will say."""
    if not delegation["start"] <= today <= delegation["finish"]:
        return False
    if delegation["project"] not in {None, event.project}:
        return False
    if delegation["kinds"] and event.subject_table not in delegation["kinds"]:
        return False
    bound, amount = delegation["amount_below"], event.facts.get("amount")
    if bound is None or amount is None:
        return True
    same = delegation["currency"] in {None, event.facts.get("currency")}
    return bool(not same or amount < bound)
