"""Tells people: takes events out of the outbox, and writes each person's notices and letters.

All in one transaction: an event that is gone from the outbox has become the notices of all whom it
concerns, and a worker that dies leaves it to the next. What comes together is told together.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct

from server.alerts import words
from server.alerts.preferences import Reader, read_readers
from server.alerts.recipients import Told, resolve
from server.alerts.subjects import Subject, read_names
from server.alerts.telling import Event
from server.messaging import Letter, Link, Words, post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import asyncpg

    from server.intake import Intake, MergeTransaction

log = structlog.get_logger()

BATCH_MERGES = 100
"""Outbox rows told at once; each is what one transaction had to tell."""
LINES_MAX = 20
"""Lines of a notice that tells of several things; how many more there are it says in its title."""
BODY_CHARACTERS_MAX = 4_000
PAUSE_SECONDS_MIN = 5
PAUSE_SECONDS_MAX = 3_600
ERROR_CHARACTERS_MAX = 300

_TAKE = """
    SELECT id, events::text FROM notice_outbox WHERE next_at <= $1::timestamptz
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_DONE = "DELETE FROM notice_outbox WHERE id = ANY($1::bigint[])"
_LATER = """
    UPDATE notice_outbox SET attempts = attempts + 1, error = $2,
        next_at = $1::timestamptz + least($3 * 2 ^ least(attempts, 20), $4) * interval '1 second'
    WHERE id = (
        SELECT id FROM notice_outbox WHERE next_at <= $1::timestamptz ORDER BY id LIMIT 1
    )
"""
_READ_PROJECTS = """
    SELECT id::text, code, name, time_zone, language FROM project WHERE id = ANY($1::uuid[])
"""

_decode = msgspec.json.Decoder(list[Event]).decode


class Project(Struct, frozen=True):
    """What a notice says of the project that it is about."""

    name: str
    time_zone: str | None
    language: str | None


async def deliver_notices(
    intake: Intake, pool: asyncpg.Pool, now_ms: int, url: str | None = None
) -> bool:
    """Tell people what waits to be told; return whether there was anything.

    Args:
        intake: the only writer of synced rows.
        pool: the database.
        now_ms: the time.
        url: the address that letters lead to.

    A batch that fails is taken apart, and what fails by itself waits with growing pauses.

    """
    now = dt.datetime.fromtimestamp(now_ms / 1000, tz=dt.UTC)
    try:
        return await _deliver(intake, now, url, BATCH_MERGES)
    except Exception:
        log.exception("notices_failed")
    try:
        return await _deliver(intake, now, url, 1)
    except Exception as error:
        log.exception("notice_failed")
        why = f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS_MAX]
        await pool.execute(_LATER, now, why, PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX)
    return True


async def _deliver(intake: Intake, now: dt.datetime, url: str | None, limit: int) -> bool:
    async with intake.server_transaction([]) as transaction:
        connection = transaction.connection
        taken = await connection.fetch(_TAKE, now, limit)
        events = [event for one in taken for event in _decode(one["events"])]
        if events:
            await tell_people(transaction, events, url)
        if taken:
            await connection.execute(_DONE, [one["id"] for one in taken])
    return bool(taken)


async def tell_people(
    transaction: MergeTransaction, events: Sequence[Event], url: str | None
) -> int:
    """Write the notices and letters of events; return how many people are told.

    Locks the scopes of those who are told: the transaction must hold none yet.
    """
    connection, now_ms = transaction.connection, transaction.workspace.now_ms
    told = await resolve(connection, events, now_ms)
    readers = await read_readers(connection, {one.person for one in told})
    told = [one for one in told if one.person in readers]
    if not told:
        return 0
    subjects = {
        (one.event.subject_table, one.event.subject): one.event.project
        for one in told
        if one.event.subject_table and one.event.subject and one.event.project
    }
    names = await read_names(connection, subjects)
    projects = {
        one["id"]: Project(f"{one['code']} {one['name']}", one["time_zone"], one["language"])
        for one in await connection.fetch(
            _READ_PROJECTS, sorted({one.event.project for one in told if one.event.project})
        )
    }
    desk = Desk(transaction, readers, names, projects, url)
    scopes = [f"user:{person}" for person in sorted({one.person for one in told})]
    await transaction.lock(scopes, make=scopes)
    for group in fold(told):
        desk.write(group)
    await post(connection, desk.letters)
    return len(scopes)


def fold(told: Sequence[Told]) -> list[list[Told]]:
    """Put together what one person is told at once of one kind; urgent things stay apart.

    What one change set did is one notice, and so is all that comes at once: never a hundred.
    """
    groups: dict[tuple[Any, ...], list[Told]] = defaultdict(list)
    for number, one in enumerate(told):
        event = one.event
        if event.urgent:
            key: tuple[Any, ...] = (one.person, event.kind, number)
        elif event.kind in {"digest", "deadline"}:
            key = (one.person, event.kind)
        else:
            key = (one.person, event.kind, event.project)
        groups[key].append(one)
    return [*groups.values()]


