"""What a rule, as someone proposes it, would have raised over the last 90 days.

Worked out from the history of the rows that it watches, as the server knew them at the time. Where
no history is kept, or too little of it, that is said: what is not known is not guessed.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from server.alerts.devices import RULE as DEVICE_RULE
from server.alerts.history import first_change, moments_of, read_log, read_present
from server.alerts.indices import INDEX_RULES
from server.alerts.money import MONEY_RULES
from server.alerts.preview_indices import preview_index
from server.alerts.preview_money import preview_money
from server.alerts.preview_reports import preview_reports
from server.alerts.rules import ProjectDay, project_day, zone_of
from server.alerts.spans import DAY_MS, Raised, Span, spans_of
from server.alerts.watches import WATCHES, Watch, search_arguments, search_statement
from server.alerts.whole import judge_values
from sync.changes import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Book
    from server.store import Connection

PREVIEW_DAYS = 90
SHOWN_MAX = 500
"""Alerts that a preview shows; it counts them all."""

History = Literal["kept", "partly", "not_kept"]

_READ_PROJECT = """
    SELECT id::text, start::text, finish::text, time_zone, status, calendar_id::text, template
    FROM project WHERE id = $1 AND NOT deleted
"""

_NOT_KEPT = Sentence(
    fr="Le serveur ne garde pas l'heure de chaque contact d'un appareil, seulement du dernier : "
    "on ne peut pas dire quelles alertes auraient été levées.",
    en="The server does not keep when each device was in touch, only the last time: which alerts "
    "would have been raised cannot be said.",
)
_CUT = Sentence(
    fr="L'historique est trop long pour être relu en entier : l'aperçu commence plus tard.",
    en="The history is too long to be read whole: the preview begins later.",
)
_YOUNG = Sentence(
    fr="L'historique du projet commence plus tard que la période demandée.",
    en="The project's history begins later than the period asked for.",
)
_AS_KNOWN = Sentence(
    fr="Calculé d'après ce que l'on sait aujourd'hui de chaque jour ; ce qui est arrivé plus tard "
    "compte au jour dont il parle.",
    en="Worked out from what is known today of each day; what arrived later counts on the day that "
    "it is about.",
)
_TODAY = Sentence(
    fr="Les dates, le fuseau et le calendrier du projet sont ceux d'aujourd'hui.",
    en="The project's dates, time zone and calendar are those of today.",
)


class Preview(Struct, frozen=True):
    """What a rule would have raised."""

    rule: str
    project: str
    since: int
    """From when on it is worked out, in milliseconds since 1970; `until` when."""
    until: int
    history: History
    notes: list[Sentence]
    count: int
    standing: int
    """How many of these would still stand."""
    raised: list[Raised]
    """The latest first; no more than 500."""


class Asked(Struct, frozen=True):
    """What is worked out, and how much may be read for it."""

    project: str
    rule: str
    book: Book
    """The project's rules, with the one as it is proposed."""
    values: Mapping[str, Any]
    """The project's own."""
    now_ms: int
    changes_max: int

    def day_at(self, at: int) -> ProjectDay:
        """Return the project's day at a moment."""
        return project_day(self.project, self.values, at)


async def read_project(connection: Connection, project: str) -> dict[str, Any] | None:
    """Return what a preview needs to know of a project; None: it is not there for this reader."""
    record = await connection.fetchrow(_READ_PROJECT, project)
    return None if record is None else dict(record)


async def preview(connection: Connection, asked: Asked) -> Preview:
    """Return what a rule would have raised; reads as whoever the connection reads for."""
    since = asked.now_ms - PREVIEW_DAYS * DAY_MS
    if asked.rule == DEVICE_RULE:
        return _made(asked, since, [], "not_kept", [_NOT_KEPT])
    first = await first_change(connection, f"project:{asked.project}")
    begun = max(since, first or asked.now_ms)
    notes = [_YOUNG] if begun > since else []
    if asked.rule in INDEX_RULES.values():
        spans = await preview_index(connection, asked, begun)
        return _made(asked, begun, spans, "kept", [*notes, _AS_KNOWN])
    if asked.rule in MONEY_RULES:
        spans, whole = await preview_money(connection, asked, begun)
    elif asked.rule == "report_missing":
        spans, whole = await preview_reports(connection, asked, begun)
    else:
        spans, whole = await _preview_rows(connection, asked, begun)
    cut = whole > begun
    notes = [*notes, *([_CUT] if cut else []), _TODAY]
    return _made(asked, whole, spans, "partly" if cut else "kept", notes)


