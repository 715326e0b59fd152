"""What the scheduler promises, case by case: calendars, links, constraints, progress, rings."""

import sys
from datetime import date, datetime
from types import FrameType

import pytest

from server.projects.schedules.model import (
    CalendarException,
    CalendarWeeks,
    ConstraintKind,
    LagCalendar,
    RelationType,
    WorkingPeriod,
)
from server.projects.scheduling import (
    Activity,
    ActivityUndatable,
    Constraint,
    Kind,
    Link,
    Network,
    NetworkCyclic,
    Outcome,
    Rotation,
    WorkCalendar,
    national_calendar,
    schedule,
    without_rings,
)
from server.projects.scheduling.calendars import ELAPSED, shifts_on
from server.projects.scheduling.worktime import Worktime, minute_of, moment_of
from server.public_holidays import is_known, public_holidays, weekend_of
from tests.bench.networks import large_network

DAY = 8 * 60
FS, SS, FF, SF = (RelationType(kind) for kind in ("FS", "SS", "FF", "SF"))
OFFICE = national_calendar("office", None)
RIG = WorkCalendar("rig", ELAPSED.week)


def at(text: str) -> int:
    return minute_of(datetime.fromisoformat(text))


MONDAY = at("2027-03-01T08:00")


def task(name: str, days: float = 1, **more: object) -> Activity:
    return Activity(name, more.pop("kind", Kind.TASK), round(days * DAY), **more)  # type: ignore[arg-type]


def run(activities: list[Activity], links: list[Link] | None = None, **more: object) -> Outcome:
    calendars = [OFFICE, RIG]
    network = Network(activities, links or [], calendars, "office", MONDAY, **more)  # type: ignore[arg-type]
    return schedule(network)


def dates(outcome: Outcome, name: str) -> tuple[str, str]:
    found = outcome.dates[name]
    return written(found.early_start), written(found.early_finish)


def written(minute: int) -> str:
    return f"{moment_of(minute):%m-%d %H:%M}"


# Calendars


def test_algeria_rests_on_friday_and_saturday_and_on_its_holidays() -> None:
    """A country brings its weekend and its public holidays; an exception opens a holiday."""
    assert weekend_of("DZ") == {4, 5}
    assert weekend_of(None) == weekend_of("CM") == {5, 6}
    calendar = national_calendar("dz", "DZ")
    worked = [bool(shifts_on(calendar, date(2027, 3, day))) for day in range(1, 8)]
    assert worked == [True, True, True, True, False, False, True]
    assert shifts_on(calendar, date(2027, 7, 5)) == ()  # a Monday: Independence Day
    assert public_holidays("DZ", 2027)[date(2027, 7, 5)] == "Fête de l'Indépendance"
    opened = CalendarException(date(2027, 7, 5), date(2027, 7, 5), (WorkingPeriod(0, 720),))
    special = WorkCalendar("dz", calendar.week, (opened,), country="DZ")
    assert shifts_on(special, date(2027, 7, 5)) == ((0, 720),)


def test_a_country_that_nobody_knows_has_no_holidays() -> None:
    """Unknown and malformed codes bring nothing, and never fail."""
    for code in ("XX", "", "dz", "FR-ZZ", "?" * 50):
        assert not is_known(code)
        assert public_holidays(code, 2027) == {}
        assert weekend_of(code) == {5, 6}
    assert is_known("FR-BL")


def test_crews_that_are_away_for_four_weeks_do_not_work_then() -> None:
    """Of a 28/28 rotation the days off are none of work, before its first day as after."""
    crew = WorkCalendar("crew", ELAPSED.week, rotation=Rotation(date(2027, 1, 1), 28, 28))
    worked = [day for day in (1, 28, 29) if shifts_on(crew, date(2027, 1, day))]
    assert worked == [1, 28]
    assert not shifts_on(crew, date(2026, 12, 31))
    assert shifts_on(crew, date(2026, 12, 3))


