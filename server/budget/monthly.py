"""What was spent and is committed of each line, month by month: moved by delta, like the totals.

It is what the years of a line are held against, whichever month they begin with. The sums that are
stored are those of the last merge; what this one moved is added from its own memory.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

from server.budget.annual import Used, annual_amounts, month_of, year_of
from server.budget.ledger import DOCUMENTS, Ledger, finance_scope, load_places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import Entry, MergeTransaction, Workspace
    from sync.merge import Row

MONTHLY = "budget.monthly"
"""Name under which the sums that a merge has read lie in `workspace.facts`."""

_MOVE = """
    INSERT INTO line_month (project_id, line_id, month, spent, committed)
    SELECT $1, * FROM unnest($2::uuid[], $3::date[], $4::bigint[], $5::bigint[])
    ON CONFLICT (project_id, line_id, month) DO UPDATE SET
        spent = line_month.spent + excluded.spent,
        committed = line_month.committed + excluded.committed
"""

_READ = """
    SELECT line_id::text AS line, month, spent, committed FROM line_month
    WHERE project_id = $1 AND line_id = ANY($2::uuid[])
"""

_Sums = dict[tuple[str, "dt.date"], Used]
"""(line, first of a month) -> what was used of the line in it."""


class Months(Struct):
    """The sums of the lines that a merge has asked about."""

    stored: dict[str, dict[dt.date, Used]] = field(default_factory=dict)
    """Line -> its sums as of the last merge."""
    moved: dict[str, _Sums] | None = None
    """Project -> what this merge has moved; None when that has to be counted anew."""

    def years(
        self, ledger: Ledger, line: Row, first: int, *, as_found: bool = False
    ) -> dict[int, Used]:
        """Return year -> what is used of a line, for the years that it has an amount for.

        Args:
            ledger: the merge's, as it leaves things.
            line: the line, whose sums are loaded; of another nothing is known, and so nothing said.
            first: the month that years begin with.
            as_found: without what the merge has moved.

        """
        if line.id not in self.stored:
            return {}
        used = dict.fromkeys(annual_amounts(line.values), Used())
        sums = [*self.stored[line.id].items()]
        if not as_found:
            moved = self._moved(ledger).items()
            sums += [(month, one) for (row, month), one in moved if row == line.id]
        for month, one in sums:
            year = year_of(month, first)
            if year in used:
                used[year] = used[year].plus(one)
        return used

    def _moved(self, ledger: Ledger) -> _Sums:
        if self.moved is None:
            self.moved = {}
        if ledger.project not in self.moved:
            self.moved[ledger.project] = moved_in(ledger.workspace, ledger.project)
        return self.moved[ledger.project]


def months_of(workspace: Workspace) -> Months:
    """Return the sums that a merge has read so far."""
    found: Months = workspace.facts.setdefault(MONTHLY, Months())
    return found


async def load_months(transaction: MergeTransaction, project: str, lines: Iterable[str]) -> None:
    """Read the sums of those lines that have an amount for a year; the lines are loaded."""
    months, scope = months_of(transaction.workspace), finance_scope(project)
    wanted = []
    for line in sorted({*lines} - months.stored.keys()):
        entry = transaction.workspace.entries.get((scope, line))
        if entry is not None and entry.table.name == "budget_line" and _is_annual(entry):
            wanted.append(line)
    if not wanted:
        return
    months.stored |= {line: {} for line in wanted}
    for one in await transaction.connection.fetch(_READ, project, wanted):
        months.stored[one["line"]][one["month"]] = Used(one["spent"], one["committed"])


def _is_annual(entry: Entry) -> bool:
    return any(
        row is not None and row.values.get("annual_amounts") for row in (entry.stored, entry.row)
    )


def moved_in(workspace: Workspace, project: str) -> _Sums:
    """Return by how much a merge has moved a project's sums so far."""
    found, left = Ledger(workspace, project, as_found=True), Ledger(workspace, project)
    sums: _Sums = defaultdict(Used)
    for entry in _documents(workspace, project):
        for sign, ledger, row in ((-1, found, entry.stored), (1, left, entry.row)):
            share = _share(ledger, row)
            if share is not None:
                line, month, used = share
                sums[line, month] = sums[line, month].plus(
                    Used(sign * used.spent, sign * used.committed)
                )
    return {key: used for key, used in sums.items() if any(used)}


def released(workspace: Workspace, project: str) -> bool:
    """Whether a merge gave a year of some line room back, whatever it took of another."""
    scope = finance_scope(project)
    annual = {
        row
        for (where, row), entry in workspace.entries.items()
        if where == scope and entry.table.name == "budget_line" and _is_annual(entry)
    }
    if not annual:
        return False
    sums = moved_in(workspace, project).items()
    return any(min(used) < 0 for (line, _), used in sums if line in annual)


def _documents(workspace: Workspace, project: str) -> Iterator[Entry]:
    for (scope, _), entry in workspace.entries.items():
        if entry.table.name in DOCUMENTS and scope.partition(":")[2] == project:
            yield entry


def _share(ledger: Ledger, document: Row | None) -> tuple[str, dt.date, Used] | None:
    """Return what a document uses, of which line, in which month."""
    if document is None or document.deleted:
        return None
    if document.table == "purchase_order":
        used = Used(committed=document.values.get("committed") or 0)
    else:
        used = Used(spent=ledger.spent(document))
    line = ledger.place(document.values).line if any(used) else None
    return None if line is None else (line, month_of(document.values["date"]), used)


async def move_line_months(transaction: MergeTransaction) -> None:
    """Move the sums by what the merge's documents use now, less what they did: an effect."""
    workspace = transaction.workspace
    projects = {
        scope.partition(":")[2]
        for (scope, _), entry in workspace.entries.items()
        if entry.table.name in DOCUMENTS
    }
    for project in sorted(projects):
        if finance_scope(project) not in workspace.scopes:
            continue
        entries = [*_documents(workspace, project)]
        versions = [row.values for one in entries for row in (one.stored, one.row) if row]
        await load_places(transaction, {project: versions})
        await _move(transaction, project, moved_in(workspace, project))


async def _move(
    transaction: MergeTransaction, project: str, sums: Mapping[tuple[str, dt.date], Used]
) -> None:
    moved = [(*key, *sums[key]) for key in sorted(sums)]
    if moved:
        columns = map(list, zip(*moved, strict=True))
        await transaction.connection.execute(_MOVE, project, *columns)
