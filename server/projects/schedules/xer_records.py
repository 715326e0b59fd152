"""One row of each P6 table, turned into the record that the schedule keeps."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from server.projects.schedules.calendars import DraftCalendar, calendar_name
from server.projects.schedules.model import (
    Activity,
    ActivityStatus,
    ActivityType,
    Assignment,
    Constraint,
    ConstraintKind,
    Currency,
    Expense,
    LagCalendar,
    PercentType,
    Relation,
    RelationType,
    Resource,
    ResourceRate,
    ResourceType,
    ScheduleProject,
    SchedulingOptions,
    UserValue,
    WbsNode,
)
from server.projects.schedules.xer_calendar import CalendarBroken, parse_calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.schedules.cells import Cells

TYPES: Final = {
    "TT_Task": ActivityType.TASK,
    "TT_Rsrc": ActivityType.RESOURCE_DEPENDENT,
    "TT_Mile": ActivityType.START_MILESTONE,
    "TT_FinMile": ActivityType.FINISH_MILESTONE,
    "TT_LOE": ActivityType.LEVEL_OF_EFFORT,
    "TT_WBS": ActivityType.SUMMARY,
}
STATUSES: Final = {
    "TK_NotStart": ActivityStatus.NOT_STARTED,
    "TK_Active": ActivityStatus.IN_PROGRESS,
    "TK_Complete": ActivityStatus.COMPLETE,
}
PERCENT_TYPES: Final = {
    "CP_Drtn": PercentType.DURATION,
    "CP_Units": PercentType.UNITS,
    "CP_Phys": PercentType.PHYSICAL,
}
RELATION_TYPES: Final = {
    "PR_FS": RelationType.FINISH_TO_START,
    "PR_SS": RelationType.START_TO_START,
    "PR_FF": RelationType.FINISH_TO_FINISH,
    "PR_SF": RelationType.START_TO_FINISH,
}
RESOURCE_TYPES: Final = {
    "RT_Labor": ResourceType.LABOUR,
    "RT_Equip": ResourceType.NONLABOUR,
    "RT_Mat": ResourceType.MATERIAL,
}
CONSTRAINTS: Final = {
    "CS_MSO": ConstraintKind.START_ON,
    "CS_MSOA": ConstraintKind.START_NO_EARLIER,
    "CS_MSOB": ConstraintKind.START_NO_LATER,
    "CS_MEO": ConstraintKind.FINISH_ON,
    "CS_MEOA": ConstraintKind.FINISH_NO_EARLIER,
    "CS_MEOB": ConstraintKind.FINISH_NO_LATER,
    "CS_MANDSTART": ConstraintKind.MANDATORY_START,
    "CS_MANDFIN": ConstraintKind.MANDATORY_FINISH,
    "CS_ALAP": ConstraintKind.AS_LATE_AS_POSSIBLE,
}
LAG_CALENDARS: Final = {
    "rcal_Predecessor": LagCalendar.PREDECESSOR,
    "rcal_Successor": LagCalendar.SUCCESSOR,
    "rcal_ProjDefault": LagCalendar.PROJECT,
    "rcal_24Hour": LagCalendar.ELAPSED,
}
TAG: Final = re.compile(r"<[^<>]*>")
BLANK_LINES: Final = re.compile(r"\s*\n\s*")


def project(cells: Cells) -> ScheduleProject:
    """PROJECT; its name stands in its root WBS node, and comes later."""
    identifier = cells.text("proj_id") or ""
    code = cells.words("proj_short_name") or identifier
    return ScheduleProject(
        identifier=identifier,
        code=code,
        name=code,
        data_date=cells.moment("last_recalc_date"),
        planned_start=cells.moment("plan_start_date"),
        planned_finish=cells.moment("scd_end_date"),
        must_finish=cells.moment("plan_end_date"),
        calendar=cells.text("clndr_id"),
        options=SchedulingOptions(
            critical_float_hours_max=cells.number("critical_drtn_hr_cnt") or 0.0
        ),
    )


def currency(cells: Cells, base_code: str | None) -> Currency:
    """CURRTYPE."""
    code = cells.text("curr_short_name")
    return Currency(
        identifier=cells.text("curr_id") or "",
        code=code,
        name=cells.text("curr_type"),
        symbol=cells.text("curr_symbol"),
        decimals=cells.whole("decimal_digit_cnt"),
        rate=cells.money("base_exch_rate"),
        base=code is not None and code == base_code,
    )


def calendar(cells: Cells, *, include_personal: bool) -> DraftCalendar:
    """CALENDAR; a broken text gives a warning, and a calendar that says nothing."""
    identifier = cells.text("clndr_id") or ""
    own = cells.text("clndr_type") == "CA_Rsrc"
    draft = DraftCalendar(
        identifier=identifier,
        name=calendar_name(
            cells.words("clndr_name"),
            identifier,
            resource_only=own,
            include_personal=include_personal,
        ),
        base=cells.text("base_clndr_id"),
        hours_per_day=cells.number("day_hr_cnt"),
        project=cells.text("proj_id"),
        resource_only=own,
    )
    text = cells.text("clndr_data")
    if text is None:
        return draft
    try:
        parsed = parse_calendar(text)
    except CalendarBroken as error:
        cells.report.warn("calendar_broken", draft.name, str(error), cells.line)
        draft.broken = True
        return draft
    draft.days = parsed.days
    draft.exceptions = parsed.exceptions
    return draft


def wbs_node(cells: Cells) -> WbsNode:
    """PROJWBS."""
    code = cells.words("wbs_short_name")
    return WbsNode(
        identifier=cells.text("wbs_id") or "",
        parent=cells.text("parent_wbs_id"),
        code=code,
        name=cells.words("wbs_name") or code,
        sequence=cells.whole("seq_num"),
        start=cells.moment("anticip_start_date"),
        finish=cells.moment("anticip_end_date"),
    )


def activity(cells: Cells, sequence: int) -> Activity:
    """TASK."""
    identifier = cells.text("task_id") or ""
    code = cells.words("task_code") or identifier
    percent_type = PERCENT_TYPES.get(cells.text("complete_pct_type") or "", PercentType.DURATION)
    status = STATUSES.get(cells.text("status_code") or "", ActivityStatus.NOT_STARTED)
    planned = cells.number("target_drtn_hr_cnt")
    remaining = cells.number("remain_drtn_hr_cnt")
    return Activity(
        identifier=identifier,
        code=code,
        name=cells.words("task_name") or code,
        wbs=cells.text("wbs_id"),
        type=_type(cells),
        status=status,
        percent_complete=_percent(cells, percent_type, status, planned, remaining),
        percent_type=percent_type,
        calendar=cells.text("clndr_id"),
        planned_start=cells.moment("target_start_date"),
        planned_finish=cells.moment("target_end_date"),
        actual_start=cells.moment("act_start_date"),
        actual_finish=cells.moment("act_end_date"),
        early_start=cells.moment("early_start_date"),
        early_finish=cells.moment("early_end_date"),
        late_start=cells.moment("late_start_date"),
        late_finish=cells.moment("late_end_date"),
        remaining_start=cells.moment("restart_date"),
        remaining_finish=cells.moment("reend_date"),
        planned_hours=planned,
        remaining_hours=remaining,
        total_float_hours=cells.number("total_float_hr_cnt"),
        free_float_hours=cells.number("free_float_hr_cnt"),
        longest_path=cells.flag("driving_path_flag"),
        sequence=sequence,
        constraints=tuple(_constraints(cells)),
        resumes=cells.moment("resume_date"),
    )


def _constraints(cells: Cells) -> Iterator[Constraint]:
    """Yield the primary and the secondary constraint; one that needs a date and has none, not."""
    for suffix in ("", "2"):
        word, moment = cells.text(f"cstr_type{suffix}"), cells.moment(f"cstr_date{suffix}")
        if word is None:
            continue
        kind = CONSTRAINTS.get(word)
        if kind is None:
            cells.report.warn("unknown_constraint_type", word, line=cells.line)
        elif moment is None and kind is not ConstraintKind.AS_LATE_AS_POSSIBLE:
            cells.report.warn("constraint_without_date", word, line=cells.line)
        else:
            yield Constraint(kind, moment)


def options(cells: Cells) -> SchedulingOptions:
    """SCHEDOPTIONS; how much float is critical stands with the project."""
    return SchedulingOptions(
        lag_calendar=LAG_CALENDARS.get(
            cells.text("sched_calendar_on_relationship_lag") or "", LagCalendar.PREDECESSOR
        ),
        retained_logic=cells.flag("sched_progress_override") is not True,
    )


def _type(cells: Cells) -> ActivityType:
    word = cells.text("task_type") or "TT_Task"
    known = TYPES.get(word)
    if known is None:
        cells.report.warn("unknown_activity_type", word, line=cells.line)
        return ActivityType.TASK
    return known


def _percent(
    cells: Cells,
    percent_type: PercentType,
    status: ActivityStatus,
    planned: float | None,
    remaining: float | None,
) -> float:
    """P6 stores one of its three percentages; the others follow from durations and units."""
    if percent_type is PercentType.PHYSICAL:
        return cells.number("phys_complete_pct") or 0.0
    if percent_type is PercentType.UNITS:
        done = (cells.number("act_work_qty") or 0.0) + (cells.number("act_equip_qty") or 0.0)
        left = (cells.number("remain_work_qty") or 0.0) + (cells.number("remain_equip_qty") or 0.0)
        return done * 100.0 / (done + left) if done + left else 0.0
    if not planned:
        return 100.0 if status is ActivityStatus.COMPLETE else 0.0
    if remaining is None:
        return 0.0
    return max(0.0, (planned - remaining) * 100.0 / planned)


def relation(cells: Cells) -> Relation:
    """TASKPRED."""
    word = cells.text("pred_type") or "PR_FS"
    if word not in RELATION_TYPES:
        cells.report.warn("unknown_relation_type", word, line=cells.line)
    return Relation(
        predecessor=cells.text("pred_task_id") or "",
        successor=cells.text("task_id") or "",
        type=RELATION_TYPES.get(word, RelationType.FINISH_TO_START),
        lag_hours=cells.number("lag_hr_cnt") or 0.0,
        identifier=cells.text("task_pred_id"),
        predecessor_project=cells.text("pred_proj_id"),
    )


def resource(cells: Cells, units: dict[str, str], *, include_personal: bool) -> Resource:
    """RSRC; labour keeps its title and loses its names, unless they are asked for."""
    kind = RESOURCE_TYPES.get(cells.text("rsrc_type") or "", ResourceType.LABOUR)
    named = include_personal or kind is not ResourceType.LABOUR
    unit = units.get(cells.text("unit_id") or "")
    return Resource(
        identifier=cells.text("rsrc_id") or "",
        code=(cells.words("rsrc_short_name") or None) if named else None,
        name=(cells.words("rsrc_name") or None) if named else None,
        type=kind,
        parent=cells.text("parent_rsrc_id"),
        calendar=cells.text("clndr_id"),
        unit=unit if kind is ResourceType.MATERIAL else "h",
        title=cells.words("rsrc_title_name") or None,
    )


def rate(cells: Cells) -> ResourceRate:
    """RSRCRATE; the first of P6's five price types."""
    return ResourceRate(
        starts=cells.moment("start_date"),
        price=cells.money("cost_per_qty"),
        units_per_hour=cells.number("max_qty_per_hr"),
    )


