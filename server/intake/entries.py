"""What a merge transaction holds: locked scopes, rows as they were and are, records to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.intake.judging import Access
    from sync.changes import Change, ConflictNotice
    from sync.merge import Row
    from sync.schema import Table

Key = tuple[str, str]
"""(scope, row id)."""


class ScopeState:
    """A locked scope: its head and checksum move as rows are merged."""

    __slots__ = ("checksum", "created", "head", "id", "name", "rows", "stored_head")

    def __init__(self, number: int, name: str, head: int, checksum: int, rows: int) -> None:
        self.id = number
        self.name = name
        self.head = head
        self.stored_head = head
        self.checksum = checksum
        self.rows = rows
        self.created = False


class Entry:
    """A row as it was read, and as it is now."""

    __slots__ = ("checksum", "exists", "fields", "live", "row", "scope", "seq", "stored", "table")

    def __init__(
        self, scope: ScopeState, table: Table, stored: Row | None, seq: int, checksum: int
    ) -> None:
        self.scope = scope
        self.table = table
        self.stored = stored
        """What the transaction found; None when it makes the row."""
        self.row = stored
        self.seq = seq
        self.checksum = checksum
        """What the row counts in its scope's checksum so far."""
        self.exists = stored is not None
        """Whether the database holds the row."""
        self.live = stored is not None and not stored.deleted
        """Whether the row counts in its scope's number of rows so far."""
        self.fields: set[str] = set()
        """Fields changed since the row was last written."""


class Writer:
    """Who makes change sets in this transaction: a person on a replica, or the server."""

    __slots__ = ("_roles", "access", "online", "person", "replica")

    def __init__(self, replica: str, access: Access | None, *, online: bool = False) -> None:
        self.replica = replica
        self.online = online
        """Whether the change is made through a route."""
        self.access = access
        """None for the server itself, which no guard judges."""
        self.person = None if access is None else access.person
        self._roles: dict[str, str | None] = {}

    def role_in(self, scope: str) -> str | None:
        """Return the role in a scope that the person may read; None where they may not."""
        if scope not in self._roles:
            access = self.access
            readable = access is not None and access.reads(scope)
            self._roles[scope] = access.role_in(scope) if access and readable else None
        return self._roles[scope]


class LogEntry(msgspec.Struct, frozen=True, gc=False):
    """One accepted change, for the change log."""

    scope_id: int
    seq: int
    change: Change
    replica: str
    counter: int
    time: int
    person: str | None
    intent: str
    changes: str
    """JSON: field -> [before, after]."""


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A change of state that a person made."""

    field: str
    before: str | None
    after: str
    person: str
    replica: str


class ConflictEntry(msgspec.Struct, frozen=True):
    """A race that a policy settled, for the conflict table."""

    scope_id: int
    seq: int
    notice: ConflictNotice
    replica: str
    counter: int
    time: int
    other: tuple[str, int, int] | None
    """(replica, counter, time) of the write that was there first, where it is known."""


class Decision(msgspec.Struct, frozen=True):
    """A change decided between values that waited for a person."""

    scope_id: int
    row: str
    fields: list[str]
    person: str | None


def references_of(table: Table, change: Change, row: Row | None) -> Iterator[tuple[str, str]]:
    """Yield (field, row id) of the references that a change writes anew."""
    after = change.after
    names = table.reference_fields
    if names.isdisjoint(after):
        return
    for name in names:
        value = after.get(name)
        if not value:
            continue
        if row is not None and row.values.get(name) == value:
            continue
        if isinstance(value, list):
            for one in value:
                if isinstance(one, str):
                    yield name, one
        elif isinstance(value, str):
            yield name, value


def last_writer(row: Row, field: str | None) -> tuple[str, int, int] | None:
    """Return (replica, counter, time) of the latest live write of a field, or of the row."""
    causes = row.causes
    found: list[tuple[int, str, int]] = []
    if field is None:
        found += [(one.time, one.replica, one.counter) for one in causes.tombstones]
        if not found:
            found += [(one.time, one.replica, one.counter) for one in causes.stamps]
    else:
        found += [
            (one.time, one.replica, one.counter) for one in causes.stamps if field in one.fields
        ]
        found += [(one.time, one.replica, one.counter) for one in causes.siblings.get(field, ())]
    if not found:
        return None
    time, replica, counter = max(found)
    return replica, counter, time
