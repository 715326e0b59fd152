"""Progress rolled up: by what is said, by quantities, by the weighted tasks below. Pure.

What is done counts whole, what is cancelled not at all. Tasks below one weigh what `weight` says;
where none of them says, their durations weigh, and where some do, the others weigh as the average
of those. Where nothing weighs anything they all weigh the same. Basis points, halves rounded up.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from sync.tables.planning import PROGRESS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

DONE: Final = frozenset(("done", "verified"))
CANCELLED: Final = "cancelled"


class Advance(Struct, frozen=True):
    """What the roll-up needs to know of a task."""

    identifier: str
    parent: str | None
    kind: str
    status: str | None
    progress: int | None
    progress_by: str | None
    weight: int | None
    quantity_planned: int | None
    quantity_done: int | None
    minutes: int | None


def rolled(tasks: Iterable[Advance]) -> dict[str, int | None]:
    """Return each task's progress in basis points; None for what is cancelled."""
    known = {one.identifier: one for one in tasks}
    return _Rolling(known).run()


def rolled_project(tasks: Iterable[Advance]) -> int | None:
    """Return the progress of all that has nothing above it; None where there is nothing."""
    known = {one.identifier: one for one in tasks}
    rolling = _Rolling(known)
    rolling.run()
    tops = [one for one in known.values() if one.parent is None or one.parent not in known]
    return rolling.weighted([one for one in tops if one.status != CANCELLED])


class _Rolling:
    def __init__(self, tasks: dict[str, Advance]) -> None:
        self.tasks = tasks
        self.below: dict[str, list[Advance]] = defaultdict(list)
        for one in tasks.values():
            if one.parent in tasks and one.status != CANCELLED:
                self.below[one.parent].append(one)
        self.found: dict[str, int | None] = {}
        self.minutes: dict[str, int] = {}

    def run(self) -> dict[str, int | None]:
        for one in self._upwards():
            held = self.below.get(one.identifier, [])
            self.minutes[one.identifier] = (
                sum(self.minutes.get(child.identifier, 0) for child in held)
                if held
                else one.minutes or 0
            )
            self.found[one.identifier] = self._progress(one, held)
        return self.found

    def _upwards(self) -> list[Advance]:
        """Return the tasks such that each comes after those below it; parents in a ring, last."""
        waiting = {name: len(self.below.get(name, ())) for name in self.tasks}
        order = [self.tasks[name] for name, count in waiting.items() if not count]
        for one in order:  # grows as it goes
            if one.parent in waiting and one.status != CANCELLED:
                waiting[one.parent] -= 1
                if not waiting[one.parent]:
                    order.append(self.tasks[one.parent])
        settled = {one.identifier for one in order}
        return order + [one for name, one in self.tasks.items() if name not in settled]

    def _progress(self, one: Advance, held: list[Advance]) -> int | None:
        if one.status == CANCELLED:
            return None
        if one.status in DONE:
            return PROGRESS_MAX
        from_below = one.progress_by == "children" or (
            one.progress_by is None and one.kind == "summary"
        )
        if held and from_below:
            return self.weighted(held)
        if one.progress_by == "quantity" and one.quantity_planned:
            share = _half_up((one.quantity_done or 0) * PROGRESS_MAX, one.quantity_planned)
            return min(PROGRESS_MAX, max(0, share))
        return one.progress or 0

    def weighted(self, held: list[Advance]) -> int | None:
        """Return the weighted progress of tasks that stand side by side."""
        if not held:
            return None
        weights = self._weights(held)
        total = sum(weights)
        done = sum(
            weight * (self.found.get(one.identifier) or 0)
            for one, weight in zip(held, weights, strict=True)
        )
        return _half_up(done, total)

    def _weights(self, held: list[Advance]) -> list[int]:
        stated = [one.weight for one in held if one.weight is not None]
        if stated and sum(stated):
            # All times how many are stated, so that the average is whole.
            average = sum(stated)
            return [average if one.weight is None else one.weight * len(stated) for one in held]
        minutes = [self.minutes.get(one.identifier, 0) for one in held]
        return minutes if sum(minutes) else [1] * len(held)


def _half_up(share: int, of: int) -> int:
    return (2 * share + of) // (2 * of)
