"""The importer as a client: it reads a local replica, and leaves one change set in its outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.projects.importing.keys import project_key
from server.projects.importing.plan import CurrentRow, ImportRefusedError
from server.projects.importing.planning import Choices, Current, plan_import
from sync import errors
from sync.replica import RefusedError

if TYPE_CHECKING:
    from server.projects.importing.plan import ImportPlan
    from server.projects.schedules import Schedule, ScheduleProject
    from sync.replica import Replica

INTENT = "schedule.import"
PROJECT_TABLES = (
    "calendar",
    "resource",
    "task",
    "task_link",
    "assignment",
    "expense",
    "comment",
)
FINANCE_TABLES = ("budget", "budget_line")
MAY_IMPORT = frozenset({"administrator", "manager"})


def choose_project(schedule: Schedule, pick: str | None = None) -> ScheduleProject:
    """Return the project of a file to import: the only one, or the one that `pick` names.

    Baselines kept beside their project are not counted. `pick` is a code, an identifier or a name.
    Raises ImportRefusedError `pick_needed` or `pick_unknown`, with the projects to pick from.
    """
    choices = [one for one in schedule.projects if one.baseline_of is None]
    listed = "\n".join(f"  {one.code}  {one.name}" for one in schedule.projects)
    if pick is None:
        if len(choices) == 1:
            return choices[0]
        raise ImportRefusedError(
            "pick_needed",
            f"Le fichier contient plusieurs projets ; choisissez avec --pick :\n{listed}",
            f"The file holds several projects; choose with --pick:\n{listed}",
        )
    for one in schedule.projects:
        if pick in {one.code, one.identifier, one.name}:
            return one
    raise ImportRefusedError(
        "pick_unknown",
        f"Le fichier ne contient pas le projet « {pick} » :\n{listed}",
        f"The file does not hold the project “{pick}”:\n{listed}",
    )


def find_project(
    replica: Replica, project: ScheduleProject, wanted: str | None = None
) -> CurrentRow | None:
    """Return the project to import into; None makes a new one.

    `wanted` is a row id or a code. Without it, the project that was imported from one of the same
    code, if there is exactly one.
    Raises ImportRefusedError `project_unknown`, `project_ambiguous` or `project_exists`.
    """
    shown = [CurrentRow(one.row, one.values) for one in replica.rows("project")]
    return find_among(shown, project, wanted)


def find_among(
    shown: list[CurrentRow], project: ScheduleProject, wanted: str | None
) -> CurrentRow | None:
    """Return which of the projects that a person sees to import into; None makes a new one."""
    if wanted is None:
        found = [one for one in shown if one.values.get("external_id") == project_key(project)]
        if not found:
            _refuse_taken_code(shown, project.code)
        wanted = project.code
    else:
        found = [one for one in shown if wanted in {one.id, one.values["code"]}]
        if not found:
            known = ", ".join(sorted(one.values["code"] for one in shown)) or "—"
            raise ImportRefusedError(
                "project_unknown",
                f"Aucun chantier « {wanted} » sur cet appareil. Connus : {known}.",
                f"There is no project “{wanted}” on this device. Known: {known}.",
            )
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise ImportRefusedError(
            "project_ambiguous",
            f"Plusieurs chantiers portent le code « {wanted} » ; nommez-en un par son id : {ids}.",
            f"Several projects bear the code “{wanted}”; name one by its id: {ids}.",
        )
    return found[0] if found else None


def _refuse_taken_code(shown: list[CurrentRow], code: str) -> None:
    """Refuse to make a second project of a code that people gave to one of theirs."""
    if any(one.values["code"] == code for one in shown):
        raise ImportRefusedError(
            "project_exists",
            f"Un chantier « {code} » existe déjà sans planning importé : "
            f"--project {code} importe dans celui-là.",
            f"A project “{code}” is there already, without an imported schedule: "
            f"--project {code} imports into it.",
        )


def current_of(replica: Replica, project: CurrentRow | None) -> Current:
    """Read what the replica holds of a project."""
    if project is None:
        return Current()
    rows = {
        table: [
            CurrentRow(one.row, one.values) for one in replica.rows(table, f"{kind}:{project.id}")
        ]
        for kind, tables in (("project", PROJECT_TABLES), ("finance", FINANCE_TABLES))
        for table in tables
    }
    deleted = frozenset(replica.deleted_rows("task", f"project:{project.id}"))
    return Current(project, rows, deleted)


def refuse_without_role(replica: Replica, project: CurrentRow | None) -> None:
    """Refuse before any work what the server would be bound to reject.

    A replica that has not met the server yet does not know; the server then decides.
    Raises ImportRefusedError `no_rights`.
    """
    person = replica.identity().person_id
    directory = replica.rows("person", where="id = ?", parameters=[person]) if person else []
    if not directory:
        return
    roles = {directory[0].values["role"]}
    if project is not None:
        scope = f"project:{project.id}"
        members = replica.rows("member", scope, "person_id = ?", [person])
        roles |= {one.values["role"] for one in members}
    if roles.isdisjoint(MAY_IMPORT):
        raise ImportRefusedError(
            "no_rights",
            "Importer un planning demande le rôle de chef de projet ou d'administrateur.",
            "Importing a schedule asks for the role of manager or administrator.",
        )


def prepare_import(
    replica: Replica,
    schedule: Schedule,
    *,
    pick: str | None = None,
    project: str | None = None,
    choices: Choices | None = None,
) -> ImportPlan:
    """Plan the import of a schedule into what a replica holds; nothing is changed.

    Raises ImportRefusedError.
    """
    source = choose_project(schedule, pick)
    target = find_project(replica, source, project)
    refuse_without_role(replica, target)
    return plan_import(schedule, source, current_of(replica, target), replica.new_id, choices)


def apply_import(replica: Replica, plan: ImportPlan) -> int | None:
    """Save a plan as one change set; return its counter, or None when there is nothing to do.

    Raises ImportRefusedError `import_too_large`; else as `Replica.edit`.
    """
    if not plan.edits:
        return None
    try:
        return replica.edit(INTENT, plan.edits)
    except RefusedError as error:
        if error.code != errors.CHANGE_SET_TOO_LARGE.code:
            raise
        count, count_max = len(plan.edits), replica.limits.change_set_changes_max
        raise ImportRefusedError(
            "import_too_large",
            f"Le planning demande {count} changements d'un coup ; le serveur en prend {count_max} "
            "au plus. Exportez-le en plusieurs projets.",
            f"The schedule takes {count} changes at once; the server takes {count_max} at most. "
            "Export it as several projects.",
        ) from error
