"""Before the play: an administrator's replica finds the project and lets the players in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.simulation.script import Site, SiteLine, SiteTask
from sync.replica import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.simulation.people import Person
    from sync.replica import Replica, Shown

TASKS_MAX = 60
"""Tasks that the crews of a play work at: the first of the schedule."""
LINES_MAX = 12
EUR_RATE = "655.957"


class FoundingError(ValueError):
    """The play cannot begin; the sentence is for people."""


def find_site(replica: Replica, wanted: str | None) -> Site:
    """Return what a script needs to know of a project. Raises FoundingError."""
    project = _find_project(replica, wanted)
    scope, finance = f"project:{project.row}", f"finance:{project.row}"
    tasks = replica.rows(
        "task",
        scope,
        # By what a play never changes, so that a second one on the same site has the same script:
        # tasks that earlier plays made have no code.
        "kind = 'task' AND coalesce(code, external_id) IS NOT NULL",
        order="actual_finish IS NOT NULL, planned_start, code, id",
        limit=TASKS_MAX,
    )
    if not tasks:
        raise FoundingError(f"The project {project.values['code']} has no task to work at.")
    budgets = {one.row: str(one.values["currency"]) for one in replica.rows("budget", finance)}
    lines = replica.rows(
        "budget_line", finance, "amount > 0", order="cost_code, id", limit=LINES_MAX
    )
    task_keys = _keys(tasks, "code")
    line_keys = _keys(lines, "cost_code")
    return Site(
        project=project.row,
        code=str(project.values["code"]),
        currency=str(project.values["currency"]),
        tasks=tuple(SiteTask(key, row.row) for key, row in zip(task_keys, tasks, strict=True)),
        lines=tuple(
            SiteLine(
                key, row.row, row.values["amount"], budgets.get(row.values["budget_id"], "XAF")
            )
            for key, row in zip(line_keys, lines, strict=True)
        ),
    )


def _find_project(replica: Replica, wanted: str | None) -> Shown:
    projects = replica.rows("project", order="code")
    if wanted is not None:
        projects = [one for one in projects if wanted in (one.row, one.values.get("code"))]
    if len(projects) == 1:
        return projects[0]
    if not projects:
        raise FoundingError("There is no such project; import one: derrick import FILE.")
    codes = ", ".join(str(one.values.get("code")) for one in projects)
    raise FoundingError(f"Which project? --project with one of: {codes}.")


def _keys(rows: Sequence[Shown], column: str) -> list[str]:
    """Return a name for each row: its code, numbered where several share one."""
    keys: list[str] = []
    for row in rows:
        code = str(row.values.get(column) or "?")
        seen = sum(1 for key in keys if key == code or key.startswith(f"{code}#"))
        keys.append(f"{code}#{seen + 1}" if seen else code)
    return keys


def let_in(replica: Replica, site: Site, people: Sequence[Person]) -> dict[str, str]:
    """Put the players into the directory and the project; return device -> id of its person.

    One action for each person, so that nobody is ever half in.
    """
    known = {str(row.values["login"]): row.row for row in replica.rows("person")}
    members = {
        str(row.values["person_id"]) for row in replica.rows("member", f"project:{site.project}")
    }
    rows: dict[str, str] = {}
    for person in people:
        row = known.get(person.login)
        edits: list[Edit] = []
        if row is None:
            row = replica.new_id()
            after = {
                "name": person.name,
                "login": person.login,
                "phone": person.phone,
                "role": person.organisation_role,
                "language": "fr",
                "active": True,
            }
            edits.append(Edit("person", row, operation="create", after=after))
        if row not in members:
            member = {"project_id": site.project, "person_id": row, "role": person.role}
            edits.append(Edit("member", operation="create", after=member))
        if edits:
            replica.edit("person.invite", edits)
        rows[person.device] = row
    return rows


def open_site(replica: Replica, site: Site, day: str) -> None:
    """Set the project going, and give the rate that foreign expenses need."""
    for status in ("draft", "active"):
        project = replica.row(site.project)
        present = None if project is None else project.values.get("status")
        if (present, status) in {(None, "draft"), ("draft", "active")}:
            replica.edit("project.open", [Edit("project", site.project, after={"status": status})])
    rated = replica.rows("exchange_rate", None, "currency = 'EUR' AND quote = ?", [site.currency])
    if site.currency != "EUR" and not rated:
        rate = {"currency": "EUR", "quote": site.currency, "date": day, "rate": EUR_RATE}
        replica.edit("rate.set", [Edit("exchange_rate", operation="create", after=rate)])
