"""Reads Microsoft Project's XML (MSPDI): one project, its outline turned into a breakdown.

A summary task becomes a node of the work breakdown, the row with UID 0 (or the project itself,
when there is none) its root; every other task becomes an activity.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from server.projects.schedules import mspdi_records as records
from server.projects.schedules.cells import Cells
from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.gathering import Gathering, assemble
from server.projects.schedules.model import (
    Currency,
    Expense,
    LagCalendar,
    ScheduleProject,
    SchedulingOptions,
    SourceFormat,
    UserField,
    UserFieldValue,
    WbsNode,
)
from server.projects.schedules.mspdi_calendar import calendar_of
from server.projects.schedules.xml_stream import children, leaf_texts, stream_records

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from server.projects.schedules.model import Schedule
    from server.projects.schedules.report import ReportBuilder
    from server.projects.schedules.source import ByteSource

ROOT: Final = "Project"
UNUSED_ROOT: Final = "project"
"""The breakdown's root where the file has no row with UID 0: never a number, so never a task."""
SIGNS: Final = frozenset(("Project/Tasks", "Project/Calendars"))
BASELINE: Final = "0"
OFFICE_DAY_MINUTES: Final = 480


def read_mspdi(
    source: ByteSource, report: ReportBuilder, *, include_personal: bool = False
) -> tuple[Schedule, str, int]:
    """Read a whole file; return it with the encoding used and the number of lines.

    Raises ScheduleUnreadable.
    """
    reading = _Reading(report, include_personal=include_personal)
    lines = stream_records(source, reading)
    properties = reading.properties
    schedule = assemble(
        reading.finish(),
        report,
        source_format=SourceFormat.MSPDI,
        source_version=properties.text("BuildNumber") or properties.text("SaveVersion"),
        exported_at=properties.moment("LastSaved"),
        currency=properties.text("CurrencyCode"),
    )
    return schedule, "xml", lines


