"""What goes wrong with links and files: faults of each synchronisation, restores, clones. Pure."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from msgspec import structs

from server.simulation.script import Device, Plan, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

FAULTS = ("none", "none", "none", "cut_after", "repeat", "cut_before", "none", "slow")
"""What may befall one request, as often as it is listed."""
REQUESTS_A_SYNC = 4
CLONE = "bis"
SANE_DRIFT_MS = 40_000
"""The server believes a clock that is no further ahead than this."""
BACKUP_HOUR, RESTORE_HOUR = 7, 14


def with_faults(plan: Plan, devices: Sequence[Device], steps: Sequence[Step]) -> list[Step]:
    """Give each synchronisation its faults; restore one tablet from a backup, clone another."""
    chance = {
        device.name: Random(f"{plan.seed}/{device.name}/link")  # noqa: S311 - a play
        for device in devices
    }
    faulty = [_faulty(step, chance[step.device]) for step in steps]
    crew = [device for device in devices if device.role == "employee"]
    # Two copies with one wild clock could not be told apart by the times that the server gives.
    sane = [device for device in crew if device.drift_ms <= SANE_DRIFT_MS] or crew
    restored, cloned = sane[0].name, sane[-1].name
    back, middle = 1, max(1, (plan.days + 1) // 2)
    faulty += [
        Step(back, BACKUP_HOUR, restored, "backup"),
        Step(middle, RESTORE_HOUR, restored, "restore"),
    ]
    if cloned != restored:
        faulty.append(Step(middle, RESTORE_HOUR, cloned, "clone", f"{cloned}-{CLONE}"))
        faulty += _of_clone(faulty, cloned, middle)
    return faulty


def _faulty(step: Step, chance: Random) -> Step:
    if step.action != "sync" or step.day == 0:
        return step
    faults = [chance.choice(FAULTS) for _ in range(REQUESTS_A_SYNC)]
    return structs.replace(step, values={"faults": faults})


def _of_clone(steps: Sequence[Step], cloned: str, since: int) -> list[Step]:
    """Let the clone do, from the next day on, things of its own."""
    mine = [step for step in steps if step.device == cloned and step.day > since]
    return [
        structs.replace(step, device=f"{cloned}-{CLONE}")
        for step in mine
        if step.action in ("sync", "work", "add", "tags", "note")
    ]
