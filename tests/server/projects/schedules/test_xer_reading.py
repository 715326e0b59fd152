"""What an XER says, read by example: encodings, odd rows, calendars, links, money, people."""

import codecs
from datetime import date, datetime
from decimal import Decimal

import pytest

from server.projects.schedules.model import (
    ActivityType,
    Calendar,
    PercentType,
    RelationType,
    ResourceType,
    SourceFormat,
)
from server.projects.schedules.working_time import DEFAULT_WEEK, working_minutes
from tests.server.projects.schedules.small_files import codes, read, table, xer

TASK = "task_id proj_id task_code task_name"
NAMED = xer(table("TASK", TASK, "7|1|A10|Forage été"))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (NAMED.encode("cp1252"), "cp1252"),
        (NAMED.encode("utf-8"), "utf-8"),
        (codecs.BOM_UTF8 + NAMED.encode("utf-8"), "utf-8"),
        (codecs.BOM_UTF16_LE + NAMED.encode("utf-16-le"), "utf-16-le"),
        (NAMED.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + NAMED.encode("utf-16-be"), "utf-16-be"),
    ],
    ids=["cp1252", "utf-8", "utf-8 mark", "utf-16-le mark", "utf-16-le bare", "utf-16-be"],
)
def test_accents_survive_every_encoding(data: bytes, encoding: str) -> None:
    """A name with accents reads the same from each encoding, and the report says which it was."""
    schedule, report = read(data)
    assert schedule.projects[0].activities[0].name == "Forage été"
    assert report.encoding == encoding
    assert report.encoding_assumed == (encoding == "cp1252")
    assert schedule.source_format is SourceFormat.XER


def test_a_rouble_in_the_header_hints_at_cyrillic() -> None:
    """A base currency of a country that writes in Cyrillic makes the code page 1251."""
    text = xer(table("TASK", TASK, "7|1|A10|Бурение")).replace("XAF", "RUB")
    schedule, report = read(text.encode("cp1251"))
    assert schedule.projects[0].activities[0].name == "Бурение"
    assert (report.encoding, report.encoding_assumed) == ("cp1251", True)


def test_the_caller_may_name_the_encoding() -> None:
    """An encoding that the caller names is used when the file proves no other."""
    text = xer(table("TASK", TASK, "7|1|A10|حفر"))
    schedule, report = read(text.encode("cp1256"), encoding="cp1256")
    assert schedule.projects[0].activities[0].name == "حفر"
    assert not report.encoding_assumed


def test_a_byte_that_windows_leaves_undefined_refuses_nothing() -> None:
    """One undefined byte of the code page becomes a control character, the accents stay."""
    data = NAMED.encode("cp1252").replace(b"Forage", b"For\x81ge")
    assert read(data)[0].projects[0].activities[0].name == "For\x81ge été"


def test_a_line_without_a_marker_continues_the_row() -> None:
    """Free text with line breaks stays in its cell, and the rows after it stay whole."""
    memo = "%T\tTASKMEMO\n%F\tmemo_id\ttask_id\ttask_memo\n%R\t1\t7\tLigne un\nligne\tdeux\n\nfin"
    memo = memo.replace("ligne\tdeux", "ligne deux")
    text = xer(memo, table("TASK", TASK, "7|1|A10|Forage", "8|1|A20|Essai"))
    activities = read(text, include_personal=True)[0].projects[0].activities
    assert [activity.code for activity in activities] == ["A10", "A20"]
    assert activities[0].notes == "Ligne un\nligne deux\nfin"


def test_columns_are_taken_by_name() -> None:
    """The order of columns and tables is the file's own affair."""
    schedule, _ = read(xer(table("TASK", "task_name task_code proj_id task_id", "Forage|A10|1|7")))
    (activity,) = schedule.projects[0].activities
    assert (activity.identifier, activity.code, activity.name) == ("7", "A10", "Forage")


