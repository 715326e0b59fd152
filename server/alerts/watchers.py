"""Who watches a row hears what becomes of it, for as long as they may read it.

The merge asks once who watches what it changed; the worker then sees to it that each may still read
it. Who loses sight of a project or a folder loses the watches there: a worker is told whom to look
at, and a nightly sweep finds what no merge brought about (a changed right, a purged project).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from server.alerts.causes import latest_change
from server.alerts.subjects import Subject, read_watchers
from server.alerts.telling import Event, tell
from server.users import load_access
from sync.tables.notices import WATCHABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import asyncpg

    from server.intake import Entry, Intake, MergeTransaction
    from server.store import Connection

log = structlog.get_logger()

PAUSE_SECONDS_MIN = 5
PAUSE_SECONDS_MAX = 3_600
SWEEP_PEOPLE = 500
"""People whose watches are looked at together."""

FOLLOWED = ("status",)
"""What is told whoever changed it: the server writes it for what someone else decided."""

_ASK = """
    INSERT INTO watch_check (person_id, asked_at)
    SELECT person, to_timestamp($2::bigint / 1000.0) FROM unnest($1::uuid[]) AS asked (person)
    WHERE EXISTS (SELECT FROM watch WHERE watch.person_id = person AND NOT watch.deleted)
"""
_NEXT = """
    SELECT person_id::text FROM watch_check WHERE next_at <= $1::timestamptz ORDER BY id LIMIT 1
"""
_TAKE = "DELETE FROM watch_check WHERE person_id = $1"
_LATER = """
    UPDATE watch_check SET attempts = attempts + 1,
        next_at = $2::timestamptz + least($3 * 2 ^ least(attempts, 20), $4) * interval '1 second'
    WHERE person_id = $1
"""
_READ_WATCHES = """
    SELECT watch.person_id::text AS person, watch.id::text AS id, subject_scope,
        EXISTS (SELECT FROM scope WHERE scope.name = subject_scope) AS there
    FROM watch WHERE watch.person_id = ANY($1::uuid[]) AND NOT watch.deleted
"""
_READ_PEOPLE = """
    SELECT DISTINCT person_id::text AS person FROM watch
    WHERE person_id > $1::uuid AND NOT deleted ORDER BY person LIMIT $2
