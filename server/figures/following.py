"""Follows the merge: reports of progress, baselines taken, tasks added; cost by what changed.

An effect, run last: what the other effects write (progress rolled up, a baseline's number) counts.
A merge that says nothing of progress costs no statement; one that does costs three or four.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field

from server.figures.earning import (
    NOW,
    REPORTED,
    Report,
    day_said,
    earned_steps,
    progress_now,
    progress_said,
)
from server.figures.taking import put_in_force, value_baseline
from server.figures.valuing import WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.intake import MergeTransaction
    from server.intake.entries import Entry, LogEntry
    from sync.merge import Row

_READ_REPORTS = """
    SELECT task_id::text AS task, day, progress, time FROM progress_day
    WHERE project_id = $1 AND task_id = ANY($2::uuid[])
"""

_WRITE_REPORTS = """
    INSERT INTO progress_day (project_id, task_id, day, progress, time)
    SELECT $1, * FROM unnest($2::uuid[], $3::date[], $4::int[], $5::bigint[])
    ON CONFLICT (project_id, task_id, day)
        DO UPDATE SET progress = excluded.progress, time = excluded.time
"""

_READ_VALUES = """
    SELECT value.task_id::text AS task, sum(value.budget)::bigint AS budget
    FROM figure_state AS state JOIN baseline_value AS value
        ON value.project_id = state.project_id AND value.baseline_id = state.baseline_id
    WHERE state.project_id = $1 AND value.task_id = ANY($2::uuid[]) GROUP BY value.task_id
"""

_MOVE_DAYS = """
    INSERT INTO figure_day (project_id, figure, day, amount)
    SELECT $1, 'earned', * FROM unnest($2::date[], $3::bigint[])
    ON CONFLICT (project_id, figure, day)
        DO UPDATE SET amount = figure_day.amount + excluded.amount
"""

_MOVE_ADDED = "UPDATE figure_state SET added = added + $2 WHERE project_id = $1"

_READ_BASELINES = """
    SELECT id::text, number, taken_at FROM baseline
    WHERE project_id = $1 AND NOT deleted AND id <> ALL($2::uuid[])
"""


class Followed(Struct):
    """What a merge says of one project."""

    reports: dict[str, dict[dt.date, Report]] = field(default_factory=lambda: defaultdict(dict))
    tasks: dict[str, Row] = field(default_factory=dict)
    """Those whose progress was said, or that came or went."""
    added: dict[str, int] = field(default_factory=dict)
    """Tasks that came (1) or went (-1) as work."""
    baselines: dict[str, Entry] = field(default_factory=dict)


async def follow_figures(transaction: MergeTransaction) -> None:
    """Keep the daily figures true to what was merged."""
    for project, said in sorted(_followed(transaction).items()):
        zone = await _zone(transaction, project)
        if said.baselines:
            await _take_baselines(transaction, project, said, zone)
        if said.tasks:
            await _move(transaction, project, said, zone)


def _followed(transaction: MergeTransaction) -> dict[str, Followed]:
    found: dict[str, Followed] = defaultdict(Followed)
    for (scope, row_id), entry in transaction.workspace.touched.items():
        project = scope.partition(":")[2]
        if entry.table.name == "baseline":
            if _baseline_key(entry.stored) != _baseline_key(entry.row):
                found[project].baselines[row_id] = entry
        elif entry.table.name == "task" and entry.row is not None:
            change = is_work(entry.row) - is_work(entry.stored)
            if change:
                found[project].added[row_id] = change
            if change or _progress(entry.stored) != _progress(entry.row):
                found[project].tasks[row_id] = entry.row
    for one in _reporting(transaction):
        row = transaction.workspace.row(one.change.scope, one.change.row)
        if row is not None:
            found[one.change.scope.partition(":")[2]].tasks[row.id] = row
    return dict(found)


def _reporting(transaction: MergeTransaction) -> Iterator[LogEntry]:
    """Yield the merge's changes that say how far a task is."""
    for one in transaction.workspace.accepted():
        if one.change.table == "task" and not REPORTED.isdisjoint(one.change.after):
            yield one


def is_work(task: Row | None) -> bool:
    """Whether a task is work that can earn."""
    return (
        task is not None
        and not task.deleted
        and task.values.get("kind") in WORK_KINDS
        and task.values.get("status") != "cancelled"
    )


def _progress(task: Row | None) -> int | None:
    return None if task is None else progress_now(task.values, deleted=task.deleted)


def _baseline_key(baseline: Row | None) -> tuple[int, int, str] | None:
    if baseline is None or baseline.deleted:
        return None
    values = baseline.values
    return (values.get("number") or 0, values.get("taken_at") or 0, baseline.id)


