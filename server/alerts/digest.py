"""The week of each project in short, told on Monday: one digest a person, not one a project.

What money there is in it goes to those who may see amounts, as a part of its own.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from server.alerts.jobs import read_days
from server.alerts.telling import Event, tell, write_events
from sync.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.alerts.rules import ProjectDay
    from server.alerts.words import Language
    from server.intake import Intake
    from server.store import Connection

_READ_TOLD = "SELECT project_id::text AS project, digest::text FROM notice_day"
_MARK = """
    INSERT INTO notice_day (project_id, digest)
    SELECT project, week::date FROM unnest($1::uuid[], $2::text[]) AS told (project, week)
    ORDER BY project
    ON CONFLICT (project_id) DO UPDATE SET digest = excluded.digest
    WHERE notice_day.digest IS NULL OR notice_day.digest < excluded.digest
    RETURNING project_id::text
"""

_WORK = "task.kind IN ('task', 'milestone') AND NOT task.deleted"
_OPEN = f"{_WORK} AND (status IS NULL OR status NOT IN ('done', 'verified', 'cancelled'))"
_READ_WEEK = f"""
    SELECT day.project_id::text AS project, project.code || ' ' || project.name AS name,
        (SELECT count(*) FROM task WHERE project_id = day.project_id AND {_WORK}
            AND status IN ('done', 'verified') AND actual_finish >= day.monday::date - 7
            AND actual_finish < day.monday::date) AS done,
        (SELECT count(*) FROM task WHERE project_id = day.project_id AND {_OPEN}
            AND planned_finish < day.today::date) AS overdue,
        (SELECT count(*) FROM task WHERE project_id = day.project_id AND {_OPEN}
            AND planned_finish >= day.today::date AND planned_finish < day.monday::date + 7) AS due,
        (SELECT count(*) FROM incident WHERE project_id = day.project_id AND NOT deleted
            AND occurred_at >= day.monday::date - 7 AND occurred_at < day.monday::date)
            AS incidents,
        (SELECT count(*) FROM alert WHERE project_id = day.project_id AND status = 'open'
            AND scope_kind = 'project') AS alerts,
        (SELECT count(*) FROM alert WHERE project_id = day.project_id AND status = 'open'
            AND scope_kind = 'project' AND rule = 'report_missing') AS reports
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS day (project_id, today, monday)
    JOIN project ON project.id = day.project_id
"""
_READ_MONEY = """
    SELECT budget.project_id::text AS project, budget.name, currency, amount,
        coalesce(spent, 0) AS spent, coalesce(committed, 0) AS committed,
        coalesce(forecast, 0) AS forecast,
        (SELECT count(*) FROM alert WHERE project_id = budget.project_id AND status = 'open'
            AND scope_kind = 'finance') AS alerts
    FROM budget WHERE budget.project_id = ANY($1::uuid[]) AND NOT deleted
    ORDER BY budget.project_id, name, id
"""

_LINES: Mapping[Language, tuple[tuple[str, str], ...]] = {
    "fr": (
        ("done", "tâches finies la semaine passée"),
        ("due", "tâches à finir cette semaine"),
        ("overdue", "tâches en retard"),
        ("incidents", "incidents et presqu'accidents la semaine passée"),
        ("reports", "rapports journaliers manquants"),
        ("alerts", "alertes ouvertes"),
    ),
    "en": (
        ("done", "tasks finished last week"),
        ("due", "tasks to finish this week"),
        ("overdue", "tasks overdue"),
        ("incidents", "incidents and near misses last week"),
        ("reports", "daily reports missing"),
        ("alerts", "open alerts"),
    ),
}
_MONEY: Mapping[Language, str] = {
    "fr": "{name} : {spent} dépensés et {committed} engagés sur {amount} ; "
    "prévision à l'achèvement {forecast}",
    "en": "{name}: {spent} spent and {committed} committed of {amount}; "
    "forecast at completion {forecast}",
}


async def tell_digests(intake: Intake, now_ms: int, *, hour: int) -> int:
    """Put down the digest of the projects whose week has begun; return how many these are.

    Together, in one transaction, so that whoever belongs to several is told once. It may run at any
    time, any number of times: a project's week is told once, late rather than not at all.
    """
    async with intake.server_transaction([]) as transaction:
        connection = transaction.connection
        days = await read_days(connection, now_ms)
        told = {one["project"]: one["digest"] for one in await connection.fetch(_READ_TOLD)}
        due = {
            project: monday
            for project, day in days.items()
            if day.watched
            and (monday := week_of(day, hour)) is not None
            and (told.get(project) or "") < monday
        }
        marked = await connection.fetch(_MARK, [*due], [*due.values()])
        # A project seen for the first time has no week behind it that anyone waits for.
        fresh = {
            one["project_id"]: days[one["project_id"]]
            for one in marked
            if told.get(one["project_id"]) is not None
        }
        if fresh:
            for event in await _events(connection, fresh, due):
                tell(transaction.workspace, event)
            await write_events(transaction)
    return len(fresh)


def week_of(day: ProjectDay, hour: int) -> str | None:
    """Return the Monday of the week that a project is in; None before its digest's hour."""
    today = dt.date.fromisoformat(day.today)
    if today.weekday() == 0 and int(day.now[11:13]) < hour:
        return None
    return (today - dt.timedelta(days=today.weekday())).isoformat()


async def _events(
    connection: Connection, days: Mapping[str, ProjectDay], weeks: Mapping[str, str]
) -> list[Event]:
    arguments = [
        [*days],
        [day.today for day in days.values()],
        [weeks[project] for project in days],
    ]
    events = []
    for one in await connection.fetch(_READ_WEEK, *arguments):
        said = {language: _week(dict(one), language) for language in _LINES}
        events.append(_event(days[one["project"]], "project", weeks, said))
    money: dict[str, list[Any]] = {}
    for one in await connection.fetch(_READ_MONEY, [*days]):
        money.setdefault(one["project"], []).append(one)
    for project, budgets in money.items():
        said = {language: "\n".join(_budgets(budgets, language)) for language in _MONEY}
        events.append(_event(days[project], "finance", weeks, said))
    return events


def _event(
    day: ProjectDay, home: str, weeks: Mapping[str, str], said: Mapping[Language, str]
) -> Event:
    return Event(
        kind="digest",
        what="digest",
        project=day.project,
        scope=f"{home}:{day.project}",
        facts={"fr": said["fr"], "en": said["en"]},
        everyone=True,
        made_at=day.now_ms,
        once=(f"digest:{home}:{day.project}:{weeks[day.project]}",),
    )


def _week(record: Mapping[str, Any], language: Language) -> str:
    lines = [f"• {record[name]} {label}" for name, label in _LINES[language] if record[name]]
    quiet = "• rien à signaler" if language == "fr" else "• nothing to report"
    return "\n".join([record["name"], *(lines or [quiet])])


def _budgets(budgets: list[Any], language: Language) -> Iterator[str]:
    for one in budgets:
        amounts = {
            name: format_amount(one[name], one["currency"], language)
            for name in ("amount", "spent", "committed", "forecast")
        }
        yield "• " + _MONEY[language].format(name=one["name"], **amounts)
