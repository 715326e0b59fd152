"""From a schedule and what a project holds to the changes that bring them together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from server.projects.importing.costs import cost_summary, decimals_of_currency
from server.projects.importing.keys import BUDGET_KEY, PREFIXES, Keys, project_key, row_id
from server.projects.importing.plan import (
    CostSummary,
    CurrentRow,
    ImportPlan,
    ImportRefusedError,
    LeftBuilder,
    Wanted,
)
from server.projects.importing.removing import plan_removals
from server.projects.importing.settling import Changes
from server.projects.importing.tasks import positions, wanted_tasks
from server.projects.importing.values import day, fitted, local_time
from server.projects.importing.work import (
    wanted_assignments,
    wanted_calendars,
    wanted_links,
    wanted_resources,
)

if TYPE_CHECKING:
    from server.projects.schedules import Schedule, ScheduleProject

NewId = Callable[[], str]
BUDGET_NAME = "Planning"


class Current(Struct, frozen=True):
    """What the replica holds of the project that the file is imported into."""

    project: CurrentRow | None = None
    """None when the import makes the project."""
    rows: Mapping[str, Sequence[CurrentRow]] = {}
    """Table -> its rows in the project; `expense` and `comment` too, which protect tasks."""
    deleted: frozenset[str] = frozenset()
    """Ids of tasks that people have deleted."""


class Choices(Struct, frozen=True):
    """What the person chose."""

    currency: str | None = None
    """Of the file's costs, where the file does not say or says wrong."""
    time_zone: str | None = None
    """IANA name of the site's zone: the file's times are local and say none."""
    take_file: bool = False
    """Settle conflicts for the file."""


def plan_import(
    schedule: Schedule,
    project: ScheduleProject,
    current: Current,
    new_id: NewId,
    choices: Choices | None = None,
) -> ImportPlan:
    """Plan the import of one project of a schedule; nothing is done.

    Args:
        schedule: as read.
        project: one of its projects.
        current: what is there already.
        new_id: makes the id of a new project.
        choices: what the person chose.

    Raises ImportRefusedError: no currency, or one that is not known, or costs that are too large.

    """
    choices = choices or Choices()
    left = LeftBuilder()
    project_id = new_id() if current.project is None else current.project.id
    file_currency = choices.currency or schedule.currency
    currency = _currency(current.project, file_currency)
    keys = Keys(schedule, project)
    ids = _Ids(project_id, current)
    costs = _costs(project, keys, currency, file_currency, left)
    locked = _is_locked(ids, current)
    if locked and costs is not None:
        left.add("cost_locked", f"{costs.exact} {costs.currency}")
        costs = None
    tasks = wanted_tasks(schedule, project, keys, ids.row_of, left)
    wanted = [
        *wanted_calendars(schedule, project, keys, ids.row_of, left),
        *wanted_resources(schedule, project, keys, ids.row_of, left),
        *_placed(tasks, current),
        *wanted_links(project, keys, ids.row_of, left),
        *wanted_assignments(project, keys, ids.row_of, left),
    ]
    if costs is not None:
        wanted += _budget(costs, ids, current)
    _account_for_the_rest(schedule, project, left)
    changes = Changes(project_id, ids.names(wanted), take_file=choices.take_file)
    changes.project(_project(project, keys, current, currency, choices), current.project)
    for one in wanted:
        changes.settle(one, ids.current(one), deleted=one.row in current.deleted)
    removals = plan_removals(
        current.rows,
        {one.row for one in wanted},
        take_file=choices.take_file,
        # Costs in another currency say nothing of the budget that is there.
        finance=(costs is not None or file_currency in {None, currency}) and not locked,
    )
    changes.remove(removals)
    values = _named(project) if current.project is None else current.project.values
    return ImportPlan(
        project_id=project_id,
        project_code=values["code"],
        project_name=values["name"],
        new_project=current.project is None,
        currency=currency,
        edits=changes.edits,
        counts=changes.counts(),
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        conflicts=changes.conflicts + removals.conflicts,
        left=left.finish(),
        costs=costs,
        settled=changes.settled,
    )


