"""Who is told of what: whom it concerns by name, by role, as a member; never of their own doing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from server.alerts.approvers import TO_APPROVE, read_approvers
from server.alerts.subjects import read_concerned
from server.users import load_access

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.alerts.approvers import Approvers
    from server.alerts.telling import Event
    from server.intake import Access
    from server.store import Connection

_READ_MEMBERS = """
    SELECT project_id::text AS project, person_id::text AS person, role FROM member
    WHERE project_id = ANY($1::uuid[]) AND NOT deleted
"""
_READ_ORGANISATION = """
    SELECT id::text AS person, role FROM person
    WHERE role = ANY($1::text[]) AND NOT deleted AND coalesce(active, true)
"""
_READ_ACTORS = "SELECT id, person_id::text AS person FROM replica WHERE id = ANY($1::text[])"

_READ_KNOWN = """
    SELECT person_id::text AS person, told.name
    FROM unnest($1::uuid[], $2::text[]) AS told (person, name)
    JOIN notice_told ON person_id = person AND notice_told.name = told.name
"""
# Another worker may be about to tell the same: the second finds it here, and leaves it.
_REMEMBER = """
    INSERT INTO notice_told (person_id, name, told_at)
    SELECT person, name, to_timestamp($3::bigint / 1000.0)
    FROM unnest($1::uuid[], $2::text[]) AS told (person, name) ORDER BY person, name
    ON CONFLICT DO NOTHING RETURNING person_id::text AS person, name
"""


_MEMBER = {"digest": "subscribed"}


class Told(Struct, frozen=True):
    """That one person is to be told one thing, and why."""

    person: str
    reason: str
    event: Event
    actor: str | None


class _Crowd(Struct):
    """Who belongs to the projects that events are of."""

    members: dict[str, list[tuple[str, str]]]
    """Project -> (person, role)."""
    organisation: dict[str, list[str]]
    """Role -> people who hold it for the organisation."""

    def with_roles(self, project: str | None, roles: Sequence[str]) -> Iterator[str]:
        """Yield who holds a role in a project; where nobody does, who holds it for all."""
        for role in roles:
            members = [one for one, held in self.members.get(project or "", ()) if held == role]
            yield from members or self.organisation.get(role, [])


async def resolve(connection: Connection, events: Sequence[Event], now_ms: int) -> list[Told]:
    """Return whom each event is told to: once, who may see it, and not to whoever did it."""
    told = await _named(connection, events, now_ms)
    access = await load_access(connection, {one.person for one in told})
    seen = [one for one in told if _may_see(access.get(one.person), one.event)]
    return await _once(connection, _unrepeated(seen), now_ms)


def _unrepeated(told: Sequence[Told]) -> list[Told]:
    """Leave out that what one watches has moved, where one is told of the same thing by itself."""
    named = {_of(one) for one in told if one.event.kind != "watching"}
    return [one for one in told if one.event.kind != "watching" or _of(one) not in named]


def _of(told: Told) -> tuple[str, str | None, str | None]:
    return told.person, told.event.subject_table, told.event.subject


async def _named(connection: Connection, events: Sequence[Event], now_ms: int) -> list[Told]:
    projects = sorted({one.project for one in events if one.project is not None})
    crowd = await _crowd(connection, projects, events)
    subjects = {
        (one.subject_table, one.subject): one.project
        for one in events
        if one.about and one.subject_table and one.subject and one.project
    }
    concerned = await read_concerned(connection, subjects)
    approvals = [one for one in events if one.what == TO_APPROVE]
    approvers: Iterator[Approvers] = iter(())
    if approvals:
        approvers = iter(await read_approvers(connection, approvals, crowd.with_roles, now_ms))
    replicas = sorted({one.replica for one in events})
    records = await connection.fetch(_READ_ACTORS, replicas)
    actors = {one["id"]: one["person"] for one in records}
    found: list[Told] = []
    for event in events:
        people = dict(event.people)
        roles = event.roles
        if event.about and event.subject_table and event.subject:
            for person, reason in concerned[event.subject_table, event.subject].items():
                people.setdefault(person, reason)
        spared: set[str | None] = {*event.spared}
        if event.what == TO_APPROVE:
            asked = next(approvers)
            people |= dict.fromkeys(asked.people, "role")
            spared |= asked.barred
        for person in crowd.with_roles(event.project, roles):
            people.setdefault(person, "escalated" if event.kind == "escalation" else "role")
        if event.everyone:
            for person, _ in crowd.members.get(event.project or "", ()):
                people.setdefault(person, _MEMBER.get(event.kind, "member"))
        actor = actors.get(event.replica)
        spared.add(actor)
        found += [
            Told(person, reason, event, actor)
            for person, reason in sorted(people.items())
            if person not in spared
        ]
    return found


async def _crowd(
    connection: Connection, projects: Sequence[str], events: Sequence[Event]
) -> _Crowd:
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in await connection.fetch(_READ_MEMBERS, projects):
        members[one["project"]].append((one["person"], one["role"]))
    roles = {role for event in events for role in event.roles}
    if any(event.what == TO_APPROVE for event in events):
        roles |= {"manager", "accountant", "administrator", "supervisor"}
    organisation: dict[str, list[str]] = defaultdict(list)
    if roles:
        for one in await connection.fetch(_READ_ORGANISATION, sorted(roles)):
            organisation[one["role"]].append(one["person"])
    return _Crowd(dict(members), dict(organisation))


def _may_see(access: Access | None, event: Event) -> bool:
    if access is None or not access.active:
        return False
    return event.scope is None or access.reads(event.scope)


async def _once(connection: Connection, told: list[Told], now_ms: int) -> list[Told]:
    """Leave out what someone was told before, of what is told once; remember the rest."""
    if not any(one.event.once for one in told):
        return told
    keys = {(one.person, name) for one in told for name in one.event.once}
    known = await _keys(connection, _READ_KNOWN, keys)
    fresh: set[tuple[str, str]] = set()
    for one in told:
        mine = {(one.person, name) for name in one.event.once}
        if mine.isdisjoint(known | fresh):
            fresh |= mine
    written = await _keys(connection, _REMEMBER, fresh, now_ms)
    left: list[Told] = []
    for one in told:
        mine = {(one.person, name) for name in one.event.once}
        if mine <= written:
            written -= mine
            left.append(one)
    return left


async def _keys(
    connection: Connection, statement: str, keys: set[tuple[str, str]], *arguments: int
) -> set[tuple[str, str]]:
    ordered = sorted(keys)
    people, names = [person for person, _ in ordered], [name for _, name in ordered]
    records = await connection.fetch(statement, people, names, *arguments)
    return {(one["person"], one["name"]) for one in records}
