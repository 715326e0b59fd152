"""Which daily reports would have been told as missing: those handed in too late, or never."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from server.alerts.history import moments_of, read_log, read_present
from server.alerts.reports import HANDED_IN, Filed, missing_days, read_filed
from server.alerts.rules import zone_of
from server.alerts.spans import Raised, Span

if TYPE_CHECKING:
    from server.alerts.preview import Asked
    from server.store import Connection

RULE = "report_missing"

_ALL = "SELECT id::text FROM daily_report WHERE project_id = $1 AND date >= $2::text::date"


async def preview_reports(
    connection: Connection, asked: Asked, since: int
) -> tuple[list[Span], int]:
    """Return the days that were missing for a while, or still are."""
    project, scope = asked.project, f"project:{asked.project}"
    log = await read_log(connection, scope, "daily_report", since, asked.changes_max)
    today = asked.day_at(asked.now_ms)
    filed = (await read_filed(connection, {project: today}, lambda _: asked.book)).get(project)
    zone = zone_of(asked.values.get("time_zone"))
    first = dt.datetime.fromtimestamp(log.since / 1000, tz=zone).date()
    rows = [one["id"] for one in await connection.fetch(_ALL, project, first.isoformat())]
    present = await read_present(connection, "daily_report", project, rows, ("date", "status"))
    handed_in: dict[str, int] = {}
    for row, (gone, values) in present.items():
        for moment in moments_of(gone, values, log.entries.get(row, ()), log.since):
            if moment.values and moment.values.get("status") in HANDED_IN:
                date = moment.values["date"]
                handed_in[date] = min(handed_in.get(date, moment.at), moment.at)
    spans = _spans(asked, filed, handed_in, first)
    return spans, log.since


def _spans(
    asked: Asked, filed: Filed | None, handed_in: dict[str, int], first: dt.date
) -> list[Span]:
    """Return the days that the rule asks a report for, and did not have in time."""
    zone = zone_of(asked.values.get("time_zone"))
    rule = asked.book[RULE]
    spans = []
    day = first
    today = dt.date.fromisoformat(asked.day_at(asked.now_ms).today)
    while day < today:
        over = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
        due = int((over + dt.timedelta(hours=rule.wait_hours)).timestamp() * 1000)
        came = handed_in.get(day.isoformat())
        if due <= asked.now_ms and _asked_for(asked, filed, day, due) and not _in_time(came, due):
            facts: dict[str, Any] = {"date": day.isoformat()}
            raised = Raised("project", asked.project, rule.level or "warning", facts, due)
            spans.append(Span(raised, due, came))
        day += dt.timedelta(days=1)
    return spans


def _in_time(came: int | None, due: int) -> bool:
    return came is not None and came <= due


def _asked_for(asked: Asked, filed: Filed | None, day: dt.date, due: int) -> bool:
    """Whether a report was due for a day: worked, and on a site that reports."""
    nothing = None if filed is None else Filed(filed.first, frozenset(), filed.calendar)
    return day.isoformat() in missing_days(nothing, asked.day_at(due), asked.book)
