"""Who may change sites, projects and the daily work: one module per subject.

Which role may do what is in the permission table (`server.intake.permissions`); the guards ask it,
and add what is not a matter of role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import table_guard
from server.projects.guards import permits, places, punch, reports, safety, talk, tasks
from server.projects.guards.facts import prepare_fieldwork
from server.projects.guards.restoring import restorable
from server.projects.planning.baselines import guard_baseline
from server.projects.planning.calendars import guard_calendar
from server.projects.planning.links import guard_link

if TYPE_CHECKING:
    from server.intake import Guards

__all__ = ["GUARDS", "prepare_fieldwork"]

GUARDS: Guards = {
    table: restorable(table, guard)
    for table, guard in {
        "site": places.guard_site,
        "project": places.guard_project,
        "member": places.guard_member,
        "calendar": guard_calendar,
        "resource": table_guard("resource"),
        "assignment": table_guard("assignment"),
        "task_link": guard_link,
        "task": tasks.guard_task,
        "baseline": guard_baseline,
        "comment": talk.guard_comment,
        "checklist_item": table_guard("checklist_item"),
        "checklist_tick": talk.guard_checklist_tick,
        "daily_report": reports.guard_daily_report,
        "report_line": reports.guard_report_line,
        "incident": safety.guard_incident,
        "follow_up": safety.guard_follow_up,
        "punch_item": punch.guard_punch_item,
        "permit": permits.guard_permit,
    }.items()
}