def test_two_shifts_a_day_and_a_night_shift_count_each_minute_once() -> None:
    """Shifts around midnight, another week for some time and exceptions all count."""
    night = (WorkingPeriod(0, 360), WorkingPeriod(1080, 1440))
    ramadan = CalendarWeeks(date(2027, 3, 8), date(2027, 3, 14), ((WorkingPeriod(480, 840),),) * 7)
    shut = CalendarException(date(2027, 3, 10), date(2027, 3, 10), ())
    calendar = WorkCalendar("night", (night,) * 7, (shut,), (ramadan,))
    worktime = Worktime(calendar, MONDAY)
    week = worktime.count(at("2027-03-08T00:00")) - worktime.count(at("2027-03-01T00:00"))
    assert week == 7 * 720
    assert (
        worktime.count(at("2027-03-15T00:00")) - worktime.count(at("2027-03-08T00:00")) == 6 * 360
    )
    before = worktime.count(at("1990-01-01T00:00"))
    assert worktime.count(at("1990-01-02T00:00")) - before == 720
    assert worktime.start_at(before) == worktime.finish_at(before) == at("1990-01-01T00:00")


@pytest.mark.parametrize("duration", [10, 1 << 52])
def test_a_calendar_without_work_is_named_with_the_task(duration: int) -> None:
    """An endless search ends: the error names the task and the calendar, for huge durations too."""
    idle = WorkCalendar("idle", ((),) * 7) if duration == 10 else OFFICE
    network = Network([Activity("T", Kind.TASK, duration, "idle")], [], [idle], idle.identifier, 0)
    with pytest.raises(ActivityUndatable) as caught:
        schedule(network)
    assert (caught.value.activity, caught.value.calendar) == ("T", idle.identifier)


# Links


@pytest.mark.parametrize(
    ("kind", "lag", "expected"),
    [
        (FS, 0, ("03-03 08:00", "03-03 17:00")),
        (FS, DAY, ("03-04 08:00", "03-04 17:00")),
        (FS, -DAY, ("03-02 08:00", "03-02 17:00")),
        (SS, 0, ("03-01 08:00", "03-01 17:00")),
        (SS, 4 * 60, ("03-01 13:00", "03-02 12:00")),
        (FF, 0, ("03-02 08:00", "03-02 17:00")),
        (FF, DAY, ("03-03 08:00", "03-03 17:00")),
        (SF, 2 * DAY, ("03-02 08:00", "03-02 17:00")),
    ],
)
def test_each_kind_of_link_with_its_lag(
    kind: RelationType, lag: int, expected: tuple[str, str]
) -> None:
    """FS, SS, FF and SF place a task of a day after one of two."""
    outcome = run([task("A", 2), task("B")], [Link("A", "B", kind, lag)])
    assert dates(outcome, "B") == expected


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (None, "03-09 08:00"),
        (LagCalendar.PREDECESSOR, "03-09 08:00"),
        (LagCalendar.SUCCESSOR, "03-06 01:00"),
        (LagCalendar.PROJECT, "03-09 08:00"),
        (LagCalendar.ELAPSED, "03-06 01:00"),
    ],
)
def test_a_lag_counts_on_the_calendar_that_it_states(
    calendar: LagCalendar | None, expected: str
) -> None:
    """Eight hours after Friday evening are Monday's on the office's calendar, a rig's at night."""
    five_days = task("A", 5)
    link = Link("A", "B", FS, DAY, calendar)
    start = dates(run([five_days, task("B", calendar="rig")], [link]), "B")[0]
    assert start == expected.replace("03-09 08:00", "03-08 17:00")


def test_a_ring_is_refused_with_the_names_of_its_tasks() -> None:
    """Tasks that wait for one another are named in the order of their links, each ring once."""
    tasks = [task(name) for name in "ABCDEF"]
    links = [Link(one, other, FS) for one, other in ("AB", "BC", "CA", "CD", "DE", "ED")]
    with pytest.raises(NetworkCyclic, match="A > B > C > A") as caught:
        run(tasks, links)
    assert caught.value.cycles == (("A", "B", "C"), ("D", "E"))
    network = Network(tasks, links, [OFFICE], "office", MONDAY)
    mended, rings = without_rings(network)
    assert rings == [("A", "B", "C"), ("D", "E")]
    assert mended.links == [Link("C", "D", FS)]
    assert schedule(mended).finish > MONDAY