def _made(
    asked: Asked, since: int, spans: list[Span], history: History, notes: list[Sentence]
) -> Preview:
    shown = sorted(spans, key=lambda span: (-span.start, span.raised.subject_id))
    return Preview(
        asked.rule,
        asked.project,
        since,
        asked.now_ms,
        history,
        notes,
        len(spans),
        sum(span.end is None for span in spans),
        [span.shown() for span in shown[:SHOWN_MAX]],
    )


async def _preview_rows(connection: Connection, asked: Asked, since: int) -> tuple[list[Span], int]:
    """Replay the rows that a watch looks at: those that changed, and those that break it now."""
    spans: list[Span] = []
    whole = since
    for watch in WATCHES:
        if asked.rule not in watch.rules:
            continue
        scope = f"{watch.row_home}:{asked.project}"
        log = await read_log(connection, scope, watch.table, since, asked.changes_max)
        whole = max(whole, log.since)
        today = {asked.project: asked.day_at(asked.now_ms)}
        arguments = search_arguments(watch, today, lambda _: asked.book)
        breaking = await connection.fetch(search_statement(watch), *arguments)
        rows = {*log.entries, *(one["id"] for one in breaking)}
        present = await read_present(connection, watch.table, asked.project, rows, watch.fields)
        for row, (gone, values) in present.items():
            moments = moments_of(gone, values, log.entries.get(row, ()), log.since)
            spans += spans_of(
                moments,
                _ticks(watch, moments, asked, log.since),
                partial(_judge, watch, row, asked),
            )
    return spans, whole


def _judge(
    watch: Watch, row: str, asked: Asked, values: Mapping[str, Any] | None, at: int
) -> list[Raised]:
    if values is None:
        return []
    findings = judge_values(watch, values, asked.day_at(at), asked.book)
    return [
        Raised(watch.table, row, one.level, {**one.facts}, at)
        for one in findings
        if one.rule == asked.rule
    ]


def _ticks(watch: Watch, moments: list[Any], asked: Asked, since: int) -> list[int]:
    """Return when the passing of time alone may change what a row breaks."""
    if not watch.clocked:
        return []
    ticks = midnights(asked.values.get("time_zone"), since, asked.now_ms)
    for moment in moments:
        values = moment.values or {}
        if watch.table == "permit" and values.get("valid_until"):
            ends = _moment(values["valid_until"], asked.values.get("time_zone"))
            hours = asked.book["permit_expiring"].wait_hours
            ticks += [ends - hours * 3_600_000, ends]
        elif values.get("waiting_since"):
            hours = asked.book["request_waiting"].wait_hours
            ticks.append(values["waiting_since"] + hours * 3_600_000)
    return sorted({one for one in ticks if since <= one <= asked.now_ms})


def midnights(time_zone: str | None, since: int, until: int) -> list[int]:
    """Return when the local days begin between two moments."""
    zone = zone_of(time_zone)
    day = dt.datetime.fromtimestamp(since / 1000, tz=zone).date() + dt.timedelta(days=1)
    found = []
    while (at := _milliseconds(day, zone)) <= until:
        found.append(at)
        day += dt.timedelta(days=1)
    return found


def _milliseconds(day: dt.date, zone: dt.tzinfo) -> int:
    return int(dt.datetime.combine(day, dt.time(), tzinfo=zone).timestamp() * 1000)


def _moment(local: str, time_zone: str | None) -> int:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=zone_of(time_zone))
    return int(at.timestamp() * 1000)
