"""A small project for plays, entered by an administrator's replica as a person would enter it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sync.replica import Edit, Replica, SyncReport, synchronise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.replica import Transport

CODE = "PF-1"
TASKS, LINES = 24, 4


async def found_small_site(
    path: Path,
    transport: Transport,
    *,
    administrator: str,
    clock: Callable[[], int],
    random: Callable[[int], bytes],
    start: dt.date,
    code: str = CODE,
) -> SyncReport:
    """Make a project with tasks, a budget and its lines; return the synchronisation's report."""
    with Replica.create(
        path,
        server="http://test",
        person=administrator,
        name="fondation",
        clock=clock,
        random=random,
    ) as replica:
        _enter(replica, start, code)
        report = await synchronise(replica, transport)
        assert report.complete, report.error
        assert not replica.rejections(), replica.rejections()
        return report


def _enter(replica: Replica, start: dt.date, code: str) -> None:
    project, budget = replica.new_id(), replica.new_id()
    finish = (start + dt.timedelta(days=40)).isoformat()
    made = {
        "code": code,
        "name": "Plateforme",
        "currency": "XAF",
        "status": "draft",
        "start": start.isoformat(),
        "finish": finish,
    }
    replica.edit("project.add", [Edit("project", project, operation="create", after=made)])
    edits = []
    for number in range(TASKS):
        day = start + dt.timedelta(days=number % 12)
        values = {
            "project_id": project,
            "code": f"T-{number:02d}",
            "name": f"Tâche {number}",
            "kind": "task",
            "status": "todo",
            "planned_start": f"{day}T07:00",
            "planned_finish": f"{day + dt.timedelta(days=4)}T17:00",
        }
        edits.append(Edit("task", operation="create", after=values))
    money = {"project_id": project, "name": "Budget", "currency": "XAF", "amount": 40_000_000}
    edits.append(Edit("budget", budget, operation="create", after=money))
    for number in range(LINES):
        line = {
            "project_id": project,
            "budget_id": budget,
            "cost_code": f"L{number}",
            "amount": 10_000_000,
        }
        edits.append(Edit("budget_line", operation="create", after=line))
    replica.edit("project.plan", edits)
