"""What the scheduler keeps: whose turn it is, what it found, and the frozen plans."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Index, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from server.store.metadata import METADATA

_LOCAL = TIMESTAMP(timezone=False)

SCHEDULE_DUE = SqlTable(
    "schedule_due",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column(
        "marks",
        BigInteger(),
        nullable=False,
        comment="how often it was touched: moved on since it was read, it stays due",
    ),
    Column("marked_at", DateTime(timezone=True), nullable=False),
    Column("tries", BigInteger(), nullable=False, server_default=text("0")),
    Column("next_at", DateTime(timezone=True), nullable=False),
    comment="Projects whose network was touched by a merge.",
)
Index(
    "schedule_due_next",
    SCHEDULE_DUE.c.next_at,
    info={"question": "whose schedule is computed next"},
)

PROJECT_SCHEDULE = SqlTable(
    "project_schedule",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("computed_at", DateTime(timezone=True), nullable=False),
    Column("data_date", _LOCAL, comment="nothing undone happens before"),
    Column("finish", _LOCAL, comment="the last early finish"),
    Column("tasks", BigInteger(), nullable=False),
    Column("critical", BigInteger(), nullable=False),
    Column("progress", BigInteger(), comment="rolled up from all tasks, in basis points"),
    Column("longest_path", JSONB(), nullable=False, comment="ids of tasks, by early start"),
    Column("cycles", JSONB(), nullable=False, comment="rings of tasks that wait for one another"),
    Column("faults", JSONB(), nullable=False, comment="what could not be taken as it stands"),
    Column("baseline_id", UUID(), comment="the one that slips are counted against"),
    comment="What the last computation found of each project.",
)

BASELINE_TASK = SqlTable(
    "baseline_task",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("baseline_id", UUID(), primary_key=True),
    Column("task_id", UUID(), primary_key=True),
    Column("start", _LOCAL),
    Column("finish", _LOCAL),
    Column("duration_minutes", BigInteger()),
    Column("weight", BigInteger()),
    comment="What each task was planned to be when a baseline was taken. Never changed.",
)