class Desk:
    """Words notices and letters, each in the language of whoever reads it."""

    def __init__(
        self,
        transaction: MergeTransaction,
        readers: Mapping[str, Reader],
        names: Mapping[Subject, str],
        projects: Mapping[str, Project],
        url: str | None,
    ) -> None:
        self._transaction = transaction
        self._readers = readers
        self._names = names
        self._projects = projects
        self._url = url
        self._now_ms = transaction.workspace.now_ms
        self.letters: list[Letter] = []

    def write(self, group: list[Told]) -> None:
        """Write one person's notice of one or several things, and its letters."""
        first = group[0].event
        reader = self._readers[group[0].person]
        channels = reader.channels(first.kind, urgent=first.urgent)
        if not channels:
            return
        project = self._projects.get(first.project or "")
        zone = None if project is None else project.time_zone
        language = self._language(reader, project)
        title, body = self._words(group, language, reader.zone(zone))
        now = dt.datetime.fromtimestamp(self._now_ms / 1000, tz=dt.UTC)
        quiet = None if first.urgent else reader.quiet_until(now, zone)
        notice = str(uuid.uuid4())
        if "app" in channels:
            values = self._values(group, title, body, channels)
            if quiet is not None:
                values["ring_at"] = int(quiet.timestamp() * 1000)
            scope = f"user:{reader.id}"
            write = self._transaction.workspace.write
            write(scope, "notification", notice, values, intent="notice.send")
        self._post(reader, channels, Said(first.kind, title, body, language), notice, quiet)

    def _language(self, reader: Reader, project: Project | None) -> words.Language:
        known = reader.language or (None if project is None else project.language)
        return "en" if known == "en" else "fr"

    def _words(
        self, group: list[Told], language: words.Language, zone: dt.tzinfo
    ) -> tuple[str, str]:
        first = group[0].event
        lines = [self._line(one.event, language, zone) for one in group]
        reason = words.why(group[0].reason, language, urgent=first.urgent)
        if first.kind == "digest":
            parts = [str(one.event.facts[language]) for one in group]
            return words.many_of("digest", len(group), language), _body(parts, reason)
        if len(group) == 1:
            project = self._projects.get(first.project or "")
            parts = [*([project.name] if project else []), *_quoted(first)]
            return lines[0], _body(parts, reason)
        listed = "\n".join(f"• {line}" for line in lines[:LINES_MAX])
        more = len(lines) - LINES_MAX
        parts = [listed, *([f"+ {more}"] if more > 0 else [])]
        title = words.many_of(first.kind, len(group), language)
        project = self._projects.get(first.project or "")
        same = len({one.event.project for one in group}) == 1
        return (f"{title} — {project.name}" if project and same else title), _body(parts, reason)

    def _line(self, event: Event, language: words.Language, zone: dt.tzinfo) -> str:
        name = self._names.get((event.subject_table or "", event.subject or ""))
        return words.title_of(event.what, event.facts, name, language, zone)

    def _values(
        self, group: list[Told], title: str, body: str, channels: list[str]
    ) -> dict[str, Any]:
        first = group[0].event
        alone = len(group) == 1
        same = len({one.event.project for one in group}) == 1
        known = {
            "project_id": first.project if same else None,
            "subject_table": first.subject_table if alone else None,
            "subject_id": first.subject if alone else None,
            "alert_id": first.alert if alone else None,
            "actor_id": group[0].actor,
            "urgent": True if first.urgent else None,
        }
        return {
            "person_id": group[0].person,
            "kind": first.kind,
            "count": len(group),
            "title": title,
            "body": body,
            "reason": group[0].reason,
            "channels": channels,
            "made_at": min(one.event.made_at for one in group),
            "sent_at": self._now_ms,
            **{name: value for name, value in known.items() if value is not None},
        }

    def _post(
        self,
        reader: Reader,
        channels: list[str],
        said: Said,
        notice: str,
        quiet: dt.datetime | None,
    ) -> None:
        now = dt.datetime.fromtimestamp(self._now_ms / 1000, tz=dt.UTC)
        self.letters += letters_of(reader, channels, said, notice, now, self._url, quiet)


class Said(Struct, frozen=True):
    """A notice as it is worded."""

    kind: str
    title: str
    body: str
    language: words.Language


def letters_of(  # noqa: PLR0917 -- what a letter is made of
    reader: Reader,
    channels: Sequence[str],
    said: Said,
    name: str,
    now: dt.datetime,
    url: str | None,
    quiet: dt.datetime | None = None,
) -> list[Letter]:
    """Return the letters that a notice becomes, by each channel that leads to the person."""
    link = None if url is None else Link(words.open_words(said.language), url)
    return [
        Letter(
            kind=f"notice_{said.kind}",
            to=address,
            words=Words(said.title[:200], (said.body,), link),
            made_at=now,
            language=said.language,
            once=f"notice:{name}:{channel}",
            not_before=quiet,
        )
        for channel in channels
        if channel != "app" and (address := reader.address(channel)) is not None
    ]


def _quoted(event: Event) -> list[str]:
    body = event.facts.get("body") or event.facts.get("reason")
    return [f"« {body} »"] if body else []


def _body(parts: list[str], reason: str) -> str:
    room = BODY_CHARACTERS_MAX - len(reason) - 2
    said = "\n\n".join(parts)
    return f"{said if len(said) <= room else said[: room - 1] + '…'}\n\n{reason}"
