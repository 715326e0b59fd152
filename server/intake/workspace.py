"""The memory of one merge transaction: what was read, what became of it, what must be written.

No I/O: rows are put in, change sets are applied, results are taken out. A change set is applied
whole or not at all.
"""

from __future__ import annotations

from typing import Any

import msgspec

from server.intake.entries import (
    ConflictEntry,
    Decision,
    Entry,
    Key,
    LogEntry,
    Moved,
    ScopeState,
    Writer,
    last_writer,
    references_of,
)
from server.intake.judging import Guards, Judgement
from sync import errors
from sync.changes import Answer, Change, ChangeSet, ConflictNotice, Rejection
from sync.checksum import MODULUS, row_checksum
from sync.clock import SERVER_REPLICA, clamp
from sync.merge import Row, merge
from sync.schema import SCHEMA_VERSION, Table
from sync.tables import TABLES
from sync.validation import Fault, check_scope, check_shape, check_state


class _Refused(Exception):  # noqa: N818
    """Leaves the staging of a change set at its first fault."""

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection


_json = msgspec.json.Encoder().encode


DELETED = "deleted"
"""What the log calls the life of a row, among its fields: no table declares one of that name."""


class Workspace:
    """State of one merge transaction."""

    def __init__(self, guards: Guards, *, now_ms: int, drift_ms_max: int) -> None:
        self.guards = guards
        self.now_ms = now_ms
        self.drift_ms_max = drift_ms_max
        self.scopes: dict[str, ScopeState] = {}
        self.entries: dict[Key, Entry] = {}
        self.known: dict[Key, str] = {}
        """Row -> table, for references to rows that are not loaded."""
        self.touched: dict[Key, Entry] = {}
        """All rows that this transaction changes: what the effects look at."""
        self.dirty: dict[Key, Entry] = {}
        """Those not written yet."""
        self.log: list[LogEntry] = []
        self._taken_log: list[LogEntry] = []
        self.conflicts: list[ConflictEntry] = []
        self.decisions: list[Decision] = []
        self.intents: set[tuple[str, str, str]] = set()
        """(replica, intent, scope) of what was merged: what the record of activity looks at."""
        self.facts: dict[str, Any] = {}
        """What the services read for their guards and effects, by name."""
        self.ended_sessions: set[str] = set()
        """Sessions that end with this transaction: their live connections are told."""
        self.moved: dict[Key, list[Moved]] = {}
        """Changes of state that people made, in order: who is told to have done it."""
        self.clamped: set[str] = set()
        """Replicas whose clock ran too far ahead."""

    # What was read

    def add_scope(self, scope: ScopeState) -> None:
        """Add a locked scope."""
        self.scopes[scope.name] = scope

    def add_row(self, scope: ScopeState, row: Row, seq: int, checksum: int) -> None:
        """Add a stored row of a locked scope."""
        table = TABLES.get(row.table)
        if table is None:
            return
        self.entries[scope.name, row.id] = Entry(scope, table, row, seq, checksum)

    def row(self, scope: str, row: str) -> Row | None:
        """Return the present state of a loaded row."""
        entry = self.entries.get((scope, row))
        return None if entry is None else entry.row

    # Change sets

    def apply(self, change_set: ChangeSet, writer: Writer) -> Answer:
        """Judge and merge a change set; its answer says what became of it."""
        time = clamp(change_set.time, self.now_ms, self.drift_ms_max)
        if time != change_set.time:
            self.clamped.add(writer.replica)
        try:
            staged = self._stage(change_set, writer, time)
        except _Refused as refused:
            return Answer(change_set.counter, "rejected", rejection=refused.rejection)
        notices = self._commit(change_set, writer, time, staged)
        if notices:
            return Answer(change_set.counter, "merged_with_conflicts", conflicts=notices)
        return Answer(change_set.counter, "merged")

    def write(
        self, scope: str, table: str, row: str, after: dict[str, Any], *, intent: str
    ) -> None:
        """Merge a change that the server itself makes: a total, an alert.

        The row must be loaded if it exists. The change's dot is (the server, the scope's next seq).
        Raises RuntimeError when the change does not fit its table: a fault of ours, which must undo
        the transaction.
        """
        stored = self.row(scope, row)
        before = {} if stored is None else {name: stored.values.get(name) for name in after}
        self._merge_own(
            Change(
                scope=scope,
                table=table,
                row=row,
                operation="create" if stored is None else "update",
                context={} if stored is None else stored.vector,
                before=before,
                after=after,
            ),
            intent,
        )

    def remove(self, scope: str, table: str, row: str, *, intent: str) -> None:
        """Merge a deletion that the server itself makes, of a loaded row; a dead one stays so."""
        stored = self.row(scope, row)
        if stored is not None and not stored.deleted:
            self._merge_own(Change(scope, table, row, "delete", stored.vector), intent)

    def _merge_own(self, change: Change, intent: str) -> None:
        change_set = ChangeSet(
            counter=self.scopes[change.scope].head + 1,
            time=self.now_ms * 1000,
            intent=intent,
            schema=SCHEMA_VERSION,
            changes=[change],
        )
        answer = self.apply(change_set, Writer(SERVER_REPLICA, None))
        if answer.status == "rejected":
            raise RuntimeError(f"the server refused its own change: {answer.rejection}")

    def _stage(
        self, change_set: ChangeSet, writer: Writer, time: int
    ) -> list[tuple[Entry, Change, Any]]:
        changes = change_set.changes
        staged: list[tuple[Entry, Change, Any]] = []
        mine: dict[Key, str] = {}
        if len(changes) > 1:
            mine = {(one.scope, one.row): one.table for one in changes if one.operation == "create"}
            if len({(one.scope, one.row) for one in changes}) != len(changes):
                self._refuse_repeated(changes)
        newer = change_set.schema > SCHEMA_VERSION
        for position, change in enumerate(changes):
            fault = None
            table = TABLES.get(change.table)
            scope = self.scopes.get(change.scope)
            if table is None:
                fault = Fault(errors.TABLE_UNKNOWN)
            elif writer.access is not None and writer.role_in(change.scope) is None:
                # Of what is not theirs people are told nothing: not even whether it is there.
                fault = Fault(errors.ACCESS_DENIED)
            elif scope is None:
                fault = Fault(errors.SCOPE_UNKNOWN)
            else:
                entry = self.entries.get((change.scope, change.row))
                row = None if entry is None else entry.row
                fault = (
                    check_shape(table, change, newer=newer, server=writer.access is None)
                    # A stored row was found in the scope that the change names.
                    or (check_scope(table, change, None) if row is None else None)
                    or self._judge(change, row, writer, time, changes)
                    or check_state(table, row, change, writer.replica)
                    or (
                        None
                        if table.reference_fields.isdisjoint(change.after)
                        else self._check_references(table, change, row, mine)
                    )
                )
            if fault is not None:
                raise _Refused(
                    errors.rejection(
                        fault.error,
                        change=position,
                        table=change.table,
                        row=change.row,
                        field=fault.field,
                        other=fault.other,
                    )
                )
            assert table is not None and scope is not None  # noqa: S101, PT018
            if entry is None:
                entry = Entry(scope, table, None, 0, 0)
            merged = merge(
                table,
                row,
                change,
                replica=writer.replica,
                number=change_set.counter,
                time=time,
            )
            staged.append((entry, change, merged))
        return staged

    def _refuse_repeated(self, changes: list[Change]) -> None:
        seen: set[Key] = set()
        for position, change in enumerate(changes):
            if (change.scope, change.row) in seen:
                raise _Refused(
                    errors.rejection(
                        errors.ROW_REPEATED, change=position, table=change.table, row=change.row
                    )
                )
            seen.add((change.scope, change.row))

    def _judge(
        self,
        change: Change,
        row: Row | None,
        writer: Writer,
        time: int,
        together: list[Change],
    ) -> Fault | None:
        access = writer.access
        if access is None:
            return None
        role = writer.role_in(change.scope)
        guard = self.guards.get(change.table)
        if role is None or guard is None:
            return Fault(errors.ACCESS_DENIED)
        return guard(
            Judgement(
                access,
                role,
                change,
                row,
                self.facts,
                writer.replica,
                time,
                writer.online,
                together,
            )
        )

    def _check_references(
        self, table: Table, change: Change, row: Row | None, mine: dict[Key, str]
    ) -> Fault | None:
        for name, wanted in references_of(table, change, row):
            target = table.by_name[name].kind.references
            # In the row's own scope or in `org`: what a group brings together decides nothing.
            if not any(
                mine.get(key) == target or self.known.get(key) == target or self._holds(key, target)
                for key in ((change.scope, wanted), ("org", wanted))
            ):
                return Fault(errors.REFERENCE_MISSING, name)
        return None

    def _holds(self, key: Key, table: str | None) -> bool:
        entry = self.entries.get(key)
        return entry is not None and entry.row is not None and entry.table.name == table

    def _commit(
        self,
        change_set: ChangeSet,
        writer: Writer,
        time: int,
        staged: list[tuple[Entry, Change, Any]],
    ) -> list[ConflictNotice]:
        notices: list[ConflictNotice] = []
        replica, counter, person = writer.replica, change_set.counter, writer.person
        self.intents.add((replica, change_set.intent, change_set.changes[0].scope))
        for entry, change, merged in staged:
            if merged.duplicate:
                continue
            scope = entry.scope
            scope.head += 1
            before, after = entry.row, merged.row
            entry.row = after
            entry.seq = scope.head
            key = (change.scope, change.row)
            entry.fields.update(change.after)
            self.entries[key] = self.touched[key] = self.dirty[key] = entry
            values = after.values
            if person is not None and entry.table.workflows:
                self._note_moves(key, entry, change, before, writer)
            if before is None:
                changes = {name: [None, values.get(name)] for name in change.after}
            else:
                old = before.values
                changes = {name: [old.get(name), values.get(name)] for name in change.after}
                if before.deleted != after.deleted or change.operation == "delete":
                    changes[DELETED] = [before.deleted, after.deleted]
            self.log.append(
                LogEntry(
                    scope.id,
                    scope.head,
                    change,
                    replica,
                    counter,
                    time,
                    person,
                    change_set.intent,
                    _json(changes).decode(),
                )
            )
            if merged.conflicts:
                notices += merged.conflicts
                self.conflicts += [
                    ConflictEntry(
                        scope.id,
                        scope.head,
                        notice,
                        replica,
                        counter,
                        time,
                        None if before is None else last_writer(before, notice.field),
                    )
                    for notice in merged.conflicts
                ]
            if merged.settled:
                self.decisions.append(Decision(scope.id, change.row, merged.settled, person))
        return notices

    def _note_moves(
        self, key: Key, entry: Entry, change: Change, before: Row | None, writer: Writer
    ) -> None:
        for name in entry.table.workflows.keys() & change.after.keys():
            old = None if before is None else before.values.get(name)
            new, row = change.after[name], entry.row
            assert row is not None  # noqa: S101 - it was just merged
            if old != new and row.values.get(name) == new:
                self.moved.setdefault(key, []).append(
                    Moved(name, old, new, writer.person or "", writer.replica)
                )

    # What must be written

    def take_dirty(self, *, held: frozenset[str] = frozenset()) -> list[Entry]:
        """Take the rows to write, except those of the `held` tables, and settle their checksums."""
        taken = [one for one in self.dirty.values() if one.table.name not in held]
        if len(taken) == len(self.dirty):
            self.dirty = {}
        else:
            self.dirty = {key: one for key, one in self.dirty.items() if one.table.name in held}
        for entry in taken:
            row = entry.row
            assert row is not None  # noqa: S101
            fresh = 0 if row.deleted else row_checksum(row.table, row.id, row.values)
            scope = entry.scope
            scope.checksum = (scope.checksum + fresh - entry.checksum) % MODULUS
            scope.rows += (not row.deleted) - entry.live
            entry.checksum = fresh
            entry.live = not row.deleted
        return taken

    def take_log(self) -> list[LogEntry]:
        """Take the log entries to write."""
        taken, self.log = self.log, []
        self._taken_log += taken
        return taken

    def accepted(self) -> list[LogEntry]:
        """Return every change that was merged so far, in order."""
        return [*self._taken_log, *self.log]