def test_rows_of_another_length_are_read_and_reported() -> None:
    """Cells missing at a row's end are null; extra ones are left, with a warning and its line."""
    text = xer(table("TASK", f"{TASK} total_float_hr_cnt", "7|1|A10", "8|1|A20|B|4|5|6"))
    schedule, report = read(text)
    assert [a.total_float_hours for a in schedule.projects[0].activities] == [None, 4.0]
    (warning,) = report.warnings
    assert (warning.code, warning.subject, warning.line) == ("row_too_long", "TASK", 8)


def test_an_empty_float_is_not_zero_and_a_float_may_be_negative() -> None:
    """An empty total float is null; a negative one keeps its sign; a comma is a decimal sign."""
    rows = ("7|1|A|B|", "8|1|B|B|0", "9|1|C|B|-16", "10|1|D|B|2,5")
    schedule, _ = read(xer(table("TASK", f"{TASK} total_float_hr_cnt", *rows)))
    floats = [activity.total_float_hours for activity in schedule.projects[0].activities]
    assert floats == [None, 0.0, -16.0, 2.5]


def test_an_unreadable_cell_is_null_with_a_warning() -> None:
    """A number or a date that is none becomes null; the warning names the column and the line."""
    fields = f"{TASK} total_float_hr_cnt act_start_date"
    schedule, report = read(xer(table("TASK", fields, "7|1|A|B|nan|31/12/2026")))
    (activity,) = schedule.projects[0].activities
    assert (activity.total_float_hours, activity.actual_start) == (None, None)
    assert {(w.subject, w.line) for w in report.warnings} == {
        ("TASK.total_float_hr_cnt", 7),
        ("TASK.act_start_date", 7),
    }


@pytest.mark.parametrize(
    ("cells", "kind", "percent"),
    [
        ("CP_Drtn|TK_Active|100|25|0|0|0", PercentType.DURATION, 75.0),
        ("CP_Drtn|TK_Active|100|140|0|0|0", PercentType.DURATION, 0.0),
        ("CP_Drtn|TK_Complete|0|0|0|0|0", PercentType.DURATION, 100.0),
        ("CP_Phys|TK_Active|100|100|40|0|0", PercentType.PHYSICAL, 40.0),
        ("CP_Units|TK_Active|100|100|0|30|90", PercentType.UNITS, 25.0),
        ("CP_Units|TK_NotStart|100|100|0|0|0", PercentType.UNITS, 0.0),
    ],
)
def test_each_percentage_keeps_its_type(cells: str, kind: PercentType, percent: float) -> None:
    """Duration, physical and units percentages are each computed from their own fields."""
    fields = (
        f"{TASK} complete_pct_type status_code target_drtn_hr_cnt remain_drtn_hr_cnt"
        " phys_complete_pct act_work_qty remain_work_qty"
    )
    schedule, _ = read(xer(table("TASK", fields, f"7|1|A|B|{cells}")))
    (activity,) = schedule.projects[0].activities
    assert (activity.percent_type, activity.percent_complete) == (kind, percent)


def test_links_of_all_types_and_to_the_outside() -> None:
    """The four types and negative lags are kept; a predecessor in another file is external."""
    tasks = table("TASK", TASK, "7|1|A|A", "8|1|B|B")
    fields = "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type lag_hr_cnt"
    rows = (
        "1|8|7|1|1|PR_FS|0",
        "2|8|7|1|1|PR_SS|-8",
        "3|8|7|1|1|PR_FF|2.5",
        "4|8|7|1|1|PR_SF|4",
        "5|8|99|1|42|PR_FS|0",
    )
    relations = read(xer(tasks, table("TASKPRED", fields, *rows)))[0].projects[0].relations
    assert [relation.type for relation in relations[:4]] == [
        RelationType.FINISH_TO_START,
        RelationType.START_TO_START,
        RelationType.FINISH_TO_FINISH,
        RelationType.START_TO_FINISH,
    ]
    assert [relation.lag_hours for relation in relations] == [0.0, -8.0, 2.5, 4.0, 0.0]
    assert [relation.external for relation in relations] == [False] * 4 + [True]
    assert relations[4].predecessor_project == "42"


def _calendar(data: str) -> tuple[Calendar, list[str]]:
    lines = [
        "%T\tCALENDAR",
        "%F\tclndr_id\tclndr_name\tday_hr_cnt\tclndr_data",
        f"%R\t5\tEssai\t8\t{data}",
    ]
    schedule, report = read(xer("\n".join(lines)))
    return schedule.calendars[0], codes(report)


