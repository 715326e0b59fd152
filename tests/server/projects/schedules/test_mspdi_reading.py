"""What Microsoft Project's XML says, read by example: outline, links, lags, costs, calendars."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from server.projects.schedules.model import (
    Activity,
    ActivityStatus,
    Calendar,
    PercentType,
    RelationType,
    ResourceType,
    SourceFormat,
)
from server.projects.schedules.working_time import DEFAULT_WEEK, working_minutes
from tests.server.projects.schedules.small_files import codes, mspdi, read


def _task(uid: int, level: int = 1, content: str = "", *, summary: bool = False) -> str:
    return (
        f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>Tâche {uid}</Name><WBS>{uid}</WBS>"
        f"<OutlineLevel>{level}</OutlineLevel><Summary>{int(summary)}</Summary>{content}</Task>"
    )


def _activity(content: str) -> Activity:
    schedule, _ = read(mspdi(f"<Tasks>{_task(1, 1, content)}</Tasks>"))
    return schedule.projects[0].activities[0]


def test_the_outline_becomes_the_breakdown() -> None:
    """UID 0 is the root, summaries are nodes, the rest are activities under their nearest node."""
    tasks = (
        _task(0, 0, summary=True)
        + _task(1, 1, summary=True)
        + _task(2, 2)
        + _task(3, 2, summary=True)
        + _task(4, 3)
        + _task(5, 1)
        + "<Task><UID>6</UID><IsNull>1</IsNull></Task>"
    )
    schedule, report = read(mspdi(f"<Title>Plateforme</Title><Tasks>{tasks}</Tasks>"))
    project = schedule.projects[0]
    assert [(node.identifier, node.parent) for node in project.wbs] == [
        ("0", None),
        ("1", "0"),
        ("3", "1"),
    ]
    assert [(row.identifier, row.wbs) for row in project.activities] == [
        ("2", "1"),
        ("4", "3"),
        ("5", "0"),
    ]
    assert (schedule.source_format, project.name) == (SourceFormat.MSPDI, "Plateforme")
    assert {row.table: row.left_because for row in report.tables}["Task"] == {"blank_row": 1}


def test_a_file_without_its_summary_row_gets_a_root() -> None:
    """Where no row has UID 0 the project itself is the root of the breakdown."""
    project = read(mspdi(f"<Name>p.xml</Name><Tasks>{_task(4)}</Tasks>"))[0].projects[0]
    assert [(node.parent, node.name) for node in project.wbs] == [(None, "p.xml")]
    assert project.activities[0].wbs == project.wbs[0].identifier


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (0, RelationType.FINISH_TO_FINISH),
        (1, RelationType.FINISH_TO_START),
        (2, RelationType.START_TO_FINISH),
        (3, RelationType.START_TO_START),
    ],
)
def test_link_types_are_numbered_their_own_way(number: int, kind: RelationType) -> None:
    """0 FF, 1 FS, 2 SF, 3 SS."""
    link = f"<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>{number}</Type>"
    tasks = _task(1) + _task(2, 1, f"{link}</PredecessorLink>")
    (relation,) = read(mspdi(f"<Tasks>{tasks}</Tasks>"))[0].projects[0].relations
    assert (relation.predecessor, relation.successor, relation.type) == ("1", "2", kind)


@pytest.mark.parametrize(
    ("lag", "lag_format", "hours", "percent", "elapsed"),
    [
        (4800, 7, 8.0, None, False),
        (-4800, 7, -8.0, None, False),
        (14400, 8, 24.0, None, True),
        (600, 37, 1.0, None, False),
        (50, 19, None, 50.0, False),
        (-25, 20, None, -25.0, True),
        (30, 51, None, 30.0, False),
    ],
)
def test_a_lag_is_tenths_of_a_minute_or_a_percentage(
    lag: int, lag_format: int, hours: float | None, percent: float | None, *, elapsed: bool
) -> None:
    """LinkLag is hours times 600, unless its format says percent; even formats are elapsed."""
    link = (
        f"<PredecessorLink><PredecessorUID>1</PredecessorUID><LinkLag>{lag}</LinkLag>"
        f"<LagFormat>{lag_format}</LagFormat></PredecessorLink>"
    )
    tasks = _task(1) + _task(2, 1, link)
    (relation,) = read(mspdi(f"<Tasks>{tasks}</Tasks>"))[0].projects[0].relations
    assert (relation.lag_hours, relation.lag_percent) == (hours, percent)
    assert relation.lag_elapsed is elapsed


def test_a_link_out_of_the_file_is_external_and_one_on_a_summary_says_so() -> None:
    """CrossProject and unknown predecessors are external; summaries may be linked too."""
    links = "".join(
        f"<PredecessorLink><PredecessorUID>{uid}</PredecessorUID>{extra}</PredecessorLink>"
        for uid, extra in ((9, "<CrossProject>1</CrossProject>"), (77, ""))
    )
    summary = _task(3, 1, "<PredecessorLink><PredecessorUID>1</PredecessorUID></PredecessorLink>")
    summary = summary.replace("<Summary>0", "<Summary>1")
    relations = (
        read(mspdi(f"<Tasks>{_task(1, 1, links)}{summary}</Tasks>"))[0].projects[0].relations
    )
    assert [(r.external, r.summary) for r in relations] == [
        (True, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("PT8H0M0S", 8.0),
        ("PT7H30M0S", 7.5),
        ("P1DT2H", 26.0),
        ("-PT4H", -4.0),
        ("PT0H0M36S", 0.01),
        ("PT", None),
        ("8 hours", None),
        ("PT" + "9" * 500 + "H", None),
    ],
)
def test_durations_are_iso_8601(text: str, hours: float | None) -> None:
    """A duration is hours; what is none is null, with a warning."""
    schedule, report = read(mspdi(f"<Tasks>{_task(1, 1, f'<Duration>{text}</Duration>')}</Tasks>"))
    assert schedule.projects[0].activities[0].planned_hours == hours
    assert codes(report) == ([] if hours is not None else ["cell_unreadable"])


def test_progress_float_and_baseline() -> None:
    """Percent type follows the earned value method; slack is tenths of a minute; baseline is 0."""
    activity = _activity(
        "<PercentComplete>40</PercentComplete><PhysicalPercentComplete>55</PhysicalPercentComplete>"
        "<EarnedValueMethod>1</EarnedValueMethod><TotalSlack>-4800</TotalSlack>"
        "<ActualStart>2026-03-02T08:00:00</ActualStart>"
        "<Baseline><Number>1</Number><Start>2025-01-01T08:00:00</Start></Baseline>"
        "<Baseline><Number>0</Number><Start>2026-02-02T08:00:00</Start></Baseline>"
    )
    assert (activity.percent_type, activity.percent_complete) == (PercentType.PHYSICAL, 55.0)
    assert activity.total_float_hours == -8.0
    assert activity.free_float_hours is None
    assert activity.status is ActivityStatus.IN_PROGRESS
    assert activity.baseline_start == datetime.fromisoformat("2026-02-02T08:00")


def test_costs_are_hundredths_and_resource_minus_65535_is_nobody() -> None:
    """An amount of 12345 is 123.45; the unassigned resource is none; fixed cost is an expense."""
    fixed = "<FixedCost>100000</FixedCost><ActualCost>62345</ActualCost>"
    assignments = "".join(
        f"<Assignment><UID>{uid}</UID><TaskUID>1</TaskUID><ResourceUID>{holder}</ResourceUID>"
        f"<Cost>12345</Cost><ActualCost>12345</ActualCost><Work>PT8H0M0S</Work></Assignment>"
        for uid, holder in ((1, 2), (2, -65535))
    )
    resources = (
        "<Resource><UID>0</UID><Type>1</Type></Resource>"
        "<Resource><UID>2</UID><Name>Awa</Name><Type>1</Type></Resource>"
        "<Resource><UID>3</UID><Name>Soudeur</Name><Type>1</Type><IsGeneric>1</IsGeneric></Resource>"
        "<Resource><UID>4</UID><Name>Ciment</Name><Type>0</Type><MaterialLabel>t</MaterialLabel>"
        "<StandardRate>1500.5</StandardRate></Resource>"
    )
    schedule, _ = read(
        mspdi(
            f"<Tasks>{_task(1, 1, fixed)}</Tasks><Resources>{resources}</Resources>"
            f"<Assignments>{assignments}</Assignments>"
        )
    )
    project = schedule.projects[0]
    assert [row.planned_cost for row in project.assignments] == [Decimal("123.45")] * 2
    assert [row.resource for row in project.assignments] == ["2", None]
    (expense,) = project.expenses
    amounts = (expense.planned_cost, expense.actual_cost, expense.remaining_cost)
    assert amounts == (Decimal(1000), Decimal("376.55"), Decimal("623.45"))
    person, welder, cement = schedule.resources
    assert (person.name, welder.name, cement.name) == (None, "Soudeur", "Ciment")
    assert (cement.type, cement.unit) == (ResourceType.MATERIAL, "t")
    assert cement.rates[0].price == Decimal("1500.5")


def test_notes_and_names_are_read_on_demand() -> None:
    """Notes and people's names, on calendars too, come when asked for; the author never."""
    content = mspdi(
        "<Author>Jean Dupont</Author><Manager>Awa Diop</Manager>"
        f"<Tasks>{_task(1, 1, '<Notes>Voir Awa</Notes>')}</Tasks>"
        "<Resources><Resource><UID>2</UID><Name>Awa Diop</Name><Type>1</Type></Resource>"
        "</Resources><Calendars><Calendar><UID>3</UID><Name>Awa Diop</Name>"
        "<IsBaseCalendar>0</IsBaseCalendar></Calendar></Calendars>"
    )
    schedule, report = read(content)
    assert "Awa" not in repr(schedule) + repr(report)
    assert "Dupont" not in repr(schedule) + repr(report)
    asked, _ = read(content, include_personal=True)
    assert asked.projects[0].activities[0].notes == "Voir Awa"
    assert asked.resources[0].name == asked.calendars[0].name == "Awa Diop"