class _Reading:
    """The records of one file, taken one by one."""

    skipped: frozenset[str] = frozenset(("TimephasedData",))

    def __init__(self, report: ReportBuilder, *, include_personal: bool) -> None:
        self._report = report
        self._personal = include_personal
        self._properties: dict[str, str] = {}
        self._gathered = Gathering()
        self._rows = self._gathered.rows[ROOT]
        self._is_schedule = False
        self._outline: list[str] = []
        self._summaries: set[str] = set()
        self._fixed: dict[str, tuple[Decimal, Decimal | None, str]] = {}
        self._takers = {
            "Project/Tasks/Task": self._task,
            "Project/Calendars/Calendar": self._calendar,
            "Project/Resources/Resource": self._resource,
            "Project/Assignments/Assignment": self._assignment,
            "Project/ExtendedAttributes/ExtendedAttribute": self._user_field,
        }

    @property
    def properties(self) -> Cells:
        """The project's own fields."""
        return Cells("Project", self._properties, None, self._report)

    def is_record(self, path: str) -> bool:
        """Want what we have a taker for."""
        return path in self._takers

    def record(self, path: str, element: Element, line: int) -> None:
        """Take one record."""
        self._takers[path](element, line)

    def value(self, path: str, text: str, _line: int) -> None:
        """Keep a field of the project, and count every other leaf as left."""
        parent, _, name = path.rpartition("/")
        if parent == ROOT:
            self._properties.setdefault(name, text)
        elif parent:
            self._report.left(path.split("/")[1], "not_needed")

    def closed(self, path: str) -> None:
        """Learn that the file is a schedule: other programs name their root Project, too."""
        if path in SIGNS:
            self._is_schedule = True

    def finish(self) -> Gathering:
        """Return everything, with what only the end of the file can tell put in its place.

        Raises ScheduleUnreadable `unsupported_format` for a file without tasks and calendars.
        """
        if not self._is_schedule:
            raise ScheduleUnreadable("unsupported_format", "XML <Project>")
        properties = self.properties
        self._gathered.projects.append(
            ScheduleProject(
                identifier=ROOT,
                code=properties.words("Name") or properties.words("Title") or ROOT,
                name=properties.words("Title") or properties.words("Name") or ROOT,
                data_date=properties.moment("StatusDate"),
                planned_start=properties.moment("StartDate"),
                planned_finish=properties.moment("FinishDate"),
                must_finish=None,
                calendar=properties.text("CalendarUID"),
                options=SchedulingOptions(
                    lag_calendar=LagCalendar.SUCCESSOR,
                    critical_float_hours_max=(properties.number("CriticalSlackLimit") or 0.0)
                    * (properties.number("MinutesPerDay") or OFFICE_DAY_MINUTES)
                    / 60,
                ),
            )
        )
        symbol = properties.text("CurrencySymbol")
        code = properties.text("CurrencyCode")
        if symbol or code:
            decimals = properties.whole("CurrencyDigits")
            currency = Currency(code or symbol or "", code, None, symbol, decimals, None, base=True)
            self._gathered.currencies.append(currency)
        if properties.flag("HonorConstraints"):
            self._rows.activities = [records.binding(row) for row in self._rows.activities]
        self._add_root()
        self._add_fixed_costs()
        return self._gathered

    def _task(self, element: Element, line: int) -> None:
        cells = Cells("Task", leaf_texts(element), line, self._report)
        identifier = cells.text("UID")
        if identifier is None or cells.flag("IsNull"):
            self._report.left("Task", "blank_row")
            return
        if cells.flag("ExternalTask"):
            self._report.left("Task", "external_task")
            return
        self._report.read("Task")
        level = max(0, min(cells.whole("OutlineLevel") or 0, len(self._outline)))
        if level == 0 and identifier != "0":
            level = min(1, len(self._outline))
        del self._outline[level:]
        parent = self._outline[-1] if self._outline else None
        summary = bool(cells.flag("Summary")) or identifier == "0"
        if summary:
            self._outline.append(identifier)
            self._summaries.add(identifier)
            self._rows.wbs.append(records.wbs_node(cells, parent))
        else:
            baseline = self._baseline(element)
            row = records.activity(cells, parent, baseline, include_personal=self._personal)
            self._rows.activities.append(row)
        if cells.text("Notes") and not self._personal:
            self._report.left("Task.Notes", "personal_data")
        self._task_extras(element, cells, identifier, summary=summary)

    def _task_extras(
        self, element: Element, cells: Cells, identifier: str, *, summary: bool
    ) -> None:
        """Take a task's links, user fields and fixed cost."""
        for link in children(element, "PredecessorLink"):
            link_cells = Cells("PredecessorLink", leaf_texts(link), cells.line, self._report)
            self._report.read("PredecessorLink")
            self._rows.relations.append(records.relation(link_cells, identifier, summary=summary))
        for extended in children(element, "ExtendedAttribute"):
            texts = leaf_texts(extended)
            if "FieldID" in texts and "Value" in texts:
                value = UserFieldValue(texts["FieldID"], identifier, texts["Value"])
                self._rows.user_values.append(value)
        fixed = records.cost(cells, "FixedCost")
        if fixed and identifier != "0":
            actual = records.cost(cells, "ActualCost")
            self._fixed[identifier] = (fixed, actual, cells.words("Name"))

    def _baseline(self, element: Element) -> tuple[datetime | None, datetime | None]:
        for baseline in children(element, "Baseline"):
            texts = leaf_texts(baseline)
            if texts.get("Number") == BASELINE:
                cells = Cells("Baseline", texts, None, self._report)
                return cells.moment("Start"), cells.moment("Finish")
        return None, None

    def _calendar(self, element: Element, line: int) -> None:
        self._report.read("Calendar")
        self._gathered.calendars.append(
            calendar_of(element, line, self._report, include_personal=self._personal)
        )

    def _resource(self, element: Element, line: int) -> None:
        cells = Cells("Resource", leaf_texts(element), line, self._report)
        if cells.text("UID") in {"0", None} or cells.flag("IsNull"):
            self._report.left("Resource", "blank_row")
            return
        self._report.read("Resource")
        resource = records.resource(cells, include_personal=self._personal)
        self._gathered.resources.append(resource)

    def _assignment(self, element: Element, line: int) -> None:
        cells = Cells("Assignment", leaf_texts(element), line, self._report)
        if cells.text("TaskUID") in self._summaries:
            self._report.left("Assignment", "on_summary")
            self._report.warn("assignment_on_summary", cells.text("TaskUID") or "", line=line)
            return
        self._report.read("Assignment")
        self._rows.assignments.append(records.assignment(cells))

    def _user_field(self, element: Element, _line: int) -> None:
        texts = leaf_texts(element)
        self._report.read("ExtendedAttribute")
        label = texts.get("Alias") or texts.get("FieldName") or ""
        field = UserField(texts.get("FieldID", ""), "Task", label, "text")
        self._gathered.user_fields.append(field)

    def _add_root(self) -> None:
        """Give the breakdown one root, the project, where the file has no row for it."""
        rows = self._rows
        project = self._gathered.projects[0]
        if any(node.identifier == "0" for node in rows.wbs):
            rows.wbs = [
                replace(node, name=project.name)
                if node.identifier == "0" and node.name == node.code
                else node
                for node in rows.wbs
            ]
            return
        root = WbsNode(UNUSED_ROOT, None, project.code, project.name, None)
        rows.wbs = [root] + [
            node if node.parent is not None else replace(node, parent=UNUSED_ROOT)
            for node in rows.wbs
        ]
        rows.activities = [
            activity if activity.wbs is not None else replace(activity, wbs=UNUSED_ROOT)
            for activity in rows.activities
        ]

    def _add_fixed_costs(self) -> None:
        """Turn fixed costs into expenses; the file gives a task's actual cost in all only."""
        spent: dict[str, Decimal] = {}
        for assignment in self._rows.assignments:
            cost = assignment.actual_cost or Decimal(0)
            spent[assignment.activity] = spent.get(assignment.activity, Decimal(0)) + cost
        for task, (fixed, actual, name) in self._fixed.items():
            if task in self._summaries:
                self._report.warn("fixed_cost_on_summary", name, str(fixed))
                continue
            done = None
            if actual is not None:
                done = min(fixed, max(Decimal(0), actual - spent.get(task, Decimal(0))))
            left = None if done is None else fixed - done
            expense = Expense(f"fixed-{task}", task, name or None, fixed, done, left)
            self._rows.expenses.append(expense)
