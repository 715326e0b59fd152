"""From what the script wants to what a person can do: a step becomes the edits of one change set.

A step that cannot be done as things stand (the row is not here yet, the state machine forbids it)
is left out, as a person would leave it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from server.simulation import office, permits
from server.simulation.doing import Intended, made, updated
from sync.replica import Edit
from sync.replica.identity import uuid7
from sync.reports import report_id
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.simulation.doing import Scene
    from server.simulation.script import SiteLine, Step
    from sync.replica import Replica, Shown

FOREIGN = "EUR"


def intended(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Return the change sets that a step asks for, as this replica sees things now."""
    return ACTS[step.action](scene, replica, step)


def _task(scene: Scene, replica: Replica, step: Step) -> Shown | None:
    return replica.row(scene.rows.get(step.about, ""))


def _allowed(shown: Shown, status: str) -> bool:
    machine = TABLES[shown.table].workflows["status"]
    return machine.allows(shown.values.get("status"), status)


def work(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Say how far a task is, how many hours it took, and its state."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    wanted = step.values
    known = task.values
    after = {
        "progress": max(known.get("progress") or 0, wanted["progress"]),
        "hours_spent_minutes": (known.get("hours_spent_minutes") or 0) + wanted["minutes"],
    }
    if _allowed(task, wanted["status"]):
        after["status"] = wanted["status"]
        at = scene.day(step.day).isoformat() + "T07:00"
        if wanted["status"] == "in_progress" and not known.get("actual_start"):
            after["actual_start"] = at
    return updated(task, "task.work", **after)


def set_field(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Write one field of a task."""
    task = _task(scene, replica, step)
    field, value = step.values["field"], step.values["to"]
    if task is None or (field == "status" and not _allowed(task, value)):
        return []
    return updated(task, f"task.{field}", **{field: value})


def add_minutes(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Add to the hours of a task."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    minutes = (task.values.get("hours_spent_minutes") or 0) + step.values["minutes"]
    return updated(task, "task.hours", hours_spent_minutes=minutes)


def note(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Write a line at the top or at the end of a task's notes."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    lines = str(task.values.get("notes") or "").splitlines()
    text = step.values["text"]
    lines = [text, *lines] if step.values.get("first") else [*lines, text]
    return updated(task, "task.note", notes="\n".join(lines))


def tags(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Put tags on a task and take others off."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    kept = set(task.values.get("tags") or ()) - set(step.values["drop"])
    return updated(task, "task.tag", tags=sorted(kept | set(step.values["add"])))


def assign(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Add someone of the crew to a task."""
    task = _task(scene, replica, step)
    if task is None or not scene.crew:
        return []
    person = scene.crew[step.values["crew"] % len(scene.crew)]
    assignees = sorted({*(task.values.get("assignees") or ()), person})
    return updated(task, "task.assign", assignees=assignees)


def move_finish(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Move the planned end of a task by days."""
    task = _task(scene, replica, step)
    planned = None if task is None else task.values.get("planned_finish")
    if task is None or not planned:
        return []
    moved = dt.datetime.fromisoformat(planned) + dt.timedelta(days=step.values["days"])
    return updated(task, "task.plan", planned_finish=moved.strftime("%Y-%m-%dT%H:%M"))


def make_task(scene: Scene, _: Replica, step: Step) -> list[Intended]:
    """Add a task to the project."""
    values = {"name": f"Tâche en double ({step.about})", "kind": "task", "status": "todo"}
    row = scene.row_id(step)
    return made("task", row, "task.add", project_id=scene.site.project, **values)


def delete_task(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Delete a task."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    return [Intended("task.delete", [Edit("task", task.row, operation="delete")])]


def comment(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Say something of a task, in one's own name unless the script has one cheat."""
    task = _task(scene, replica, step)
    if task is None:
        return []
    return made(
        "comment",
        uuid7(scene.started_ms, bytes.fromhex(step.values["id"])),
        "comment.say",
        project_id=scene.site.project,
        task_id=task.row,
        body=step.values["body"],
        author_id=scene.people[step.values.get("as", step.device)],
    )


def expense(scene: Scene, _: Replica, step: Step) -> list[Intended]:
    """Spend a part of a budget line."""
    wanted = step.values
    line = next(one for one in scene.site.lines if one.key == wanted["line"])
    amount, currency = _price(line, wanted)
    return made(
        "expense",
        scene.row_id(step),
        "expense.record",
        project_id=scene.site.project,
        budget_line_id=line.row,
        date=scene.day(step.day).isoformat(),
        amount=amount,
        currency=currency,
        supplier=wanted["supplier"],
        status="submitted",
        author_id=scene.people[step.device],
    )


def _price(line: SiteLine, wanted: Mapping[str, Any]) -> tuple[int, str]:
    """Return an amount in minor units and its currency."""
    amount = max(1, line.amount * wanted["permille"] // 1000)
    if "currency" in wanted:
        return amount, wanted["currency"]
    if wanted.get("foreign") and line.currency == "XAF":
        return max(1, amount * 100 // 656), FOREIGN
    return amount, line.currency


def report(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Write the report of a day and shift, unless it is here already."""
    wanted = step.values
    date, shift = scene.day(wanted["day"]).isoformat(), wanted.get("shift", "day")
    row = report_id(scene.site.project, date, shift)
    if replica.row(row) is not None:
        return []
    scene.rows.setdefault(step.about, row)
    return made(
        "daily_report",
        row,
        "report.write",
        project_id=scene.site.project,
        date=date,
        shift=shift,
        status="draft",
        headcount=wanted["headcount"],
        worked_minutes=wanted["minutes"],
        work_done=wanted["work"],
        author_id=scene.people[step.device],
    )


def submit_report(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Hand in the report written earlier."""
    found = replica.row(scene.rows.get(step.about, ""))
    if found is None or found.values.get("status") != "draft":
        return []
    return updated(found, "report.submit", status="submitted")


def approve_reports(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Approve the oldest reports that others handed in."""
    found = replica.rows(
        "daily_report",
        scene.scope,
        "status = 'submitted' AND author_id <> ?",
        [scene.people[step.device]],
        order="date, id",
        limit=step.values["count"],
    )
    return [one for row in found for one in updated(row, "report.approve", status="approved")]


def line_amount(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Change the amount of a budget line by a percentage."""
    row = next(one.row for one in scene.site.lines if one.key == step.about)
    line = replica.row(row)
    if line is None:
        return []
    return updated(
        line, "line.revise", amount=line.values["amount"] * step.values["percent"] // 100
    )


def decide_expenses(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Approve the oldest expenses that wait, and refuse the last of them where the script says."""
    found = replica.rows(
        "expense",
        scene.scope,
        "status = 'submitted' AND author_id <> ? AND sync_state = 'confirmed'",
        [scene.people[step.device]],
        order="id",
        limit=step.values["count"],
    )
    decided: list[Intended] = []
    for position, row in enumerate(found):
        if step.values.get("refuse") and position == len(found) - 1:
            reason = "Facture illisible."
            decided += updated(row, "expense.refuse", status="refused", refusal_reason=reason)
        else:
            decided += updated(row, "expense.approve", status="approved")
    return decided


def acknowledge_alerts(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Take note of the oldest open alerts."""
    found = replica.rows(
        "alert", scene.scope, "status = 'open'", order="id", limit=step.values["count"]
    )
    person = scene.people[step.device]
    return [
        one
        for row in found
        for one in updated(row, "alert.acknowledge", status="acknowledged", acknowledged_by=person)
    ]


ACTS: dict[str, Callable[[Scene, Replica, Step], list[Intended]]] = {
    "work": work,
    "set": set_field,
    "add": add_minutes,
    "note": note,
    "tags": tags,
    "assign": assign,
    "move_finish": move_finish,
    "make_task": make_task,
    "delete_task": delete_task,
    "comment": comment,
    "expense": expense,
    "report": report,
    "submit_report": submit_report,
    "approve_reports": approve_reports,
    "line_amount": line_amount,
    "decide_expenses": decide_expenses,
    "acknowledge_alerts": acknowledge_alerts,
    "order": office.order,
    "speak": office.speak,
    "bill": office.bill,
    "cover": office.cover,
    "pay": office.pay,
    "request": office.request,
    "permit": permits.ask,
    "advance_permits": permits.advance,
    "seize_permit": permits.seize,
    "suspend_permit": permits.suspend,
}
"""Action of the script -> what it becomes."""
