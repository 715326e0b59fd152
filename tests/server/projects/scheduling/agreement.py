"""Our dates of the real schedules beside their files' own, and beside MPXJ's scheduler.

`python -m tests.server.projects.scheduling.agreement REALDATA` writes AGREEMENT.md anew; the test
of the same name asserts that it says what is measured.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from server.projects.schedules import read_schedule
from server.projects.schedules.model import Activity as FileActivity
from server.projects.schedules.model import ActivityStatus, SourceFormat
from server.projects.scheduling import Dates, schedule
from server.projects.scheduling.files import network_of
from server.projects.scheduling.worktime import minute_of, moment_of

REPORT: Final = Path(__file__).with_name("AGREEMENT.md")
FILES: Final = (
    "xer/inigmat_MDL4D.xer",
    "xer/inigmat_MDL4RA.xer",
    "xer/mpxj_TwentyFourHourCalendar.xer",
    "xer/mpxj_invalid-8.4.xer",
    "xer/mpxj_percent-complete-8.4.xer",
    "xer/mpxj_resource-rates-test.xer",
    "mspdi/mpxj_baselines.xml",
    "mspdi/mpxj_calendar-recurring-exceptions-project2016-mspdi.xml",
    "mspdi/mpxj_mspdirelations.xml",
    "mspdi/mpxj_mspditimephased.xml",
    "mspdi/mpxj_percent-complete-8.4.pmxml",
    "mspdi/mpxj_sample.xml",
    "mspdi/mpxj_task-costs-project2019-mspdi.xml",
    "mspdi/mpxj_task-links-project2019-mspdi.xml",
)
DATES: Final = ("early_start", "early_finish", "late_start", "late_finish")
FLOATS: Final = ("total_float", "free_float")
FLAGS: Final = ("longest_path", "critical")
FILE, MPXJ = "file", "mpxj"

MpxjSchedule = Callable[[Path], Mapping[str, Mapping[str, Any]]]


class Cell(NamedTuple):
    """One date, float or flag of one activity, theirs and ours; moments in minutes."""

    file: str
    oracle: str
    activity: FileActivity
    field: str
    ours: int | bool | None
    theirs: int | bool
    own: int | bool | None
    """What the file says, when the oracle is MPXJ."""
    dates: Dates
    """All of ours of that activity."""

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.ours == self.theirs

    def __str__(self) -> str:
        ours: object = self.ours
        theirs: object = self.theirs
        if self.field in DATES:
            ours, theirs = moment_of(self.ours or 0), moment_of(self.theirs)
        return f"{self.file} {self.oracle} {self.activity.code} {self.field}: {ours} / {theirs}"


class Explained(NamedTuple):
    """A class of differences: where it shows, what it looks like, and why it is right."""

    name: str
    file: str
    oracle: str
    fields: tuple[str, ...]
    looks_right: Callable[[Cell], bool]
    why: str

    def covers(self, cell: Cell) -> bool:
        """Whether a difference is of this class."""
        return (
            self.file in cell.file
            and self.oracle in cell.oracle
            and cell.field in self.fields
            and self.looks_right(cell)
        )


def cells(name: str, path: Path, mpxj: MpxjSchedule | None) -> Iterator[Cell]:
    """Yield every cell that a file, or MPXJ, has beside ours."""
    file_schedule, _ = read_schedule(path)
    project = file_schedule.projects[0]
    microsoft = file_schedule.source_format is SourceFormat.MSPDI
    ours = schedule(network_of(file_schedule, project)).dates
    theirs = {} if mpxj is None else mpxj(path)
    for activity in project.activities:
        dates = ours[activity.identifier]
        for field in (*DATES, *FLOATS, *FLAGS):
            if microsoft and field == "longest_path":
                continue  # MS Project has none
            value = getattr(dates, field)
            if microsoft and field in {"early_start", "late_start"}:
                # Microsoft's are those of the whole task; ours, as P6's, of what is left of it.
                value = value if activity.actual_start is None else minute_of(activity.actual_start)
            own = _own(activity, field)
            if own is not None:
                yield Cell(name, FILE, activity, field, value, own, own, dates)
            other = theirs.get(activity.identifier, {}).get(field)
            if other is not None:
                yield Cell(name, MPXJ, activity, field, value, _number(other), own, dates)


def _own(activity: FileActivity, field: str) -> int | bool | None:
    if field in FLOATS:
        hours = getattr(activity, f"{field}_hours")
        return None if hours is None else round(hours * 60)
    value = getattr(activity, field)
    return minute_of(value) if isinstance(value, datetime) else value


def _number(value: str | float) -> int:
    return minute_of(datetime.fromisoformat(value)) if isinstance(value, str) else int(value)


def _completed(cell: Cell) -> bool:
    return cell.activity.status is ActivityStatus.COMPLETE


def _counted_to_an_older_end(cell: Cell) -> bool:
    late = cell.activity.late_finish
    return late is not None and late <= OLDER_END


def _pauses(cell: Cell) -> bool:
    """Whether the file's work takes longer than its duration: time-phased, with days of none."""
    finish = cell.activity.early_finish
    return finish is not None and minute_of(finish) > cell.dates.early_finish


