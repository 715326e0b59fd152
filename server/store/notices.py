"""What waits for the workers that evaluate alerts and tell people, and what people were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Text, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import DATE, JSONB, UUID

from server.store.metadata import METADATA


def _next_at() -> Column[object]:
    return Column(
        "next_at", DateTime(timezone=True), nullable=False, server_default=text("'-infinity'")
    )


def _attempts() -> Column[object]:
    return Column("attempts", Integer(), nullable=False, server_default=text("0"))


NOTICE_OUTBOX = SqlTable(
    "notice_outbox",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("events", JSONB(), nullable=False, comment="what one transaction has to tell"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    _next_at(),
    _attempts(),
    Column("error", Text(), comment="why nobody was told at the last attempt"),
)
Index(
    "notice_outbox_due",
    NOTICE_OUTBOX.c.next_at,
    NOTICE_OUTBOX.c.id,
    info={"question": "what is to be told now"},
)

NOTICE_TOLD = SqlTable(
    "notice_told",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("name", Text(), primary_key=True),
    Column("told_at", DateTime(timezone=True), nullable=False),
    comment="What is told once: a deadline on a date, a week's digest.",
)
Index(
    "notice_told_at",
    NOTICE_TOLD.c.told_at,
    info={"question": "what was told so long ago that it will not come up again"},
)

NOTICE_DAY = SqlTable(
    "notice_day",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("deadlines", DATE(), comment="up to which of its days its deadlines were told"),
    Column("digest", DATE(), comment="the Monday of the last week whose digest was told"),
    comment="What the clock has told of each project.",
)

ALERT_RECHECK = SqlTable(
    "alert_recheck",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("project_id", UUID(), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    _next_at(),
    _attempts(),
)
Index(
    "alert_recheck_project",
    ALERT_RECHECK.c.project_id,
    info={"question": "who asked for this project"},
)

WATCH_CHECK = SqlTable(
    "watch_check",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    _next_at(),
    _attempts(),
    comment="Whose watches may be on what they may not read any more.",
)
Index(
    "watch_check_person",
    WATCH_CHECK.c.person_id,
    info={"question": "who asked for this person"},
)
