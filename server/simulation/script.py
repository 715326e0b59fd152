"""The script of a simulation: what each device does, hour by hour. Pure: same input, same script.

A script is a function of the plan (seed, tablets, days) and of the names on the site, and of
nothing that happens while it is played: this is what replays exactly, whatever the network does.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERVISOR, MANAGER, ACCOUNTANT, CLERK = "chef", "bureau", "compta", "saisie"
"""Devices that every site has: the supervisor's tablet, and three desks. The books take two people:
nobody approves the invoice that they entered."""

DAY_HOURS = (6, 9, 12, 15, 18)
"""Hours at which something happens; devices act side by side within one."""


class Plan(Struct, frozen=True):
    """How large the play is, and the seed that decides it."""

    tablets: int
    days: int
    seed: int
    start: str
    """The first day, `YYYY-MM-DD`."""
    project: str | None = None
    """Code or id; the only project when None."""
    faults: bool = True
    """Whether links break and files are restored; races and refusals are played anyway."""


class SiteTask(Struct, frozen=True):
    """A task that crews work at; `key` names it in the script."""

    key: str
    row: str


class SiteLine(Struct, frozen=True):
    """A budget line that money is spent from."""

    key: str
    row: str
    amount: int
    currency: str


class Site(Struct, frozen=True):
    """What a script needs to know of the project."""

    project: str
    code: str
    currency: str
    tasks: tuple[SiteTask, ...]
    lines: tuple[SiteLine, ...]


class Step(Struct, frozen=True, omit_defaults=True):
    """One thing that one device does."""

    day: int
    hour: int
    device: str
    action: str
    about: str = ""
    """Key of a task or of a line, or a name given earlier in the script."""
    values: dict[str, Any] = {}


class Device(Struct, frozen=True):
    """A replica on a device; devices that share a tablet share its link and its clock."""

    name: str
    tablet: str
    role: str
    rhythm: str
    """When it has a link: `always`, `evenings`, `weekly`, or `never` before the end."""
    drift_ms: int = 0


class Script(Struct, frozen=True):
    """The devices, and all they do, in order."""

    plan: Plan
    devices: tuple[Device, ...]
    steps: tuple[Step, ...]

    def lines(self) -> Iterator[bytes]:
        """Yield the script as JSON lines: the trace of intents."""
        for step in self.steps:
            yield msgspec.json.encode(step, order="deterministic")

    @property
    def digest(self) -> str:
        """Return what two equal scripts share."""
        return sha256(b"\n".join(self.lines())).hexdigest()[:16]


DRIFTS_MS = (0, 0, 40_000, 0, 3 * 3_600_000, 0, -26 * 3_600_000)
"""Of the tablets in turn: right, right, a little ahead, right, wild, right, a day behind."""

RHYTHMS = ("always", "evenings", "always", "weekly", "evenings", "never")


def cast(plan: Plan) -> tuple[Device, ...]:
    """Return the devices: desks, the supervisor's tablet, the crews'; every third one is shared."""
    devices = [
        Device(MANAGER, MANAGER, "manager", "always"),
        Device(ACCOUNTANT, ACCOUNTANT, "accountant", "always"),
        Device(CLERK, CLERK, "accountant", "always"),
        Device(SUPERVISOR, SUPERVISOR, "supervisor", "always"),
    ]
    for number in range(1, plan.tablets):
        tablet = f"tablette-{number}"
        rhythm = RHYTHMS[(number - 1) % len(RHYTHMS)]
        drift = DRIFTS_MS[number % len(DRIFTS_MS)] if plan.faults else 0
        users = ("a", "b") if number % 3 == 2 else ("",)  # noqa: PLR2004
        devices += [Device(f"{tablet}{user}", tablet, "employee", rhythm, drift) for user in users]
    return tuple(devices)


def write_script(plan: Plan, site: Site) -> Script:
    """Write the whole play.

    Raises ValueError when there is nothing to work at: no task, or no tablet.
    """
    from server.simulation import (  # noqa: PLC0415 - they build on this one
        desk_days,
        mishaps,
        races,
        routines,
    )

    if plan.tablets < 3 or plan.days < 1 or not site.tasks:  # noqa: PLR2004
        raise ValueError("a play needs three tablets, a day and a task at least")
    devices = cast(plan)
    steps: list[Step] = []
    for device in devices:
        random = Random(f"{plan.seed}/{device.name}")  # noqa: S311 - a play, not a secret
        steps += routines.steps_of(plan, site, device, random)
        paper = Random(f"{plan.seed}/{device.name}/papers")  # noqa: S311
        steps += desk_days.steps_of(plan, site, device, paper)
    chance = Random(f"{plan.seed}/races")  # noqa: S311
    steps += races.steps(plan, site, devices, chance)
    if plan.faults:
        steps = mishaps.with_faults(plan, devices, steps)
    order = {device.name: position for position, device in enumerate(devices)}
    steps.sort(key=lambda step: (step.day, step.hour, order.get(step.device, len(order))))
    return Script(plan, devices, tuple(steps))
