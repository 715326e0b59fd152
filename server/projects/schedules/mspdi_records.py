"""One element of each kind of Microsoft Project's XML, turned into the schedule's record."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from server.projects.schedules.model import (
    Activity,
    ActivityStatus,
    ActivityType,
    Assignment,
    Constraint,
    ConstraintKind,
    PercentType,
    Relation,
    RelationType,
    Resource,
    ResourceRate,
    ResourceType,
    WbsNode,
)

if TYPE_CHECKING:
    from datetime import datetime

    from server.projects.schedules.cells import Cells

DURATION: Final = re.compile(
    r"(-)?P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
DURATION_CHARACTERS_MAX: Final = 64
RELATION_TYPES: Final = {
    "0": RelationType.FINISH_TO_FINISH,
    "1": RelationType.FINISH_TO_START,
    "2": RelationType.START_TO_FINISH,
    "3": RelationType.START_TO_START,
}
RESOURCE_TYPES: Final = {
    "0": ResourceType.MATERIAL,
    "1": ResourceType.LABOUR,
    "2": ResourceType.COST,
}
CONSTRAINTS: Final = {
    "1": ConstraintKind.AS_LATE_AS_POSSIBLE,
    "2": ConstraintKind.START_ON,
    "3": ConstraintKind.FINISH_ON,
    "4": ConstraintKind.START_NO_EARLIER,
    "5": ConstraintKind.START_NO_LATER,
    "6": ConstraintKind.FINISH_NO_EARLIER,
    "7": ConstraintKind.FINISH_NO_LATER,
}
AS_SOON_AS_POSSIBLE: Final = "0"
MANDATORY: Final = {
    ConstraintKind.START_ON: ConstraintKind.MANDATORY_START,
    ConstraintKind.FINISH_ON: ConstraintKind.MANDATORY_FINISH,
}
"""What a date that must be met becomes where constraints always hold, whatever the links say."""
PERCENT_FORMATS: Final = frozenset((19, 20, 51, 52))
LAG_FORMAT_DAYS: Final = 7
ESTIMATED: Final = 32
"""A format of 35 and above is the estimated twin of the one 32 below."""
TENTHS_OF_MINUTE_PER_HOUR: Final = 600.0
HUNDREDTHS: Final = Decimal(100)
UNASSIGNED: Final = "-65535"
PHYSICAL_METHOD: Final = "1"
COMPLETE_PERCENT: Final = 100.0


def hours(cells: Cells, name: str) -> float | None:
    """Return an ISO 8601 duration in hours."""
    text = cells.text(name)
    if text is None:
        return None
    match = DURATION.fullmatch(text) if len(text) <= DURATION_CHARACTERS_MAX else None
    if match is None or text in {"P", "PT", "-P"}:
        cells.report.warn("cell_unreadable", f"{cells.table}.{name}", text[:40], cells.line)
        return None
    days, whole_hours, minutes, seconds = (float(group or 0) for group in match.groups()[1:])
    total = days * 24 + whole_hours + minutes / 60 + seconds / 3600
    return -total if match[1] else total


def cost(cells: Cells, name: str) -> Decimal | None:
    """Return an amount, which MS Project writes in hundredths of the unit."""
    amount = cells.money(name)
    return None if amount is None else amount / HUNDREDTHS


def slack(cells: Cells, name: str) -> float | None:
    """Return a float, which is in tenths of a minute."""
    number = cells.number(name)
    return None if number is None else number / TENTHS_OF_MINUTE_PER_HOUR


def wbs_node(cells: Cells, parent: str | None) -> WbsNode:
    """Turn a summary task into a node."""
    identifier = cells.text("UID") or ""
    code = cells.words("WBS") or cells.words("OutlineNumber") or identifier
    return WbsNode(
        identifier=identifier,
        parent=parent,
        code=code,
        name=cells.words("Name") or code,
        sequence=cells.whole("ID"),
        start=cells.moment("Start"),
        finish=cells.moment("Finish"),
    )


def activity(
    cells: Cells,
    wbs: str | None,
    baseline: tuple[datetime | None, datetime | None],
    *,
    include_personal: bool,
) -> Activity:
    """Turn a task that is not a summary into an activity."""
    identifier = cells.text("UID") or ""
    code = cells.words("WBS") or cells.words("OutlineNumber") or identifier
    physical = cells.text("EarnedValueMethod") == PHYSICAL_METHOD
    percent = cells.number("PhysicalPercentComplete" if physical else "PercentComplete") or 0.0
    calendar = cells.text("CalendarUID")
    milestone = cells.flag("Milestone")
    return Activity(
        identifier=identifier,
        code=code,
        name=cells.words("Name") or code,
        wbs=wbs,
        type=ActivityType.FINISH_MILESTONE if milestone else ActivityType.TASK,
        status=_status(cells),
        percent_complete=percent,
        percent_type=PercentType.PHYSICAL if physical else PercentType.DURATION,
        calendar=None if calendar in {"-1", None} else calendar,
        planned_start=cells.moment("Start"),
        planned_finish=cells.moment("Finish"),
        actual_start=cells.moment("ActualStart"),
        actual_finish=cells.moment("ActualFinish"),
        early_start=cells.moment("EarlyStart"),
        early_finish=cells.moment("EarlyFinish"),
        late_start=cells.moment("LateStart"),
        late_finish=cells.moment("LateFinish"),
        baseline_start=baseline[0],
        baseline_finish=baseline[1],
        planned_hours=hours(cells, "Duration"),
        remaining_hours=hours(cells, "RemainingDuration"),
        actual_hours=hours(cells, "ActualDuration"),
        total_float_hours=slack(cells, "TotalSlack"),
        free_float_hours=slack(cells, "FreeSlack"),
        critical=cells.flag("Critical"),
        sequence=cells.whole("ID"),
        notes=cells.text("Notes") if include_personal else None,
        constraints=_constraints(cells),
        resumes=cells.moment("Resume"),
        manual=cells.flag("Manual") is True,
    )


def _constraints(cells: Cells) -> tuple[Constraint, ...]:
    word, moment = cells.text("ConstraintType"), cells.moment("ConstraintDate")
    if word is None or word == AS_SOON_AS_POSSIBLE:
        return ()
    kind = CONSTRAINTS.get(word)
    if kind is None:
        cells.report.warn("unknown_constraint_type", word, line=cells.line)
        return ()
    if moment is None and kind is not ConstraintKind.AS_LATE_AS_POSSIBLE:
        cells.report.warn("constraint_without_date", word, line=cells.line)
        return ()
    return (Constraint(kind, moment),)


def binding(activity: Activity) -> Activity:
    """Return an activity of a file in which constraints always hold."""
    if not any(one.kind in MANDATORY for one in activity.constraints):
        return activity
    constraints = tuple(
        replace(one, kind=MANDATORY.get(one.kind, one.kind)) for one in activity.constraints
    )
    return replace(activity, constraints=constraints)


def _status(cells: Cells) -> ActivityStatus:
    if cells.text("ActualFinish") or cells.number("PercentComplete") == COMPLETE_PERCENT:
        return ActivityStatus.COMPLETE
    if cells.text("ActualStart") or cells.number("PercentComplete"):
        return ActivityStatus.IN_PROGRESS
    return ActivityStatus.NOT_STARTED


def relation(cells: Cells, successor: str, *, summary: bool) -> Relation:
    """Turn a PredecessorLink into a relation; a lag is in tenths of a minute, or a percentage."""
    word = cells.text("Type") or "1"
    if word not in RELATION_TYPES:
        cells.report.warn("unknown_relation_type", word, line=cells.line)
    lag = cells.number("LinkLag") or 0.0
    lag_format = cells.whole("LagFormat") or LAG_FORMAT_DAYS
    percent = lag_format in PERCENT_FORMATS
    plain = lag_format - ESTIMATED if lag_format > ESTIMATED else lag_format
    return Relation(
        predecessor=cells.text("PredecessorUID") or "",
        successor=successor,
        type=RELATION_TYPES.get(word, RelationType.FINISH_TO_START),
        lag_hours=None if percent else lag / TENTHS_OF_MINUTE_PER_HOUR,
        lag_percent=lag if percent else None,
        lag_elapsed=plain % 2 == 0,
        predecessor_project=cells.text("CrossProjectName"),
        external=bool(cells.flag("CrossProject")),
        summary=summary,
    )


def resource(cells: Cells, *, include_personal: bool) -> Resource:
    """Turn a Resource; a named person is dropped, a generic resource ("welder") is none."""
    kind = RESOURCE_TYPES.get(cells.text("Type") or "1", ResourceType.LABOUR)
    if cells.flag("IsCostResource"):
        kind = ResourceType.COST
    person = kind is ResourceType.LABOUR and not cells.flag("IsGeneric")
    named = include_personal or not person
    rate = ResourceRate(None, cells.money("StandardRate"), cells.number("MaxUnits"))
    calendar = cells.text("CalendarUID")
    return Resource(
        identifier=cells.text("UID") or "",
        code=(cells.words("Initials") or None) if named else None,
        name=(cells.words("Name") or None) if named else None,
        type=kind,
        calendar=None if calendar in {"-1", None} else calendar,
        unit=cells.text("MaterialLabel") if kind is ResourceType.MATERIAL else "h",
        title=cells.words("Group") or None,
        rates=() if rate.price is None else (rate,),
    )


def assignment(cells: Cells) -> Assignment:
    """Turn an Assignment; the resource -65535 is nobody."""
    holder = cells.text("ResourceUID")
    return Assignment(
        identifier=cells.text("UID") or "",
        activity=cells.text("TaskUID") or "",
        resource=None if holder in {UNASSIGNED, "0"} else holder,
        planned_units=hours(cells, "Work"),
        actual_units=hours(cells, "ActualWork"),
        remaining_units=hours(cells, "RemainingWork"),
        planned_cost=cost(cells, "Cost"),
        actual_cost=cost(cells, "ActualCost"),
        remaining_cost=cost(cells, "RemainingCost"),
        start=cells.moment("Start"),
        finish=cells.moment("Finish"),
    )
