"""Evaluates the alerts of what a merge touched, in its transaction.

A subject is looked at only when something its rules read has changed: five hundred progress
updates cost no query, five hundred expenses three or four. What needs sums over a project, and what
a changed rule means for all projects, is put down for the worker, which looks at it at once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

from server.alerts.book import DEFAULT_LEAD_DAYS, read_shelf
from server.alerts.concerning import tell_of_entries
from server.alerts.finance import evaluate_money
from server.alerts.indices import INDEX_FIELDS
from server.alerts.money import MONEY_FIELDS
from server.alerts.rechecking import ask_recheck
from server.alerts.reports import RULE as REPORT_RULE
from server.alerts.reports import read_filed, report_signals
from server.alerts.rules import Finding, ProjectDay, Signal, raised
from server.alerts.settling import differs, settle_alerts
from server.alerts.telling import write_events
from server.alerts.watchers import ask_watch_check, tell_watchers
from server.alerts.watches import BY_TABLE, Watch
from server.alerts.whole import evaluate_whole, judge_row, local_day
from server.alerts.workdays import CALENDAR_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.alerts.book import Book
    from server.intake import MergeTransaction
    from server.intake.entries import Entry


class Touched(Struct):
    """What a merge changed of one project that a rule reads."""

    budgets: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    watched: list[tuple[Watch, Entry]] = field(default_factory=list)
    reports: bool = False
    """What is reported, or which days are worked, changed."""
    whole: bool = False
    """The project's own dates or state changed: all that it has is looked at."""
    sums: bool = False
    """Something changed that an index is worked out from."""
    baselines: bool = False
    """A plan was frozen, or dropped: from then on there is an index, or none."""


async def evaluate_alerts(
    transaction: MergeTransaction, lead_days: int = DEFAULT_LEAD_DAYS
) -> None:
    """Evaluate the alerts of what a merge touched: an effect, run after the totals.

    Args:
        transaction: the merge.
        lead_days: days before a task's end from which on it is said to be due, where no rule says.

    """
    entries = transaction.workspace.touched.values()
    touched = _touched(entries)
    looked_at = sorted(project for project, work in touched.items() if _has_work(work))
    if looked_at:
        shelf = await read_shelf(transaction.connection, looked_at, lead_days)
        for project in looked_at:
            await _evaluate(transaction, project, touched[project], shelf.book(project))
    await ask_recheck(
        transaction,
        {
            project: work.baselines or work.whole
            for project, work in touched.items()
            if work.sums or work.whole
        },
        [entry for entry in entries if entry.table.name in {"alert_rule", "site"}],
    )
    tell_of_entries(transaction.workspace, entries)
    await tell_watchers(transaction, entries)
    await ask_watch_check(transaction, entries)
    await write_events(transaction)


def _has_work(work: Touched) -> bool:
    return bool(work.budgets or work.lines or work.watched or work.reports or work.whole)


async def _evaluate(transaction: MergeTransaction, project: str, work: Touched, book: Book) -> None:
    if work.budgets or work.lines:
        await evaluate_money(transaction, project, work.budgets, work.lines, book)
    if work.whole:
        await evaluate_whole(transaction, project, book)
        return
    day = await local_day(transaction, project)
    signals: dict[str, list[Signal]] = defaultdict(list)
    for watch, entry in work.watched:
        signals[watch.home] += _moved(watch, entry, day, book)
    if work.reports:
        signals["project"] += await _reports(transaction, day, book)
    for home, found in signals.items():
        await settle_alerts(transaction, project, f"{home}:{project}", found, book)


def _moved(watch: Watch, entry: Entry, day: ProjectDay, book: Book) -> list[Signal]:
    """Return what changed for a row: nothing when it breaks the rules that it broke before."""
    after = judge_row(watch, entry.row, day, book)
    if after == judge_row(watch, entry.stored, day, book):
        return []
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    broken: dict[str, Finding] = {finding.rule: finding for finding in after}
    table, row = watch.table, entry.row.id
    return [
        raised(broken[rule], table, row) if rule in broken else Signal(rule, table, row, "clear")
        for rule in watch.rules
    ]


_READ_MISSING = """
    SELECT facts->>'date' FROM alert
    WHERE project_id = $1 AND scope_kind = 'project' AND rule = $2
        AND status IN ('open', 'acknowledged')
"""


async def _reports(transaction: MergeTransaction, day: ProjectDay, book: Book) -> list[Signal]:
    """Return the alerts on missing reports, raised and cleared."""
    connection, project = transaction.connection, day.project
    touched = transaction.workspace.touched.values()
    filed = await read_filed(connection, {project: day}, lambda _: book, touched)
    signals = report_signals(filed.get(project), day, book)
    missing = {one.day for one in signals}
    standing = await connection.fetch(_READ_MISSING, project, REPORT_RULE)
    return signals + [
        Signal(REPORT_RULE, "project", project, "clear", day=date)
        for (date,) in standing
        if date not in missing
    ]


def _touched(entries: Iterable[Entry]) -> dict[str, Touched]:
    found: dict[str, Touched] = defaultdict(Touched)
    for entry in entries:
        table = entry.table.name
        fields = _FIELDS.get(table)
        if fields is None or not differs(entry, fields):
            continue
        row = entry.row
        assert row is not None  # noqa: S101 - a touched entry has a row
        work = found[entry.scope.name.partition(":")[2]]
        work.watched += [
            (watch, entry) for watch in BY_TABLE.get(table, ()) if differs(entry, watch.fields)
        ]
        sums = INDEX_FIELDS.get(table)
        work.sums = work.sums or (sums is not None and differs(entry, sums))
        work.baselines = work.baselines or table == "baseline"
        match table:
            case "budget_line" if differs(entry, _LINE_FIELDS):
                work.lines.add(row.id)
            case "budget" if differs(entry, _BUDGET_FIELDS):
                work.budgets.add(row.id)
            case "daily_report" | "calendar":
                work.reports = True
            case "project" if differs(entry, _PROJECT_FIELDS):
                work.whole = entry.stored is not None
    return dict(found)


_LINE_FIELDS = (*MONEY_FIELDS, "budget_id")
_BUDGET_FIELDS = (*MONEY_FIELDS, "thresholds")
_PROJECT_FIELDS = (
    "start",
    "finish",
    "time_zone",
    "status",
    "calendar_id",
    "site_id",
    "template",
)

_FIELDS: Mapping[str, tuple[str, ...]] = {
    table: tuple(dict.fromkeys(fields))
    for table, fields in {
        **{
            table: tuple(name for watch in watches for name in watch.fields)
            + INDEX_FIELDS.get(table, ())
            for table, watches in BY_TABLE.items()
        },
        "baseline": INDEX_FIELDS["baseline"],
        "budget_line": _LINE_FIELDS,
        "budget": _BUDGET_FIELDS,
        "calendar": CALENDAR_FIELDS,
        "daily_report": ("date", "status"),
        "project": (*_PROJECT_FIELDS, "spent_off_budget", "currency"),
    }.items()
}
"""Table -> what its rules read."""
