"""Baselines: merging a `baseline` row freezes the plan as it stands.

What the tasks were planned to be is copied set-based into a table of the engine's, and nothing
changes it afterwards; what they were worth then, `server.figures` keeps. The copy is of what the
transaction leaves: the rows that it has in hand are not in their table yet, and are laid over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from server.intake import DENIED, table_guard
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement, MergeTransaction
    from server.intake.entries import Entry

TASK_FIELDS: Final = ("planned_start", "planned_finish", "duration_minutes", "weight")

_COPY_TASKS = """
    INSERT INTO baseline_task (project_id, baseline_id, task_id, start, finish, duration_minutes,
        weight)
    SELECT project_id, $2::text::uuid, id, planned_start, planned_finish, duration_minutes, weight
    FROM task WHERE project_id = $1 AND NOT deleted AND id <> ALL($3::uuid[])
    UNION ALL
    SELECT $1::uuid, $2::text::uuid, one.id, one.start::timestamp, one.finish::timestamp,
        one.minutes, one.weight
    FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
        AS one (id, start, finish, minutes, weight)
"""

_LAST_NUMBER = "SELECT coalesce(max(number), 0) FROM baseline WHERE project_id = $1"


async def take_baselines(transaction: MergeTransaction) -> None:
    """Freeze the plan for each baseline that a merge made: an effect."""
    workspace = transaction.workspace
    taken = [
        entry
        for entry in workspace.touched.values()
        if entry.table.name == "baseline"
        and entry.row is not None
        and not entry.row.deleted
        and entry.row.values.get("number") is None
    ]
    numbers: dict[str, int] = {}
    for entry in sorted(taken, key=_order):
        project = entry.scope.name.partition(":")[2]
        if project not in numbers:
            numbers[project] = await transaction.connection.fetchval(_LAST_NUMBER, project)
        numbers[project] += 1
        await _take(transaction, project, entry, numbers[project])


def _order(entry: Entry) -> tuple[str, int]:
    return entry.scope.name, entry.seq


async def _take(transaction: MergeTransaction, project: str, entry: Entry, number: int) -> None:
    assert entry.row is not None  # noqa: S101 -- a touched entry has a row
    baseline = entry.row.id
    status = await transaction.connection.execute(
        _COPY_TASKS, project, baseline, *_in_hand(transaction, project)
    )
    values = {
        "number": number,
        "taken_at": transaction.workspace.now_ms,
        "tasks": int(status.rpartition(" ")[2]),
    }
    transaction.workspace.write(
        f"project:{project}", "baseline", baseline, values, intent="baseline.take"
    )


def _in_hand(transaction: MergeTransaction, project: str) -> list[list[Any]]:
    """Return the ids of the tasks that the merge touched, then those alive, by column."""
    touched = [
        entry.row
        for entry in transaction.workspace.touched.values()
        if entry.table.name == "task"
        and entry.row is not None
        and entry.scope.name == f"project:{project}"
    ]
    alive = [row for row in touched if not row.deleted]
    columns = [[row.values.get(name) for row in alive] for name in TASK_FIELDS]
    return [[row.id for row in touched], [row.id for row in alive], *columns]


_baseline = table_guard("baseline")


def guard_baseline(judgement: Judgement) -> Fault | None:
    """Let those who plan take baselines in their own name; what was frozen is never changed."""
    fault = _baseline(judgement)
    if fault is not None:
        return fault
    change = judgement.change
    if change.operation == "create":
        if change.after.get("author_id") != judgement.access.person:
            return Fault(errors.ACCESS_DENIED, "author_id")
        return None if judgement.row is None or judgement.resent() else DENIED
    return None
