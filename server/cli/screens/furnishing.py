"""What the demo's play leaves out, so that no screen is empty: people with names, a day's work.

All of it goes the way of people's own entries: through their replicas.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.replica import Edit
from sync.reports import report_id
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.cli.screens.declared import Persona
    from sync.replica import Replica, Shown


class Someone(Struct, frozen=True):
    """A person of the demo in whose name screens are opened."""

    login: str
    name: str
    phone: str
    role: str
    project_role: str


PEOPLE: Mapping[Persona, Someone] = {
    "crew": Someone("awa.mboup", "Awa Mboup", "+237 655 10 20 30", "employee", "employee"),
    "office": Someone("paul.ndongo", "Paul Ndongo", "+237 699 41 52 63", "manager", "manager"),
}
SITE_LATITUDE, SITE_LONGITUDE = 3_284_000, 10_146_000
"""Microdegrees: the coast south of Kribi."""
_NOTE = "Joint nord contrôlé, gabarit rendu au magasin."
MINE, LATE = 4, 2
"""Tasks that the crew's person has today, and of these how many should have ended before."""


def invite_people(administrator: Replica, project: str) -> dict[Persona, str]:
    """Put the people of the screens into the directory and the project; return their ids."""
    found: dict[Persona, str] = {}
    for persona, one in PEOPLE.items():
        person = administrator.new_id()
        values = {
            "name": one.name,
            "login": one.login,
            "phone": one.phone,
            "role": one.role,
            "language": "fr",
            "active": True,
        }
        member = {"project_id": project, "person_id": person, "role": one.project_role}
        administrator.edit(
            "person.invite",
            [
                Edit("person", person, operation="create", after=values),
                Edit("member", operation="create", after=member),
            ],
        )
        found[persona] = person
    return found


def furnish_office(replica: Replica, project: str, people: Mapping[Persona, str]) -> None:
    """Do what the manager does: place the site, hand out today's work, ask for money."""
    _place(replica, project)
    _freeze(replica, project, people["office"])
    _empty_project(replica, people["office"])
    _hand_out(replica, project, people)
    _ask_for_money(replica, project, people["office"])
    _buy(replica, project, people["office"])
    _file_papers(replica, project, people["office"])


def _place(replica: Replica, project: str) -> None:
    site = replica.new_id()
    values = {
        "name": "Kribi Sud",
        "field_name": "Mbaka",
        "block": "Bloc C",
        "operator": "Société des pétroles du littoral",
        "country": "CM",
        "latitude_microdegrees": SITE_LATITUDE,
        "longitude_microdegrees": SITE_LONGITUDE,
        "time_zone": "Africa/Douala",
    }
    replica.edit(
        "site.place",
        [
            Edit("site", site, operation="create", after=values),
            Edit("project", project, after={"site_id": site}),
        ],
    )


def _freeze(replica: Replica, project: str, manager: str) -> None:
    """Freeze the plan: without a baseline there is neither a curve nor an index."""
    values = {"project_id": project, "name": "Planning contractuel", "author_id": manager}
    replica.edit("baseline.take", [Edit("baseline", operation="create", after=values)])


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


def _hand_out(replica: Replica, project: str, people: Mapping[Persona, str]) -> None:
    today = dt.datetime.now().astimezone().date()
    tasks = _open_tasks(replica, project)[: 2 * MINE]
    for place, task in enumerate(tasks):
        ends = today + dt.timedelta(days=-3 if place < LATE else place)
        after: dict[str, Any] = {
            "planned_start": f"{today - dt.timedelta(days=5)}T07:00",
            "planned_finish": f"{ends}T17:00",
        }
        if place < MINE:
            after["assignees"] = [people["crew"]]
        replica.edit("task.plan", [Edit("task", task.row, after=after)])


def _open_tasks(replica: Replica, project: str) -> list[Shown]:
    return replica.rows(
        "task",
        f"project:{project}",
        "kind = 'task' AND status IN ('todo', 'in_progress') AND planned_finish IS NOT NULL",
        order="status, planned_start, code, id",
    )


def _ask_for_money(replica: Replica, project: str, manager: str) -> None:
    for budget in replica.rows("budget", f"finance:{project}"):
        replica.edit("budget.lock", [Edit("budget", budget.row, after={"status": "locked"})])
    lines = replica.rows(
        "budget_line", f"finance:{project}", "amount > 0", order="cost_code", limit=3
    )
    wanted = (
        ("Grutage supplémentaire pour le levage du séparateur", 18_500_000),
        ("Deuxième équipe de soudage, quatre semaines", 42_750_000),
    )
    for line, (title, amount) in zip(lines, wanted, strict=False):
        values = {
            "project_id": project,
            "kind": "increase",
            "title": title,
            "reason": "Le retard du lot génie civil se rattrape ainsi avant la saison des pluies.",
            "budget_id": line.values["budget_id"],
            "budget_line_id": line.row,
            "amount": amount,
            "status": "submitted",
            "author_id": manager,
        }
        replica.edit("request.submit", [Edit("budget_request", operation="create", after=values)])


