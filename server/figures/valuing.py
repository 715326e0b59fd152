"""What each task is worth when a baseline is taken: the budget lines, spread over the tasks.

A line that names a task is spread over the work under that task; the other lines over all the
work of the project. Shares follow the tasks' weights, or, where nobody gave weights, their
durations, or else are equal. They are whole minor units and add up to the line exactly.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- the structs' types are read at run time
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

POOL = "00000000-0000-0000-0000-000000000000"
"""Stands for all lines that name no task."""

WORK_KINDS = ("task", "milestone")
"""Kinds that earn: summaries and levels of effort only repeat what their tasks say."""


class PlannedTask(Struct, frozen=True):
    """A task as the baseline finds it."""

    id: str
    parent: str | None
    kind: str
    start: dt.date | None
    finish: dt.date | None
    weight: int | None
    duration: int | None


class Line(Struct, frozen=True):
    """A budget line."""

    id: str
    task: str | None
    amount: int


class TaskValue(Struct, frozen=True):
    """What a task is worth of a line, and when it was planned."""

    task: str
    line: str
    start: dt.date
    days: int
    budget: int


def value_tasks(
    tasks: Sequence[PlannedTask], lines: Iterable[Line], today: dt.date
) -> list[TaskValue]:
    """Spread the lines over the tasks.

    Args:
        tasks: all live tasks of the project that were not cancelled, in the order of the plan.
        lines: the budget lines, in the project's currency.
        today: when a task was planned that has no dates of its own, nor anyone above it.

    """
    by_id = {task.id: task for task in tasks}
    below: dict[str, list[PlannedTask]] = defaultdict(list)
    for task in tasks:
        if task.parent in by_id:
            below[task.parent].append(task)
    everything = [task for task in tasks if task.kind in WORK_KINDS]
    pooled = 0
    found: list[TaskValue] = []
    for line in lines:
        work = [*_work_under(by_id[line.task], below)] if line.task in by_id else []
        if work:
            found += _spread(line.amount, line.id, work, by_id, today)
        else:
            pooled += line.amount
    # Tasks that no line pays for are there all the same: being worth nothing is not being added.
    found += _spread(pooled, POOL, everything, by_id, today)
    return found


def _work_under(
    task: PlannedTask, below: Mapping[str, Sequence[PlannedTask]]
) -> Iterator[PlannedTask]:
    seen: set[str] = set()
    waiting = [task]
    while waiting:
        one = waiting.pop()
        if one.id in seen:
            continue
        seen.add(one.id)
        children = below.get(one.id, ())
        if one.kind in WORK_KINDS or (one is task and not children):
            yield one
        waiting += reversed(children)


def _spread(
    amount: int,
    line: str,
    work: Sequence[PlannedTask],
    by_id: Mapping[str, PlannedTask],
    today: dt.date,
) -> Iterator[TaskValue]:
    weights = _weights(work)
    whole = sum(weights)
    reached = 0
    for task, weight in zip(work, weights, strict=True):
        before, reached = reached, reached + weight
        start, finish = _dates(task, by_id, today)
        budget = amount * reached // whole - amount * before // whole
        yield TaskValue(task.id, line, start, (finish - start).days + 1, budget)


def _weights(work: Sequence[PlannedTask]) -> list[int]:
    for weights in (
        [task.weight or 0 for task in work],
        [task.duration or 0 for task in work],
    ):
        if any(weights):
            return weights
    return [1] * len(work)


def _dates(
    task: PlannedTask, by_id: Mapping[str, PlannedTask], today: dt.date
) -> tuple[dt.date, dt.date]:
    """Return the first and last planned day: the task's own, or of what it is part of."""
    seen: set[str] = set()
    one: PlannedTask | None = task
    while one is not None and one.id not in seen:
        start, finish = one.start or one.finish, one.finish or one.start
        if start is not None and finish is not None:
            return start, max(start, finish)
        seen.add(one.id)
        one = None if one.parent is None else by_id.get(one.parent)
    return today, today