def _calendar(content: str) -> tuple[Calendar, list[str]]:
    calendar = f"<Calendar><UID>1</UID><Name>Essai</Name>{content}</Calendar>"
    schedule, report = read(mspdi(f"<Calendars>{calendar}</Calendars>"))
    return schedule.calendars[0], codes(report)


def _day(kind: int, start: str, finish: str) -> str:
    return (
        f"<WeekDay><DayType>{kind}</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime>"
        f"<FromTime>{start}</FromTime><ToTime>{finish}</ToTime>"
        "</WorkingTime></WorkingTimes></WeekDay>"
    )


def test_days_from_sunday_around_the_clock_and_old_exceptions() -> None:
    """Day 1 is Sunday, 00:00 to 00:00 is a whole day, day type 0 is an exception of old."""
    period = (
        "<TimePeriod><FromDate>2026-03-08T00:00:00</FromDate>"
        "<ToDate>2026-03-09T23:59:00</ToDate></TimePeriod>"
    )
    old = f"<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking>{period}</WeekDay>"
    days = _day(1, "00:00:00", "00:00:00") + _day(2, "08:00:00", "12:00:00")
    calendar, warnings = _calendar(f"<WeekDays>{days}{old}</WeekDays>")
    assert warnings == []
    assert working_minutes(calendar, date(2026, 3, 1)) == 1440
    assert working_minutes(calendar, date(2026, 3, 2)) == 240
    assert working_minutes(calendar, date(2026, 3, 8)) == 0
    assert working_minutes(calendar, date(2026, 3, 9)) == 0