OLDER_END: Final = datetime(2008, 12, 12, 5)  # noqa: DTZ001  (a file's local time)
LATE: Final = ("late_start", "late_finish")
EXPLAINED: Final = (
    Explained(
        "the-file-is-ours",
        "",
        MPXJ,
        (*DATES, *FLOATS, *FLAGS),
        lambda cell: cell.own is not None and cell.own == cell.ours,
        "MPXJ differs from the file there, and the file says what we say",
    ),
    Explained(
        "completed",
        "xer/mpxj_TwentyFour",
        "",
        (*DATES, *FLOATS, *FLAGS),
        _completed,
        "what is finished has its actual dates with us, no float, and is neither critical nor on "
        "the longest path; P6 and MPXJ put its early dates on the data date, its late dates on "
        "whatever stood there",
    ),
    Explained(
        "completed-float",
        "mspdi/mpxj_mspditimephased",
        "",
        FLOATS,
        lambda cell: _completed(cell) and cell.ours is None,
        "what is finished has no float with us; Microsoft and MPXJ write one",
    ),
    Explained(
        "stale-flags",
        "xer/inigmat_MDL4RA",
        FILE,
        ("longest_path",),
        lambda cell: (
            bool(cell.theirs) == bool(cell.activity.total_float_hours)
            or cell.activity.code == "C0810"
        ),
        "the file's flags of the driving path contradict its own floats: they mark activities with "
        "up to 280 hours of float and leave out ones with none, so they are of an earlier run; "
        "MPXJ's path is ours",
    ),
    Explained(
        "unscheduled",
        "xer/mpxj_",
        FILE,
        ("longest_path",),
        lambda cell: cell.ours is True and not _completed(cell),
        "exported without having been scheduled (its project has no scheduled finish): nothing is "
        "flagged as driving; MPXJ's path is ours",
    ),
    Explained(
        "older-end",
        "mspdi/mpxj_mspditimephased",
        FILE,
        (*LATE, *FLOATS),
        _counted_to_an_older_end,
        "the file counts the late dates of its first tasks to 2008-12-12 05:00, which was the end "
        "of the project before the later ones were added",
    ),
    Explained(
        "pauses",
        "mspdi/mpxj_mspditimephased",
        FILE,
        ("early_finish", "late_start"),
        _pauses,
        "time-phased work with days of none, so that a task takes longer than its duration; we "
        "keep durations, not what was done on each day",
    ),
    Explained(
        "float-calendar",
        "mspdi/mpxj_mspditimephased",
        FILE,
        FLOATS,
        lambda cell: cell.activity.late_finish is not None,
        "Microsoft counts floats on the project's calendar, we on the calendar that the work is "
        "done by, which here is the one of a worker on another shift",
    ),
    Explained(
        "seconds",
        "mspdi/mpxj_mspditimephased",
        FILE,
        LATE,
        lambda cell: abs(cell.theirs - (cell.ours or 0)) == 1,
        "a date with seconds, which we drop",
    ),
    Explained(
        "mpxj-ends-earlier",
        "mspdi/mpxj_mspditimephased",
        MPXJ,
        ("early_finish", *LATE, *FLOATS, "critical"),
        lambda cell: cell.own != cell.theirs,
        "MPXJ leaves workers' units and shifts out of account and ends this project on 2008-12-19; "
        "the file and we end it on 2009-01-02",
    ),
    Explained(
        "placeholders",
        "mspdi/mpxj_task-costs",
        "",
        ("critical",),
        lambda cell: cell.activity.manual and cell.dates.total_float == 0,
        "tasks dated by hand that nobody has given a date: Microsoft calls none of them critical, "
        "though it writes no float for any",
    ),
    Explained(
        "other-side-of-the-night",
        "mspdi/",
        FILE,
        LATE,
        lambda cell: 0 < cell.theirs - (cell.ours or 0) <= 15 * 60,
        "the same minute of work, written as the beginning of the next day where ours is the end "
        "of the day before; the floats agree",
    ),
    Explained(
        "manual-start-links",
        "mspdi/mpxj_task-links",
        "",
        (*LATE, "total_float"),
        lambda cell: cell.activity.manual and cell.activity.code in {"11", "13"},
        "before a link that leaves the start of a task dated by hand (SS, SF), Microsoft lets that "
        "task float to the end of the project; we keep the link",
    ),
)


