"""The record of what people and devices did: append-only, by month of its own retention."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Text, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.store.metadata import METADATA

ACTIVITY = SqlTable(
    "activity",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("kind", Text(), nullable=False, comment="a static name: login, login_failed, ..."),
    Column("person_id", UUID(), comment="whom it concerns"),
    Column("actor_id", UUID(), comment="who did it, when it is another"),
    Column("project_id", UUID()),
    Column("device_id", UUID()),
    Column("address", Text(), comment="network address, shortened by the retention rule"),
    Column("detail", JSONB(), nullable=False, server_default=text("'{}'::jsonb")),
)
Index(
    "activity_person",
    ACTIVITY.c.person_id,
    ACTIVITY.c.id,
    info={"question": "what concerns this person, newest first"},
)
Index(
    "activity_project",
    ACTIVITY.c.project_id,
    ACTIVITY.c.id,
    info={"question": "what happened in this project, newest first"},
)
Index(
    "activity_kind",
    ACTIVITY.c.kind,
    ACTIVITY.c.id,
    info={"question": "all events of a kind, newest first"},
)
Index(
    "activity_actor",
    ACTIVITY.c.actor_id,
    ACTIVITY.c.id,
    info={"question": "what this person did to others, newest first"},
)
Index("activity_at", ACTIVITY.c.at, info={"question": "what a period holds, and what is past it"})
