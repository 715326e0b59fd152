"""What a schedule file says, whatever its format.

Units, everywhere in this module: durations, lags and floats in hours; dates are naive local
times, because neither P6 nor MS Project writes a time zone (the importer asks for the site's);
money is `Decimal` in the schedule's currency; percentages run from 0 to 100. `None` means that
the file does not say: an empty float is not a float of zero.

Identifiers are the file's own, as text, unique within their kind (activities, resources, …);
they are what a re-import is keyed on.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

UserValue = str | Decimal | datetime

MINUTES_PER_DAY = 24 * 60


class SourceFormat(StrEnum):
    """The formats that Derrick reads by itself."""

    XER = "xer"
    MSPDI = "mspdi"
    P6_XML = "p6_xml"


class ActivityType(StrEnum):
    """What an activity is to the scheduler that wrote the file."""

    TASK = "task"
    RESOURCE_DEPENDENT = "resource_dependent"
    START_MILESTONE = "start_milestone"
    FINISH_MILESTONE = "finish_milestone"
    LEVEL_OF_EFFORT = "level_of_effort"
    SUMMARY = "summary"


class ActivityStatus(StrEnum):
    """How far an activity is, as the file says it."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


class PercentType(StrEnum):
    """What a percentage complete measures; an import keeps it."""

    DURATION = "duration"
    UNITS = "units"
    PHYSICAL = "physical"


class RelationType(StrEnum):
    """Which ends of two activities a link ties, predecessor first."""

    FINISH_TO_START = "FS"
    START_TO_START = "SS"
    FINISH_TO_FINISH = "FF"
    START_TO_FINISH = "SF"


class ConstraintKind(StrEnum):
    """A bound that a planner puts on an activity's dates.

    The plain ones are kept as far as the links allow; `start_on` and `finish_on` are both bounds
    at once. A mandatory date holds whatever the links say.
    """

    START_NO_EARLIER = "start_no_earlier"
    START_NO_LATER = "start_no_later"
    START_ON = "start_on"
    FINISH_NO_EARLIER = "finish_no_earlier"
    FINISH_NO_LATER = "finish_no_later"
    FINISH_ON = "finish_on"
    MANDATORY_START = "mandatory_start"
    MANDATORY_FINISH = "mandatory_finish"
    AS_LATE_AS_POSSIBLE = "as_late_as_possible"


class Constraint(msgspec.Struct, frozen=True):
    """A constraint as the file has it; only `as_late_as_possible` goes without a date."""

    kind: ConstraintKind
    moment: datetime | None = None


class LagCalendar(StrEnum):
    """Whose working time the lags of a schedule count."""

    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    PROJECT = "project"
    ELAPSED = "elapsed"


class SchedulingOptions(msgspec.Struct, frozen=True):
    """How the scheduler that wrote the file was told to work, as far as it says so.

    `retained_logic`: work that began out of turn waits for its predecessors before it goes on.
    """

    lag_calendar: LagCalendar = LagCalendar.PREDECESSOR
    retained_logic: bool = True
    critical_float_hours_max: float = 0.0


class ResourceType(StrEnum):
    """Labour is people; nonlabour is plant; material is consumed; cost has money only."""

    LABOUR = "labour"
    NONLABOUR = "nonlabour"
    MATERIAL = "material"
    COST = "cost"


class WorkingPeriod(msgspec.Struct, frozen=True):
    """A stretch of work in a day, in minutes after midnight; 1440 is the end of the day."""

    start_minute: int
    finish_minute: int


WorkingDay = tuple[WorkingPeriod, ...]
WorkingWeek = tuple[WorkingDay, ...]
"""Seven days, Monday first, as `date.weekday()` counts."""


class CalendarException(msgspec.Struct, frozen=True):
    """Dates, both included, on which other hours hold; no period means no work."""

    first_day: date
    last_day: date
    periods: WorkingDay
    name: str | None = None


class CalendarWeeks(msgspec.Struct, frozen=True):
    """Dates, both included, in which another working week holds (MS Project's work weeks)."""

    first_day: date
    last_day: date
    days: tuple[WorkingDay | None, ...]


class Calendar(msgspec.Struct, frozen=True):
    """Working time, with what a base calendar brings already merged in.

    `assumed` is true when the file's own definition was broken or missing, and a default week
    stands in for it; the report has the warning.
    """

    identifier: str
    name: str
    week: WorkingWeek
    exceptions: tuple[CalendarException, ...] = ()
    other_weeks: tuple[CalendarWeeks, ...] = ()
    hours_per_day: float | None = None
    project: str | None = None
    resource_only: bool = False
    assumed: bool = False


class Currency(msgspec.Struct, frozen=True):
    """A currency that the file lists; `rate` is units of it for one of the base currency."""

    identifier: str
    code: str | None
    name: str | None
    symbol: str | None
    decimals: int | None
    rate: Decimal | None
    base: bool = False


class WbsNode(msgspec.Struct, frozen=True):
    """A node of the work breakdown; the project itself is the one without a parent."""

    identifier: str
    parent: str | None
    code: str
    name: str
    sequence: int | None
    start: datetime | None = None
    finish: datetime | None = None


