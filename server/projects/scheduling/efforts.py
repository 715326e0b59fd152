"""Levels of effort: supervision, watch, hire. They last as long as what they are tied to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from server.projects.scheduling.grid import FROM_START, INTO_FINISH
from server.projects.scheduling.network import ActivityUndatable, Dates
from server.projects.scheduling.worktime import WorktimeExhausted

if TYPE_CHECKING:
    from server.projects.scheduling.grid import Grid
    from server.projects.scheduling.network import Activity, Link


def date_efforts(grid: Grid, dates: dict[str, Dates]) -> None:
    """Add the dates of the levels of effort. Raises ActivityUndatable.

    From the first start to the last finish that they are tied to, on either side; a tie between
    two of them says something to the one that comes later in the list. Lags of such ties, which
    hold nothing back, say nothing.
    """
    ties: dict[str, list[Link]] = defaultdict(list)
    for link in grid.network.links:
        for end in {link.predecessor, link.successor} & grid.efforts.keys():
            ties[end].append(link)
    for effort in grid.efforts.values():
        try:
            dates[effort.identifier] = _dates(grid, effort, ties[effort.identifier], dates)
        except WorktimeExhausted as error:
            raise ActivityUndatable(effort.identifier, error.calendar) from error


def _dates(grid: Grid, effort: Activity, ties: list[Link], dates: dict[str, Dates]) -> Dates:
    starts: list[int] = []
    finishes: list[int] = []
    for link in ties:
        follows = link.successor == effort.identifier
        other = dates.get(link.predecessor if follows else link.successor)
        if other is not None:
            theirs = link.kind in FROM_START if follows else link.kind not in INTO_FINISH
            ours = link.kind not in INTO_FINISH if follows else link.kind in FROM_START
            moment = other.early_start if theirs else other.early_finish
            (starts if ours else finishes).append(moment)
    start, finish = effort.actual_start, effort.actual_finish
    if start is None:
        first = min(starts, default=min(finishes, default=grid.network.data_date))
        time = grid.time_of(effort.calendar)
        last = max(finishes, default=first)
        start = min(time.start_at(time.count(first)), max(first, last))
    if finish is None:
        finish = max(start, max(finishes, default=start))
    return Dates(start, finish, start, finish, None, None, critical=False, longest_path=False)
