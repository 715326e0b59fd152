"""The demo's schedule: "Plateforme de puits et conduite de collecte", as a P6 file of our own."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from server.projects.schedules.critical_path import Link, Task, schedule_tasks
from server.projects.schedules.model import (
    MINUTES_PER_DAY,
    Calendar,
    CalendarException,
    WorkingPeriod,
)
from server.projects.schedules.well_pad_chains import WELLS, chains
from server.projects.schedules.well_pad_content import OFFICE, RIG, TRADES, WBS, Chain
from server.projects.schedules.working_time import DEFAULT_WEEK
from server.projects.schedules.xer_records import RELATION_TYPES
from server.projects.schedules.xer_writing import XerTable, calendar_text, write_xer

if TYPE_CHECKING:
    from server.projects.schedules.critical_path import Dates
    from server.projects.schedules.xer_writing import XerCell

PROJECT_CODE: Final = "MBK-2"
PROJECT_NAME: Final = "Plateforme de puits et conduite de collecte"
CURRENCIES: Final = {
    "XAF": ("Franc CFA (BEAC)", "FCFA", 0, Decimal(1)),
    "USD": ("Dollar des États-Unis", "$", 2, Decimal(600)),
    "EUR": ("Euro", "€", 2, Decimal("655.957")),
}
"""Name, symbol, decimals, and the XAF that one unit is worth (the euro's is fixed by treaty)."""
HOLIDAYS: Final = ((1, 1), (5, 1), (8, 15), (11, 1), (12, 25))
YEARS: Final = 4
PROJECT_ID, FIRST_ID, CODE_STEP = 5200, 52000, 10
CALENDAR_IDS: Final = {OFFICE: 701, RIG: 702}


class _Activity(NamedTuple):
    """An activity before it has dates; `crew` gives whole quantities."""

    code: str
    name: str
    wbs: str
    type: str
    hours: int
    calendar: str
    crew: dict[str, Decimal]


class _Network(NamedTuple):
    activities: list[_Activity]
    links: list[tuple[str, str, str, int]]


def well_pad_xer(start: date, *, currency: str = "XAF") -> bytes:
    """Return the demo's schedule as an XER that begins on a day, its data date at 08:00.

    Same day and currency, same bytes. Costs are in `currency`: XAF, USD or EUR. Raises KeyError
    for another.
    """
    begin = datetime.combine(start, time(8))
    calendars = _calendars(start)
    network = _network()
    tasks = [Task(a.code, a.hours, calendars[a.calendar]) for a in network.activities]
    links = [Link(p, s, RELATION_TYPES[kind], lag) for p, s, kind, lag in network.links]
    dates = schedule_tasks(tasks, links, begin)
    tables = (
        _currency_table(currency),
        _project_table(begin, dates),
        _calendar_table(calendars),
        _wbs_table(),
        *_resource_tables(start, currency),
        _task_table(network, dates),
        _relation_table(network),
        _assignment_table(network, dates, currency),
    )
    return write_xer(tables, exported_on=start, currency=currency)


def _network() -> _Network:
    """Turn chains into activities and links, in an order in which every link goes forward."""
    activities = [_milestone("JAL-0000", "Ordre de service", "TT_Mile")]
    links: list[tuple[str, str, str, int]] = []
    codes: dict[str, list[str]] = {}
    for chain in chains():
        codes[chain.key] = [
            f"{chain.key}-{(i + 1) * CODE_STEP:03}" for i in range(len(chain.steps))
        ]
        activities += _steps(chain, codes[chain.key])
        for index, step in enumerate(chain.steps[1:]):
            own = codes[chain.key]
            links.append((own[index], own[index + 1], step.link, step.lag))
        for tie in chain.ties:
            ends = codes[tie.chain][tie.step], codes[chain.key][tie.to]
            links.append((*ends, tie.link, tie.lag))
        if not chain.ties:
            links.append(("JAL-0000", codes[chain.key][0], "PR_FS", 0))
    for number, name, _ in WELLS:
        code = f"JAL-{number}000"
        activities.append(_milestone(code, f"Puits {name} prêt à produire", "TT_FinMile"))
        links.append((codes[f"CP-{number}"][-1], code, "PR_FS", 0))
    activities.append(_milestone("JAL-9000", "Réception provisoire", "TT_FinMile"))
    tied = {predecessor for predecessor, _, _, _ in links}
    loose = [a.code for a in activities if a.code not in tied and a.code != "JAL-9000"]
    links += [(code, "JAL-9000", "PR_FS", 0) for code in loose]
    return _Network(activities, links)


def _milestone(code: str, name: str, kind: str) -> _Activity:
    return _Activity(code, name, "", kind, 0, OFFICE, {})


def _steps(chain: Chain, codes: list[str]) -> list[_Activity]:
    return [
        _Activity(
            code,
            f"{step.name} — {chain.subject}",
            chain.wbs,
            "TT_Task",
            step.hours,
            chain.calendar,
            {key: _quantity(key, units, step.hours) for key, units in step.crew.items()},
        )
        for code, step in zip(codes, chain.steps, strict=True)
    ]


def _quantity(trade: str, units: float, hours: int) -> Decimal:
    material = TRADES[trade].kind == "RT_Mat"
    return Decimal(str(units)) * (1 if material else hours)


def _calendars(start: date) -> dict[str, Calendar]:
    holidays = [
        date(start.year + year, month, day) for year in range(YEARS) for month, day in HOLIDAYS
    ]
    return {
        OFFICE: Calendar(
            identifier=str(CALENDAR_IDS[OFFICE]),
            name="Bureau 5 x 8",
            week=DEFAULT_WEEK,
            exceptions=tuple(CalendarException(day, day, ()) for day in holidays),
            hours_per_day=8,
        ),
        RIG: Calendar(
            identifier=str(CALENDAR_IDS[RIG]),
            name="Appareil 24 h sur 24",
            week=((WorkingPeriod(0, MINUTES_PER_DAY),),) * 7,
            hours_per_day=24,
        ),
    }


def _currency_table(code: str) -> XerTable:
    name, symbol, decimals, _ = CURRENCIES[code]
    fields = (
        "curr_id decimal_digit_cnt curr_symbol decimal_symbol digit_group_symbol"
        " pos_curr_fmt_type neg_curr_fmt_type curr_type curr_short_name group_digit_cnt"
        " base_exch_rate"
    )
    row = (1, decimals, symbol, ".", ",", "1.1 #", "(1.1 #)", name, code, 3, 1)
    return XerTable("CURRTYPE", tuple(fields.split()), (row,))


def _project_table(begin: datetime, dates: dict[str, Dates]) -> XerTable:
    end = max(row.early_finish for row in dates.values())
    fields = (
        "proj_id proj_short_name clndr_id last_recalc_date plan_start_date scd_end_date"
        " def_complete_pct_type project_flag export_flag name_sep_char fy_start_month_num"
    )
    calendar = CALENDAR_IDS[OFFICE]
    row = (PROJECT_ID, PROJECT_CODE, calendar, begin, begin, end, "CP_Drtn", True, True, ".", 1)
    return XerTable("PROJECT", tuple(fields.split()), (row,))


def _calendar_table(calendars: dict[str, Calendar]) -> XerTable:
    fields = (
        "clndr_id default_flag clndr_name proj_id base_clndr_id clndr_type day_hr_cnt week_hr_cnt"
        " month_hr_cnt year_hr_cnt clndr_data"
    )
    hours = {OFFICE: (8, 40, 172, 2000), RIG: (24, 168, 720, 8760)}
    rows = [
        (
            calendar.identifier,
            key == OFFICE,
            calendar.name,
            None,
            None,
            "CA_Base",
            *hours[key],
            calendar_text(calendar.week, (e.first_day for e in calendar.exceptions)),
        )
        for key, calendar in calendars.items()
    ]
    return XerTable("CALENDAR", tuple(fields.split()), rows)


def _wbs_id(key: str) -> int:
    return FIRST_ID + (list(WBS).index(key) + 1 if key else 0)


def _wbs_table() -> XerTable:
    fields = (
        "wbs_id proj_id seq_num proj_node_flag status_code wbs_short_name wbs_name parent_wbs_id"
    )
    root = (_wbs_id(""), PROJECT_ID, 0, True, "WS_Open", PROJECT_CODE, PROJECT_NAME, None)
    rows: list[tuple[XerCell, ...]] = [root]
    rows += [
        (
            _wbs_id(key),
            PROJECT_ID,
            index + 1,
            False,
            "WS_Open",
            key.rpartition(".")[2],
            name,
            _wbs_id(key.rpartition(".")[0]),
        )
        for index, (key, name) in enumerate(WBS.items())
    ]
    return XerTable("PROJWBS", tuple(fields.split()), rows)


def _resource_id(key: str) -> int:
    return 900 + list(TRADES).index(key)


def _role_id(key: str) -> int | None:
    """Return the role of labour; plant and materials have none."""
    return 400 + list(TRADES).index(key) if TRADES[key].kind == "RT_Labor" else None


def _price(trade: str, currency: str) -> Decimal:
    """Return a price in a currency, to its smallest unit."""
    _, _, decimals, worth = CURRENCIES[currency]
    return (Decimal(TRADES[trade].price) / worth).quantize(Decimal(1).scaleb(-decimals))


def _resource_tables(start: date, currency: str) -> tuple[XerTable, ...]:
    units = sorted({trade.unit for trade in TRADES.values() if trade.kind == "RT_Mat"})
    unit_rows = [(index + 1, index, unit, unit) for index, unit in enumerate(units)]
    roles = [key for key, trade in TRADES.items() if trade.kind == "RT_Labor"]
    resources = [
        (
            _resource_id(key),
            None,
            CALENDAR_IDS[RIG if key in {"RIG", "FOR", "CIM", "DIA"} else OFFICE],
            _role_id(key),
            index,
            trade.name,
            key,
            trade.name,
            1,
            1,
            units.index(trade.unit) + 1 if trade.kind == "RT_Mat" else None,
            trade.kind,
        )
        for index, (key, trade) in enumerate(TRADES.items())
    ]
    first = datetime.combine(start, time())
    rates = [
        (9000 + i, _resource_id(key), 1, _price(key, currency), first)
        for i, key in enumerate(TRADES)
    ]
    fields = (
        "rsrc_id parent_rsrc_id clndr_id role_id rsrc_seq_num rsrc_name rsrc_short_name"
        " rsrc_title_name def_qty_per_hr curr_id unit_id rsrc_type"
    )
    return (
        XerTable("UMEASURE", ("unit_id", "seq_num", "unit_abbrev", "unit_name"), unit_rows),
        XerTable(
            "ROLES",
            ("role_id", "parent_role_id", "seq_num", "role_name", "role_short_name"),
            [(_role_id(key), None, i, TRADES[key].name, key) for i, key in enumerate(roles)],
        ),
        XerTable("RSRC", tuple(fields.split()), resources),
        XerTable(
            "RSRCRATE",
            ("rsrc_rate_id", "rsrc_id", "max_qty_per_hr", "cost_per_qty", "start_date"),
            rates,
        ),
    )


def _task_ids(network: _Network) -> dict[str, int]:
    return {a.code: FIRST_ID + 1000 + index for index, a in enumerate(network.activities)}


def _task_table(network: _Network, dates: dict[str, Dates]) -> XerTable:
    fields = (
        "task_id proj_id wbs_id clndr_id phys_complete_pct complete_pct_type task_type"
        " duration_type status_code task_code task_name total_float_hr_cnt remain_drtn_hr_cnt"
        " act_work_qty remain_work_qty target_work_qty target_drtn_hr_cnt late_start_date"
        " late_end_date early_start_date early_end_date restart_date reend_date"
        " target_start_date target_end_date priority_type driving_path_flag"
    )
    identifiers = _task_ids(network)
    rows: list[tuple[XerCell, ...]] = []
    for a in network.activities:
        d = dates[a.code]
        work = sum(q for key, q in a.crew.items() if TRADES[key].kind == "RT_Labor")
        early, late = (d.early_start, d.early_finish), (d.late_start, d.late_finish)
        head = (identifiers[a.code], PROJECT_ID, _wbs_id(a.wbs), CALENDAR_IDS[a.calendar], 0)
        kind = ("CP_Drtn", a.type, "DT_FixedDUR2", "TK_NotStart", a.code, a.name)
        quantities = (d.total_float_hours, a.hours, 0, work, work, a.hours)
        rows.append(
            (*head, *kind, *quantities, *late, *early, *early, *early, "PT_Normal", d.longest_path)
        )
    return XerTable("TASK", tuple(fields.split()), rows)


def _relation_table(network: _Network) -> XerTable:
    identifiers = _task_ids(network)
    rows = [
        (
            FIRST_ID + 5000 + index,
            identifiers[successor],
            identifiers[predecessor],
            PROJECT_ID,
            PROJECT_ID,
            kind,
            lag,
        )
        for index, (predecessor, successor, kind, lag) in enumerate(network.links)
    ]
    fields = "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type lag_hr_cnt"
    return XerTable("TASKPRED", tuple(fields.split()), rows)


def _assignment_table(network: _Network, dates: dict[str, Dates], currency: str) -> XerTable:
    fields = (
        "taskrsrc_id task_id proj_id role_id rsrc_id remain_qty target_qty act_ot_qty act_reg_qty"
        " cost_per_qty target_cost act_reg_cost act_ot_cost remain_cost target_start_date"
        " target_end_date rsrc_type"
    )
    identifiers = _task_ids(network)
    rows: list[tuple[XerCell, ...]] = []
    for a in network.activities:
        d = dates[a.code]
        for key, quantity in a.crew.items():
            trade, price = TRADES[key], _price(key, currency)
            cost = (quantity * price).quantize(price)
            head = (FIRST_ID + 10000 + len(rows), identifiers[a.code], PROJECT_ID, _role_id(key))
            amounts = (quantity, quantity, 0, 0, price, cost, 0, 0, cost)
            span = (d.early_start, d.early_finish)
            rows.append((*head, _resource_id(key), *amounts, *span, trade.kind))
    return XerTable("TASKRSRC", tuple(fields.split()), rows)
