"""A network made ready for the passes: numbered nodes, arcs both ways, calendars laid out.

Levels of effort and summaries are no nodes: the one is dated from what surrounds it, the other
from what is below it. A link of a summary is a link of all the work below it, through a node of
its own, so that it costs the sum of both sides and never their product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from server.projects.schedules.model import LagCalendar, RelationType
from server.projects.scheduling.calendars import ELAPSED
from server.projects.scheduling.network import Kind, NetworkCyclic
from server.projects.scheduling.ordering import in_order, knots, ring_through
from server.projects.scheduling.worktime import Worktime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.scheduling.network import Activity, Link, Network

FROM_START = frozenset((RelationType.START_TO_START, RelationType.START_TO_FINISH))
INTO_FINISH = frozenset((RelationType.FINISH_TO_FINISH, RelationType.START_TO_FINISH))


class Arc(Struct):
    """A link between two nodes. A lag without working time runs by the clock."""

    predecessor: int
    successor: int
    from_start: bool
    into_finish: bool
    lag: int = 0
    lag_time: Worktime | None = None
    link: Link | None = None
    """Which link it is; none ties a summary to what is below it."""


class Node(Struct):
    """An activity, or a summary's beginning or end; the latter have none."""

    activity: Activity | None
    time: Worktime
    work: int
    """What is still to be done."""
    inward: list[Arc]
    outward: list[Arc]
    earliest: bool = False
    """Whether the first of what leads to it brings it about, not the last."""

    @property
    def name(self) -> str:
        """Return the activity's identifier."""
        return "" if self.activity is None else self.activity.identifier


class Grid(Struct):
    """The network, numbered; `order` goes along the arcs."""

    network: Network
    nodes: list[Node]
    order: list[int]
    times: dict[str, Worktime]
    ignored: list[Link]
    efforts: dict[str, Activity]
    summaries: dict[str, Activity]

    def time_of(self, calendar: str | None) -> Worktime:
        """Return a calendar's working time, the default's where there is none."""
        return self.times.get(calendar or "", self.times[self.network.default_calendar])


def grid_of(network: Network) -> Grid:
    """Make a network ready. Raises NetworkCyclic."""
    grid = _Laying(network).grid()
    outward = [[arc.successor for arc in node.outward] for node in grid.nodes]
    grid.order = in_order(len(grid.nodes), outward)
    if len(grid.order) < len(grid.nodes):
        raise NetworkCyclic(_named(grid, outward))
    return grid


def without_rings(network: Network) -> tuple[Network, list[tuple[str, ...]]]:
    """Return a network without the links that close rings, and one ring of each knot of them.

    All links inside a knot go: which of them is the mistake only a person can say.
    """
    grid = _Laying(network).grid()
    outward = [[arc.successor for arc in node.outward] for node in grid.nodes]
    knot_of: dict[int, int] = {}
    for number, knot in enumerate(knots(len(grid.nodes), outward)):
        knot_of.update(dict.fromkeys(knot, number))
    cut = {
        arc.link
        for node in knot_of
        for arc in grid.nodes[node].outward
        if arc.link is not None and knot_of.get(arc.successor) == knot_of[node]
    }
    kept = [link for link in network.links if link not in cut]
    return replace(network, links=kept), _named(grid, outward)


def _named(grid: Grid, outward: list[list[int]]) -> list[tuple[str, ...]]:
    return [
        tuple(
            grid.nodes[node].name for node in ring_through(knot, outward) if grid.nodes[node].name
        )
        for knot in knots(len(grid.nodes), outward)
    ]


def work_left(activity: Activity) -> int:
    """Return the working minutes that an activity still takes."""
    if activity.kind in {Kind.START_MILESTONE, Kind.FINISH_MILESTONE}:
        return 0
    if activity.actual_start is not None and activity.remaining is not None:
        return activity.remaining
    return activity.duration