def test_a_ring_through_a_summary_is_cut_at_its_links() -> None:
    """Work that waits for what waits for its own summary: both links go, the work stays dated."""
    activities = [Activity("S", Kind.SUMMARY, 0), task("A", parent="S"), task("B"), task("C")]
    links = [Link("S", "B", FS), Link("B", "A", FS), Link("C", "A", FS)]
    network = Network(activities, links, [OFFICE], "office", MONDAY)
    mended, rings = without_rings(network)
    assert [set(ring) for ring in rings] == [{"A", "B"}]
    assert mended.links == [Link("C", "A", FS)]
    assert dates(schedule(mended), "A")[0] == "03-02 08:00"


def test_links_that_say_nothing_are_left_and_named() -> None:
    """To oneself, to what is not there, into one's own summary: ignored, not fatal."""
    summary = Activity("S", Kind.SUMMARY, 0)
    links = [Link("A", "A", FS), Link("A", "?", FS), Link("S", "A", FS), Link("A", "S", SS)]
    outcome = run([summary, task("A", parent="S")], links)
    assert outcome.ignored_links == tuple(links)


# Kinds


def test_milestones_fall_on_the_end_or_the_beginning_of_work() -> None:
    """After Friday's work a finish milestone is Friday's, a start milestone Monday's."""
    outcome = run(
        [
            task("A", 5),
            task("end", 0, kind=Kind.FINISH_MILESTONE),
            task("begin", 0, kind=Kind.START_MILESTONE),
        ],
        [Link("A", "end", FS), Link("A", "begin", FS)],
    )
    assert dates(outcome, "end")[0] == "03-05 17:00"
    assert dates(outcome, "begin")[0] == "03-08 08:00"


def test_a_level_of_effort_lasts_as_long_as_what_it_watches_and_holds_nothing() -> None:
    """Supervision spans its tasks, has no float, is never critical, and delays nobody."""
    outcome = run(
        [task("A", 2), task("B", 3), task("watch", 40, kind=Kind.LEVEL_OF_EFFORT), task("C")],
        [
            Link("A", "B", FS),
            Link("A", "watch", SS),
            Link("watch", "B", FF),
            Link("watch", "C", FS),
        ],
    )
    assert dates(outcome, "watch") == ("03-01 08:00", "03-05 17:00")
    assert dates(outcome, "C")[0] == "03-01 08:00"
    assert outcome.dates["watch"].total_float is None


def test_a_summary_spans_what_is_below_and_its_links_are_theirs() -> None:
    """A link of a summary holds all of its work, at any depth."""
    activities = [
        Activity("S", Kind.SUMMARY, 0),
        Activity("S1", Kind.SUMMARY, 0, parent="S"),
        task("A", 2, parent="S1"),
        task("B", 4, parent="S"),
        Activity("T", Kind.SUMMARY, 0),
        task("C", 1, parent="T"),
        task("D", 1),
    ]
    outcome = run(activities, [Link("S", "T", FS, DAY), Link("S", "D", SS, DAY)])
    assert dates(outcome, "S") == ("03-01 08:00", "03-04 17:00")
    assert dates(outcome, "T") == dates(outcome, "C") == ("03-08 08:00", "03-08 17:00")
    assert dates(outcome, "D")[0] == "03-02 08:00"
    assert outcome.dates["B"].critical
    assert outcome.dates["S"].critical
    assert outcome.dates["A"].total_float == 2 * DAY


# Constraints


@pytest.mark.parametrize(
    ("kind", "when", "expected", "total"),
    [
        ("start_no_earlier", "2027-03-03T08:00", ("03-03 08:00", "03-03 17:00"), 2 * DAY),
        ("start_on", "2027-03-03T00:00", ("03-03 08:00", "03-03 17:00"), 0),
        ("start_no_later", "2027-03-01T08:00", ("03-02 08:00", "03-02 17:00"), -DAY),
        ("finish_no_earlier", "2027-03-04T17:00", ("03-04 08:00", "03-04 17:00"), DAY),
        ("finish_no_later", "2027-03-01T12:00", ("03-02 08:00", "03-02 17:00"), -12 * 60),
        ("finish_on", "2027-03-04T17:00", ("03-04 08:00", "03-04 17:00"), 0),
        ("mandatory_start", "2027-03-01T08:00", ("03-01 08:00", "03-01 17:00"), 0),
        ("mandatory_finish", "2027-03-04T12:00", ("03-03 13:00", "03-04 12:00"), 0),
        ("as_late_as_possible", "2027-03-01T08:00", ("03-05 08:00", "03-05 17:00"), 0),
    ],
)
def test_each_constraint(kind: str, when: str, expected: tuple[str, str], total: int) -> None:
    """Each kind of constraint places a day's work that follows another, in a week's project."""
    held = task("B", constraints=(Constraint(ConstraintKind(kind), at(when)),))
    outcome = run([task("A"), held, task("C", 5)], [Link("A", "B", FS)])
    assert dates(outcome, "B") == expected
    assert outcome.dates["B"].total_float == total
    assert outcome.dates["B"].critical == (total <= 0)