"""
_FIRST = "00000000-0000-0000-0000-000000000000"


# What became of the rows


async def tell_watchers(transaction: MergeTransaction, entries: Collection[Entry]) -> None:
    """Tell those who watch what a merge changed, deleted or brought back; one read, or none."""
    changed = {subject: (entry, change) for entry in entries for subject, change in _changes(entry)}
    if not changed:
        return
    watchers = await read_watchers(transaction.connection, changed)
    for subject, people in sorted(watchers.items()):
        entry, change = changed[subject]
        cause, authors = _doing(entry, entries)
        tell(
            transaction.workspace,
            Event(
                kind="watching",
                project=_project(entry),
                scope=entry.scope.name,
                subject_table=subject[0],
                subject=subject[1],
                people=dict.fromkeys(sorted(people), "watching"),
                spared=authors,
                made_at=transaction.workspace.now_ms,
                **({"replica": cause["replica"], "counter": cause["counter"]} if cause else {}),
                **change,
            ),
        )


def _changes(entry: Entry) -> Iterator[tuple[Subject, dict[str, Any]]]:
    """Yield what of a touched row is told, and of what: a new version is told of its document."""
    row = entry.row
    if row is None:
        return
    if entry.table.name == "document_version" and entry.stored is None and not row.deleted:
        yield ("document", row.values["document_id"]), {"what": "watched_version"}
    elif entry.table.name in WATCHABLE and (change := _change(entry)) is not None:
        yield (entry.table.name, row.id), change


def _change(entry: Entry) -> dict[str, Any] | None:
    """Return what is told of a row; None when nobody needs to hear of it."""
    stored, row = entry.stored, entry.row
    if stored is None or row is None or (stored.deleted and row.deleted):
        return None
    if stored.deleted != row.deleted:
        return {"what": "watched_deleted" if row.deleted else "watched_restored"}
    by_people = latest_change(entry) is not None
    moved = [
        field.name
        for field in entry.table.fields
        if stored.values.get(field.name) != row.values.get(field.name)
        and (field.name in FOLLOWED or (by_people and not field.server))
    ]
    return {"what": "watched_changed", "facts": {"fields": moved}} if moved else None


def _doing(entry: Entry, entries: Collection[Entry]) -> tuple[Mapping[str, Any], list[str]]:
    """Return the change behind what became of a row, and the authors of what the server did for.

    An approval, a payment, a version: where nobody wrote the row itself, those who wrote what
    speaks of it did it.
    """
    cause = latest_change(entry)
    if cause is not None:
        return cause, []
    assert entry.row is not None  # noqa: S101 - a watched row is there
    about = [one for one in entries if one is not entry and entry.row.id in _named(one)]
    causes = [found for one in about if (found := latest_change(one)) is not None]
    authors = {one.row.values.get("author_id") for one in about if one.row is not None}
    return (
        max(causes, key=lambda one: (one["time"], one["replica"]), default={}),
        sorted(author for author in authors if isinstance(author, str)),
    )


def _named(entry: Entry) -> Iterator[Any]:
    """Yield the rows that a row speaks of."""
    if entry.row is not None:
        for field in entry.table.fields:
            if field.name.endswith("_id"):
                yield entry.row.values.get(field.name)


def _project(entry: Entry) -> str | None:
    """Return the project of a row; one in a restricted folder names it, others are in its scope."""
    assert entry.row is not None  # noqa: S101 - a watched row is there
    kind, _, key = entry.scope.name.partition(":")
    named: str | None = entry.row.values.get("project_id")
    return named or (None if kind == "folder" else key)


# Who may not read them any more


async def ask_watch_check(transaction: MergeTransaction, entries: Collection[Entry]) -> None:
    """Put down whose watches are to be looked at, if anyone lost sight of something."""
    people = sorted({person for entry in entries for person in _barred(entry)})
    if people:
        await transaction.connection.execute(_ASK, people, transaction.workspace.now_ms)


def _barred(entry: Entry) -> Iterator[str]:
    """Yield whom a change may have taken something from that they could read."""
    stored, row = entry.stored, entry.row
    if stored is None or row is None or stored.deleted:
        return
    before, after = stored.values, {} if row.deleted else row.values
    match entry.table.name:
        case "member" if before.get("role") != after.get("role"):
            yield before["person_id"]
        case "person" if any(before.get(one) != after.get(one) for one in ("role", "active")):
            yield row.id
        case "folder":
            yield from {*(before.get("members") or ())} - {*(after.get("members") or ())}


async def check_watches_next(intake: Intake, pool: asyncpg.Pool, now: Any) -> bool:
    """End what the next person watches and may not read; return whether someone waited.

    One that fails waits, and the others go on.
    """
    person = await pool.fetchval(_NEXT, now)
    if person is None:
        return False
    try:
        async with intake.server_transaction([f"user:{person}"]) as transaction:
            await transaction.connection.execute(_TAKE, person)
            await _end_unreadable(transaction, person)
    except Exception:
        log.exception("watch_check_failed", person=person)
        await pool.execute(_LATER, person, now, PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX)
    return True


async def sweep_watches(intake: Intake, pool: asyncpg.Pool) -> int:
    """End all watches of what is out of sight; return how many."""
    ended, last = 0, _FIRST
    while True:
        async with pool.acquire() as connection:
            people = [
                one["person"] for one in await connection.fetch(_READ_PEOPLE, last, SWEEP_PEOPLE)
            ]
            unreadable = await _unreadable(connection, people)
        for person in sorted(unreadable):
            async with intake.server_transaction([f"user:{person}"]) as transaction:
                ended += await _end_unreadable(transaction, person)
        if len(people) < SWEEP_PEOPLE:
            return ended
        last = people[-1]


async def _end_unreadable(transaction: MergeTransaction, person: str) -> int:
    """End what a person watches and may not read, under the lock of their own scope."""
    gone = (await _unreadable(transaction.connection, [person])).get(person, [])
    scope = f"user:{person}"
    if gone:
        await transaction.load(scope, gone)
    for watch in gone:
        transaction.workspace.remove(scope, "watch", watch, intent="watch.end")
    return len(gone)


async def _unreadable(connection: Connection, people: Sequence[str]) -> dict[str, list[str]]:
    """Return person -> those of their watches that are of what they may not read, or is gone."""
    access = await load_access(connection, people)
    found: dict[str, list[str]] = {}
    for one in await connection.fetch(_READ_WATCHES, people):
        person = one["person"]
        if not one["there"] or not access[person].reads(one["subject_scope"]):
            found.setdefault(person, []).append(one["id"])
    return found
