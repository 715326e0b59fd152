"""The shapes of the engine's records as they are answered. Times in milliseconds since 1970."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sync.changes import Operation, Sentence  # noqa: TC001 -- read at run time


class ConflictRecord(Struct, frozen=True):
    """Two concurrent writes, and which of them stands; `other_` is who was there first."""

    id: int
    scope: str
    seq: int
    table: str
    row: str
    field: str | None
    policy: str
    kept: Any
    lost: Any
    review: bool
    replica: str
    device: str | None
    person: str | None
    time: int
    """Hybrid time of the write that came second."""
    other_replica: str | None
    other_device: str | None
    other_person: str | None
    other_time: int | None
    detected_at: int
    resolved_at: int | None
    resolved_by: str | None


class RejectionRecord(Struct, frozen=True):
    """A refused change set, whole, and why it was refused."""

    replica: str
    counter: int
    person: str
    received_at: int
    code: str
    detail: dict[str, Any]
    payload: Any


class HistoryRecord(Struct, frozen=True):
    """One accepted change of a row: field -> [before, after]."""

    scope: str
    seq: int
    at: int
    table: str
    operation: Operation
    intent: str
    replica: str
    device: str | None
    counter: int
    time: int
    person: str | None
    person_name: str | None
    row: str
    changes: dict[str, Any]
    """Field -> [before, after]; `deleted` where the row went or came back."""
    labels: dict[str, Sentence]
    """What people call these fields."""


class HistoryPage(Struct, frozen=True):
    """A part of a project's history, newest first."""

    changes: list[HistoryRecord]
    next: int | None
    """To be given as `before` for the next part; None when this is the last."""


class RowAt(Struct, frozen=True):
    """A row as it was at a moment."""

    scope: str
    table: str
    row: str
    seq: int
    """Of its last change until then."""
    at: int
    """When the server merged that change."""
    deleted: bool
    values: dict[str, Any]


class RowsAt(Struct, frozen=True):
    """A part of a table as it was at a moment, by the rows' ids."""

    rows: list[RowAt]
    next: str | None
    """To be given as `after` for the next part; None when this is the last."""


class ReplicaRecord(Struct, frozen=True):
    """One replica, and what waits on its device unsent, as last told."""

    id: str
    person: str
    name: str
    platform: str | None
    app_version: str | None
    last_counter: int
    last_seen_at: int | None
    waiting_change_sets: int
    waiting_oldest: int | None
    waiting_upload_bytes: int
    clock_offset_ms: int
    clock_flagged: bool
    revoked: bool