async def _zone(transaction: MergeTransaction, project: str) -> dt.tzinfo:
    scope = f"project:{project}"
    await transaction.load(scope, [project])
    row = transaction.workspace.row(scope, project)
    return zone_of(None if row is None else row.values.get("time_zone"))


def zone_of(name: str | None) -> dt.tzinfo:
    """Return a project's time zone; one that is missing or unknown is UTC."""
    try:
        return ZoneInfo(name) if name else dt.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def local_day(milliseconds: int, zone: dt.tzinfo) -> dt.date:
    """Return the date in a time zone."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=zone).date()


async def _take_baselines(
    transaction: MergeTransaction, project: str, said: Followed, zone: dt.tzinfo
) -> None:
    scope = f"project:{project}"
    row = transaction.workspace.row(scope, project)
    if row is None:
        return
    currency = row.values["currency"]
    today = local_day(transaction.workspace.now_ms, zone)
    for baseline, entry in sorted(said.baselines.items()):
        if entry.stored is None:
            await value_baseline(transaction, project, baseline, currency, today)
    keys = [key for entry in said.baselines.values() if (key := _baseline_key(entry.row))]
    keys += [
        (one["number"] or 0, one["taken_at"] or 0, one["id"])
        for one in await transaction.connection.fetch(
            _READ_BASELINES, project, sorted(said.baselines)
        )
    ]
    await put_in_force(transaction.connection, project, max(keys)[2] if keys else None, currency)


async def _move(
    transaction: MergeTransaction, project: str, said: Followed, zone: dt.tzinfo
) -> None:
    """Add the reports and move what was earned by the difference that they make."""
    connection = transaction.connection
    tasks = sorted(said.tasks)
    known: dict[str, dict[dt.date, Report]] = defaultdict(dict)
    for one in await connection.fetch(_READ_REPORTS, project, tasks):
        known[one["task"]][one["day"]] = Report(one["progress"], one["time"])
    fresh = _reports(transaction, project, zone)
    values = {one["task"]: one for one in await connection.fetch(_READ_VALUES, project, tasks)}
    moved: dict[dt.date, int] = defaultdict(int)
    written: list[tuple[str, dt.date, int, int]] = []
    for task in tasks:
        before = known[task]
        after = {**before, **_later(before, fresh.get(task, {}))}
        row = said.tasks[task]
        after[NOW] = Report(progress_now(row.values, deleted=row.deleted), 0)
        written += [
            (task, day, *report) for day, report in after.items() if before.get(day) != report
        ]
        if task in values:
            budget = values[task]["budget"]
            for sign, reports in ((-1, before), (1, after)):
                now = reports[NOW].progress if NOW in reports else None
                for day, amount in earned_steps(budget, reports, now).items():
                    moved[day] += sign * amount
    if written:
        columns = [[one[place] for one in written] for place in range(4)]
        await connection.execute(_WRITE_REPORTS, project, *columns)
    days = {day: amount for day, amount in sorted(moved.items()) if amount}
    if days:
        await connection.execute(_MOVE_DAYS, project, [*days], [*days.values()])
    added = sum(count for task, count in said.added.items() if task not in values)
    if added:
        await connection.execute(_MOVE_ADDED, project, added)


def _later(
    known: Mapping[dt.date, Report], fresh: Mapping[dt.date, Report]
) -> dict[dt.date, Report]:
    """Return the fresh reports that are later than what is known of their days."""
    return {
        day: report
        for day, report in fresh.items()
        if day not in known or _order(report) > _order(known[day])
    }


def _order(report: Report) -> tuple[int, int]:
    return report.time, report.progress


def _reports(
    transaction: MergeTransaction, project: str, zone: dt.tzinfo
) -> dict[str, dict[dt.date, Report]]:
    """Return what the merge's changes say, by task and day."""
    found: dict[str, dict[dt.date, Report]] = defaultdict(dict)
    for one in _reporting(transaction):
        if one.change.scope != f"project:{project}":
            continue
        said = _said(one, zone)
        if said is None:
            continue
        day, report = said
        present = found[one.change.row].get(day)
        if present is None or _order(report) > _order(present):
            found[one.change.row][day] = report
    return found


def _said(entry: LogEntry, zone: dt.tzinfo) -> tuple[dt.date, Report] | None:
    after: Mapping[str, Any] = entry.change.after
    progress = progress_said(after)
    if progress is None:
        return None
    written = local_day(entry.time // 1000, zone)
    return day_said(after, progress, written), Report(progress, entry.time)