class _Ids:
    """Finds the row that a key names: the one that is there, or the one to be made."""

    def __init__(self, project_id: str, current: Current) -> None:
        self.project_id = project_id
        self._rows = {row.id: row for rows in current.rows.values() for row in rows}
        self._by_key = {
            key: row.id
            for table, prefixes in PREFIXES.items()
            for row in current.rows.get(table, ())
            if (key := row.values.get("external_id") or "").startswith(prefixes)
        }

    def row_of(self, key: str) -> str:
        return self._by_key.get(key) or row_id(self.project_id, key)

    def current(self, wanted: Wanted) -> CurrentRow | None:
        return self._rows.get(wanted.row)

    def names(self, wanted: Sequence[Wanted]) -> dict[str, str]:
        """Return row id -> key, to name rows to people."""
        return {row: key for key, row in self._by_key.items()} | {
            one.row: one.key for one in wanted
        }


def _currency(project: CurrentRow | None, file: str | None) -> str:
    currency = file if project is None else project.values["currency"]
    if currency is None:
        raise ImportRefusedError(
            "currency_missing",
            "Le fichier ne dit pas sa devise : indiquez-la avec --currency, par exemple XAF.",
            "The file does not say its currency: give it with --currency, for example XAF.",
        )
    decimals_of_currency(currency)
    return str(currency)


def _costs(
    project: ScheduleProject, keys: Keys, currency: str, file: str | None, left: LeftBuilder
) -> CostSummary | None:
    """Return the file's costs; those in another currency than the project's are left."""
    if file not in {None, currency}:
        costs = cost_summary(project, keys, str(file), LeftBuilder())
        if costs is not None:
            left.add("cost_currency", f"{costs.exact} {file}")
        return None
    return cost_summary(project, keys, currency, left)


def _named(project: ScheduleProject) -> dict[str, str]:
    code = fitted(project.code, 60) or "?"
    return {"code": code, "name": fitted(project.name, 200) or code}


def _project(
    project: ScheduleProject, keys: Keys, current: Current, currency: str, choices: Choices
) -> Wanted:
    code, name = _named(project).values()
    finishes = [one.planned_finish for one in project.activities if one.planned_finish]
    finish = project.must_finish or project.planned_finish or max(finishes, default=None)
    fixed: dict[str, Any] = {
        "code": code,
        "currency": currency,
        "status": "draft",
        "external_id": project_key(project),
    }
    if choices.time_zone is not None:
        fixed["time_zone"] = choices.time_zone
    return Wanted(
        table="project",
        key=project_key(project),
        row="" if current.project is None else current.project.id,
        label=f"{code} {name}",
        values={
            "name": name,
            "start": day(project.planned_start or (keys.root.start if keys.root else None)),
            "finish": day(finish),
            "data_date": local_time(project.data_date),
        },
        fixed=fixed,
    )


def _placed(tasks: list[Wanted], current: Current) -> list[Wanted]:
    known = {row.id: row.values.get("position") for row in current.rows.get("task", ())}
    placed = positions(tasks, known)
    return [
        replace(one, fixed={"position": placed[one.row]}) if one.row in placed else one
        for one in tasks
    ]


def _is_locked(ids: _Ids, current: Current) -> bool:
    """Whether the budget that the file's costs made is locked: requests alone move it then."""
    budget = row_id(ids.project_id, BUDGET_KEY)
    return any(
        row.id == budget and row.values.get("status") == "locked"
        for row in current.rows.get("budget", ())
    )


def _budget(costs: CostSummary, ids: _Ids, current: Current) -> list[Wanted]:
    budget = row_id(ids.project_id, BUDGET_KEY)
    there = {row.id: row for row in current.rows.get("budget", ())}.get(budget)
    wanted = [
        Wanted(
            table="budget",
            key=BUDGET_KEY,
            row=budget,
            label=BUDGET_NAME,
            # The budget's name is the site's to change.
            values={
                "name": BUDGET_NAME if there is None else there.values["name"],
                "amount": costs.total,
            },
            fixed={"currency": costs.currency},
        )
    ]
    for line in costs.lines:
        lot = line.key.removeprefix("cost:")
        values = {
            "cost_code": line.code,
            "description": fitted(line.name, 400),
            "amount": line.amount,
            "task_id": ids.row_of(f"wbs:{lot}") if lot else None,
        }
        label = f"{line.code} {line.name}"
        row = ids.row_of(line.key)
        wanted.append(
            Wanted("budget_line", line.key, row, label, values, {"budget_id": budget}),
        )
    return wanted


def _account_for_the_rest(schedule: Schedule, project: ScheduleProject, left: LeftBuilder) -> None:
    """Count what was read and has no place in Derrick yet."""
    fields = {one.identifier: one.label for one in schedule.user_fields}
    for value in project.user_values:
        left.add("user_field", fields.get(value.field, value.field))
