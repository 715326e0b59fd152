"""A plan of ten thousand linked tasks in a project of its own, pushed as an office would."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING, Any

from sync.changes import Change
from tests.serving import new_id, project_created, task_created

if TYPE_CHECKING:
    from tests.browser.conftest import Site

GROUP = 100
BACK = 60
"""How far before a task its predecessors may stand."""
CHANGES_AT_ONCE = 500


async def fill_plan(site: Site, tasks: int) -> str:
    """Make groups of tasks, two links to each; return the project's id."""
    chief = await site.service.tablet("administrator")
    project = new_id()
    await chief.must(project_created(project, code="PLAN-10K", name="Grand plan", status="draft"))
    changes = [*_tasks(project, tasks, site.service.context.now().date())]
    changes += _links(project, [one.row for one in changes if one.after["kind"] == "task"])
    for at in range(0, len(changes), CHANGES_AT_ONCE):
        await chief.must(*changes[at : at + CHANGES_AT_ONCE])
    return project


def _tasks(project: str, tasks: int, first: dt.date) -> list[Change]:
    found = []
    group = new_id()
    for number in range(tasks):
        start = first + dt.timedelta(days=number // 30)
        planned: dict[str, Any] = {
            "planned_start": f"{start}T07:00",
            "planned_finish": f"{start + dt.timedelta(days=number % 9)}T17:00",
        }
        if number % GROUP == 0:
            group = new_id()
            lot = f"{number // GROUP:03}"
            found.append(task_created(project, group, kind="summary", code=lot, name=f"Lot {lot}"))
        found.append(
            task_created(
                project,
                parent_id=group,
                code=f"{number:05}",
                name=f"Soudure de la conduite {number}",
                duration_minutes=480 * (1 + number % 9),
                **planned,
            )
        )
    return found


def _links(project: str, tasks: list[str]) -> list[Change]:
    random = Random(1)
    return [
        Change(
            f"project:{project}",
            "task_link",
            new_id(),
            "create",
            after={
                "project_id": project,
                "predecessor_id": tasks[random.randint(max(0, number - BACK), number - 1)],
                "successor_id": tasks[number],
                "kind": "finish_start",
            },
        )
        for number in range(1, len(tasks))
        for _ in range(2)
    ]