def test_day_one_is_sunday_and_midnight_ends_the_day() -> None:
    """P6's first day is Sunday; a finish of 00:00 is the day's end; 0x7F is layout."""
    calendar, warnings = _calendar(
        "(0||CalendarData()(\x7f\x7f  (0||DaysOfWeek()("
        "(0||1()((0||0(s|00:00|f|00:00)())))(0||2()())(0||3()((0||0(f|12:00|s|8:00)())))"
        "(0||4()())(0||5()())(0||6()())(0||7()((0||0(s|18:00|f|00:00)())))))"
        "(0||VIEW(ShowTotal|Y)())(0||Exceptions()((0||0(d|46082)((0||0(s|09:00|f|10:00)())))))))"
    )
    assert warnings == []
    hours = [working_minutes(calendar, date(2026, 3, 8 + day)) / 60 for day in range(7)]
    assert hours == [24, 0, 4, 0, 0, 0, 6]
    assert calendar.exceptions[0].first_day == date(2026, 3, 1)
    assert working_minutes(calendar, date(2026, 3, 1)) == 60


@pytest.mark.parametrize(
    "data",
    [
        "(0||CalendarData()(",
        "(0||CalendarData()())",
        "nothing",
        "(0||CalendarData()((0||DaysOfWeek()((0||8()())))))",
        "(0||CalendarData()((0||DaysOfWeek()((0||2()((0||0(s|25:00|f|26:00)())))))))",
        "(0||CalendarData()((0||DaysOfWeek()())(0||Exceptions()((0||0(d|99999999)())))))",
        "(" * 5000,
        "(0||x()(" * 5000,
    ],
)
def test_a_broken_calendar_gives_a_warning_and_a_default(data: str) -> None:
    """A calendar that cannot be read is replaced by the default week and said to be assumed."""
    calendar, warnings = _calendar(data)
    assert warnings == ["calendar_broken"]
    assert calendar.week == DEFAULT_WEEK
    assert calendar.assumed


def test_a_calendar_takes_what_it_does_not_say_from_its_base() -> None:
    """Days come from the base, exceptions add up, and a ring of bases ends with a warning."""
    base = "(0||CalendarData()((0||DaysOfWeek()((0||2()((0||0(s|08:00|f|16:00)())))))))"
    own = "(0||CalendarData()((0||DaysOfWeek()())(0||Exceptions()((0||0(d|46083)())))))"
    lines = [
        "%T\tCALENDAR",
        "%F\tclndr_id\tclndr_name\tbase_clndr_id\tclndr_data",
        f"%R\t1\tBase\t\t{base}",
        f"%R\t2\tDérivé\t1\t{own}",
        "%R\t3\tAnneau\t4\t",
        "%R\t4\tAnneau\t3\t",
    ]
    schedule, report = read(xer("\n".join(lines)))
    derived = schedule.calendars[1]
    assert working_minutes(derived, date(2026, 3, 9)) == 480
    assert working_minutes(derived, date(2026, 3, 2)) == 0
    assert "calendar_base_cycle" in codes(report)


def test_money_is_exact() -> None:
    """Costs are decimals of the file's digits; actual is regular and overtime together."""
    fields = "taskrsrc_id task_id proj_id target_cost act_reg_cost act_ot_cost remain_cost"
    rows = table("TASKRSRC", fields, "1|7|1|0.1|0.10|0.20|")
    expenses = table(
        "PROJCOST",
        "cost_item_id task_id proj_id cost_name target_cost act_cost remain_cost",
        "1|7|1|Location|1234567.125|0|1e3",
    )
    project = read(xer(table("TASK", TASK, "7|1|A|A"), rows, expenses))[0].projects[0]
    (assignment,) = project.assignments
    assert (assignment.planned_cost, assignment.actual_cost) == (Decimal("0.1"), Decimal("0.30"))
    assert assignment.remaining_cost is None
    assert project.expenses[0].planned_cost == Decimal("1234567.125")
    assert project.expenses[0].remaining_cost == Decimal(1000)


