"""The real schedules: how far our dates are their files' own, and MPXJ's, is pinned."""

from datetime import date
from pathlib import Path

import pytest

from server.projects.schedules import read_schedule, well_pad_xer
from server.projects.schedules.model import CalendarException
from server.projects.scheduling import WorkCalendar, schedule
from server.projects.scheduling.files import network_of
from server.projects.scheduling.worktime import Worktime, minute_of, moment_of
from tests.server.projects.scheduling.agreement import (
    DATES,
    EXPLAINED,
    FILES,
    MPXJ,
    REPORT,
    MpxjSchedule,
    cells,
    explanation,
    measure,
    render,
)
from tests.server.projects.scheduling.random_xer import DATA_DATE, HOLIDAYS, WEEK, random_xer

FREE = tuple(CalendarException(day, day, ()) for day in HOLIDAYS)
pytestmark = pytest.mark.xdist_group("mpxj")


@pytest.mark.parametrize("name", FILES)
def test_every_difference_from_a_real_schedule_is_explained(
    name: str, realdata: Path, mpxj: MpxjSchedule
) -> None:
    """Each date, float and flag that is not the file's or MPXJ's is of a class that says why."""
    found = [cell for cell in cells(name, realdata / name, mpxj) if not cell.agrees]
    assert [str(cell) for cell in found if explanation(cell) is None] == []


def test_the_measured_agreement_is_what_the_report_says(realdata: Path, mpxj: MpxjSchedule) -> None:
    """AGREEMENT.md has the figures that are measured, file by file: none may change unseen."""
    agreements = [row for name in FILES for row in measure(name, realdata / name, mpxj)]
    assert REPORT.read_text(encoding="utf-8") == render(agreements)


def test_no_explanation_outlives_its_difference(realdata: Path, mpxj: MpxjSchedule) -> None:
    """Each class of differences still has one."""
    used = {
        known.name
        for name in FILES
        for cell in cells(name, realdata / name, mpxj)
        if not cell.agrees and (known := explanation(cell)) is not None
    }
    assert {known.name for known in EXPLAINED} == used


def test_every_real_file_is_compared(realdata: Path) -> None:
    """No file of the shared schedules is left out."""
    folders = [realdata / "xer", realdata / "mspdi"]
    found = {f"{folder.name}/{path.name}" for folder in folders for path in folder.iterdir()}
    assert found == set(FILES)


EARLY = ("early_start", "early_finish", "free_float", "longest_path")


@pytest.mark.parametrize("start", [date(2027, 1, 4), date(2027, 4, 30), date(2028, 2, 28)])
def test_mpxj_dates_the_well_pad_as_we_do(start: date, tmp_path: Path, mpxj: MpxjSchedule) -> None:
    """On 390 activities of two calendars, all kinds of links and lags, the early side is MPXJ's.

    The late side is not: MPXJ writes the milestone at the end as Friday evening, not as the
    Monday morning on which it dates it, and so gives negative floats to a plan that nothing
    constrains.
    """
    path = tmp_path / f"{start}.xer"
    path.write_bytes(well_pad_xer(start))
    compared = [cell for cell in cells(path.name, path, mpxj) if cell.oracle == MPXJ]
    assert len(compared) > 3000
    assert [str(cell) for cell in compared if cell.field in EARLY and not cell.agrees] == []


@pytest.mark.parametrize("seed", range(12))
def test_mpxj_dates_random_networks_as_we_do(seed: int, tmp_path: Path, mpxj: MpxjSchedule) -> None:
    """Random networks have MPXJ's total floats, and its dates but for which side of a night."""
    path = tmp_path / f"{seed}.xer"
    path.write_bytes(random_xer(seed, activities=80))
    calendar = Worktime(WorkCalendar("1", WEEK, exceptions=FREE), minute_of(DATA_DATE))
    differing = []
    for cell in cells(path.name, path, mpxj):
        if cell.oracle == MPXJ and cell.field in {*DATES, "total_float"} and not cell.agrees:
            assert cell.ours is not None
            if cell.field == "total_float" or calendar.count(cell.ours) != calendar.count(
                cell.theirs
            ):
                differing.append(str(cell))
    assert differing == []


def test_the_real_project_ends_when_primavera_says(realdata: Path) -> None:
    """MDL4D ends on 2024-04-12 at 16:00, through its fifty constraints on starts."""
    file, _ = read_schedule(realdata / "xer" / "inigmat_MDL4D.xer")
    outcome = schedule(network_of(file, file.projects[0]))
    assert moment_of(outcome.finish).isoformat(timespec="minutes") == "2024-04-12T16:00"
