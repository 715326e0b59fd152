"""What was spent on each day, and on each task: moved by delta, like the totals.

An effect, run after the totals: it counts expenses and invoices as they do, by the same amounts. It
looks only at what the merge has in hand, and costs two statements whatever their number; a third
moves what was used of each line by month (`monthly`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.ledger import Ledger, finance_scope, load_places
from server.budget.monthly import move_line_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.intake import MergeTransaction
    from server.intake.entries import Entry
    from server.store import Connection
    from sync.merge import Row

_MOVE_DAYS = """
    INSERT INTO expense_day (project_id, currency, day, amount, invoiced, expenses)
    SELECT $1, * FROM unnest($2::text[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[])
    ON CONFLICT (project_id, currency, day) DO UPDATE SET
        amount = expense_day.amount + excluded.amount,
        invoiced = expense_day.invoiced + excluded.invoiced,
        expenses = expense_day.expenses + excluded.expenses
"""

_MOVE_TASKS = """
    INSERT INTO expense_task (project_id, task_id, currency, amount, expenses)
    SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
    ON CONFLICT (project_id, task_id, currency) DO UPDATE SET
        amount = expense_task.amount + excluded.amount,
        expenses = expense_task.expenses + excluded.expenses
"""


_SPENDING = ("expense", "supplier_invoice")
"""What counts as spent, on its own date."""


class Share(NamedTuple):
    """What one document adds, and to what."""

    currency: str
    day: dt.date
    task: str | None
    amount: int
    invoiced: int


async def move_daily_sums(transaction: MergeTransaction) -> None:
    """Move the sums by what the merge's documents now count, less what they counted before.

    Looked at are those that the merge changed, and those that the totals had read because another
    document changed what they count: the expenses that an approved invoice covers.
    """
    reached: dict[str, list[Entry]] = defaultdict(list)
    for (scope, _), entry in transaction.workspace.entries.items():
        if entry.table.name in _SPENDING:
            reached[scope.partition(":")[2]].append(entry)
    for project, entries in sorted(reached.items()):
        if finance_scope(project) in transaction.workspace.scopes:
            await _move_project(transaction, project, entries)
    await move_line_months(transaction)


async def _move_project(
    transaction: MergeTransaction, project: str, entries: Sequence[Entry]
) -> None:
    versions = [row.values for one in entries for row in (one.stored, one.row) if row]
    await load_places(transaction, {project: versions})
    invoices = {invoice for values in versions if (invoice := values.get("invoice_id"))}
    await transaction.load(finance_scope(project), sorted(invoices))
    found = Ledger(transaction.workspace, project, as_found=True)
    left = Ledger(transaction.workspace, project)
    shares = [
        (sign, share)
        for one in entries
        for sign, share in ((-1, _share(found, one.stored)), (1, _share(left, one.row)))
        if share is not None
    ]
    await _move(transaction.connection, project, shares)


def _share(ledger: Ledger, document: Row | None) -> Share | None:
    amount = ledger.spent(document)
    if document is None or not amount:
        return None
    values = document.values
    currency = ledger.place(values).currency
    if currency is None:
        return None
    return Share(
        currency,
        dt.date.fromisoformat(values["date"]),
        values.get("task_id"),
        amount,
        amount if document.table == "supplier_invoice" else 0,
    )


async def _move(connection: Connection, project: str, shares: Iterable[tuple[int, Share]]) -> None:
    days: dict[tuple[str, dt.date], list[int]] = defaultdict(lambda: [0, 0, 0])
    tasks: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for sign, share in shares:
        day = days[share.currency, share.day]
        day[0] += sign * share.amount
        day[1] += sign * share.invoiced
        day[2] += sign
        if share.task is not None:
            task = tasks[share.task, share.currency]
            task[0] += sign * share.amount
            task[1] += sign
    await _add(connection, _MOVE_DAYS, project, days)
    await _add(connection, _MOVE_TASKS, project, tasks)


async def _add(
    connection: Connection,
    statement: str,
    project: str,
    sums: Mapping[tuple[str, Any], Sequence[int]],
) -> None:
    moved = [(*key, *sums[key]) for key in sorted(sums) if any(sums[key])]
    if moved:
        await connection.execute(statement, project, *map(list, zip(*moved, strict=True)))
