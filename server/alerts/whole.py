"""Evaluates all that is watched of a project anew, as of now.

After any history of merges it finds nothing to write but what time has brought since: that is the
law that tests hold it to.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import structs

from server.alerts.devices import RULE as DEVICE_RULE
from server.alerts.devices import read_silent
from server.alerts.finance import evaluate_finance
from server.alerts.indices import INDEX_RULES, read_indices
from server.alerts.reports import RULE as REPORT_RULE
from server.alerts.reports import read_filed, report_signals
from server.alerts.rules import Finding, ProjectDay, Signal, project_day, raised
from server.alerts.settling import settle_alerts
from server.alerts.watches import WATCHES, Watch, search_arguments, search_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Book
    from server.intake import MergeTransaction
    from sync.merge import Row

_READ_STANDING = """
    SELECT rule, subject_table, subject_id::text AS subject,
        (facts->>'threshold')::int AS threshold,
        CASE WHEN rule = 'report_missing' THEN facts->>'date' END AS day
    FROM alert
    WHERE project_id = $1 AND scope_kind = $2 AND status IN ('open', 'acknowledged')
        AND rule = ANY($3::text[])
"""


async def local_day(transaction: MergeTransaction, project: str) -> ProjectDay:
    """Return the day of a project whose scope is locked, as the merge leaves the project."""
    scope = f"project:{project}"
    await transaction.load(scope, [project])
    row = transaction.workspace.row(scope, project)
    values = None if row is None or row.deleted else row.values
    return project_day(project, values, transaction.workspace.now_ms)


def judge_row(watch: Watch, row: Row | None, day: ProjectDay, book: Book) -> list[Finding]:
    """Return what rules a row breaks; one that is gone breaks none."""
    if row is None or row.deleted or row.table != watch.table:
        return []
    return judge_values(watch, row.values, day, book)


def judge_values(
    watch: Watch, values: Mapping[str, Any], day: ProjectDay, book: Book
) -> list[Finding]:
    """Return what rules a row's values break: those in force, as grave as the project has them."""
    return [
        finding if (level := book[finding.rule].level) is None else _at(finding, level)
        for finding in watch.judge(values, day, book)
        if book[finding.rule].enabled
    ]


def _at(finding: Finding, level: Any) -> Finding:
    return structs.replace(finding, level=level)


async def evaluate_whole(
    transaction: MergeTransaction, project: str, book: Book, *, clocked: bool = False
) -> None:
    """Evaluate a project anew, in those of its scopes that the transaction holds.

    Args:
        transaction: a merge, or the server's own.
        project: its id.
        book: its rules.
        clocked: look only at what the passing of time changes.

    """
    day = await local_day(transaction, project)
    held = transaction.workspace.scopes
    found: dict[str, dict[str, Signal]] = defaultdict(dict)
    rules: dict[str, set[str]] = defaultdict(set)
    for watch in WATCHES:
        home = f"{watch.home}:{project}"
        if home not in held or f"{watch.row_home}:{project}" not in held:
            continue
        if watch.clocked or not clocked:
            rules[watch.home].update(watch.rules)
            found[watch.home].update(await _search(transaction, watch, day, book))
    if f"project:{project}" in held:
        rules["project"] |= {REPORT_RULE, DEVICE_RULE}
        found["project"].update(await _read_apart(transaction, day, book))
    indices = await read_indices(transaction.connection, {project: day}, lambda _: book)
    for home, rule in INDEX_RULES.items():
        if f"{home}:{project}" in held:
            rules[home].add(rule)
            signal = indices.get(project, {}).get(home)
            found[home].update({} if signal is None else {signal.id: signal})
    for home, signals in found.items():
        standing = await _standing(transaction, project, home, rules[home])
        gone = {one.id: one for one in standing if one.id not in signals}
        both = {**gone, **signals}.values()
        await settle_alerts(transaction, project, f"{home}:{project}", both, book)
    if f"finance:{project}" in held and not clocked:
        await evaluate_finance(transaction, project, book)


async def _search(
    transaction: MergeTransaction, watch: Watch, day: ProjectDay, book: Book
) -> dict[str, Signal]:
    """Return the alerts on all rows of a kind; those that a merge has in hand as it leaves them."""
    project, workspace = day.project, transaction.workspace
    scope = f"{watch.row_home}:{project}"
    arguments = search_arguments(watch, {project: day}, lambda _: book)
    records = await transaction.connection.fetch(search_statement(watch), *arguments)
    rows = {one["id"] for one in records} | {
        row
        for (where, row), entry in workspace.touched.items()
        if where == scope and entry.table.name == watch.table
    }
    await transaction.load(scope, sorted(rows))
    signals = (
        raised(finding, watch.table, row)
        for row in sorted(rows)
        for finding in judge_row(watch, workspace.row(scope, row), day, book)
    )
    return {one.id: one for one in signals}


async def _read_apart(
    transaction: MergeTransaction, day: ProjectDay, book: Book
) -> dict[str, Signal]:
    """Return the alerts on what is not there: reports, and devices that say nothing."""
    days = {day.project: day}
    touched = transaction.workspace.touched.values()
    filed = await read_filed(transaction.connection, days, lambda _: book, touched)
    silent = await read_silent(transaction.connection, days, lambda _: book)
    signals = [*report_signals(filed.get(day.project), day, book), *silent[day.project]]
    return {one.id: one for one in signals}


async def _standing(
    transaction: MergeTransaction, project: str, home: str, rules: set[str]
) -> list[Signal]:
    """Return the alerts that stand, as they would be cleared."""
    records = await transaction.connection.fetch(_READ_STANDING, project, home, sorted(rules))
    return [
        Signal(
            one["rule"],
            one["subject_table"],
            one["subject"],
            "clear",
            threshold=one["threshold"],
            day=one["day"],
        )
        for one in records
    ]
