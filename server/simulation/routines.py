"""An ordinary day on the site and in the office, as steps of the script. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.simulation.script import ACCOUNTANT, SUPERVISOR, Device, Plan, Site, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

TAGS = ("urgent", "nuit", "grue", "soudage", "béton", "attente matériel", "contrôle")
NOTES = (
    "Camion-citerne attendu à midi.",
    "Vent fort, levage arrêté deux heures.",
    "Gabarit contrôlé avec le chef de poste.",
    "Reste la reprise du joint nord.",
    "Groupe électrogène en panne, remplacé.",
    "Accès coupé par la pluie.",
)
COMMENTS = (
    "Qui apporte la clé dynamométrique ?",
    "Terminé côté est, on passe à l'ouest.",
    "Il manque deux brides DN150.",
    "Radiographie prévue demain matin.",
)
SUPPLIERS = ("SOCOFER", "Quincaillerie du Port", "Total Énergies", "Location Mbaka", "CFAO")
WORK = (
    "Coulage de la semelle nord.",
    "Soudage des tronçons 4 à 7.",
    "Montage de l'échafaudage.",
    "Essai hydraulique du tronçon 2.",
    "Pose des supports de conduite.",
)
SHIFTS = {SUPERVISOR: "day", "tablette-1": "night"}
"""Who writes the report of which shift: there is one for a site, a day and a shift."""
LAST_HOUR, FIRST_HOUR, NOON = 18, 6, 12
_TASKS_A_DAY = 2
_HOT_LINES = 2
"""Lines that everyone spends from, until they cross their thresholds."""


def steps_of(plan: Plan, site: Site, device: Device, random: Random) -> Iterator[Step]:
    """Yield all that one device does of its own accord."""
    yield Step(0, FIRST_HOUR, device.name, "sync")
    for day in range(1, plan.days + 1):
        if device.role in ("manager", "accountant"):
            yield from _office_day(site, device, day, random)
        else:
            yield from _crew_day(site, device, day, random)
        yield from _links(device, day)


def _links(device: Device, day: int) -> Iterator[Step]:
    """Yield the moments at which a device has a link."""
    if device.rhythm == "always":
        yield Step(day, NOON, device.name, "sync")
    if device.rhythm in ("always", "evenings") or (device.rhythm == "weekly" and day % 7 == 0):
        yield Step(day, LAST_HOUR, device.name, "sync")


def _crew_day(site: Site, device: Device, day: int, random: Random) -> Iterator[Step]:
    name = device.name

    def step(hour: int, action: str, about: str = "", **values: Any) -> Step:
        return Step(day, hour, name, action, about, values)

    for task in random.sample(site.tasks, min(_TASKS_A_DAY, len(site.tasks))):
        yield step(
            random.choice((9, 15)),
            "work",
            task.key,
            progress=min(10_000, 1_000 * day + random.randrange(0, 6_000, 500)),
            minutes=random.randrange(30, 480, 30),
            status=random.choice(("in_progress", "in_progress", "done", "blocked")),
        )
    about = random.choice(site.tasks).key
    if random.random() < 0.5:  # noqa: PLR2004 - every second day
        yield step(9, "note", about, text=random.choice(NOTES), first=random.random() < 0.3)  # noqa: PLR2004
    if random.random() < 0.5:  # noqa: PLR2004
        add, drop = random.sample(TAGS, 2)
        yield step(15, "tags", about, add=[add], drop=[drop])
    if random.random() < 0.4:  # noqa: PLR2004
        yield step(15, "comment", about, id=_id(random), body=random.choice(COMMENTS))
    if site.lines and random.random() < 0.6:  # noqa: PLR2004
        yield step(15, "expense", **_expense(site, random))
    if device.role == "supervisor":
        yield step(15, "approve_reports", count=3)
        yield step(15, "assign", about, crew=random.randrange(100))
    if shift := SHIFTS.get(name):
        yield from _report(step, f"{name}/{day}", day, shift, random)


def _report(
    step: Callable[..., Step], about: str, day: int, shift: str, random: Random
) -> Iterator[Step]:
    """Write the report of a shift, and hand it in."""
    yield step(
        15,
        "report",
        about,
        day=day,
        shift=shift,
        headcount=random.randrange(4, 30),
        minutes=random.randrange(480, 4_800, 60),
        work=random.choice(WORK),
    )
    yield step(LAST_HOUR, "submit_report", about)


def _office_day(site: Site, device: Device, day: int, random: Random) -> Iterator[Step]:
    name = device.name
    if device.role == "manager":
        for task in random.sample(site.tasks, min(2, len(site.tasks))):
            days = random.choice((-2, 1, 2, 5))
            yield Step(day, 9, name, "move_finish", task.key, {"days": days})
        yield Step(day, 15, name, "approve_reports", values={"count": 5})
        yield Step(day, 15, name, "acknowledge_alerts", values={"count": 2})
        return
    if name != ACCOUNTANT:
        return
    if site.lines:
        line = random.choice(site.lines)
        percent = random.choice((95, 105, 110))
        yield Step(day, 9, name, "line_amount", line.key, {"percent": percent})
    yield Step(day, 15, name, "decide_expenses", values={"count": 4, "refuse": day % 3 == 0})


def _expense(site: Site, random: Random) -> dict[str, Any]:
    hot = random.random() < 0.6  # noqa: PLR2004 - most of the money goes to few lines
    line = random.choice(site.lines[:_HOT_LINES] if hot else site.lines)
    return {
        "id": _id(random),
        "line": line.key,
        "permille": random.randrange(20, 350, 10) if hot else random.randrange(5, 60, 5),
        "supplier": random.choice(SUPPLIERS),
        "foreign": random.random() < 0.2,  # noqa: PLR2004
    }


def _id(random: Random) -> str:
    """Return the random part of a row's id."""
    return random.randbytes(10).hex()
