"""Papers and permits day by day, as steps of the script: what the office and the site do. Pure.

An order is placed one morning, approved in the afternoon, billed the next morning; what crews spent
and somebody approved is billed by its supplier, and all of it is paid, more or less on time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.simulation.routines import SUPPLIERS
from server.simulation.script import ACCOUNTANT, CLERK, MANAGER, Device, Plan, Site, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

MORNING, NOON, AFTERNOON = 9, 12, 15
BOUGHT = (
    "Location d'une grue de 50 t",
    "Brides et joints",
    "Béton prêt à l'emploi",
    "Carburant du mois",
    "Contrôle radiographique",
)
PERMITS = (
    ("hot_work", "Meulage et soudage sur le manifold"),
    ("confined_space", "Entrée dans le bac de rétention"),
    ("excavation", "Fouille le long de la conduite"),
    ("lifting", "Levage de tuyauterie"),
)
REQUEST_DAYS = 3
"""More money is asked for so often; nothing comes of it while the budget is not locked."""
_FATES = ("paid", "paid", "paid", "scheduled", "reversed")


def steps_of(plan: Plan, site: Site, device: Device, random: Random) -> Iterator[Step]:
    """Yield what one device does about papers and permits."""
    for day in range(1, plan.days + 1):
        if device.role == "employee":
            yield from _crew(site, device, day, random)
        elif device.role == "supervisor":
            yield Step(day, AFTERNOON, device.name, "advance_permits", "", _steps(random))
        if site.lines:
            yield from _office(site, device, day, random)


def _crew(site: Site, device: Device, day: int, random: Random) -> Iterator[Step]:
    if random.random() < 0.3:  # noqa: PLR2004 - not every day
        kind, title = random.choice(PERMITS)
        values = {"id": _id(random), "kind": kind, "title": title}
        yield Step(
            day,
            MORNING,
            device.name,
            "permit",
            "",
            {**values, "task": random.choice(site.tasks).key},
        )
    if random.random() < 0.2:  # noqa: PLR2004
        yield Step(day, AFTERNOON, device.name, "suspend_permit")


def _office(site: Site, device: Device, day: int, random: Random) -> Iterator[Step]:
    def step(hour: int, action: str, **values: Any) -> Step:
        return Step(day, hour, device.name, action, "", values)

    if device.role == "supervisor":
        yield step(MORNING, "order", **_order(site, random))
        return
    if device.name == MANAGER:
        yield step(MORNING, "speak", role="manager", count=4)
        yield step(AFTERNOON, "speak", role="manager", count=4, **{"return": day % 4 == 0})
        return
    if device.name == CLERK:
        share = random.choice((500, 1_000, 1_000, 1_150))
        yield step(MORNING, "bill", id=_id(random), permille=share, days=30)
        share = random.choice((1_000, 1_000, 1_010))
        yield step(MORNING, "cover", id=_id(random), permille=share, count=3, days=15)
        line = random.choice(site.lines).key
        if day % REQUEST_DAYS == 0:
            yield step(AFTERNOON, "request", id=_id(random), line=line, permille=50)
    if device.name == ACCOUNTANT:
        yield step(AFTERNOON, "speak", role="accountant", count=4)
        share, fate = random.choice((400, 1_000, 1_000)), random.choice(_FATES)
        yield step(AFTERNOON, "pay", id=_id(random), permille=share, fate=fate)


def _order(site: Site, random: Random) -> dict[str, Any]:
    return {
        "id": _id(random),
        "line": random.choice(site.lines).key,
        "permille": random.randrange(10, 90, 5),
        "supplier": random.choice(SUPPLIERS),
        "title": random.choice(BOUGHT),
    }


def _steps(random: Random) -> dict[str, int]:
    return {"count": 3, "steps": random.choice((1, 2, 4))}


def _id(random: Random) -> str:
    """Return the random part of a row's id."""
    return random.randbytes(10).hex()
