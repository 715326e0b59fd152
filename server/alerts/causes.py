"""Which change raised an alert: from which replica, at what time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.clock import SERVER_REPLICA, hybrid_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.alerts.rules import Signal
    from server.intake import Workspace
    from server.intake.entries import Entry
    from sync.merge import Row

Cause = dict[str, Any]

OFF_BUDGET = "off_budget"
"""What stands for the money that a project spends outside its budget, among the subjects."""


class Causes:
    """Finds the latest change of this merge behind an alert; reads the merge only when asked."""

    def __init__(self, workspace: Workspace, project: str) -> None:
        self._workspace = workspace
        self._project = project
        self._latest: dict[str, Cause] | None = None

    def find(self, signal: Signal) -> Mapping[str, Any]:
        """Return an alert's `cause`; without a change it is the clock, or a total put right."""
        if self._latest is None:
            self._latest = self._read()
        found = self._latest.get(OFF_BUDGET if signal.rule == OFF_BUDGET else signal.subject_id)
        if found is None and signal.subject_table == "task":
            found = self._latest.get(self._project)
        if found is None:
            return {"replica": SERVER_REPLICA, "time": hybrid_time(self._workspace.now_ms)}
        return found

    def _read(self) -> dict[str, Cause]:
        latest: dict[str, Cause] = {}
        for entry in self._workspace.touched.values():
            cause = latest_change(entry)
            if cause is None:
                continue
            for subject in self._subjects(entry):
                known = latest.get(subject)
                if known is None or cause["time"] >= known["time"]:
                    latest[subject] = cause
        return latest

    def _subjects(self, entry: Entry) -> Iterator[str]:
        """Yield the rows that a change of this one may raise an alert on."""
        for row in versions(entry):
            yield row.id
            match row.table:
                case "budget_line":
                    yield row.values["budget_id"]
                case "expense":
                    yield from self._moved_by(row.values.get("budget_line_id"))
                    if entry.scope.name == f"project:{self._project}":
                        yield OFF_BUDGET

    def _moved_by(self, line: str | None) -> Iterator[str]:
        entry = self._workspace.entries.get((f"finance:{self._project}", line or ""))
        if entry is None:
            return
        for row in versions(entry):
            yield row.id
            yield row.values["budget_id"]


def versions(entry: Entry) -> Iterable[Row]:
    """Return the row as the merge found it and as it leaves it, where there is one."""
    return [row for row in (entry.stored, entry.row) if row is not None]


def latest_change(entry: Entry) -> Cause | None:
    """Return the latest change that this merge brought to a row, other than the server's own."""
    row = entry.row
    if row is None:
        return None
    seen = {} if entry.stored is None else entry.stored.vector
    brought = {
        (replica, counter)
        for replica, counter in row.vector.items()
        if counter > seen.get(replica, 0) and replica != SERVER_REPLICA
    }
    if not brought:
        return None
    stamps = [(one.time, one.replica, one.counter) for one in row.causes.stamps]
    stamps += [(one.time, one.replica, one.counter) for one in row.causes.tombstones]
    standing = [one for one in stamps if one[1:] in brought]
    # All that the change wrote may have been overwritten since: then its time is not kept.
    time, replica, counter = max(standing, default=(0, *max(brought)))
    return {
        "table": row.table,
        "row": row.id,
        "replica": replica,
        "counter": counter,
        "time": time,
    }
