"""Large networks, and what any scheduler of them must at least do: go through them in order."""

from __future__ import annotations

import time
from datetime import date
from graphlib import TopologicalSorter
from random import Random
from typing import TYPE_CHECKING

from server.projects.schedules.model import RelationType
from server.projects.scheduling import (
    Activity,
    Kind,
    Link,
    Network,
    Rotation,
    WorkCalendar,
    national_calendar,
    schedule,
)
from server.projects.scheduling.calendars import ELAPSED

if TYPE_CHECKING:
    from collections.abc import Callable

MONDAY = 29_800_000
KINDS = (RelationType.FINISH_TO_START,) * 6 + tuple(RelationType)


def large_network(tasks: int) -> Network:
    """Return a network with twice as many links as tasks, on three calendars."""
    random = Random(1)
    calendars = (
        national_calendar("office", "CM"),
        national_calendar("south", "DZ"),
        WorkCalendar("rig", ELAPSED.week, rotation=Rotation(date(2027, 1, 1), 28, 28)),
    )
    names = ("office", "office", "south", "rig")
    activities = [
        Activity(str(number), Kind.TASK, random.randint(1, 10) * 480, random.choice(names))
        for number in range(tasks)
    ]
    links = [
        Link(
            str(random.randint(max(0, number - 60), number - 1)),
            str(number),
            random.choice(KINDS),
            random.choice((0, 0, 0, 0, 480, -240)),
        )
        for number in range(1, tasks)
        for _ in range(2)
    ]
    return Network(activities, links, calendars, "office", MONDAY)


def in_order(network: Network) -> None:
    """Go through a network's tasks in the order of its links, and do nothing."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for activity in network.activities:
        sorter.add(activity.identifier)
    for link in network.links:
        sorter.add(link.successor, link.predecessor)
    for _ in sorter.static_order():
        pass


def seconds(work: Callable[[], object], *, rounds: int = 3) -> float:
    """Return the least seconds of processor time that a piece of work took."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def measure(tasks: int = 10_000) -> tuple[float, float]:
    """Return the seconds of a schedule, and those of a bare topological pass."""
    network = large_network(tasks)
    return seconds(lambda: schedule(network)), seconds(lambda: in_order(network))