def assignment(cells: Cells) -> Assignment:
    """TASKRSRC; actual is regular and overtime together."""
    return Assignment(
        identifier=cells.text("taskrsrc_id") or "",
        activity=cells.text("task_id") or "",
        resource=cells.text("rsrc_id"),
        role=cells.text("role_id"),
        planned_units=cells.number("target_qty"),
        actual_units=_sum(cells.number("act_reg_qty"), cells.number("act_ot_qty")),
        remaining_units=cells.number("remain_qty"),
        planned_cost=cells.money("target_cost"),
        actual_cost=_money_sum(cells.money("act_reg_cost"), cells.money("act_ot_cost")),
        remaining_cost=cells.money("remain_cost"),
        start=cells.moment("act_start_date") or cells.moment("target_start_date"),
        finish=cells.moment("act_end_date") or cells.moment("target_end_date"),
    )


def expense(cells: Cells, categories: dict[str, str]) -> Expense:
    """PROJCOST."""
    return Expense(
        identifier=cells.text("cost_item_id") or "",
        activity=cells.text("task_id") or "",
        name=cells.words("cost_name") or None,
        planned_cost=cells.money("target_cost"),
        actual_cost=cells.money("act_cost"),
        remaining_cost=cells.money("remain_cost"),
        category=categories.get(cells.text("cost_type_id") or ""),
        vendor=cells.words("vendor_name") or None,
    )


def user_value(cells: Cells) -> UserValue | None:
    """UDFVALUE; whichever of its columns is filled."""
    if cells.text("udf_date") is not None:
        return cells.moment("udf_date")
    if cells.text("udf_number") is not None:
        return cells.money("udf_number")
    return cells.words("udf_text") or cells.text("udf_code_id")


def plain_text(markup: str) -> str:
    """Return a P6 note, which is HTML with 0x7F for line breaks, as plain text."""
    lines = html.unescape(TAG.sub("", markup.replace("\x7f", "\n")))
    return BLANK_LINES.sub("\n", lines).strip()


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None and second is None else (first or 0.0) + (second or 0.0)


def _money_sum(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    zero = Decimal(0)
    return None if first is None and second is None else (first or zero) + (second or zero)
