"""Reads Primavera P6's XML: the tables that the other formats have, under P6's public names.

Notes, steps, risks, activity codes and user fields of this format are left, and counted.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from server.projects.schedules.calendars import DraftCalendar, calendar_name
from server.projects.schedules.cells import Cells
from server.projects.schedules.gathering import Gathering, assemble
from server.projects.schedules.model import (
    Activity,
    ActivityStatus,
    ActivityType,
    Assignment,
    CalendarException,
    Constraint,
    ConstraintKind,
    Currency,
    Expense,
    PercentType,
    Relation,
    RelationType,
    Resource,
    ResourceRate,
    ResourceType,
    ScheduleProject,
    SchedulingOptions,
    SourceFormat,
    WbsNode,
)
from server.projects.schedules.working_time import tidy_periods
from server.projects.schedules.xml_stream import children, leaf_texts, stream_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from server.projects.schedules.model import Schedule, WorkingDay
    from server.projects.schedules.report import ReportBuilder
    from server.projects.schedules.source import ByteSource

TYPES: Final = {
    "Task Dependent": ActivityType.TASK,
    "Resource Dependent": ActivityType.RESOURCE_DEPENDENT,
    "Start Milestone": ActivityType.START_MILESTONE,
    "Finish Milestone": ActivityType.FINISH_MILESTONE,
    "Level of Effort": ActivityType.LEVEL_OF_EFFORT,
    "WBS Summary": ActivityType.SUMMARY,
}
STATUSES: Final = {
    "Not Started": ActivityStatus.NOT_STARTED,
    "In Progress": ActivityStatus.IN_PROGRESS,
    "Completed": ActivityStatus.COMPLETE,
}
PERCENTS: Final = {
    "Duration": (PercentType.DURATION, "DurationPercentComplete"),
    "Units": (PercentType.UNITS, "UnitsPercentComplete"),
    "Physical": (PercentType.PHYSICAL, "PhysicalPercentComplete"),
}
RELATIONS: Final = {
    "Finish to Start": RelationType.FINISH_TO_START,
    "Start to Start": RelationType.START_TO_START,
    "Finish to Finish": RelationType.FINISH_TO_FINISH,
    "Start to Finish": RelationType.START_TO_FINISH,
}
CONSTRAINTS: Final = {
    "Start On": ConstraintKind.START_ON,
    "Start On or After": ConstraintKind.START_NO_EARLIER,
    "Start On or Before": ConstraintKind.START_NO_LATER,
    "Finish On": ConstraintKind.FINISH_ON,
    "Finish On or After": ConstraintKind.FINISH_NO_EARLIER,
    "Finish On or Before": ConstraintKind.FINISH_NO_LATER,
    "Mandatory Start": ConstraintKind.MANDATORY_START,
    "Mandatory Finish": ConstraintKind.MANDATORY_FINISH,
    "As Late As Possible": ConstraintKind.AS_LATE_AS_POSSIBLE,
}
RESOURCES: Final = {
    "Labor": ResourceType.LABOUR,
    "Nonlabor": ResourceType.NONLABOUR,
    "Material": ResourceType.MATERIAL,
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CLOCK: Final = re.compile(r"(\d\d):(\d\d)(?::\d\d)?", re.ASCII)
ROOT, PROJECT = "APIBusinessObjects", "APIBusinessObjects/Project"


def read_p6_xml(
    source: ByteSource, report: ReportBuilder, *, include_personal: bool = False
) -> tuple[Schedule, str, int]:
    """Read a whole file; return it with the encoding used and the number of lines.

    Raises ScheduleUnreadable.
    """
    reading = _Reading(report, include_personal=include_personal)
    lines = stream_records(source, reading)
    bases = [currency.code for currency in reading.gathered.currencies if currency.base]
    schedule = assemble(
        reading.finish(),
        report,
        source_format=SourceFormat.P6_XML,
        source_version=None,
        exported_at=None,
        currency=bases[0] if bases else None,
    )
    return schedule, "xml", lines


class _Reading:
    """The business objects of one file, taken one by one; baselines are left aside."""

    skipped: frozenset[str] = frozenset(("BaselineProject",))

    def __init__(self, report: ReportBuilder, *, include_personal: bool) -> None:
        self._report = report
        self._personal = include_personal
        self._fields: dict[str, str] = {}
        self._project = ""
        self.gathered = Gathering()
        self._rates: dict[str, list[ResourceRate]] = {}
        self._pending: list[tuple[str, Element, int]] = []
        self._takers: dict[str, Callable[[Cells, Element], None]] = {
            "Currency": self._currency,
            "Calendar": self._calendar,
            "Resource": self._resource,
            "ResourceRate": self._rate,
            "WBS": self._wbs,
            "Activity": self._activity,
            "Relationship": self._relation,
            "ResourceAssignment": self._assignment,
            "ActivityExpense": self._expense,
        }

    def is_record(self, path: str) -> bool:
        """Want every object below the root and below a project, but the projects themselves."""
        parent, _, name = path.rpartition("/")
        return parent in {ROOT, PROJECT} and name in self._takers

    def record(self, path: str, element: Element, line: int) -> None:
        """Take a shared object at once; keep a project's until its identifier is known."""
        if path.startswith(PROJECT):
            self._pending.append((element.tag, element, line))
            return
        self._take(element.tag, element, line)

    def value(self, path: str, text: str, _line: int) -> None:
        """Keep a project's own fields; count every other leaf as left."""
        parent, _, name = path.rpartition("/")
        if parent == PROJECT:
            self._fields.setdefault(name, text)
        elif parent:
            self._report.left(path.split("/")[1], "not_needed")

    def closed(self, path: str) -> None:
        """Take a project when it ends."""
        if path != PROJECT:
            return
        cells = Cells("Project", self._fields, None, self._report)
        self._project = cells.text("ObjectId") or ""
        code = cells.words("Id") or self._project
        self.gathered.projects.append(
            ScheduleProject(
                identifier=self._project,
                code=code,
                name=cells.words("Name") or code,
                data_date=cells.moment("DataDate"),
                planned_start=cells.moment("PlannedStartDate"),
                planned_finish=cells.moment("ScheduledFinishDate"),
                must_finish=cells.moment("MustFinishByDate"),
                calendar=cells.text("ActivityDefaultCalendarObjectId"),
                options=SchedulingOptions(
                    critical_float_hours_max=cells.number("CriticalActivityFloatLimit") or 0.0
                ),
            )
        )
        self._report.read("Project")
        root = WbsNode(f"project-{self._project}", None, code, cells.words("Name") or code, 0)
        self.gathered.rows[self._project].wbs.append(root)
        for tag, element, line in self._pending:
            self._take(tag, element, line)
        self._pending.clear()
        self._fields = {}

    def finish(self) -> Gathering:
        """Return everything, the rates with their resources."""
        self.gathered.resources = [
            replace(resource, rates=tuple(self._rates.get(resource.identifier, ())))
            for resource in self.gathered.resources
        ]
        return self.gathered

    def _take(self, tag: str, element: Element, line: int) -> None:
        self._report.read(tag)
        self._takers[tag](Cells(tag, leaf_texts(element), line, self._report), element)

    def _currency(self, cells: Cells, _element: Element) -> None:
        self.gathered.currencies.append(
            Currency(
                identifier=cells.text("ObjectId") or "",
                code=cells.text("Id"),
                name=cells.text("Name"),
                symbol=cells.text("Symbol"),
                decimals=cells.whole("DecimalPlaces"),
                rate=cells.money("ExchangeRate"),
                base=bool(cells.flag("IsBaseCurrency")),
            )
        )

    def _calendar(self, cells: Cells, element: Element) -> None:
        identifier = cells.text("ObjectId") or ""
        own = cells.text("Type") == "Resource"
        draft = DraftCalendar(
            identifier=identifier,
            name=calendar_name(
                cells.words("Name"),
                identifier,
                resource_only=own,
                include_personal=self._personal,
            ),
            base=cells.text("BaseCalendarObjectId"),
            hours_per_day=cells.number("HoursPerDay"),
            project=cells.text("ProjectObjectId"),
            resource_only=own,
        )
        try:
            _fill(draft, element)
        except ValueError as error:
            self._report.warn("calendar_broken", draft.name, str(error), cells.line)
            draft.broken = True
        self.gathered.calendars.append(draft)

    def _resource(self, cells: Cells, _element: Element) -> None:
        kind = RESOURCES.get(cells.text("ResourceType") or "", ResourceType.LABOUR)
        named = self._personal or kind is not ResourceType.LABOUR
        resource = Resource(
            identifier=cells.text("ObjectId") or "",
            code=cells.text("Id") if named else None,
            name=(cells.words("Name") or None) if named else None,
            type=kind,
            parent=cells.text("ParentObjectId"),
            calendar=cells.text("CalendarObjectId"),
            unit=None if kind is ResourceType.MATERIAL else "h",
            title=cells.words("Title") or None,
        )
        self.gathered.resources.append(resource)

    def _rate(self, cells: Cells, _element: Element) -> None:
        price, units = cells.money("PricePerUnit"), cells.number("MaxUnitsPerTime")
        rate = ResourceRate(cells.moment("EffectiveDate"), price, units)
        self._rates.setdefault(cells.text("ResourceObjectId") or "", []).append(rate)

    def _wbs(self, cells: Cells, _element: Element) -> None:
        code = cells.words("Code")
        self.gathered.rows[self._project].wbs.append(
            WbsNode(
                identifier=cells.text("ObjectId") or "",
                parent=cells.text("ParentObjectId") or f"project-{self._project}",
                code=code,
                name=cells.words("Name") or code,
                sequence=cells.whole("SequenceNumber"),
            )
        )

    def _activity(self, cells: Cells, _element: Element) -> None:
        held = self.gathered.rows[self._project].activities
        word = cells.text("PercentCompleteType") or ""
        kind, percent = PERCENTS.get(word, PERCENTS["Duration"])
        identifier = cells.text("ObjectId") or ""
        code = cells.words("Id") or identifier
        held.append(
            Activity(
                identifier=identifier,
                code=code,
                name=cells.words("Name") or code,
                wbs=cells.text("WBSObjectId") or f"project-{self._project}",
                type=TYPES.get(cells.text("Type") or "", ActivityType.TASK),
                status=STATUSES.get(cells.text("Status") or "", ActivityStatus.NOT_STARTED),
                percent_complete=round((cells.number(percent) or 0.0) * 100, 6),
                percent_type=kind,
                calendar=cells.text("CalendarObjectId"),
                planned_start=cells.moment("PlannedStartDate"),
                planned_finish=cells.moment("PlannedFinishDate"),
                actual_start=cells.moment("ActualStartDate"),
                actual_finish=cells.moment("ActualFinishDate"),
                early_start=cells.moment("RemainingEarlyStartDate"),
                early_finish=cells.moment("RemainingEarlyFinishDate"),
                late_start=cells.moment("RemainingLateStartDate"),
                late_finish=cells.moment("RemainingLateFinishDate"),
                remaining_start=cells.moment("RemainingEarlyStartDate"),
                remaining_finish=cells.moment("RemainingEarlyFinishDate"),
                planned_hours=cells.number("PlannedDuration"),
                remaining_hours=cells.number("RemainingDuration"),
                actual_hours=cells.number("ActualDuration"),
                sequence=len(held),
                constraints=tuple(_constraints(cells)),
                resumes=cells.moment("ResumeDate"),
            )
        )

    def _relation(self, cells: Cells, _element: Element) -> None:
        self.gathered.rows[self._project].relations.append(
            Relation(
                predecessor=cells.text("PredecessorActivityObjectId") or "",
                successor=cells.text("SuccessorActivityObjectId") or "",
                type=RELATIONS.get(cells.text("Type") or "", RelationType.FINISH_TO_START),
                lag_hours=cells.number("Lag") or 0.0,
                identifier=cells.text("ObjectId"),
                predecessor_project=cells.text("PredecessorProjectObjectId"),
            )
        )

    def _assignment(self, cells: Cells, _element: Element) -> None:
        self.gathered.rows[self._project].assignments.append(
            Assignment(
                identifier=cells.text("ObjectId") or "",
                activity=cells.text("ActivityObjectId") or "",
                resource=cells.text("ResourceObjectId"),
                planned_units=cells.number("PlannedUnits"),
                actual_units=cells.number("ActualUnits"),
                remaining_units=cells.number("RemainingUnits"),
                planned_cost=cells.money("PlannedCost"),
                actual_cost=cells.money("ActualCost"),
                remaining_cost=cells.money("RemainingCost"),
                start=cells.moment("PlannedStartDate"),
                finish=cells.moment("PlannedFinishDate"),
            )
        )

    def _expense(self, cells: Cells, _element: Element) -> None:
        self.gathered.rows[self._project].expenses.append(
            Expense(
                identifier=cells.text("ObjectId") or "",
                activity=cells.text("ActivityObjectId") or "",
                name=cells.words("ExpenseItem") or None,
                planned_cost=cells.money("PlannedCost"),
                actual_cost=cells.money("ActualCost"),
                remaining_cost=cells.money("RemainingCost"),
                vendor=cells.words("Vendor") or None,
            )
        )


