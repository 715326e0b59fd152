"""The demo's own schedule: a valid P6 file that any reader takes without a word."""

import io
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from server.projects.schedules import ReadingReport, Schedule, read_schedule
from server.projects.schedules.model import ActivityStatus, RelationType
from server.projects.schedules.well_pad import PROJECT_NAME, well_pad_xer
from server.projects.schedules.working_time import working_minutes
from tests.server.projects.schedules.agreement import TABLES, calendars_between, differences
from tests.server.projects.schedules.conftest import Oracle

START = date(2027, 1, 4)


@pytest.fixture(scope="module")
def read() -> tuple[Schedule, ReadingReport]:
    return read_schedule(io.BytesIO(well_pad_xer(START)))


def test_it_is_a_project_of_a_few_hundred_activities(read: tuple[Schedule, ReadingReport]) -> None:
    """300 to 400 activities in French, all four link types, nothing begun at the data date."""
    schedule, report = read
    (project,) = schedule.projects
    assert project.name == PROJECT_NAME
    assert 300 <= len(project.activities) <= 400
    assert set(Counter(row.type for row in project.relations)) == set(RelationType)
    assert project.data_date == project.planned_start == datetime.fromisoformat("2027-01-04T08:00")
    assert {row.status for row in project.activities} == {ActivityStatus.NOT_STARTED}
    assert (report.warnings, report.rows_left) == ((), 0)


def test_its_dates_hold_together(read: tuple[Schedule, ReadingReport]) -> None:
    """No activity starts before the project, none has negative float, each follows its links."""
    project = read[0].projects[0]
    rows = {row.identifier: row for row in project.activities}
    for row in rows.values():
        assert row.planned_start is not None
        assert row.planned_finish is not None
        assert datetime.fromisoformat("2027-01-04T08:00") <= row.planned_start <= row.planned_finish
        assert row.total_float_hours is not None
        assert row.total_float_hours >= 0
    for link in project.relations:
        before, after = rows[link.predecessor], rows[link.successor]
        if link.type is RelationType.FINISH_TO_START:
            assert before.planned_finish is not None
            assert after.planned_start is not None
            assert before.planned_finish <= after.planned_start
    assert any(row.longest_path for row in rows.values())


def test_its_costs_are_whole_francs_and_every_activity_is_staffed(
    read: tuple[Schedule, ReadingReport],
) -> None:
    """Every activity but milestones has resources; costs are quantities times prices, in XAF."""
    schedule, _ = read
    (project,) = schedule.projects
    rates = {row.identifier: row.rates[0].price for row in schedule.resources}
    staffed = {row.activity for row in project.assignments}
    assert {row.identifier for row in project.activities if row.planned_hours} == staffed
    for row in project.assignments:
        assert row.planned_cost is not None
        assert row.planned_cost == row.planned_cost.to_integral_value() > 0
        price = rates[row.resource or ""]
        assert price is not None
        assert row.planned_cost == Decimal(str(row.planned_units)) * price
    assert schedule.currency == "XAF"


def test_its_calendars_are_the_office_and_the_rig(read: tuple[Schedule, ReadingReport]) -> None:
    """The office works 40 hours a week and no holiday; the rig works always."""
    office, rig = read[0].calendars
    week = [date(2027, 1, day) for day in range(4, 11)]
    assert sum(working_minutes(office, day) for day in week) == 40 * 60
    assert {working_minutes(rig, day) for day in week} == {24 * 60}
    assert working_minutes(office, date(2028, 5, 1)) == 0


@pytest.mark.parametrize("currency", ["XAF", "USD", "EUR"])
def test_the_same_start_makes_the_same_bytes(currency: str) -> None:
    """The file depends on the day and the currency alone."""
    assert well_pad_xer(START, currency=currency) == well_pad_xer(START, currency=currency)
    assert well_pad_xer(date(2026, 12, 25)) != well_pad_xer(START)


@pytest.mark.xdist_group("mpxj")
def test_mpxj_reads_the_same_without_a_word(oracle: Oracle, tmp_path: Path) -> None:
    """MPXJ ignores no error in it, and agrees on every table but on what it computes itself."""
    path = tmp_path / "plateforme.xer"
    path.write_bytes(well_pad_xer(START))
    theirs = oracle(path, "2027-01-01", 731)
    assert theirs["ignored_errors"] == []
    tables = TABLES | {"calendars": calendars_between(date(2027, 1, 1), 731)}
    schedule, _ = read_schedule(path, include_personal=True)
    found = {
        (difference.table, difference.field)
        for table, compare in tables.items()
        for difference in differences(table, compare, schedule, theirs)
    }
    assert found <= {
        ("activities", "baseline_start"),
        ("activities", "baseline_finish"),
        ("activities", "free_float_hours"),
        ("resources", "row"),
    }