def test_people_are_dropped_unless_asked_for() -> None:
    """Names of labour and notes are read on demand only; plant and trades keep theirs."""
    text = xer(
        table("TASK", TASK, "7|1|A|A"),
        table(
            "RSRC",
            "rsrc_id rsrc_name rsrc_short_name rsrc_title_name rsrc_type email_addr",
            "1|Awa Diop|AD|Soudeuse|RT_Labor|awa@example.org",
            "2|Grue 80 t|GRU||RT_Equip|",
            "3|Ciment|CIM||RT_Mat|",
        ),
        table("TASKMEMO", "memo_id task_id task_memo", "1|7|<p>Voir Awa</p>"),
        table("CALENDAR", "clndr_id clndr_name clndr_type", "4|Congés d’Awa|CA_Rsrc"),
    )
    schedule, report = read(text)
    person, plant, material = schedule.resources
    assert (person.name, person.code, person.title) == (None, None, "Soudeuse")
    assert (plant.name, plant.type) == ("Grue 80 t", ResourceType.NONLABOUR)
    assert material.type is ResourceType.MATERIAL
    assert schedule.projects[0].activities[0].notes is None
    reasons = {row.table: row.left_because for row in report.tables}
    assert reasons["TASKMEMO"] == {"personal_data": 1}
    assert "Awa" not in repr(schedule)
    assert "Dupont" not in repr(schedule)
    assert "Awa" not in repr(report)
    asked, _ = read(text, include_personal=True)
    assert asked.resources[0].name == "Awa Diop"
    assert asked.projects[0].activities[0].notes == "Voir Awa"


def test_every_project_of_a_file_is_there() -> None:
    """Two projects keep their own rows; a link across them is not external; neither is chosen."""
    project = table(
        "PROJECT",
        "proj_id proj_short_name last_recalc_date plan_end_date",
        "1|P1|2026-03-02 08:00|",
        "2|P2|2026-04-01 08:00|2026-12-31 17:00",
    )
    text = xer(
        table(
            "PROJWBS",
            "wbs_id proj_id proj_node_flag wbs_short_name wbs_name parent_wbs_id",
            "10|1|Y|P1|Plateforme|999",
            "20|2|Y|P2|Conduite|999",
            "21|2|N|L1|Lot|20",
        ),
        table("TASK", f"{TASK} wbs_id", "7|1|A|A|10", "8|2|B|B|21"),
        table(
            "TASKPRED",
            "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type",
            "1|8|7|2|1|PR_FS",
        ),
        project=project,
    )
    schedule, report = read(text)
    first, second = schedule.projects
    assert (first.name, second.name) == ("Plateforme", "Conduite")
    assert [node.parent for node in second.wbs] == [None, "20"]
    assert second.must_finish == datetime.fromisoformat("2026-12-31T17:00")
    assert schedule.data_date == datetime.fromisoformat("2026-04-01T08:00")
    assert not second.relations[0].external
    assert report.warnings == ()


def test_a_baseline_beside_its_project_dates_its_activities() -> None:
    """Where the file holds the baseline project too, activities get its dates by their code."""
    project = table("PROJECT", "proj_id proj_short_name sum_base_proj_id", "1|P1|2", "2|P1-B1|")
    fields = f"{TASK} target_start_date target_end_date"
    tasks = table(
        "TASK",
        fields,
        "7|1|A|A|2026-03-10 08:00|2026-03-12 17:00",
        "8|2|A|A|2026-03-02 08:00|2026-03-04 17:00",
    )
    current, baseline = read(xer(tasks, project=project))[0].projects
    assert current.activities[0].baseline_start == datetime.fromisoformat("2026-03-02T08:00")
    assert current.activities[0].planned_start == datetime.fromisoformat("2026-03-10T08:00")
    assert baseline.baseline_of == "1"