def test_late_work_moves_only_as_far_as_others_let_it() -> None:
    """What should be as late as possible uses its free float, and delays no follower."""
    late = task("B", constraints=(Constraint(ConstraintKind.AS_LATE_AS_POSSIBLE),))
    outcome = run([task("A", 4), late, task("C")], [Link("A", "C", FS), Link("B", "C", FS)])
    assert dates(outcome, "B")[0] == "03-04 08:00"
    assert dates(outcome, "C")[0] == "03-05 08:00"


def test_a_project_that_must_be_finished_earlier_has_negative_floats() -> None:
    """Floats count to the date by which the project must be finished."""
    outcome = run([task("A", 5), task("B", 2)], must_finish=at("2027-03-04T17:00"))
    assert outcome.dates["A"].total_float == -DAY
    assert outcome.dates["B"].total_float == 2 * DAY


# Progress


def test_work_that_has_begun_goes_on_from_the_data_date() -> None:
    """What is left follows the data date; what is finished keeps its dates and has no float."""
    outcome = run(
        [
            task("A", 3, actual_start=at("2027-02-22T08:00"), actual_finish=at("2027-02-24T17:00")),
            task("B", 5, actual_start=at("2027-02-25T08:00"), remaining=2 * DAY),
            task("C"),
        ],
        [Link("A", "B", FS), Link("B", "C", FS)],
    )
    assert dates(outcome, "A") == ("02-22 08:00", "02-24 17:00")
    assert outcome.dates["A"].total_float is None
    assert dates(outcome, "B") == ("03-01 08:00", "03-02 17:00")
    assert dates(outcome, "C")[0] == "03-03 08:00"


@pytest.mark.parametrize("finish", ["03-05 17:00", "03-01 17:00"])
def test_work_begun_out_of_turn(finish: str) -> None:
    """With retained logic what is left waits for the predecessor; without it goes on."""
    begun = task("B", 2, actual_start=at("2027-02-26T08:00"), remaining=DAY)
    outcome = run(
        [task("A", 4), begun], [Link("A", "B", FS)], retained_logic=finish == "03-05 17:00"
    )
    assert dates(outcome, "B")[1] == finish


def test_work_that_was_interrupted_goes_on_when_it_resumes() -> None:
    """A date of resumption holds back what is left."""
    begun = task(
        "A", 2, actual_start=at("2027-02-26T08:00"), remaining=DAY, resumes=at("2027-03-04T08:00")
    )
    assert dates(run([begun]), "A") == ("03-04 08:00", "03-04 17:00")


# Paths


def test_the_longest_path_is_what_drives_the_last_finish() -> None:
    """Through a calendar that leaves float, the path goes on where criticality stops."""
    outcome = run(
        [task("A", 2), task("B", 3, calendar="rig"), task("C"), task("D")],
        [Link("A", "B", FS), Link("B", "C", FS), Link("A", "D", FS)],
    )
    longest = {name for name, found in outcome.dates.items() if found.longest_path}
    assert longest == {"A", "B", "C"}
    assert not outcome.dates["D"].critical


def test_an_empty_network_has_a_schedule() -> None:
    """Nothing to do ends on the data date."""
    assert run([]).finish == MONDAY


def calls_made(tasks: int) -> int:
    """Count the Python calls that scheduling a network of so many tasks makes."""
    network = large_network(tasks)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        outcome = schedule(network)
    finally:
        sys.setprofile(None)
    assert len(outcome.dates) == tasks
    return calls


def test_the_work_grows_with_the_network_and_no_faster() -> None:
    """Four times the tasks and links take about four times the work: 10,000 stay within a second.

    How long they take is `derrick bench`'s to say; a machine's pace is no property of the code.
    """
    assert calls_made(8_000) / calls_made(2_000) < 5