class Activity(msgspec.Struct, frozen=True):
    """A piece of work at the bottom of the breakdown.

    `planned_*` is what P6 calls target and planned, and MS Project plainly start and finish.
    `code` is the number that people see: P6's activity ID, MS Project's WBS code.
    `percent_complete` is the one of `percent_type`. `longest_path` is P6's driving path, which
    is not the same thing as critical. `notes` holds text that may name people: read on demand.
    """

    identifier: str
    code: str
    name: str
    wbs: str | None
    type: ActivityType
    status: ActivityStatus
    percent_complete: float
    percent_type: PercentType
    calendar: str | None
    planned_start: datetime | None
    planned_finish: datetime | None
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    early_start: datetime | None = None
    early_finish: datetime | None = None
    late_start: datetime | None = None
    late_finish: datetime | None = None
    remaining_start: datetime | None = None
    remaining_finish: datetime | None = None
    baseline_start: datetime | None = None
    baseline_finish: datetime | None = None
    planned_hours: float | None = None
    remaining_hours: float | None = None
    actual_hours: float | None = None
    total_float_hours: float | None = None
    free_float_hours: float | None = None
    longest_path: bool | None = None
    critical: bool | None = None
    sequence: int | None = None
    notes: str | None = None
    constraints: tuple[Constraint, ...] = ()
    resumes: datetime | None = None
    """When work that was begun and left goes on."""
    manual: bool = False
    """Dated by hand: MS Project's scheduler leaves such a task where people put it."""


class Relation(msgspec.Struct, frozen=True):
    """A link between two activities.

    Exactly one of `lag_hours` and `lag_percent` (of the predecessor's duration) is set;
    `lag_elapsed` means that the lag runs through nights and holidays. `external` means that one
    end is in no project of this file; `summary` that one end is a WBS node, as MS Project allows.
    """

    predecessor: str
    successor: str
    type: RelationType
    lag_hours: float | None
    lag_percent: float | None = None
    lag_elapsed: bool = False
    identifier: str | None = None
    predecessor_project: str | None = None
    external: bool = False
    summary: bool = False


class ResourceRate(msgspec.Struct, frozen=True):
    """The price of one unit (an hour for labour and plant) from a date on."""

    starts: datetime | None
    price: Decimal | None
    units_per_hour: float | None = None


class Resource(msgspec.Struct, frozen=True):
    """What works or is consumed. `code` and `name` of labour are personal data: on demand."""

    identifier: str
    code: str | None
    name: str | None
    type: ResourceType
    parent: str | None = None
    calendar: str | None = None
    unit: str | None = None
    title: str | None = None
    rates: tuple[ResourceRate, ...] = ()


class Role(msgspec.Struct, frozen=True):
    """A trade that an assignment may ask for in place of a person (P6)."""

    identifier: str
    code: str | None
    name: str


class Assignment(msgspec.Struct, frozen=True):
    """A resource or a role on an activity. Neither is set: work that nobody has been given."""

    identifier: str
    activity: str
    resource: str | None
    role: str | None = None
    planned_units: float | None = None
    actual_units: float | None = None
    remaining_units: float | None = None
    planned_cost: Decimal | None = None
    actual_cost: Decimal | None = None
    remaining_cost: Decimal | None = None
    start: datetime | None = None
    finish: datetime | None = None


class Expense(msgspec.Struct, frozen=True):
    """A cost put on an activity without a resource: P6's expense, MS Project's fixed cost."""

    identifier: str
    activity: str
    name: str | None
    planned_cost: Decimal | None
    actual_cost: Decimal | None
    remaining_cost: Decimal | None
    category: str | None = None
    vendor: str | None = None


class ActivityCodeType(msgspec.Struct, frozen=True):
    """A way of sorting activities ("Discipline"); a project's own, or everybody's."""

    identifier: str
    name: str
    project: str | None = None


class ActivityCode(msgspec.Struct, frozen=True):
    """One value of a code type."""

    identifier: str
    type: str
    code: str
    name: str
    parent: str | None = None
    sequence: int | None = None


class ActivityCodeUse(msgspec.Struct, frozen=True):
    """An activity sorted under a code."""

    activity: str
    code: str


class UserField(msgspec.Struct, frozen=True):
    """A field that the file's author added; `table` is the file's own table name."""

    identifier: str
    table: str
    label: str
    data_type: str


class UserFieldValue(msgspec.Struct, frozen=True):
    """A row's value of a user field; `row` is an identifier in that field's table."""

    field: str
    row: str
    value: UserValue


class ScheduleProject(msgspec.Struct, frozen=True):
    """One project of a file. A baseline kept beside its project says whose it is."""

    identifier: str
    code: str
    name: str
    data_date: datetime | None = None
    planned_start: datetime | None = None
    planned_finish: datetime | None = None
    must_finish: datetime | None = None
    calendar: str | None = None
    options: SchedulingOptions = SchedulingOptions()
    baseline_of: str | None = None
    wbs: tuple[WbsNode, ...] = ()
    activities: tuple[Activity, ...] = ()
    relations: tuple[Relation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    expenses: tuple[Expense, ...] = ()
    code_uses: tuple[ActivityCodeUse, ...] = ()
    user_values: tuple[UserFieldValue, ...] = ()


class Schedule(msgspec.Struct, frozen=True):
    """A whole file: its projects, and what they share. The caller chooses among `projects`.

    `currency` is the ISO 4217 code that costs are in, where the file says it. `data_date` is
    the latest of the projects'. `user_values` here are those of rows outside any project.
    """

    source_format: SourceFormat
    source_version: str | None
    exported_at: datetime | None
    data_date: datetime | None
    currency: str | None
    currencies: tuple[Currency, ...]
    projects: tuple[ScheduleProject, ...]
    calendars: tuple[Calendar, ...] = ()
    resources: tuple[Resource, ...] = ()
    roles: tuple[Role, ...] = ()
    code_types: tuple[ActivityCodeType, ...] = ()
    codes: tuple[ActivityCode, ...] = ()
    user_fields: tuple[UserField, ...] = ()
    user_values: tuple[UserFieldValue, ...] = ()
