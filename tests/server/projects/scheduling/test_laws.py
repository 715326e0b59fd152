"""Laws that every schedule keeps, on random networks; and a brute-force oracle for the dates."""

import msgspec
from hypothesis import given, settings

from server.projects.schedules.model import ConstraintKind
from server.projects.scheduling import Activity, Constraint, Network, schedule
from server.projects.scheduling.worktime import Worktime
from tests.server.projects.scheduling.networks import OFFICE, START, STEP, Oracle, networks

replace = msgspec.structs.replace


@given(networks())
@settings(max_examples=80, deadline=None)
def test_early_dates_are_those_found_by_trying(network: Network) -> None:
    """Early dates are the first that every link allows, on three calendars and five lags' ways."""
    expected = Oracle(network).earliest()
    found = {
        name: (dates.early_start, dates.early_finish)
        for name, dates in schedule(network).dates.items()
    }
    assert found == expected


@given(networks(constrained=True, progress=True))
@settings(max_examples=80, deadline=None)
def test_dates_hold_together(network: Network) -> None:
    """Late minus early is the float, on the activity's calendar; work lies between its dates."""
    times = {one.identifier: Worktime(one, START) for one in network.calendars}
    for activity in network.activities:
        dates = schedule(network).dates[activity.identifier]
        time = times[activity.calendar or ""]
        assert dates.early_start <= dates.early_finish or activity.actual_finish is not None
        if activity.actual_finish is not None:
            assert (dates.total_float, dates.free_float) == (None, None)
            assert dates.early_finish == activity.actual_finish
            continue
        left = time.count(dates.early_finish) - time.count(dates.early_start)
        assert left == (activity.remaining if activity.actual_start else activity.duration)
        between = time.count(dates.late_finish) - time.count(dates.early_finish)
        assert dates.total_float == between
        assert dates.critical == (between <= 0)


@given(networks(progress=True))
@settings(max_examples=80, deadline=None)
def test_without_constraints_no_float_is_negative_and_free_float_is_within_total(
    network: Network,
) -> None:
    """Floats are never negative, free float never exceeds total, and something is critical."""
    outcome = schedule(network)
    waiting = [one for one in outcome.dates.values() if one.total_float is not None]
    for dates in waiting:
        assert dates.total_float is not None
        assert dates.free_float is not None
        assert 0 <= dates.free_float <= dates.total_float
    ends = [one for one in waiting if one.early_finish == outcome.finish]
    assert all(one.longest_path for one in ends)
    if waiting and max(one.early_finish for one in waiting) == outcome.finish:
        assert any(one.critical for one in waiting)


@given(networks(calendars=(OFFICE,), lags=(None,)))
@settings(max_examples=80, deadline=None)
def test_a_delay_within_the_float_moves_nothing_that_it_should_not(network: Network) -> None:
    """Held back by its free float an activity moves no other; by its total float, not the end.

    On one calendar, and in working minutes: the end of a day's work is the next day's beginning.
    """
    time = Worktime(OFFICE, START)
    outcome = schedule(network)
    for activity in network.activities:
        dates = outcome.dates[activity.identifier]
        late = schedule(_held(network, activity, dates.late_start))
        assert time.count(late.finish) <= time.count(outcome.finish)
        free = time.start_at(time.count(dates.early_start) + (dates.free_float or 0))
        moved = schedule(_held(network, activity, free))
        for other, before in outcome.dates.items():
            if other != activity.identifier:
                after = moved.dates[other]
                assert time.count(after.early_start) == time.count(before.early_start)
                assert time.count(after.early_finish) == time.count(before.early_finish)


def _held(network: Network, activity: Activity, start: int) -> Network:
    constraint = Constraint(ConstraintKind.START_NO_EARLIER, start)
    held = replace(activity, constraints=(constraint,))
    return replace(
        network,
        activities=[
            held if one.identifier == activity.identifier else one for one in network.activities
        ],
    )


@given(networks(constrained=True, progress=True))
@settings(max_examples=80, deadline=None)
def test_longer_work_never_makes_anything_earlier(network: Network) -> None:
    """Early dates grow with durations: the engine is monotone, whatever constrains it."""
    before = schedule(network)
    longer = [
        replace(
            one,
            duration=one.duration + STEP,
            remaining=None if one.remaining is None else one.remaining + STEP,
        )
        if one.duration and not any(_moves_back(held) for held in one.constraints)
        else one
        for one in network.activities
    ]
    after = schedule(replace(network, activities=longer))
    for activity in network.activities:
        if activity.constraints == ():
            early, late = (one.dates[activity.identifier] for one in (before, after))
            assert late.early_finish >= early.early_finish
            assert late.early_start >= early.early_start or activity.duration


def _moves_back(constraint: Constraint) -> bool:
    """Whether longer work begins earlier: it is held at its finish, or as late as others let it."""
    return constraint.kind in {
        ConstraintKind.MANDATORY_FINISH,
        ConstraintKind.AS_LATE_AS_POSSIBLE,
        ConstraintKind.FINISH_NO_EARLIER,
        ConstraintKind.FINISH_ON,
    }


@given(networks())
@settings(max_examples=80, deadline=None)
def test_the_order_of_the_lists_says_nothing(network: Network) -> None:
    """The same activities and links in any order have the same dates."""
    turned = replace(network, activities=network.activities[::-1], links=[*network.links[::-1]])
    assert schedule(turned).dates == schedule(network).dates


@given(networks())
@settings(max_examples=80, deadline=None)
def test_a_link_more_never_makes_anything_earlier(network: Network) -> None:
    """Taking a link away never delays anything."""
    if not network.links:
        return
    all_ = schedule(network).dates
    fewer = schedule(replace(network, links=network.links[:-1])).dates
    for name, dates in fewer.items():
        assert dates.early_start <= all_[name].early_start
        assert dates.early_finish <= all_[name].early_finish
