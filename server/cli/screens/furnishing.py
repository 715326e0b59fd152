"""What the screens show beyond the demo: an empty project, papers, and the rows to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.furnishing import NOTE
from sync.replica import Edit
from sync.tables import TABLES

if TYPE_CHECKING:
    from sync.replica import Replica


def furnish_office(replica: Replica, project: str, manager: str) -> None:
    """Do what the manager does for the screens alone."""
    _empty_project(replica, manager)
    _file_papers(replica, project, manager)


def _empty_project(replica: Replica, manager: str) -> None:
    """Make a project in which nothing was entered yet: what newcomers see."""
    row = replica.new_id()
    values = {
        "code": "VID-1",
        "name": "Base vie, phase 2",
        "currency": "XAF",
        "status": "draft",
    }
    member = {"project_id": row, "person_id": manager, "role": "manager"}
    replica.edit(
        "project.create",
        [
            Edit("project", row, operation="create", after=values),
            Edit("member", operation="create", after=member),
        ],
    )


def _file_papers(replica: Replica, project: str, manager: str) -> None:
    """File what the site works by; the files themselves are still on their way."""
    folder = replica.new_id()
    home = {"home_id": project, "project_id": project}
    edits = [
        Edit("folder", folder, operation="create", after=home | {"name": "Plans pour exécution"})
    ]
    for title in (
        "Plan d'implantation de la plateforme",
        "Isométriques de la conduite de collecte",
    ):
        values = home | {"title": title, "folder_id": folder, "author_id": manager}
        edits.append(Edit("document", operation="create", after=values))
    replica.edit("document.file", edits)


def rows_to_show(replica: Replica, project: str) -> dict[str, str]:
    """Return a row of each table for the addresses: the one with most to show, else the newest."""
    found = {"project": project}
    for table in TABLES.values():
        scopes = [one for one in table.scopes if one in ("project", "finance")]
        for scope in scopes:
            rows = replica.rows(table.name, f"{scope}:{project}", order="id DESC", limit=1)
            if rows:
                found.setdefault(table.name, rows[0].row)
    for table_name in ("person", "site"):
        rows = replica.rows(table_name, "org", order="id DESC", limit=1)
        if rows:
            found[table_name] = rows[0].row
    (task,) = replica.rows("task", f"project:{project}", f"notes = '{NOTE}'", order="id", limit=1)
    return found | {"task": task.row}
