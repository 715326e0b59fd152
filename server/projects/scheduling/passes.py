"""The two passes: how early each activity can be, then how late it may be.

Both work with counts of working minutes on the activity's own calendar. An arc says: so much
working time of the lag's calendar lies at least between two moments; without a lag, the one is
not before the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.projects.schedules.model import ConstraintKind
from server.projects.scheduling.network import ActivityUndatable, Kind
from server.projects.scheduling.worktime import WorktimeExhausted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from server.projects.scheduling.grid import Arc, Grid, Node
    from server.projects.scheduling.network import Activity
    from server.projects.scheduling.worktime import Worktime

FAR: Final = 1 << 62

START_FLOORS: Final = frozenset((ConstraintKind.START_NO_EARLIER, ConstraintKind.START_ON))
START_CEILINGS: Final = frozenset((ConstraintKind.START_NO_LATER, ConstraintKind.START_ON))
FINISH_FLOORS: Final = frozenset((ConstraintKind.FINISH_NO_EARLIER, ConstraintKind.FINISH_ON))
MANDATORY: Final = frozenset((ConstraintKind.MANDATORY_START, ConstraintKind.MANDATORY_FINISH))
FINISH_CEILINGS: Final = frozenset((ConstraintKind.FINISH_NO_LATER, ConstraintKind.FINISH_ON))


class Passes:
    """The dates of every node: moments, and the counts of their finishes."""

    def __init__(self, grid: Grid) -> None:
        size = len(grid.nodes)
        self.grid = grid
        self.start = [0] * size
        self.finish = [0] * size
        self.early = [0] * size
        """Counts of the early finishes."""
        self.late_start = [0] * size
        self.late_finish = [0] * size
        self.late = [0] * size
        """Counts of the late finishes."""
        self.free = [0] * size
        self.end = grid.network.data_date
        self._last = self.end
        self._data_dates: dict[str, int] = {}
        self._lasts: dict[str, int] = {}

    def run(self) -> None:
        """Date everything. Raises ActivityUndatable."""
        grid = self.grid
        self._each(grid.order, self._forward)
        self._close()
        delayed = [number for number in reversed(grid.order) if _is_late_bound(grid.nodes[number])]
        self._each(reversed(grid.order), self._backward)
        if delayed:
            self._each(delayed, self._delay)
        self._each(grid.order, self._leave)

    def _each(self, numbers: Iterable[int], step: Callable[[int, Node], None]) -> None:
        nodes = self.grid.nodes
        for number in numbers:
            node = nodes[number]
            try:
                step(number, node)
            except WorktimeExhausted as error:
                raise ActivityUndatable(node.name, error.calendar) from error

    def _close(self) -> None:
        """Find the end of the project."""
        finishes = [
            self.finish[number]
            for number, node in enumerate(self.grid.nodes)
            if node.activity is not None
        ]
        self.end = max(finishes, default=self.grid.network.data_date)
        must = self.grid.network.must_finish
        self._last = self.end if must is None else must

    # Forward

    def _forward(self, number: int, node: Node) -> None:
        activity = node.activity
        if activity is not None and activity.actual_finish is not None:
            begun = activity.actual_start
            self.start[number] = activity.actual_finish if begun is None else begun
            self.finish[number] = activity.actual_finish
            self.early[number] = node.time.count(activity.actual_finish)
        elif node.earliest:
            starts = (self.start[arc.predecessor] for arc in node.inward)
            self._instant(number, node, min(starts, default=self.grid.network.data_date))
        elif node.work:
            self._work(number, node)
        else:
            self._happen(number, node)

    def _ignores_links(self, activity: Activity) -> bool:
        """Whether work that has begun goes on whatever its predecessors do."""
        return activity.actual_start is not None and not self.grid.network.retained_logic

    def bound(self, arc: Arc) -> int:
        """Return the moment before which an arc lets nothing happen."""
        other = arc.predecessor
        if not arc.from_start:
            moment = self.finish[other]
        else:
            activity = self.grid.nodes[other].activity
            begun = None if activity is None else activity.actual_start
            moment = self.start[other] if begun is None else begun
        if not arc.lag:
            return moment
        if arc.lag_time is None:
            return moment + arc.lag
        return arc.lag_time.finish_at(arc.lag_time.count(moment) + arc.lag)

    def bound_count(self, arc: Arc, time: Worktime) -> int:
        """Return the count, on a calendar, before which an arc lets nothing happen.

        Between two activities of one calendar their counts say it all.
        """
        other = arc.predecessor
        node = self.grid.nodes[other]
        if node.time is time and (not arc.lag or arc.lag_time is time):
            if not arc.from_start:
                return self.early[other] + arc.lag
            if node.activity is None or node.activity.actual_start is None:
                return self.early[other] - node.work + arc.lag
        return time.count(self.bound(arc))

    def _work(self, number: int, node: Node) -> None:
        """Put work at the earliest that its links and its constraints allow."""
        time, activity = node.time, node.activity
        assert activity is not None  # noqa: S101 -- only activities have work
        count = self.data_date_of(time)
        finish = -FAR
        if node.inward and not self._ignores_links(activity):
            for arc in node.inward:
                bound = self.bound_count(arc, time)
                if arc.into_finish:
                    if arc.from_start or self.grid.nodes[arc.predecessor].time is not time:
                        finish = max(finish, self.bound(arc))
                    bound -= node.work
                count = max(count, bound)
        if activity.resumes is not None and activity.actual_start is not None:
            count = max(count, time.count(activity.resumes))
        if activity.put is not None and activity.actual_start is None:
            count, finish = time.count(activity.put), -FAR
        fixed, count = self._floors(activity, node, count)
        self._set(number, node, count, -FAR if fixed else finish)

    def _floors(self, activity: Activity, node: Node, count: int) -> tuple[bool, int]:
        """Return where constraints let work begin, and whether whatever the links say."""
        time = node.time
        data_date = self.grid.network.data_date
        begun = activity.actual_start is not None
        for one in activity.constraints:
            if one.kind in FINISH_FLOORS:
                count = max(count, time.count(one.minute) - node.work)
            elif one.kind is ConstraintKind.MANDATORY_FINISH:
                return True, time.count(one.minute) - node.work
            elif one.kind in START_FLOORS and not begun and one.minute > data_date:
                count = max(count, time.count(one.minute))
            elif one.kind is ConstraintKind.MANDATORY_START and not begun:
                return True, time.count(one.minute)
        return False, count

    def _happen(self, number: int, node: Node) -> None:
        """Put what takes no time at the earliest that its links and its constraints allow."""
        activity = node.activity
        moment = self.grid.network.data_date
        if activity is None or not self._ignores_links(activity):
            moment = max((self.bound(arc) for arc in node.inward), default=moment)
            moment = max(moment, self.grid.network.data_date)
        if activity is not None:
            if activity.put is not None and activity.actual_start is None:
                moment = activity.put
            for one in activity.constraints:
                if one.kind in MANDATORY:
                    moment = one.minute
                    break
                if one.kind in START_FLOORS or one.kind in FINISH_FLOORS:
                    moment = max(moment, one.minute)
        self._instant(number, node, moment)

    def data_date_of(self, time: Worktime) -> int:
        """Return the count of the data date on a calendar."""
        known = self._data_dates.get(time.identifier)
        if known is None:
            known = self._data_dates[time.identifier] = time.count(self.grid.network.data_date)
        return known

    def _instant(self, number: int, node: Node, moment: int) -> None:
        """Put a node without work on a moment, or when work next goes on."""
        if node.activity is None:
            place = moment
        elif node.activity.kind is Kind.START_MILESTONE:
            place = node.time.start_at(node.time.count(moment))
        else:
            place = node.time.instant_at(moment)
        self.start[number] = self.finish[number] = place
        self.early[number] = node.time.count(place)

    def _set(self, number: int, node: Node, count: int, finish: int) -> None:
        """Put work where it begins at a count, and is not finished before a moment."""
        time = node.time
        self.start[number] = time.start_at(count)
        self.early[number] = count + node.work
        done = time.finish_at(count + node.work)
        # What may not be finished until a moment at which nobody works, is when work goes on.
        self.finish[number] = done if done >= finish else time.start_at(count + node.work)

    # Backward

    def _backward(self, number: int, node: Node) -> None:
        activity, time = node.activity, node.time
        if activity is not None and activity.actual_finish is not None:
            self.late_start[number] = self.start[number]
            self.late_finish[number] = self.finish[number]
            self.late[number] = self.early[number]
            return
        moment = self._last
        late = self._last_of(time)
        for arc in node.outward:
            if self._binds(arc, number, node):
                limit = self._limit(arc, node, self.late, self.late_start, self.late_finish)
                late = min(late, limit)
                if not node.work:
                    other = arc.successor
                    ends = self.late_finish if arc.into_finish else self.late_start
                    moment = min(moment, ends[other])
        if activity is not None and activity.constraints:
            late = self._held(activity, node, late)
        self.late[number] = late
        self._write_late(number, node, late, moment)

    def _last_of(self, time: Worktime) -> int:
        known = self._lasts.get(time.identifier)
        if known is None:
            known = self._lasts[time.identifier] = time.count(self._last)
        return known

    def _binds(self, arc: Arc, number: int, node: Node) -> bool:
        """Whether a delay of a node can delay, through an arc, what follows it."""
        successor = self.grid.nodes[arc.successor]
        follower = successor.activity
        if follower is not None and (
            follower.actual_finish is not None or self._ignores_links(follower)
        ):
            return False
        if successor.earliest:
            return self.start[number] == self.start[arc.successor]
        activity = node.activity
        return not (arc.from_start and activity is not None and activity.actual_start is not None)

    def _limit(
        self, arc: Arc, node: Node, counts: list[int], starts: list[int], finishes: list[int]
    ) -> int:
        """Return the count of the latest finish of a node that moves nothing through an arc.

        `counts`, `starts` and `finishes` are the late or the early dates of what follows.
        """
        time, other = node.time, arc.successor
        successor = self.grid.nodes[other]
        if successor.time is time and (not arc.lag or arc.lag_time is time):
            limit = counts[other] - arc.lag
            if not arc.into_finish:
                limit -= successor.work
            return limit + node.work if arc.from_start else limit
        moment = finishes[other] if arc.into_finish else starts[other]
        if arc.lag:
            if arc.lag_time is None:
                moment -= arc.lag
            else:
                moment = arc.lag_time.start_at(arc.lag_time.count(moment) - arc.lag)
        return time.latest_start(moment) + node.work if arc.from_start else time.count(moment)

    def _held(self, activity: Activity, node: Node, late: int) -> int:
        """Return how late constraints let an activity finish."""
        time = node.time
        begun = activity.actual_start is not None
        for one in activity.constraints:
            if one.kind in FINISH_CEILINGS:
                late = min(late, time.count(one.minute))
            elif one.kind is ConstraintKind.MANDATORY_FINISH:
                return time.count(one.minute)
            elif begun:
                continue
            elif one.kind in START_CEILINGS:
                late = min(late, time.count(one.minute) + node.work)
            elif one.kind is ConstraintKind.MANDATORY_START:
                return time.count(one.minute) + node.work
        return late

    def _write_late(self, number: int, node: Node, late: int, moment: int) -> None:
        time = node.time
        if late == self.early[number]:
            # Without float the late dates are the early ones, however a gap is written.
            self.late_start[number] = self.start[number]
            self.late_finish[number] = self.finish[number]
        elif node.work:
            self.late_start[number] = time.start_at(late - node.work)
            self.late_finish[number] = time.finish_at(late)
        else:
            place = time.finish_at(late)
            if node.activity is None or node.activity.kind is Kind.START_MILESTONE:
                place = max(place, min(moment, time.start_at(late)))
            self.late_start[number] = self.late_finish[number] = place

    # What is left between

    def _delay(self, number: int, node: Node) -> None:
        """Move what should be as late as possible, as far as it moves nothing else."""
        latest = min(self._room(number, node), self.late[number])
        if latest <= self.early[number]:
            return
        if node.work:
            self._set(number, node, latest - node.work, -FAR)
        else:
            self._instant(number, node, node.time.finish_at(latest))

    def _room(self, number: int, node: Node) -> int:
        """Return the count of the latest finish that moves no other early date."""
        room = node.time.count(self.end)
        for arc in node.outward:
            if self._binds(arc, number, node):
                room = min(room, self._limit(arc, node, self.early, self.start, self.finish))
        return room

    def _leave(self, number: int, node: Node) -> None:
        activity = node.activity
        if activity is None or activity.actual_finish is None:
            self.free[number] = max(0, self._room(number, node) - self.early[number])


def _is_late_bound(node: Node) -> bool:
    activity = node.activity
    return (
        activity is not None
        and activity.actual_start is None
        and any(one.kind is ConstraintKind.AS_LATE_AS_POSSIBLE for one in activity.constraints)
    )
