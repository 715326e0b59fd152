"""What follows a merge of daily work: numbers, who did what, what a report's lines add up to.

An effect of the intake, in the merge's transaction. It looks at what was touched and costs by that:
a merge that makes nothing numbered asks nothing, and a project's row is written once a merge.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import MergeTransaction, Workspace
    from server.intake.entries import Entry
    from sync.merge import Row

NUMBERED: Mapping[str, str] = {
    "task": "last_task_number",
    "incident": "last_incident_number",
    "punch_item": "last_punch_number",
    "permit": "last_permit_number",
}
"""Table -> the field of its project that holds the highest number given."""

STAMPS: Mapping[tuple[str, str], tuple[str, str | None]] = {
    ("daily_report", "approved"): ("approved_by", "approved_at"),
    ("punch_item", "resolved"): ("resolved_by", None),
    ("punch_item", "verified"): ("verified_by", None),
    ("permit", "assessed"): ("assessed_by", None),
    ("permit", "authorised"): ("authorised_by", None),
    ("permit", "issued"): ("issued_by", None),
    ("permit", "active"): ("activated_by", "activated_at"),
    ("permit", "handed_back"): ("handed_back_by", None),
    ("permit", "closed"): ("closed_by", None),
}
"""(table, state) -> the fields that say who brought a row there, and when."""


async def follow_fieldwork(transaction: MergeTransaction) -> None:
    """Give numbers, write who moved what, and add up the lines of reports."""
    await _give_numbers(transaction)
    _stamp(transaction.workspace)
    await _add_up(transaction)


async def _give_numbers(transaction: MergeTransaction) -> None:
    """Give each row without a number the project's next: unique, and never given again.

    In order of arrival; a row that arrives while its project is deleted gets its number when it is
    next touched.
    """
    workspace = transaction.workspace
    waiting: dict[str, list[Entry]] = defaultdict(list)
    for entry in workspace.touched.values():
        if entry.table.name in NUMBERED and _lacks_number(entry.row):
            waiting[entry.scope.name].append(entry)
    for scope, entries in sorted(waiting.items()):
        project = scope.partition(":")[2]
        await transaction.load(scope, [project])
        home = workspace.row(scope, project)
        if home is None or home.deleted:
            continue
        last: dict[str, int] = {}
        for entry in entries:
            table = entry.table.name
            field = NUMBERED[table]
            last[field] = last.get(field, home.values.get(field) or 0) + 1
            _write(workspace, entry, {"number": last[field]}, f"{table}.number")
        workspace.write(scope, "project", project, last, intent="project.number")


def _lacks_number(row: Row | None) -> bool:
    return row is not None and not row.deleted and row.values.get("number") is None


def _write(workspace: Workspace, entry: Entry, values: dict[str, Any], intent: str) -> None:
    workspace.write(entry.scope.name, entry.table.name, _row(entry).id, values, intent=intent)


def _stamp(workspace: Workspace) -> None:
    """Write who brought rows into the states that they are in, or went through."""
    for key, moves in workspace.moved.items():
        entry = workspace.touched[key]
        values: dict[str, Any] = {}
        for move in moves:
            who, when = STAMPS.get((entry.table.name, move.after), (None, None))
            if who is not None:
                values[who] = move.person
            if when is not None:
                values[when] = workspace.now_ms
        if values:
            _write(workspace, entry, values, f"{entry.table.name}.sign")


# Lines of daily reports

# What the merge touched is in its memory: the database may hold it, or not yet.
_READ_LABOUR = """
    SELECT report_id::text AS report, coalesce(sum(count), 0)::bigint AS people,
        coalesce(sum(minutes), 0)::bigint AS minutes
    FROM report_line
    WHERE project_id = $1 AND report_id = ANY($2::uuid[]) AND kind = 'labour' AND NOT deleted
        AND id <> ALL($3::uuid[])
    GROUP BY report_id
"""


async def _add_up(transaction: MergeTransaction) -> None:
    """Write what the labour of a report adds up to, where a line changed or it came back."""
    workspace = transaction.workspace
    lines: dict[str, list[Entry]] = defaultdict(list)
    reports: dict[str, set[str]] = defaultdict(set)
    for entry in workspace.touched.values():
        name, scope = entry.table.name, entry.scope.name
        if name == "report_line" and entry.row is not None:
            lines[scope].append(entry)
            reports[scope].add(entry.row.values["report_id"])
        elif name == "daily_report" and _came_back(entry):
            reports[scope].add(_row(entry).id)
    for scope, wanted in sorted(reports.items()):
        await _add_up_project(transaction, scope, sorted(wanted), lines[scope])


def _row(entry: Entry) -> Row:
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    return entry.row


def _came_back(entry: Entry) -> bool:
    return entry.stored is not None and entry.stored.deleted and not _row(entry).deleted


async def _add_up_project(
    transaction: MergeTransaction, scope: str, reports: list[str], touched: list[Entry]
) -> None:
    workspace = transaction.workspace
    totals = {report: [0, 0] for report in reports}
    rows = [_row(entry) for entry in touched]
    for record in await transaction.connection.fetch(
        _READ_LABOUR, scope.partition(":")[2], reports, [row.id for row in rows]
    ):
        totals[record["report"]] = [record["people"], record["minutes"]]
    for row in rows:
        if not row.deleted and row.values["kind"] == "labour":
            total = totals[row.values["report_id"]]
            total[0] += row.values.get("count") or 0
            total[1] += row.values.get("minutes") or 0
    await transaction.load(scope, reports)
    for report, (people, minutes) in totals.items():
        found = workspace.row(scope, report)
        values = {"lines_headcount": people, "lines_minutes": minutes}
        if found is None or found.deleted:
            continue
        if any((found.values.get(name) or 0) != value for name, value in values.items()):
            workspace.write(scope, "daily_report", report, values, intent="report.add_up")
