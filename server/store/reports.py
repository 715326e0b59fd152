"""Reports that were ordered, because they are too large to wait for."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Integer, Text, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.store.metadata import METADATA

REPORT_ORDER = SqlTable(
    "report_order",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("project_id", UUID(), nullable=False),
    Column("person_id", UUID(), nullable=False, comment="for whom it is read: their rights count"),
    Column("report", Text(), nullable=False),
    Column("format", Text(), nullable=False),
    Column("language", Text(), nullable=False),
    Column("asked", JSONB(), nullable=False),
    Column(
        "state",
        Text(),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name="report_order_state_known"
        ),
        nullable=False,
        server_default=text("'waiting'"),
    ),
    Column("progress", Integer(), nullable=False, server_default=text("0"), comment="per cent"),
    Column("rows", BigInteger(), comment="how many it holds"),
    Column("document_id", UUID(), comment="what it is kept as; its version has the order's id"),
    Column("error", Text(), comment="a code of the catalogue"),
    Column("tries", Integer(), nullable=False, server_default=text("0")),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column(
        "next_at",
        DateTime(timezone=True),
        nullable=False,
        comment="when to try, and up to when a worker that took it has it to itself",
    ),
    Column("finished_at", DateTime(timezone=True)),
)
Index(
    "report_order_due",
    REPORT_ORDER.c.next_at,
    postgresql_where=text("state IN ('waiting', 'running')"),
    info={"question": "which report is made next"},
)
Index(
    "report_order_person",
    REPORT_ORDER.c.person_id,
    REPORT_ORDER.c.made_at,
    info={"question": "the reports that this person ordered, newest first"},
)