def explanation(cell: Cell) -> Explained | None:
    """Return the class that a difference is of, if it is of any."""
    return next((known for known in EXPLAINED if known.covers(cell)), None)


class Agreement(NamedTuple):
    """What was measured of one file against one oracle."""

    file: str
    oracle: str
    counts: tuple[tuple[int, int], ...]
    """Of the dates, floats and flags: how many agree, of how many."""
    differences: Mapping[str, int]


def _agreeing(found: list[Cell], fields: tuple[str, ...]) -> tuple[int, int]:
    chosen = [cell for cell in found if cell.field in fields]
    return sum(cell.agrees for cell in chosen), len(chosen)


def measure(name: str, path: Path, mpxj: MpxjSchedule) -> list[Agreement]:
    """Count what agrees, and what differs by its explanation."""
    found = list(cells(name, path, mpxj))
    result = []
    for oracle in (FILE, MPXJ):
        mine = [cell for cell in found if cell.oracle == oracle]
        differing = Counter(
            "UNEXPLAINED" if (known := explanation(cell)) is None else known.name
            for cell in mine
            if not cell.agrees
        )
        dates, floats, flags = (_agreeing(mine, fields) for fields in (DATES, FLOATS, FLAGS))
        result.append(
            Agreement(name, oracle, (dates, floats, flags), dict(sorted(differing.items())))
        )
    return result


def render(agreements: list[Agreement]) -> str:
    """Return the report."""
    lines = [
        "# How far our scheduler agrees with the real schedules",
        "",
        "Written by `python -m tests.server.projects.scheduling.agreement`, asserted by",
        "`test_agreement.py`. Of each file: how many of the early and late dates, of the total and",
        "free floats, and of the flags (critical, longest path) are to the minute what the file",
        "says itself, and what MPXJ's scheduler makes of it (by P6's rules for P6's files, by",
        "Microsoft's for Microsoft's).",
        "",
        "| file | against | dates | floats | flags | differences |",
        "|---|---|---|---|---|---|",
    ]
    for one in agreements:
        counts = " | ".join(f"{agree} of {all_}" for agree, all_ in one.counts)
        differences = ", ".join(f"{name} {count}" for name, count in one.differences.items())
        lines.append(f"| `{one.file}` | {one.oracle} | {counts} | {differences or 'none'} |")
    totals = {oracle: _totals(agreements, oracle) for oracle in (FILE, MPXJ)}
    for oracle, sums in totals.items():
        counts = " | ".join(f"{agree} of {all_}" for agree, all_ in sums)
        lines.append(f"| all | {oracle} | {counts} | |")
    lines += ["", "## The differences, each explained", ""]
    lines += [f"- **{one.name}**: {one.why}." for one in EXPLAINED]
    return "\n".join(lines) + "\n"


def _totals(agreements: list[Agreement], oracle: str) -> list[tuple[int, int]]:
    counts = [one.counts for one in agreements if one.oracle == oracle]
    return [
        (sum(one[at][0] for one in counts), sum(one[at][1] for one in counts)) for at in range(3)
    ]


def main() -> None:
    """Print the differences that nothing explains, and write the report."""
    from tests.server.projects.scheduling.conftest import mpxj_schedules  # noqa: PLC0415

    folder = Path(sys.argv[1])
    with mpxj_schedules() as mpxj:
        agreements = [row for name in FILES for row in measure(name, folder / name, mpxj)]
        for name in FILES:
            for cell in cells(name, folder / name, mpxj):
                if not cell.agrees and explanation(cell) is None:
                    print(cell)  # noqa: T201  (asked for)
    REPORT.write_text(render(agreements), encoding="utf-8")


if __name__ == "__main__":
    main()
