"""MPXJ is the oracle: every table of every real file reads the same, or the difference is named."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.projects.schedules import read_schedule
from tests.server.projects.schedules.agreement import (
    TABLES,
    Difference,
    calendars_between,
    differences,
)
from tests.server.projects.schedules.conftest import Oracle

pytestmark = pytest.mark.xdist_group("mpxj")

TWO_YEARS = 731
TEN_YEARS = 4018
FILES: dict[str, tuple[str, int]] = {
    "xer/inigmat_MDL4D.xer": ("2001-01-01", TEN_YEARS),
    "xer/inigmat_MDL4RA.xer": ("2023-01-01", TWO_YEARS),
    "xer/mpxj_TwentyFourHourCalendar.xer": ("2019-01-01", TWO_YEARS),
    "xer/mpxj_invalid-8.4.xer": ("2012-01-01", TWO_YEARS),
    "xer/mpxj_percent-complete-8.4.xer": ("2012-01-01", TWO_YEARS),
    "xer/mpxj_resource-rates-test.xer": ("2022-01-01", TWO_YEARS),
    "mspdi/mpxj_baselines.xml": ("2008-01-01", TWO_YEARS),
    "mspdi/mpxj_calendar-recurring-exceptions-project2016-mspdi.xml": ("2000-01-01", TEN_YEARS),
    "mspdi/mpxj_mspdirelations.xml": ("2006-01-01", TWO_YEARS),
    "mspdi/mpxj_mspditimephased.xml": ("2008-01-01", TWO_YEARS),
    "mspdi/mpxj_sample.xml": ("2003-01-01", TWO_YEARS),
    "mspdi/mpxj_task-costs-project2019-mspdi.xml": ("2018-01-01", TWO_YEARS),
    "mspdi/mpxj_task-links-project2019-mspdi.xml": ("2018-01-01", TWO_YEARS),
    "mspdi/mpxj_percent-complete-8.4.pmxml": ("2012-01-01", TWO_YEARS),
}
"""Each real file, and the days on which its calendars are compared: those it talks about."""


class Explained(NamedTuple):
    """A difference that is meant, where it may show, and what it must look like."""

    files: str
    table: str
    field: str
    looks_right: Callable[[Difference], bool]
    why: str


def _ours_is_null(difference: Difference) -> bool:
    return difference.ours is None and difference.theirs is not None


EXPLAINED = (
    Explained(
        "xer",
        "activities",
        "baseline_start",
        _ours_is_null,
        "no baseline project in the file: MPXJ copies planned dates into baseline ones",
    ),
    Explained("xer", "activities", "baseline_finish", _ours_is_null, "the same"),
    Explained("pmxml", "activities", "baseline_start", _ours_is_null, "the same"),
    Explained("pmxml", "activities", "baseline_finish", _ours_is_null, "the same"),
    Explained(
        "xer",
        "activities",
        "free_float_hours",
        lambda difference: difference.ours is None and difference.theirs == 0,
        "the cell is empty: MPXJ computes a float of zero, for us an empty float is not zero",
    ),
    Explained(
        "xer",
        "activities",
        "total_float_hours",
        lambda difference: difference.ours is None and difference.theirs == 0,
        "the same",
    ),
    Explained(
        "pmxml",
        "activities",
        "free_float_hours",
        lambda difference: difference.ours is None and difference.theirs == 0,
        "the same, for a format that has no such field",
    ),
    Explained(
        "pmxml",
        "activities",
        "wbs",
        lambda difference: difference.ours == "project-4507" and difference.theirs is None,
        "the project is the breakdown's root with us, and MPXJ's activities hang from nothing",
    ),
    Explained(
        "pmxml",
        "wbs",
        "row",
        lambda difference: difference.row == "project-4507" and difference.ours,
        "the same root",
    ),
    Explained(
        "xer/mpxj_resource-rates-test",
        "resources",
        "row",
        lambda difference: difference.row == "332" and difference.theirs,
        "MPXJ turns roles into resources; ours are roles",
    ),
    Explained(
        "mspdi",
        "resources",
        "row",
        lambda difference: difference.row == "0" and difference.theirs,
        "UID 0 is MS Project's nameless placeholder, not a resource",
    ),
    Explained(
        "mspdi",
        "wbs",
        "name",
        lambda difference: difference.row == "0" and difference.theirs is None,
        "the summary row has no name: ours takes the project's",
    ),
)


def _explanation(file: str, difference: Difference) -> Explained | None:
    return next(
        (
            known
            for known in EXPLAINED
            if known.files in file
            and (known.table, known.field) == (difference.table, difference.field)
            and known.looks_right(difference)
        ),
        None,
    )


def _all_differences(
    file: str, table: str, real_schedule: Callable[[str], Path], oracle: Oracle
) -> list[Difference]:
    path = real_schedule(file)
    first_day, days = FILES[file]
    schedule, _ = read_schedule(path, include_personal=True)
    compare = TABLES.get(table) or calendars_between(date.fromisoformat(first_day), days)
    return list(differences(table, compare, schedule, oracle(path, first_day, days)))


@pytest.mark.parametrize("table", [*TABLES, "calendars"])
@pytest.mark.parametrize("file", FILES)
def test_each_table_reads_as_mpxj_reads_it(
    file: str, table: str, real_schedule: Callable[[str], Path], oracle: Oracle
) -> None:
    """Our reading of each table of each real file is MPXJ's, but for differences named above."""
    found = _all_differences(file, table, real_schedule, oracle)
    assert [row for row in found if _explanation(file, row) is None] == []


def test_every_explanation_is_needed(real_schedule: Callable[[str], Path], oracle: Oracle) -> None:
    """No explanation stays in the list after the difference that it explains has gone."""
    used = {
        _explanation(file, difference)
        for file in FILES
        for table in TABLES
        for difference in _all_differences(file, table, real_schedule, oracle)
    }
    assert [known for known in EXPLAINED if known not in used] == []


def test_every_real_file_is_compared(real_schedule: Callable[[str], Path]) -> None:
    """No file of the shared schedules is left out of the comparison."""
    folders = [real_schedule("xer"), real_schedule("mspdi")]
    assert {f"{folder.name}/{path.name}" for folder in folders for path in folder.iterdir()} == set(
        FILES
    )


def test_target_cost_of_the_real_project_is_exact(real_schedule: Callable[[str], Path]) -> None:
    """The MDL4D project's planned cost is 62 545.392 to the last digit."""
    schedule, _ = read_schedule(real_schedule("xer/inigmat_MDL4D.xer"))
    (project,) = schedule.projects
    costs: list[Any] = [row.planned_cost for row in project.assignments]
    assert str(sum(costs)) == "62545.3920"
