"""The site and its daily work: where it is, who does what today, what the crew says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cli.furnishing.ground import make, move
from sync.replica import Edit
from sync.reports import report_id

if TYPE_CHECKING:
    from server.cli.furnishing.ground import Ground
    from sync.replica import Replica, Shown

SITE_LATITUDE, SITE_LONGITUDE = 3_284_000, 10_146_000
"""Microdegrees: the coast south of Kribi."""
NOTE = "Joint nord contrôlé, gabarit rendu au magasin."
MINE, LATE = 4, 2
"""Tasks that the crew's person has today, and of these how many should have ended before."""
CHECKLIST = (
    ("Gabarit et plans au poste", True),
    ("Élingues et manilles vérifiées", True),
    ("Zone balisée", True),
    ("Photos avant et après", False),
)
TICKED = 2


def place_site(replica: Replica, ground: Ground) -> None:
    """Say where the site is; freeze the plan, without which there is neither curve nor index."""
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
            Edit("project", ground.project, after={"site_id": site}),
        ],
    )
    taken = {"project_id": ground.project, "name": "Planning contractuel"}
    make(replica, "baseline.take", "baseline", taken | {"author_id": ground.people["office"]})


def hand_out(replica: Replica, ground: Ground) -> None:
    """Give the crew's person today's tasks, and the first of them a checklist."""
    tasks = _open_tasks(replica, ground)[: 2 * MINE]
    for place, task in enumerate(tasks):
        ends = ground.day(-3 if place < LATE else place)
        after: dict[str, Any] = {
            "planned_start": f"{ground.day(-5)}T07:00",
            "planned_finish": f"{ends}T17:00",
        }
        if place < MINE:
            after["assignees"] = [ground.people["crew"]]
        replica.edit("task.plan", [Edit("task", task.row, after=after)])
    for position, (label, mandatory) in enumerate(CHECKLIST if tasks else ()):
        values = {
            "project_id": ground.project,
            "task_id": tasks[0].row,
            "position": position,
            "label": label,
            "mandatory": mandatory,
        }
        ground.made[f"check {position}"] = make(
            replica, "checklist.write", "checklist_item", values
        )


def _open_tasks(replica: Replica, ground: Ground) -> list[Shown]:
    return replica.rows(
        "task",
        ground.scope,
        "kind = 'task' AND status IN ('todo', 'in_progress') AND planned_finish IS NOT NULL",
        order="status, planned_start, code, id",
    )


def do_a_day(replica: Replica, ground: Ground) -> None:
    """Do what a crew does in a day: work, tick, comment, report, spend."""
    person = ground.people["crew"]
    tasks = replica.rows("task", ground.scope, "kind = 'task'", order="code, id")
    mine = [one for one in tasks if person in (one.values.get("assignees") or ())]
    _work(replica, ground, mine)
    _tick(replica, ground)
    _report(replica, ground)
    _spend(replica, ground, mine[0].row if mine else None)
    if mine:
        ground.made["task"] = mine[0].row


def _work(replica: Replica, ground: Ground, mine: list[Shown]) -> None:
    for place, task in enumerate(mine):
        after: dict[str, Any] = {"progress": 1_500 + 2_500 * place, "hours_spent_minutes": 930}
        if task.values.get("status") == "todo":
            after["status"] = "in_progress"
        replica.edit("task.work", [Edit("task", task.row, after=after)])
    if not mine:
        return
    move(replica, "task.note", "task", mine[0].row, notes=NOTE)
    for body in (
        "Il manque deux brides DN150, je passe au magasin.",
        "Terminé côté est. On passe à l'ouest demain matin si le vent le permet.",
    ):
        values = {
            "project_id": ground.project,
            "task_id": mine[0].row,
            "body": body,
            "author_id": ground.people["crew"],
        }
        make(replica, "comment.write", "comment", values)


def _tick(replica: Replica, ground: Ground) -> None:
    for position in range(TICKED):
        item = ground.made.get(f"check {position}")
        if item is not None:
            values = {
                "project_id": ground.project,
                "item_id": item,
                "author_id": ground.people["crew"],
                "ticked_at": int(ground.now.timestamp() * 1_000),
            }
            make(replica, "checklist.tick", "checklist_tick", values)


def _report(replica: Replica, ground: Ground) -> None:
    today = ground.day(0)
    row = report_id(ground.project, today, "day")
    if replica.row(row) is not None:
        return
    values = {
        "project_id": ground.project,
        "date": today,
        "shift": "day",
        "status": "draft",
        "weather": "Averses le matin, éclaircies ensuite",
        "headcount": 14,
        "work_done": "Soudage des tronçons 4 à 7. Coulage de la semelle nord.",
        "work_planned": "Radiographie des soudures 4 à 7.",
        "delays": "Une heure d'arrêt : camion-citerne en retard.",
        "safety": "Quart d'heure sécurité sur le levage.",
        "author_id": ground.people["crew"],
    }
    replica.edit("report.write", [Edit("daily_report", row, operation="create", after=values)])


def _spend(replica: Replica, ground: Ground, task: str | None) -> None:
    spent = (
        (ground.money(125_000), "Quincaillerie du Port", "Élingues de deux tonnes", 0),
        (ground.money(48_500), "Total Énergies", "Carburant du groupe électrogène", 1),
        (
            {"amount": 1_250_050, "currency": "EUR"},
            "SOCOFER",
            "Location du poste à souder, novembre",
            2,
        ),
    )
    for money, supplier, description, days in spent:
        values = {
            "project_id": ground.project,
            "task_id": task,
            "date": ground.day(-days),
            "supplier": supplier,
            "description": description,
            "status": "submitted",
            "author_id": ground.people["crew"],
        }
        make(replica, "expense.record", "expense", values | money)