def test_codes_and_user_fields_are_kept() -> None:
    """Activity codes and user fields of each type come with the activities that bear them."""
    text = xer(
        table("ACTVTYPE", "actv_code_type_id actv_code_type", "1|Discipline"),
        table(
            "ACTVCODE",
            "actv_code_id actv_code_type_id short_name actv_code_name",
            "5|1|GC|Génie civil",
        ),
        table(
            "UDFTYPE",
            "udf_type_id table_name udf_type_label logical_data_type",
            "1|TASK|Repère|FT_TEXT",
            "2|TASK|Masse|FT_FLOAT",
            "3|TASK|Levée|FT_END_DATE",
            "4|RSRC|Téléphone|FT_TEXT",
        ),
        table("TASK", TASK, "7|1|A|A"),
        table("TASKACTV", "task_id actv_code_type_id actv_code_id proj_id", "7|1|5|1"),
        table(
            "UDFVALUE",
            "udf_type_id fk_id proj_id udf_date udf_number udf_text",
            "1|7|1|||V-12",
            "2|7|1||12.50|",
            "3|7|1|2026-05-01 00:00||",
            "4|1||||+237 600",
        ),
    )
    schedule, report = read(text)
    project = schedule.projects[0]
    assert [(use.activity, use.code) for use in project.code_uses] == [("7", "5")]
    assert schedule.codes[0].name == "Génie civil"
    assert [value.value for value in project.user_values] == [
        "V-12",
        Decimal("12.50"),
        datetime.fromisoformat("2026-05-01"),
    ]
    assert schedule.user_values == ()
    left = {row.table: row.left_because for row in report.tables}
    assert left["UDFVALUE"] == {"personal_data": 1}


def test_unknown_tables_and_fields_are_counted_not_lost_in_silence() -> None:
    """The report counts rows of tables that nobody knows and names columns without a place."""
    text = xer(
        table("MAREE", "a b", "1|2", "3|4"), table("TASK", f"{TASK} couleur", "7|1|A|A|bleu")
    )
    _, report = read(text)
    tables = {row.table: row for row in report.tables}
    assert (tables["MAREE"].rows_left, tables["MAREE"].left_because) == (2, {"unknown_table": 2})
    assert tables["TASK"].fields_left == ("couleur",)
    assert (report.rows_read, report.rows_left) == (2, 2)


def test_references_that_lead_nowhere_are_cut_and_reported() -> None:
    """A missing WBS, calendar or resource becomes null, a ring of WBS nodes is opened."""
    text = xer(
        table(
            "PROJWBS",
            "wbs_id proj_id wbs_short_name parent_wbs_id",
            "1|1|A|2",
            "2|1|B|1",
            "3|1|C|9",
        ),
        table("TASK", f"{TASK} wbs_id clndr_id", "7|1|A|A|77|88", "7|1|A|Double|1|"),
        table("TASKRSRC", "taskrsrc_id task_id proj_id rsrc_id", "1|7|1|55", "2|99|1|"),
    )
    schedule, report = read(text)
    project = schedule.projects[0]
    assert sum(1 for node in project.wbs if node.parent is None) == 2
    (activity,) = project.activities
    assert (activity.wbs, activity.calendar, activity.name) == (None, None, "A")
    assert [assignment.resource for assignment in project.assignments] == [None]
    assert set(codes(report)) == {"wbs_cycle", "reference_missing", "duplicate_identifier"}


def test_activity_types_are_told_apart() -> None:
    """Milestones, level of effort and summaries are known; an unknown type is a warned task."""
    kinds = ("TT_Task", "TT_Rsrc", "TT_Mile", "TT_FinMile", "TT_LOE", "TT_WBS", "TT_Neuf")
    rows = [f"{number}|1|A{number}|A|{kind}" for number, kind in enumerate(kinds, 1)]
    schedule, report = read(xer(table("TASK", f"{TASK} task_type", *rows)))
    assert [activity.type for activity in schedule.projects[0].activities] == [
        ActivityType.TASK,
        ActivityType.RESOURCE_DEPENDENT,
        ActivityType.START_MILESTONE,
        ActivityType.FINISH_MILESTONE,
        ActivityType.LEVEL_OF_EFFORT,
        ActivityType.SUMMARY,
        ActivityType.TASK,
    ]
    assert codes(report) == ["unknown_activity_type"]