def test_other_working_weeks_hold_between_their_dates() -> None:
    """A work week changes the days that it names, between its dates."""
    week = (
        "<WorkWeeks><WorkWeek><TimePeriod><FromDate>2026-03-09T00:00:00</FromDate>"
        "<ToDate>2026-03-15T23:59:00</ToDate></TimePeriod><WeekDays>"
        f"{_day(2, '06:00:00', '18:00:00')}</WeekDays></WorkWeek></WorkWeeks>"
    )
    days = _day(2, "08:00:00", "12:00:00") + _day(3, "08:00:00", "12:00:00")
    calendar, _ = _calendar(f"<WeekDays>{days}</WeekDays>{week}")
    minutes = [working_minutes(calendar, date(2026, 3, day)) for day in (2, 9, 10, 16)]
    assert minutes == [240, 720, 240, 240]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<Exceptions><Exception><Name>sans dates</Name></Exception></Exceptions>",
        f"<WeekDays>{_day(2, '25 h', '12:00:00')}</WeekDays>",
    ],
)
def test_a_calendar_that_says_nothing_or_nonsense_gets_the_default(content: str) -> None:
    """The default week stands in, with a warning, and the calendar is marked as assumed."""
    calendar, warnings = _calendar(content)
    assert len(warnings) == 1
    assert calendar.week == DEFAULT_WEEK
    assert calendar.assumed
