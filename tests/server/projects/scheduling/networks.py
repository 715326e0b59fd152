"""Random networks, and an oracle that dates them by trying, minute by minute."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

from hypothesis import strategies as st

from server.projects.schedules.model import (
    CalendarException,
    ConstraintKind,
    LagCalendar,
    RelationType,
    WorkingPeriod,
)
from server.projects.scheduling import Activity, Constraint, Kind, Link, Network, WorkCalendar
from server.projects.scheduling.calendars import ELAPSED, shifts_on
from server.projects.scheduling.worktime import moment_of

START: Final = 20_000 * 1440 + 8 * 60
"""A Thursday at 08:00."""
HOUR: Final = 60
OFFICE: Final = WorkCalendar(
    "office",
    ((WorkingPeriod(8 * 60, 11 * 60), WorkingPeriod(14 * 60, 16 * 60)),) * 5 + ((), ()),
    exceptions=(CalendarException(date(2024, 10, 8), date(2024, 10, 9), ()),),
)
NIGHTS: Final = WorkCalendar(
    "nights",
    ((WorkingPeriod(0, 4 * 60), WorkingPeriod(20 * 60, 1440)),) * 4 + ((), (), ()),
)
RIG: Final = WorkCalendar("rig", ((WorkingPeriod(0, 720), WorkingPeriod(720, 1440)),) * 7)
CALENDARS: Final = (OFFICE, NIGHTS, RIG)
FIRST: Final = START - 40 * 1440 - 8 * 60
ORACLE_DAYS: Final = 160
STEP: Final = 30
"""All durations, lags and dates are whole half hours, so that the oracle has fewer to try."""


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    calendars: tuple[WorkCalendar, ...] = CALENDARS,
    activities_max: int = 7,
    lags: tuple[LagCalendar | None, ...] = (None, *LagCalendar),
    constrained: bool = False,
    progress: bool = False,
) -> Network:
    """Draw a network without rings: links lead from earlier activities to later ones."""
    count = draw(st.integers(1, activities_max))
    names = [calendar.identifier for calendar in calendars]
    activities = [
        draw(_activities(str(number), names, constrained=constrained, progress=progress))
        for number in range(count)
    ]
    links = []
    if count > 1:
        for _ in range(draw(st.integers(0, 2 * count))):
            predecessor = draw(st.integers(0, count - 2))
            successor = draw(st.integers(predecessor + 1, count - 1))
            links.append(
                Link(
                    str(predecessor),
                    str(successor),
                    draw(st.sampled_from(RelationType)),
                    draw(st.sampled_from((0, 0, 30, 120, 480, -30, -240))),
                    draw(st.sampled_from(lags)),
                )
            )
    return Network(activities, links, calendars, names[0], START)


@st.composite
def _activities(
    draw: st.DrawFn, name: str, calendars: list[str], *, constrained: bool, progress: bool
) -> Activity:
    kind = draw(st.sampled_from((Kind.TASK,) * 3 + (Kind.START_MILESTONE, Kind.FINISH_MILESTONE)))
    duration = STEP * draw(st.integers(1, 30)) if kind is Kind.TASK else 0
    constraints: tuple[Constraint, ...] = ()
    if constrained and draw(st.booleans()):
        minute = START + STEP * draw(st.integers(-100, 500))
        constraints = (Constraint(draw(st.sampled_from(ConstraintKind)), minute),)
    begun: int | None = None
    done: int | None = None
    remaining: int | None = None
    if progress:
        stage = draw(st.sampled_from(("waiting", "waiting", "begun", "done")))
        if stage != "waiting":
            begun = START - STEP * draw(st.integers(20, 100))
            remaining = STEP * draw(st.integers(0, duration // STEP))
        if stage == "done":
            done = begun if begun is None else begun + STEP * draw(st.integers(0, 20))
    return Activity(
        name,
        kind,
        duration,
        draw(st.sampled_from(calendars)),
        remaining,
        begun,
        done,
        constraints,
    )


@cache
def _counts(calendar: str) -> list[int]:
    """Return how many minutes were worked until each minute from the first on."""
    known = {one.identifier: one for one in (*CALENDARS, ELAPSED)}
    counts = [0]
    for day in range(ORACLE_DAYS):
        shifts = shifts_on(known[calendar], moment_of(FIRST + day * 1440).date())
        for minute in range(1440):
            works = any(start <= minute < finish for start, finish in shifts)
            counts.append(counts[-1] + works)
    return counts


class Oracle:
    """Dates a network without constraints or progress straight from what links mean.

    It knows only whether a minute is worked. Working time between two moments is counted minute
    by minute; the earliest date is found by trying every half hour from the data date on.
    """

    def __init__(self, network: Network) -> None:
        self.network = network

    def worked(self, calendar: str, first: int, last: int) -> int:
        """Count the working minutes from one moment to another, negative if it is before."""
        counts = _counts(calendar)
        return counts[last - FIRST] - counts[first - FIRST]

    def _works(self, calendar: str, minute: int) -> bool:
        return self.worked(calendar, minute, minute + 1) > 0

    def allows(self, link: Link, predecessor: tuple[int, int], successor: tuple[int, int]) -> bool:
        """Whether two activities, given by start and finish, keep to a link."""
        starts = link.kind in {RelationType.START_TO_START, RelationType.START_TO_FINISH}
        finishes = link.kind in {RelationType.FINISH_TO_FINISH, RelationType.START_TO_FINISH}
        one = predecessor[0] if starts else predecessor[1]
        other = successor[1] if finishes else successor[0]
        if not link.lag:
            return other >= one
        return self.worked(self._lag_calendar(link), one, other) >= link.lag

    def _lag_calendar(self, link: Link) -> str:
        by_name = {one.identifier: one.calendar for one in self.network.activities}
        kind = link.lag_calendar or self.network.lag_calendar
        return {
            LagCalendar.PREDECESSOR: by_name[link.predecessor] or "",
            LagCalendar.SUCCESSOR: by_name[link.successor] or "",
            LagCalendar.PROJECT: self.network.default_calendar,
            LagCalendar.ELAPSED: "elapsed",
        }[kind]

    def possible(self, activity: Activity, start: int) -> list[tuple[int, int]]:
        """Return the finishes, one or two, of an activity that starts at a moment."""
        calendar = activity.calendar or ""
        if activity.kind is Kind.START_MILESTONE:
            return [(start, start)] if self._works(calendar, start) else []
        if activity.kind is Kind.FINISH_MILESTONE:
            near = self._works(calendar, start) or self._works(calendar, start - 1)
            return [(start, start)] if near else []
        if not self._works(calendar, start):
            return []
        finish = start
        while self.worked(calendar, start, finish) < activity.duration:
            finish += STEP
        following = finish
        while not self._works(calendar, following):
            following += STEP
        return [(start, finish), (start, following)]

    def earliest(self) -> dict[str, tuple[int, int]]:
        """Date everything as early as it can be."""
        dates: dict[str, tuple[int, int]] = {}
        for activity in self.network.activities:
            inward = [one for one in self.network.links if one.successor == activity.identifier]
            start = START
            while activity.identifier not in dates:
                for candidate in self.possible(activity, start):
                    if all(self.allows(one, dates[one.predecessor], candidate) for one in inward):
                        dates[activity.identifier] = candidate
                        break
                start += STEP
        return dates
