"""Running sums behind a project's figures: moved by delta in the merge, cheap to read."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Text, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import DATE, UUID

from server.store.metadata import METADATA

_zero = text("0")

EXPENSE_DAY = SqlTable(
    "expense_day",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("currency", Text(), primary_key=True, comment="the one that the expenses count in"),
    Column("day", DATE(), primary_key=True),
    Column("amount", BigInteger(), nullable=False),
    Column("invoiced", BigInteger(), nullable=False, comment="of it, suppliers' invoices"),
    Column("expenses", BigInteger(), nullable=False),
    comment="What expenses and invoices of a day add up to: actual cost over time.",
)

EXPENSE_TASK = SqlTable(
    "expense_task",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("task_id", UUID(), primary_key=True),
    Column("currency", Text(), primary_key=True),
    Column("amount", BigInteger(), nullable=False),
    Column("expenses", BigInteger(), nullable=False),
    comment="What expenses and invoices on a task add up to.",
)

LINE_MONTH = SqlTable(
    "line_month",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("line_id", UUID(), primary_key=True),
    Column("month", DATE(), primary_key=True, comment="the first of it"),
    Column("spent", BigInteger(), nullable=False),
    Column("committed", BigInteger(), nullable=False),
    comment="What was spent and is committed of a budget line: what its years are held against.",
)

PROGRESS_DAY = SqlTable(
    "progress_day",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("task_id", UUID(), primary_key=True),
    Column("day", DATE(), primary_key=True, comment="infinity: what stands now"),
    Column("progress", Integer(), nullable=False, comment="in basis points"),
    Column("time", BigInteger(), nullable=False, comment="hybrid time of the last report"),
    comment="How far a task was said to be at the end of each day on which someone said so.",
)

BASELINE_VALUE = SqlTable(
    "baseline_value",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("baseline_id", UUID(), primary_key=True),
    Column("task_id", UUID(), primary_key=True),
    Column("line_id", UUID(), primary_key=True, comment="zero: of the lines that name no task"),
    Column("start", DATE(), nullable=False),
    Column("days", Integer(), CheckConstraint("days > 0", name="baseline_value_days")),
    Column("budget", BigInteger(), nullable=False),
    comment="What each task was worth, and when it was planned, when a baseline was taken.",
)

FIGURE_DAY = SqlTable(
    "figure_day",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column(
        "figure",
        Text(),
        CheckConstraint("figure IN ('planned', 'earned')", name="figure_day_figure_known"),
        primary_key=True,
    ),
    Column("day", DATE(), primary_key=True),
    Column("amount", BigInteger(), nullable=False),
    comment="Value planned for, and earned on, each day, by the baseline in force.",
)

FIGURE_STATE = SqlTable(
    "figure_state",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("baseline_id", UUID(), nullable=False),
    Column("currency", Text(), nullable=False),
    Column("added", BigInteger(), nullable=False, server_default=_zero),
    comment="The baseline in force, and how many tasks came after it: they earn nothing.",
)