def _buy(replica: Replica, project: str, manager: str) -> None:
    """Order, and enter an invoice on the order."""
    today = dt.datetime.now().astimezone().date()
    (line,) = replica.rows(
        "budget_line", f"finance:{project}", "cost_code = 'AP' AND amount > 0", limit=1
    )
    order = replica.new_id()
    common = {
        "project_id": project,
        "supplier": "Société camerounaise de tubes",
        "budget_line_id": line.row,
        "currency": "XAF",
        "author_id": manager,
    }
    ordered = common | {
        "title": "Tubes de conduite 6 pouces, 1 200 m",
        "description": "Livraison en trois fois au parc de stockage de Kribi.",
        "date": (today - dt.timedelta(days=12)).isoformat(),
        "delivery_date": (today + dt.timedelta(days=18)).isoformat(),
        "amount": 236_400_000,
        "status": "submitted",
    }
    billed = common | {
        "reference": "F-2026-0418",
        "order_id": order,
        "date": (today - dt.timedelta(days=2)).isoformat(),
        "due": (today + dt.timedelta(days=28)).isoformat(),
        "amount": 78_800_000,
        "tax_amount": 15_169_000,
        "status": "draft",
    }
    replica.edit("order.submit", [Edit("purchase_order", order, operation="create", after=ordered)])
    replica.edit("invoice.enter", [Edit("supplier_invoice", operation="create", after=billed)])


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
    (task,) = replica.rows("task", f"project:{project}", f"notes = '{_NOTE}'", order="id", limit=1)
    return found | {"task": task.row}


def furnish_crew(replica: Replica, project: str, person: str) -> None:
    """Do what a crew does in a day: report, spend, comment, warn."""
    tasks = replica.rows("task", f"project:{project}", "kind = 'task'", order="code, id")
    mine = [one for one in tasks if person in (one.values.get("assignees") or ())]
    _work(replica, project, person, mine)
    _report(replica, project, person)
    _spend(replica, project, person, mine[0].row)
    _warn(replica, project, person, mine[0].row)
    _record(replica, project, person)


def _work(replica: Replica, project: str, person: str, mine: list[Shown]) -> None:
    for place, task in enumerate(mine):
        after: dict[str, Any] = {"progress": 1_500 + 2_500 * place, "hours_spent_minutes": 930}
        if task.values.get("status") == "todo":
            after["status"] = "in_progress"
        replica.edit("task.work", [Edit("task", task.row, after=after)])
    replica.edit(
        "task.note",
        [Edit("task", mine[0].row, after={"notes": _NOTE})],
    )
    for body in (
        "Il manque deux brides DN150, je passe au magasin.",
        "Terminé côté est. On passe à l'ouest demain matin si le vent le permet.",
    ):
        values = {
            "project_id": project,
            "task_id": mine[0].row,
            "body": body,
            "author_id": person,
        }
        replica.edit("comment.write", [Edit("comment", operation="create", after=values)])


def _report(replica: Replica, project: str, person: str) -> None:
    today = dt.datetime.now().astimezone().date().isoformat()
    row = report_id(project, today, "day")
    if replica.row(row) is not None:
        return
    values = {
        "project_id": project,
        "date": today,
        "shift": "day",
        "status": "draft",
        "weather": "Averses le matin, éclaircies ensuite",
        "headcount": 14,
        "work_done": "Soudage des tronçons 4 à 7. Coulage de la semelle nord.",
        "work_planned": "Radiographie des soudures 4 à 7.",
        "delays": "Une heure d'arrêt : camion-citerne en retard.",
        "safety": "Quart d'heure sécurité sur le levage.",
        "author_id": person,
    }
    replica.edit("report.write", [Edit("daily_report", row, operation="create", after=values)])


def _spend(replica: Replica, project: str, person: str, task: str) -> None:
    today = dt.datetime.now().astimezone().date()
    spent = (
        (125_000, "XAF", "Quincaillerie du Port", "Élingues de deux tonnes", 0),
        (48_500, "XAF", "Total Énergies", "Carburant du groupe électrogène", 1),
        (1_250_050, "EUR", "SOCOFER", "Location du poste à souder, novembre", 2),
    )
    for amount, currency, supplier, description, days in spent:
        values = {
            "project_id": project,
            "task_id": task,
            "date": (today - dt.timedelta(days=days)).isoformat(),
            "amount": amount,
            "currency": currency,
            "supplier": supplier,
            "description": description,
            "status": "submitted",
            "author_id": person,
        }
        replica.edit("expense.record", [Edit("expense", operation="create", after=values)])


def _warn(replica: Replica, project: str, person: str, task: str) -> None:
    now = dt.datetime.now().astimezone().strftime("%Y-%m-%dT%H:%M")
    seen = (
        ("near_miss", "serious", "Zone de levage", "Élingue usée retirée avant le levage."),
        ("environment", "minor", "Bassin de rétention", "Fuite d'huile d'un litre, absorbée."),
    )
    for kind, severity, place, description in seen:
        values = {
            "project_id": project,
            "kind": kind,
            "severity": severity,
            "occurred_at": now,
            "place": place,
            "task_id": task,
            "description": description,
            "author_id": person,
        }
        replica.edit("incident.report", [Edit("incident", operation="create", after=values)])


def _record(replica: Replica, project: str, person: str) -> None:
    """Ask for a permit to work and note a defect."""
    now = dt.datetime.now().astimezone()
    permit = {
        "project_id": project,
        "kind": "hot_work",
        "title": "Reprise de la soudure du joint 7",
        "place": "Manifold nord, niveau +3",
        "work": "Meulage et soudage d'un joint DN200, contrôle visuel.",
        "hazards": "Gaz résiduel, projections.",
        "precautions": "Détecteur quatre gaz en continu, surveillant de feu, extincteur à poudre.",
        "valid_from": f"{now - dt.timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "valid_until": f"{now + dt.timedelta(hours=6):%Y-%m-%dT%H:%M}",
        "status": "requested",
        "author_id": person,
        "holder_id": person,
    }
    replica.edit("permit.request", [Edit("permit", operation="create", after=permit)])
    defect = {
        "project_id": project,
        "title": "Fuite au joint de bride DN200",
        "place": "Manifold nord",
        "priority": "blocking",
        "due": now.date().isoformat(),
        "status": "open",
        "author_id": person,
        "owner_id": person,
    }
    replica.edit("punch.note", [Edit("punch_item", operation="create", after=defect)])
