"""Random P6 projects, for MPXJ and us to date both."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Final

from server.projects.schedules.model import WorkingPeriod
from server.projects.schedules.xer_writing import XerTable, calendar_text, write_xer

DATA_DATE: Final = datetime(2027, 3, 1, 8)  # noqa: DTZ001  (a file's local time)
DAY: Final = (WorkingPeriod(8 * 60, 12 * 60), WorkingPeriod(13 * 60, 17 * 60))
WEEK: Final = (DAY,) * 5 + ((), ())
HOLIDAYS: Final = (date(2027, 3, 29), date(2027, 4, 2), date(2027, 5, 3))
KINDS: Final = ("PR_FS",) * 5 + ("PR_SS", "PR_FF", "PR_SF")
TASK: Final = (
    "task_id proj_id wbs_id clndr_id task_code task_name task_type status_code complete_pct_type"
    " target_drtn_hr_cnt remain_drtn_hr_cnt target_start_date target_end_date"
)


def random_xer(seed: int, *, activities: int) -> bytes:
    """Return a project of one calendar with links of all kinds and lags of both signs."""
    random = Random(seed)
    rows = [_activity(number, random) for number in range(activities)]
    links = {
        (random.randint(max(0, number - 12), number - 1), number)
        for number in range(1, activities)
        for _ in range(random.choice((0, 1, 1, 2)))
    }
    preds = [
        (
            index,
            1000 + successor,
            1000 + predecessor,
            1,
            1,
            random.choice(KINDS),
            random.choice((0, 0, 0, 8, 20, -4, -12)),
        )
        for index, (predecessor, successor) in enumerate(sorted(links))
    ]
    return write_xer(
        [
            XerTable(
                "PROJECT",
                (
                    "proj_id",
                    "proj_short_name",
                    "clndr_id",
                    "last_recalc_date",
                    "plan_start_date",
                ),
                [(1, "RANDOM", 1, DATA_DATE, DATA_DATE)],
            ),
            XerTable(
                "CALENDAR",
                ("clndr_id", "clndr_name", "clndr_type", "day_hr_cnt", "clndr_data"),
                [(1, "Office", "CA_Base", 8, calendar_text(WEEK, HOLIDAYS))],
            ),
            XerTable(
                "PROJWBS",
                ("wbs_id", "proj_id", "proj_node_flag", "wbs_short_name", "wbs_name"),
                [(1, 1, "Y", "RANDOM", "Random")],
            ),
            XerTable("TASK", tuple(TASK.split()), rows),
            XerTable(
                "TASKPRED",
                (
                    "task_pred_id",
                    "task_id",
                    "pred_task_id",
                    "proj_id",
                    "pred_proj_id",
                    "pred_type",
                    "lag_hr_cnt",
                ),
                preds,
            ),
        ],
        exported_on=DATA_DATE.date(),
        currency="XAF",
    )


def _activity(number: int, random: Random) -> tuple[str | int | datetime, ...]:
    kind = random.choice(("TT_Task",) * 8 + ("TT_Mile", "TT_FinMile"))
    hours = random.randint(1, 12) * 8 if kind == "TT_Task" else 0
    name = f"A{number:04}"
    state = (kind, "TK_NotStart", "CP_Drtn", hours, hours, DATA_DATE, DATA_DATE)
    return (1000 + number, 1, 1, 1, name, name, *state)
