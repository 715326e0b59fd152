"""What the file has no more: deleted when nobody has worked on it, else kept and said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.projects.importing.comparing import PROGRESS, touched
from server.projects.importing.keys import BUDGET_KEY, PREFIXES, row_id
from server.projects.importing.plan import Conflict
from server.projects.importing.settling import key_of, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.projects.importing.plan import CurrentRow

    Rows = Mapping[str, Sequence[CurrentRow]]


class Removals(Struct, frozen=True):
    """Rows to delete, referring ones first, and those kept although the file lacks them."""

    rows: list[tuple[str, CurrentRow]]
    conflicts: list[Conflict]


def plan_removals(rows: Rows, wanted: set[str], *, take_file: bool, finance: bool) -> Removals:
    """Decide on the imported rows that the file does not ask for.

    Kept: a task that people have worked on (progress, hours, an expense, a comment), whatever
    `take_file` says; a row that people have edited, unless `take_file`; a line or budget that was
    spent from; and what a kept row leans on. Rows that people made themselves are theirs, but a
    link or an assignment goes with its task.
    """
    gone = {
        table: [
            row for row in rows.get(table, ()) if row.id not in wanted and _imported(table, row)
        ]
        for table in PREFIXES
    }
    conflicts: list[Conflict] = []
    worked = _worked_on(rows)
    tasks = _removable_tasks(rows, gone["task"], worked, conflicts, take_file=take_file)
    links = _leaves(rows, gone, "task_link", tasks, conflicts, take_file=take_file)
    assignments = _leaves(rows, gone, "assignment", tasks, conflicts, take_file=take_file)
    removed = {row.id for row in (*links, *assignments, *tasks)}
    used = _used(rows, removed)
    found = [("task_link", row) for row in links] + [("assignment", row) for row in assignments]
    found += [("task", row) for row in tasks]
    for table in ("resource", "calendar"):
        found += [(table, row) for row in gone[table] if row.id not in used]
    if finance:
        found += _finance(rows, gone["budget_line"], wanted, conflicts, take_file=take_file)
    return Removals(found, conflicts)


def _imported(table: str, row: CurrentRow) -> bool:
    return bool(row.values.get("imported")) and key_of(row).startswith(PREFIXES[table])


def _worked_on(rows: Rows) -> set[str]:
    """Return the tasks that hold work of people: their own, an expense, a comment, a task."""
    used = {
        row.values.get("task_id") for table in ("expense", "comment") for row in rows.get(table, ())
    }
    return {one for one in used if one is not None}


def _removable_tasks(
    rows: Rows,
    gone: Sequence[CurrentRow],
    worked: set[str],
    conflicts: list[Conflict],
    *,
    take_file: bool,
) -> list[CurrentRow]:
    """Return the tasks to delete, children first."""
    kept: set[str] = set()
    for task in gone:
        people = touched("task", task.values)
        hours = bool(task.values.get("hours_spent_minutes"))
        at_work = hours or task.id in worked or not people.isdisjoint(PROGRESS)
        if at_work or (people and not take_file):
            kept.add(task.id)
            conflicts.append(_kept("task", task, None if at_work else min(people)))
    removable = {task.id: task for task in gone if task.id not in kept}
    # A node stays as long as anything is below it that stays.
    parents = {row.id: row.values.get("parent_id") for row in rows.get("task", ())}
    for row, parent in parents.items():
        here = None if row in removable else parent
        while here is not None and removable.pop(here, None) is not None:
            here = parents.get(here)
    return sorted(removable.values(), key=lambda task: -_depth(task.id, parents))


def _depth(row: str, parents: Mapping[str, str | None]) -> int:
    depth, here = 0, parents.get(row)
    while here is not None and depth <= len(parents):
        depth, here = depth + 1, parents.get(here)
    return depth


def _leaves(
    rows: Rows,
    gone: Mapping[str, Sequence[CurrentRow]],
    table: str,
    removed: Sequence[CurrentRow],
    conflicts: list[Conflict],
    *,
    take_file: bool,
) -> list[CurrentRow]:
    """Return the links or assignments to delete: with their task, or gone from the file."""
    removed_tasks = {task.id for task in removed}
    gone_tasks = {task.id for task in gone["task"]}
    gone_here = {row.id for row in gone[table]}
    found = []
    for row in rows.get(table, ()):
        ends = {row.values.get(name) for name in ("predecessor_id", "successor_id", "task_id")}
        if not removed_tasks.isdisjoint(ends):
            found.append(row)
        elif row.id in gone_here and gone_tasks.isdisjoint(ends):
            people = touched(table, row.values)
            if people and not take_file:
                conflicts.append(_kept(table, row, min(people)))
            else:
                found.append(row)
    return found


def _used(rows: Rows, removed: set[str]) -> set[str]:
    """Return the calendars and resources that something still needs."""
    used = {
        row.values.get(name)
        for table, name in (("task", "calendar_id"), ("assignment", "resource_id"))
        for row in rows.get(table, ())
        if row.id not in removed
    }
    return {one for one in used if one is not None}


def _finance(
    rows: Rows,
    gone: Sequence[CurrentRow],
    wanted: set[str],
    conflicts: list[Conflict],
    *,
    take_file: bool,
) -> list[tuple[str, CurrentRow]]:
    charged = {row.values.get("budget_line_id") for row in rows.get("expense", ())}
    found: list[tuple[str, CurrentRow]] = []
    for line in gone:
        spent = bool(line.values.get("spent")) or line.id in charged
        people = touched("budget_line", line.values)
        if spent or (people and not take_file):
            conflicts.append(_kept("budget_line", line, "spent" if spent else min(people)))
        else:
            found.append(("budget_line", line))
    held = {row.values.get("budget_id") for row in rows.get("budget_line", ())}
    held -= {line.values.get("budget_id") for _, line in found}
    found += [
        ("budget", row)
        for row in rows.get("budget", ())
        if row.id not in wanted
        and row.id == row_id(row.values["project_id"], BUDGET_KEY)
        and row.id not in held
        and not row.values.get("spent")
    ]
    return found


def _kept(table: str, row: CurrentRow, field: str | None) -> Conflict:
    here = None if field is None else row.values.get(field)
    return Conflict(table, row.id, key_of(row), label_of(row), "removed_in_file", field, here, None)