class _Laying:
    """Builds the grid."""

    def __init__(self, network: Network) -> None:
        origin = network.data_date
        self.times = {one.identifier: Worktime(one, origin) for one in network.calendars}
        self.clock = Worktime(ELAPSED, origin)
        self.network = network
        self.nodes: list[Node] = []
        self.number: dict[str, int] = {}
        self.ignored: list[Link] = []
        by_kind: dict[bool, dict[str, Activity]] = {True: {}, False: {}}
        for one in network.activities:
            if one.kind in {Kind.LEVEL_OF_EFFORT, Kind.SUMMARY}:
                by_kind[one.kind is Kind.SUMMARY][one.identifier] = one
            else:
                self.number[one.identifier] = self._node(one, self._time(one.calendar), one)
        self.efforts, self.summaries = by_kind[False], by_kind[True]
        self.below = self._below() if self.summaries else {}
        self.ends: dict[tuple[str, str], int] = {}

    def grid(self) -> Grid:
        for link in self.network.links:
            if link.predecessor in self.efforts or link.successor in self.efforts:
                continue
            if not self._lay(link):
                self.ignored.append(link)
        return Grid(
            self.network,
            self.nodes,
            [],
            self.times,
            self.ignored,
            self.efforts,
            self.summaries,
        )

    def _time(self, calendar: str | None) -> Worktime:
        return self.times.get(calendar or "", self.times[self.network.default_calendar])

    def _node(self, activity: Activity | None, time: Worktime, work: Activity | None) -> int:
        left = 0 if work is None else work_left(work)
        self.nodes.append(Node(activity, time, left, [], []))
        return len(self.nodes) - 1

    def _below(self) -> dict[str, list[int]]:
        """Return, for each summary, the nodes of the work below it; rings of parents end."""
        found: dict[str, list[int]] = {summary: [] for summary in self.summaries}
        for one in self.network.activities:
            number = self.number.get(one.identifier)
            if number is not None:
                for summary in self._above(one.parent):
                    found[summary].append(number)
        return found

    def _above(self, parent: str | None) -> Iterator[str]:
        seen: set[str] = set()
        while parent is not None and parent in self.summaries and parent not in seen:
            seen.add(parent)
            yield parent
            parent = self.summaries[parent].parent

    def _lay(self, link: Link) -> bool:
        """Lay a link; say whether it means anything."""
        one, other = link.predecessor, link.successor
        known = self.number.keys() | self.summaries.keys() if self.summaries else self.number
        if one == other or one not in known or other not in known:
            return False
        if self.summaries and not self.summaries.keys().isdisjoint((one, other)):
            return self._lay_summary(link)
        self._arc(link, self.number[one], self.number[other], link.kind in INTO_FINISH)
        return True

    def _lay_summary(self, link: Link) -> bool:
        one, other = link.predecessor, link.successor
        lines = [
            {end, *self._above(self._parent(end))}  # an end, and all that it is below
            for end in (one, other)
        ]
        if one in lines[1] or other in lines[0]:
            return False
        into_finish = link.kind in INTO_FINISH
        if into_finish and other in self.summaries:
            return False
        start, end = self.number.get(one), self.number.get(other)
        if start is None:
            start = self._end_of(one, "start" if link.kind in FROM_START else "finish")
        if end is None:
            end = self._end_of(other, "gate")
        self._arc(link, start, end, into_finish)
        return True

    def _parent(self, identifier: str) -> str | None:
        number = self.number.get(identifier)
        if number is None:
            return self.summaries[identifier].parent
        activity = self.nodes[number].activity
        return None if activity is None else activity.parent

    def _end_of(self, summary: str, end: str) -> int:
        """Return the node that stands for a summary's start, finish, or gate to its work."""
        known = self.ends.get((summary, end))
        if known is not None:
            return known
        number = self.ends[summary, end] = self._node(None, self.clock, None)
        for below in self.below[summary]:
            if end == "gate":
                self._tie(Arc(number, below, from_start=False, into_finish=False))
            else:
                self._tie(Arc(below, number, from_start=end == "start", into_finish=False))
        self.nodes[number].earliest = end == "start"
        return number

    def _arc(self, link: Link, one: int, other: int, into_finish: bool) -> None:  # noqa: FBT001
        kind = link.lag_calendar or self.network.lag_calendar
        lag_time: Worktime | None = None
        if link.lag and kind is not LagCalendar.ELAPSED:
            if kind is LagCalendar.PROJECT:
                lag_time = self._time(None)
            else:
                end = one if kind is LagCalendar.PREDECESSOR else other
                lag_time = self.nodes[end].time
                if lag_time is self.clock:  # a summary's end has no calendar of its own
                    lag_time = self._time(None)
        from_start = link.kind in FROM_START
        self._tie(Arc(one, other, from_start, into_finish, link.lag, lag_time, link))

    def _tie(self, arc: Arc) -> None:
        self.nodes[arc.predecessor].outward.append(arc)
        self.nodes[arc.successor].inward.append(arc)
