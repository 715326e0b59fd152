"""Makes a large XER from a seed: activity codes, user fields, resources, costs, all linked."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from server.projects.schedules.working_time import DEFAULT_WEEK
from server.projects.schedules.xer_writing import XerTable, calendar_text, write_xer

PROJECT = 100
START = datetime.fromisoformat("2026-03-02T08:00")
WBS_NODES, RESOURCES, CODE_TYPES, CODES, FIELDS = 150, 60, 8, 20, 10
HOURS_A_DAY = 8
LONGEST = 0.1
TASK_FIELDS = (
    "task_id proj_id wbs_id clndr_id phys_complete_pct rev_fdbk_flag est_wt lock_plan_flag"
    " auto_compute_act_flag complete_pct_type task_type duration_type status_code task_code"
    " task_name total_float_hr_cnt free_float_hr_cnt remain_drtn_hr_cnt act_work_qty"
    " remain_work_qty target_work_qty target_drtn_hr_cnt late_start_date late_end_date"
    " early_start_date early_end_date target_start_date target_end_date priority_type guid"
    " driving_path_flag"
)


def large_xer(seed: int, *, activities: int = 6000) -> bytes:
    """Return an XER of one project; 6,000 activities make about 3 MB. Same seed, same bytes."""
    chance = random.Random(seed)
    tables = (
        XerTable("CURRTYPE", ("curr_id", "curr_short_name", "decimal_digit_cnt"), [(1, "XAF", 0)]),
        XerTable(
            "PROJECT",
            ("proj_id", "proj_short_name", "clndr_id", "last_recalc_date", "plan_start_date"),
            [(PROJECT, "GRAND", 1, START, START)],
        ),
        XerTable(
            "CALENDAR",
            ("clndr_id", "clndr_name", "day_hr_cnt", "clndr_data"),
            [(1, "Bureau", HOURS_A_DAY, calendar_text(DEFAULT_WEEK))],
        ),
        _wbs(),
        *_resources(chance),
        *_definitions(),
        _tasks(chance, activities),
        _relations(chance, activities),
        _assignments(chance, activities),
        _expenses(chance, activities),
        _codes(chance, activities),
        _values(chance, activities),
    )
    return write_xer(tables, exported_on=date(2026, 3, 2), currency="XAF")


def _wbs() -> XerTable:
    rows: list[tuple[str | int | bool | None, ...]] = [
        (1, PROJECT, 0, True, "GRAND", "Grand chantier", None)
    ]
    rows += [
        (node, PROJECT, node, False, f"L{node}", f"Lot {node} — étape", max(1, node // 5))
        for node in range(2, WBS_NODES)
    ]
    fields = "wbs_id proj_id seq_num proj_node_flag wbs_short_name wbs_name parent_wbs_id"
    return XerTable("PROJWBS", tuple(fields.split()), rows)


def _resources(chance: random.Random) -> tuple[XerTable, XerTable]:
    kinds = ("RT_Labor", "RT_Equip", "RT_Mat")
    fields = ("rsrc_id", "clndr_id", "rsrc_name", "rsrc_short_name", "rsrc_type")
    return (
        XerTable(
            "RSRC",
            fields,
            [(1 + i, 1, f"Ressource {i}", f"R{i}", kinds[i % 3]) for i in range(RESOURCES)],
        ),
        XerTable(
            "RSRCRATE",
            ("rsrc_rate_id", "rsrc_id", "cost_per_qty", "start_date"),
            [(i, 1 + i, chance.randint(1000, 90000), START) for i in range(RESOURCES)],
        ),
    )


def _definitions() -> tuple[XerTable, XerTable, XerTable]:
    return (
        XerTable(
            "ACTVTYPE",
            ("actv_code_type_id", "actv_code_type", "proj_id"),
            [(i, f"Classement {i}", PROJECT) for i in range(CODE_TYPES)],
        ),
        XerTable(
            "ACTVCODE",
            ("actv_code_id", "actv_code_type_id", "short_name", "actv_code_name"),
            [(i, i // CODES, f"V{i}", f"Valeur {i}") for i in range(CODE_TYPES * CODES)],
        ),
        XerTable(
            "UDFTYPE",
            ("udf_type_id", "table_name", "udf_type_label", "logical_data_type"),
            [(i, "TASK", f"Champ {i}", "FT_TEXT") for i in range(FIELDS)],
        ),
    )


def _tasks(chance: random.Random, activities: int) -> XerTable:
    rows = []
    for number in range(activities):
        begin = START + timedelta(days=chance.randrange(700))
        days = chance.randint(1, 40)
        end = begin + timedelta(days=days, hours=9)
        hours = days * HOURS_A_DAY
        status = chance.choice(("TK_NotStart", "TK_Active", "TK_Complete"))
        left = {"TK_NotStart": hours, "TK_Active": hours // 2, "TK_Complete": 0}[status]
        wbs = chance.randrange(1, WBS_NODES)
        head = (1 + number, PROJECT, wbs, 1, 0, False, 1, False, False)
        kind = (
            "CP_Drtn",
            "TT_Task",
            "DT_FixedDUR2",
            status,
            f"A{number:05}",
            f"Lot {number} — été",
        )
        hours_and_floats = (chance.randint(-80, 400), 0, left, 0, hours, hours, hours)
        dates = (begin, end, begin, end, begin, end)
        guid = f"{chance.getrandbits(120):030x}"
        rows.append(
            (*head, *kind, *hours_and_floats, *dates, "PT_Normal", guid, chance.random() < LONGEST)
        )
    return XerTable("TASK", tuple(TASK_FIELDS.split()), rows)


def _relations(chance: random.Random, activities: int) -> XerTable:
    kinds = ("PR_FS", "PR_FS", "PR_FS", "PR_SS", "PR_FF", "PR_SF")
    rows = [
        (
            number,
            1 + number,
            chance.randint(max(1, number - 50), number),
            PROJECT,
            PROJECT,
            chance.choice(kinds),
            chance.choice((0, 0, 8, -16)),
        )
        for number in range(1, activities)
    ]
    fields = "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type lag_hr_cnt"
    return XerTable("TASKPRED", tuple(fields.split()), rows)


def _assignments(chance: random.Random, activities: int) -> XerTable:
    rows = []
    for number in range(activities):
        quantity = chance.randint(1, 300)
        cost = Decimal(quantity * 25_000)
        head = (number, 1 + number, PROJECT, chance.randint(1, RESOURCES))
        rows.append((*head, quantity, quantity, 0, 0, cost, 0, 0, cost))
    fields = (
        "taskrsrc_id task_id proj_id rsrc_id remain_qty target_qty act_reg_qty act_ot_qty"
        " target_cost act_reg_cost act_ot_cost remain_cost"
    )
    return XerTable("TASKRSRC", tuple(fields.split()), rows)


def _expenses(chance: random.Random, activities: int) -> XerTable:
    rows = []
    for number in range(0, activities, 5):
        cost = chance.randint(10_000, 9_000_000)
        rows.append((number, PROJECT, 1 + number, "Location de matériel", 0, cost, cost))
    fields = "cost_item_id proj_id task_id cost_name act_cost target_cost remain_cost"
    return XerTable("PROJCOST", tuple(fields.split()), rows)


def _codes(chance: random.Random, activities: int) -> XerTable:
    rows = [
        (1 + number, kind, kind * CODES + chance.randrange(CODES), PROJECT)
        for number in range(activities)
        for kind in chance.sample(range(CODE_TYPES), 3)
    ]
    fields = ("task_id", "actv_code_type_id", "actv_code_id", "proj_id")
    return XerTable("TASKACTV", fields, rows)


def _values(chance: random.Random, activities: int) -> XerTable:
    rows = [
        (field, 1 + number, PROJECT, f"Repère {chance.getrandbits(32):08x}")
        for number in range(activities)
        for field in chance.sample(range(FIELDS), 2)
    ]
    return XerTable("UDFVALUE", ("udf_type_id", "fk_id", "proj_id", "udf_text"), rows)
