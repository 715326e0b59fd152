"""The permission table's one row: what an administrator changed, and what SQL must know of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, Text, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from server.store.metadata import METADATA

PERMISSION = SqlTable(
    "permission",
    METADATA,
    Column("one", Boolean(), CheckConstraint("one", name="permission_single"), primary_key=True),
    Column("version", BigInteger(), nullable=False, server_default=text("1")),
    Column("overrides", JSON(), nullable=False, comment="role -> right -> whether it has it"),
    Column("everywhere", ARRAY(Text()), nullable=False, comment="roles that hold in all projects"),
    Column("finance", ARRAY(Text()), nullable=False, comment="roles that read finance scopes"),
    Column("leaders", ARRAY(Text()), nullable=False, comment="roles that read others' rejections"),
    Column("changed_at", DateTime(timezone=True)),
    Column("changed_by", UUID()),
    comment="One row: read with a person's access. The defaults are the code's.",
)
