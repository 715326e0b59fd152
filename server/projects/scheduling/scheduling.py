"""The schedule of a network: dates, floats, what is critical, and the longest path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.projects.scheduling.efforts import date_efforts
from server.projects.scheduling.grid import grid_of
from server.projects.scheduling.network import Dates, Kind, Outcome
from server.projects.scheduling.passes import Passes

if TYPE_CHECKING:
    from server.projects.scheduling.grid import Arc, Grid, Node
    from server.projects.scheduling.network import Activity, Network


def schedule(network: Network) -> Outcome:
    """Date every activity of a network.

    Raises NetworkCyclic, naming the activities, where some wait for one another, and
    ActivityUndatable for one that no calendar has the time for.
    """
    grid = grid_of(network)
    passes = Passes(grid)
    passes.run()
    longest = _longest_path(grid, passes)
    dates: dict[str, Dates] = {}
    for number, node in enumerate(grid.nodes):
        if node.activity is not None:
            dates[node.name] = _dates(passes, number, node, number in longest)
    if grid.efforts:
        date_efforts(grid, dates)
    if grid.summaries:
        dates |= _summaries(grid, dates)
    return Outcome(
        {one.identifier: dates[one.identifier] for one in network.activities},
        passes.end,
        tuple(grid.ignored),
    )


def _dates(passes: Passes, number: int, node: Node, longest: bool) -> Dates:  # noqa: FBT001
    activity = node.activity
    done = activity is not None and activity.actual_finish is not None
    total = passes.late[number] - passes.early[number]
    return Dates(
        passes.start[number],
        passes.finish[number],
        passes.late_start[number],
        passes.late_finish[number],
        None if done else total,
        None if done else passes.free[number],
        not done and total <= passes.grid.network.critical_float_max,
        longest,
    )


# The longest path


def _longest_path(grid: Grid, passes: Passes) -> set[int]:
    """Return the nodes from which the last finish is reached through links that hold it back."""
    path = {
        number
        for number, node in enumerate(grid.nodes)
        if passes.finish[number] == passes.end and not _is_done(node)
    }
    ahead = list(path)
    while ahead:
        number = ahead.pop()
        node = grid.nodes[number]
        for arc in node.inward:
            other = arc.predecessor
            if other in path or _is_done(grid.nodes[other]):
                continue
            if _drives(passes, arc, number, node):
                path.add(other)
                ahead.append(other)
    return path


def _is_done(node: Node) -> bool:
    return node.activity is not None and node.activity.actual_finish is not None


def _drives(passes: Passes, arc: Arc, number: int, node: Node) -> bool:
    """Whether an arc is what keeps a node from being earlier."""
    if node.earliest:
        return passes.bound(arc) == passes.start[number]
    finish = passes.early[number]
    count = passes.bound_count(arc, node.time)
    return count >= (finish if arc.into_finish else finish - node.work)


# Summaries


def _summaries(grid: Grid, dates: dict[str, Dates]) -> dict[str, Dates]:
    """Roll the dates up: a summary is as critical and has as much float as the worst below it."""
    below: dict[str, list[tuple[Activity, Dates]]] = {one: [] for one in grid.summaries}
    for activity in grid.network.activities:
        if activity.kind is Kind.SUMMARY:
            continue
        parent, seen = activity.parent, set[str]()
        while parent is not None and parent in below and parent not in seen:
            seen.add(parent)
            below[parent].append((activity, dates[activity.identifier]))
            parent = grid.summaries[parent].parent
    data_date = grid.network.data_date
    empty = Dates(
        data_date, data_date, data_date, data_date, None, None, critical=False, longest_path=False
    )
    return {name: _rolled(held) if held else empty for name, held in below.items()}


def _rolled(held: list[tuple[Activity, Dates]]) -> Dates:
    floats = [one.total_float for _, one in held if one.total_float is not None]
    free = [one.free_float for _, one in held if one.free_float is not None]
    return Dates(
        min(_begin(activity, one) for activity, one in held),
        max(one.early_finish for _, one in held),
        min(one.late_start for _, one in held),
        max(one.late_finish for _, one in held),
        min(floats, default=None),
        min(free, default=None),
        any(one.critical for _, one in held),
        any(one.longest_path for _, one in held),
    )


def _begin(activity: Activity, dates: Dates) -> int:
    return dates.early_start if activity.actual_start is None else activity.actual_start
