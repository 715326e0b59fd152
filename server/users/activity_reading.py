"""Reads the record of activity: each sees their own, leaders their projects', auditors all.

Newest first, by keyset: the next page starts below the last id seen. The statement is put together
from the conditions that are asked for, so that each has a plan, and an index, of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.intake import EVERYWHERE
from server.store import reading_as

if TYPE_CHECKING:
    import datetime as dt

    from server.intake import Access
    from server.store import Connection

READ_ALL = frozenset({"administrator", "auditor"})
"""Roles in the organisation that read the whole record."""
LEADS = "rejection.read"
"""The right, in a project, that opens what happened there."""

_EVENTS = """
    SELECT id, floor(extract(epoch FROM at) * 1000)::bigint AS at, kind, person_id::text AS person,
        actor_id::text AS actor, project_id::text AS project, device_id::text AS device,
        CASE WHEN {whole} THEN address END AS address, detail::text AS detail
    FROM activity WHERE {conditions} ORDER BY id DESC LIMIT {limit}
"""


class ActivityEvent(Struct, frozen=True):
    """One event. Its address is for who reads all, and for whom it concerns."""

    id: int
    at: int
    """Milliseconds since 1970."""
    kind: str
    person: str | None
    """Whom it concerns."""
    actor: str | None
    """Who did it, when it is another."""
    project: str | None
    device: str | None
    address: str | None
    detail: dict[str, Any]


class ActivityPage(Struct, frozen=True):
    """Events, newest first; `next` is where the following page starts, None at the end."""

    events: list[ActivityEvent]
    next: int | None


class ActivitySearch(Struct, frozen=True):
    """What is looked for; None does not narrow."""

    person: str | None
    """Whom it concerns, or who did it."""
    project: str | None
    kind: str | None
    since: dt.datetime | None
    until: dt.datetime | None
    before: int | None
    """Only events with a smaller id: the page after."""
    limit: int


class _Conditions:
    """Conditions of one statement, with their numbered arguments."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.arguments: list[Any] = []

    def argument(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, text: str, value: Any) -> None:
        if value is not None:
            self.texts.append(text.format(self.argument(value)))


async def search_activity(
    connection: Connection, access: Access, wanted: ActivitySearch
) -> ActivityPage:
    """Return one page of what a person may see of the record."""
    asked = _Conditions()
    me = asked.argument(access.person) + "::text::uuid"
    everything = access.role in READ_ALL
    asked.texts.append(f"{me} IS NOT NULL" if everything else _visible(asked, access, me))
    asked.add("(person_id = {0}::text::uuid OR actor_id = {0}::text::uuid)", wanted.person)
    asked.add("project_id = {0}::text::uuid", wanted.project)
    asked.add("kind = {0}", wanted.kind)
    asked.add("at >= {0}", wanted.since)
    asked.add("at < {0}", wanted.until)
    asked.add("id < {0}", wanted.before)
    statement = _EVENTS.format(
        whole="true" if everything else f"person_id = {me}",
        conditions=" AND ".join(asked.texts),
        limit=asked.argument(wanted.limit + 1),
    )
    # The second wall: row-level security holds the same rule.
    async with reading_as(connection, access.person):
        records = await connection.fetch(statement, *asked.arguments)
    events = [
        ActivityEvent(**{**record, "detail": msgspec.json.decode(record["detail"])})
        for record in records[: wanted.limit]
    ]
    return ActivityPage(events, events[-1].id if len(records) > wanted.limit else None)


def _visible(asked: _Conditions, access: Access, me: str) -> str:
    """Return the condition for what a person may see who does not read all."""
    if access.may(LEADS) and access.permissions.allows(access.role, EVERYWHERE):
        return f"(person_id = {me} OR project_id IS NOT NULL)"
    led = [project for project in access.projects if access.may(LEADS, f"project:{project}")]
    if not led:
        return f"person_id = {me}"
    return f"(person_id = {me} OR project_id = ANY({asked.argument(led)}::text[]::uuid[]))"
