"""Dates of a network of activities that has not begun: forward and backward passes.

For the schedules that we make ourselves; imported ones keep the dates of their scheduler.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from server.projects.schedules.model import MINUTES_PER_DAY, Calendar, RelationType
from server.projects.schedules.working_time import working_periods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Task(msgspec.Struct, frozen=True):
    """What the passes need to know of an activity."""

    identifier: str
    hours: float
    calendar: Calendar


class Link(msgspec.Struct, frozen=True):
    """What the passes need to know of a relation; the lag runs in the predecessor's calendar."""

    predecessor: str
    successor: str
    type: RelationType
    lag_hours: float


class Dates(msgspec.Struct, frozen=True):
    """The outcome for one activity."""

    early_start: datetime
    early_finish: datetime
    late_start: datetime
    late_finish: datetime
    total_float_hours: float
    longest_path: bool


def schedule_tasks(
    tasks: Sequence[Task], links: Sequence[Link], start: datetime
) -> dict[str, Dates]:
    """Date every task, none before `start`; tasks stand in an order in which links go forward."""
    by_identifier = {task.identifier: task for task in tasks}
    inward: dict[str, list[Link]] = {task.identifier: [] for task in tasks}
    outward: dict[str, list[Link]] = {task.identifier: [] for task in tasks}
    for link in links:
        inward[link.successor].append(link)
        outward[link.predecessor].append(link)
    early: dict[str, tuple[datetime, datetime]] = {}
    driver: dict[str, str | None] = {}
    for task in tasks:
        begin, driver[task.identifier] = _earliest(task, inward, early, by_identifier, start)
        begin = _next_work(task.calendar, begin) if task.hours else begin
        early[task.identifier] = begin, add_hours(task.calendar, begin, task.hours)
    last = max(tasks, key=lambda task: early[task.identifier][1])
    end = early[last.identifier][1]
    longest: set[str] = set()
    here: str | None = last.identifier
    while here is not None:
        longest.add(here)
        here = driver[here]
    late: dict[str, tuple[datetime, datetime]] = {}
    for task in reversed(tasks):
        finish = _latest(task, outward, late, end)
        late[task.identifier] = add_hours(task.calendar, finish, -task.hours), finish
    return {
        task.identifier: Dates(
            *early[task.identifier],
            *late[task.identifier],
            hours_between(task.calendar, early[task.identifier][1], late[task.identifier][1]),
            task.identifier in longest,
        )
        for task in tasks
    }


def _earliest(
    task: Task,
    inward: Mapping[str, list[Link]],
    early: Mapping[str, tuple[datetime, datetime]],
    tasks: Mapping[str, Task],
    start: datetime,
) -> tuple[datetime, str | None]:
    """Return the earliest start, and which predecessor holds it there."""
    best, driver = start, None
    for link in inward[task.identifier]:
        begin, finish = early[link.predecessor]
        from_start = link.type in {RelationType.START_TO_START, RelationType.START_TO_FINISH}
        tie = begin if from_start else finish
        tie = add_hours(tasks[link.predecessor].calendar, tie, link.lag_hours)
        if link.type in {RelationType.FINISH_TO_FINISH, RelationType.START_TO_FINISH}:
            tie = add_hours(task.calendar, tie, -task.hours)
        if tie > best or (driver is None and tie == best):
            best, driver = tie, link.predecessor
    return best, driver


def _latest(
    task: Task,
    outward: Mapping[str, list[Link]],
    late: Mapping[str, tuple[datetime, datetime]],
    end: datetime,
) -> datetime:
    best = end
    for link in outward[task.identifier]:
        begin, finish = late[link.successor]
        to_finish = link.type in {RelationType.FINISH_TO_FINISH, RelationType.START_TO_FINISH}
        tie = add_hours(task.calendar, finish if to_finish else begin, -link.lag_hours)
        if link.type in {RelationType.START_TO_START, RelationType.START_TO_FINISH}:
            tie = add_hours(task.calendar, tie, task.hours)
        best = min(best, tie)
    return best


def add_hours(calendar: Calendar, moment: datetime, hours: float) -> datetime:
    """Return the moment that lies so many working hours later (earlier, if negative)."""
    left = round(abs(hours) * 60)
    if not left:
        return moment
    step = 1 if hours > 0 else -1
    day = datetime.combine(moment.date(), time())
    minute = moment.hour * 60 + moment.minute
    while True:
        periods = working_periods(calendar, day.date())
        for period in periods[::step]:
            if step > 0:
                begin, finish = max(period.start_minute, minute), period.finish_minute
            else:
                begin, finish = period.start_minute, min(period.finish_minute, minute)
            if finish - begin >= left:
                return day + timedelta(minutes=begin + left if step > 0 else finish - left)
            left -= max(0, finish - begin)
        day += timedelta(days=step)
        minute = 0 if step > 0 else MINUTES_PER_DAY


def hours_between(calendar: Calendar, first: datetime, last: datetime) -> float:
    """Return the working hours from one moment to another; negative if the other is before."""
    if last < first:
        return -hours_between(calendar, last, first)
    minutes = 0
    day = datetime.combine(first.date(), time())
    while day <= last:
        begin, finish = (first - day).total_seconds() / 60, (last - day).total_seconds() / 60
        for period in working_periods(calendar, day.date()):
            worked = min(period.finish_minute, finish) - max(period.start_minute, begin)
            minutes += max(0, round(worked))
        day += timedelta(days=1)
    return minutes / 60


def _next_work(calendar: Calendar, moment: datetime) -> datetime:
    """Return the moment itself if work goes on just after it, or else when it next begins."""
    return add_hours(calendar, add_hours(calendar, moment, 1 / 60), -1 / 60)