def _constraints(cells: Cells) -> Iterator[Constraint]:
    for rank in ("Primary", "Secondary"):
        word, moment = cells.text(f"{rank}ConstraintType"), cells.moment(f"{rank}ConstraintDate")
        kind = CONSTRAINTS.get(word or "")
        if kind is None:
            if word is not None:
                cells.report.warn("unknown_constraint_type", word, line=cells.line)
        elif moment is None and kind is not ConstraintKind.AS_LATE_AS_POSSIBLE:
            cells.report.warn("constraint_without_date", word or "", line=cells.line)
        else:
            yield Constraint(kind, moment)


def _fill(draft: DraftCalendar, element: Element) -> None:
    for week in children(element, "StandardWorkWeek"):
        for day in children(week, "StandardWorkHours"):
            name = leaf_texts(day).get("DayOfWeek", "")
            draft.days[WEEKDAYS.index(name)] = _periods(day)
    draft.exceptions = tuple(
        _exception(exception)
        for group in children(element, "HolidayOrExceptions")
        for exception in children(group, "HolidayOrException")
    )


def _exception(element: Element) -> CalendarException:
    day = date.fromisoformat(leaf_texts(element).get("Date", "")[:10])
    return CalendarException(day, day, _periods(element))


def _periods(element: Element) -> WorkingDay:
    """Read work times; P6 writes the last minute of a period here, not its end."""
    pairs = []
    for work in children(element, "WorkTime"):
        clock = leaf_texts(work)
        if "Start" in clock and "Finish" in clock:
            pairs.append((_minute(clock["Start"]), _minute(clock["Finish"]) + 1))
    return tidy_periods(pairs)


def _minute(clock: str) -> int:
    match = CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(clock)
    return int(match[1]) * 60 + int(match[2])
