"""A project's rows as the scheduler's network, and its dates as values of the rows. Pure.

What is not planned in a network is dated where people put it: a task that no link leads to, and
that no constraint holds, begins no earlier than it was planned to. The data date is the
project's, moved on to the latest day of which work was reported; nothing that has not been done
is forecast before it.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- read at run time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from server.projects.planning.progress import DONE, Advance
from server.projects.schedules.model import ConstraintKind, LagCalendar, RelationType
from server.projects.scheduling import Activity, Constraint, Kind, Link, WorkCalendar
from server.projects.scheduling.worktime import Worktime, WorktimeExhausted, minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RELATIONS: Final = {
    "finish_start": RelationType.FINISH_TO_START,
    "start_start": RelationType.START_TO_START,
    "finish_finish": RelationType.FINISH_TO_FINISH,
    "start_finish": RelationType.START_TO_FINISH,
}
KINDS: Final = {
    "task": Kind.TASK,
    "summary": Kind.SUMMARY,
    "milestone": Kind.FINISH_MILESTONE,
    "level_of_effort": Kind.LEVEL_OF_EFFORT,
}
BEGUN: Final = frozenset(("in_progress", *DONE))
CANCELLED: Final = "cancelled"
PROGRESS_WHOLE: Final = 10_000
DAY: Final = 24 * 60


class TaskRow(Struct, frozen=True):
    """A task, as the table has it: what the scheduler reads, then what it wrote last."""

    id: str
    parent: str | None
    kind: str
    status: str | None
    progress: int | None
    progress_by: str | None
    weight: int | None
    quantity_planned: int | None
    quantity_done: int | None
    planned_start: datetime | None
    planned_finish: datetime | None
    actual_start: datetime | None
    actual_finish: datetime | None
    duration: int | None
    remaining: int | None
    constraint_kind: str | None
    constraint_date: datetime | None
    calendar: str | None
    milestone_at: str | None = None

    def advance(self) -> Advance:
        """Return what the roll-up of progress needs."""
        return Advance(
            self.id,
            self.parent,
            self.kind,
            self.status,
            self.progress,
            self.progress_by,
            self.weight,
            self.quantity_planned,
            self.quantity_done,
            self.duration,
        )


class LinkRow(Struct, frozen=True):
    """A link between tasks, as the table has it."""

    predecessor: str
    successor: str
    kind: str
    lag: int | None
    lag_calendar: str | None


def links_of(rows: Iterable[LinkRow], known: Iterable[str]) -> list[Link]:
    """Return the links between tasks that are there."""
    there = set(known)
    return [
        Link(
            one.predecessor,
            one.successor,
            RELATIONS[one.kind],
            one.lag or 0,
            None if one.lag_calendar is None else LagCalendar(one.lag_calendar),
        )
        for one in rows
        if one.predecessor in there and one.successor in there
    ]


def data_date_of(stated: datetime | None, tasks: Iterable[TaskRow], not_after: int) -> int | None:
    """Return the data date; None where neither the project nor any task has a date.

    Work that is said to have been done after `not_after` (a clock that ran ahead) moves nothing.
    """
    base = None if stated is None else minute_of(stated)
    planned: list[int] = []
    reported: list[int] = []
    for one in tasks:
        if base is None:
            planned += [
                minute_of(moment)
                for moment in (one.planned_start, one.planned_finish, one.constraint_date)
                if moment is not None
            ]
        reported += [
            minute
            for moment in (one.actual_start, one.actual_finish)
            if moment is not None and (minute := minute_of(moment)) <= not_after
        ]
    if base is None:
        base = min(planned, default=None)
    latest = max(reported, default=None)
    if base is None or latest is None:
        return latest if base is None else base
    return max(base, latest)


class Activities:
    """Turns tasks into activities."""

    def __init__(
        self,
        calendars: Mapping[str, WorkCalendar],
        default: str,
        data_date: int,
        led_to: frozenset[str],
        progress: Mapping[str, int | None],
    ) -> None:
        self._times = {name: Worktime(one, data_date) for name, one in calendars.items()}
        self._default = default
        self._data_date = data_date
        self._led_to = led_to
        """Tasks that a link leads to."""
        self._progress = progress

    def of(self, row: TaskRow) -> Activity:
        """Return a task's activity; one that is cancelled takes no time, and passes links on."""
        if row.status == CANCELLED:
            return Activity(row.id, Kind.FINISH_MILESTONE, 0, row.calendar, parent=row.parent)
        kind = Kind.START_MILESTONE if _marks_start(row) else KINDS[row.kind]
        begun, done = self._actual(row)
        if kind is Kind.LEVEL_OF_EFFORT and row.id not in self._led_to and begun is None:
            begun, done = _minute(row.planned_start), _minute(row.planned_finish)
        duration = self._duration(row)
        return Activity(
            row.id,
            kind,
            duration,
            row.calendar,
            None if begun is None else self._remaining(row, duration),
            begun,
            done,
            self._constraints(row, begun),
            row.parent,
        )

    def _actual(self, row: TaskRow) -> tuple[int | None, int | None]:
        """Return when the work began and ended, as near as it was said."""
        done = row.status in DONE
        start = _minute(row.actual_start)
        if start is None and (done or row.status in BEGUN or row.progress):
            start = _not_after(row.planned_start, self._data_date)
        if not done:
            return start, None
        finish = _minute(row.actual_finish)
        if finish is None:
            finish = _not_after(row.planned_finish, self._data_date)
        return start, max(finish, start or finish)

    def _duration(self, row: TaskRow) -> int:
        if row.duration is not None:
            return row.duration
        if row.planned_start is None or row.planned_finish is None:
            return 0
        time = self._times.get(row.calendar or "", self._times[self._default])
        try:
            first, last = time.count(minute_of(row.planned_start)), minute_of(row.planned_finish)
            return max(0, time.count(last) - first)
        except WorktimeExhausted:
            return 0

    def _remaining(self, row: TaskRow, duration: int) -> int:
        if row.remaining is not None and row.progress_by != "duration":
            return row.remaining
        done = self._progress.get(row.id) or 0
        return (duration * (PROGRESS_WHOLE - done) + PROGRESS_WHOLE - 1) // PROGRESS_WHOLE

    def _constraints(self, row: TaskRow, begun: int | None) -> tuple[Constraint, ...]:
        if row.constraint_kind is not None:
            kind = ConstraintKind(row.constraint_kind)
            if kind is ConstraintKind.AS_LATE_AS_POSSIBLE:
                return (Constraint(kind),)
            if row.constraint_date is not None:
                return (Constraint(kind, minute_of(row.constraint_date)),)
        if begun is None and row.id not in self._led_to:
            marks_finish = row.kind == "milestone" and not _marks_start(row)
            planned = (row.planned_finish if marks_finish else None) or row.planned_start
            if planned is not None:
                return (Constraint(ConstraintKind.START_NO_EARLIER, minute_of(planned)),)
        return ()


def _marks_start(row: TaskRow) -> bool:
    """Whether a task is a milestone that marks the beginning of work, not the end."""
    return row.kind == "milestone" and row.milestone_at == "start"


def _minute(moment: datetime | None) -> int | None:
    return None if moment is None else minute_of(moment)


def _not_after(moment: datetime | None, limit: int) -> int:
    return limit if moment is None else min(minute_of(moment), limit)
