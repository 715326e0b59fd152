"""The daily report of a site, written without a link: one a day and shift on all tablets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cli.replicas.entering import Entering, read_assignments
from server.cli.replicas.finding import find_project
from server.cli.replicas.recording import authored, finder
from sync.replica import Edit
from sync.reports import prefilled, report_id
from sync.tables import TABLES

if TYPE_CHECKING:
    from server.cli.replicas.saying import Language
    from sync.replica import Replica, Shown


def write_report(
    replica: Replica, project: str | None, given: dict[str, str], language: Language
) -> str:
    """Write the daily report of a site, day and shift, or go on with the one that is here.

    A new one begins with what was planned for its day. After an approved one, a correction is its
    next revision.
    """
    home = find_project(replica, project)
    table = TABLES["daily_report"]
    find = finder(replica, home.scope)
    key = read_assignments(
        Entering(table, {}, find, None, language),
        [f"{name}={given[name]}" for name in ("date", "shift")],
    )
    found = replica.rows(
        "daily_report",
        home.scope,
        "date = ? AND shift = ?",
        [key["date"], key["shift"]],
        order="coalesce(revision, 1) DESC",
        limit=1,
    )
    latest = found[0] if found else None
    rest = [f"{name}={text}" for name, text in given.items() if name not in key]
    known = {} if latest is None else latest.values
    after = read_assignments(Entering(table, known, find, None, language), rest)
    if latest is not None and known.get("status") != "approved":
        if after:
            replica.edit("report.change", [Edit("daily_report", latest.row, after=after)])
        return latest.row
    author = authored(replica, table)
    values = {
        "project_id": home.row,
        **key,
        "status": "draft",
        **author,
        "contributors": [*author.values()],
        **after,
    }
    if latest is not None:
        return _revise(replica, latest, values)
    row = report_id(home.row, key["date"], key["shift"])
    planned, lines = _planned(replica, home.scope, key["date"])
    if planned:
        values.setdefault("work_planned", planned)
    edits = [Edit("daily_report", row, operation="create", after=values)]
    for line in lines:
        about = {"project_id": home.row, "report_id": row, **line}
        edits.append(Edit("report_line", replica.new_id(), operation="create", after=about))
    replica.edit("report.write", edits)
    return row


def _revise(replica: Replica, latest: Shown, values: dict[str, Any]) -> str:
    revision = (latest.values.get("revision") or 1) + 1
    row = report_id(values["project_id"], values["date"], values["shift"], revision)
    after = {**values, "revision": revision, "revises_id": latest.row}
    replica.edit("report.revise", [Edit("daily_report", row, operation="create", after=after)])
    return row


def _planned(replica: Replica, scope: str, date: str) -> tuple[str, list[dict[str, Any]]]:
    """Return what was planned for a day, of the tasks that this replica holds."""
    tasks = replica.rows(
        "task", scope, "substr(coalesce(actual_start, planned_start), 1, 10) <= ?", [date]
    )
    return prefilled(((one.row, one.values) for one in tasks), date)
