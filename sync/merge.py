"""The merge: (stored row, change) -> (new row, outcome). Pure.

The state of a row is a function of the set of changes merged into it: any order of delivery that
keeps each replica's own order, any duplication and any batching give the same row. `PROTOCOL.md`
states the rules; `sync.causes` says what a row remembers for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from sync.causes import (
    Awaited,
    Causes,
    Row,
    Stamp,
    Text,
    Tombstone,
    canonical,
    still_awaited,
    without,
    writers,
)
from sync.changes import Change, ConflictNotice
from sync.clock import beyond, dominates, join
from sync.policy import Settled, Sibling, counter, settle, write_once
from sync.sets import Writer, members, write_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.schema import Field, Table

__all__ = ["Causes", "Merged", "Row", "canonical", "merge"]


class Merged(Struct, frozen=True):
    """What became of one change."""

    row: Row
    duplicate: bool = False
    conflicts: list[ConflictNotice] = []
    settled: list[str] = []
    """Fields that waited for a person's decision and no longer do."""
    late: list[str] = []
    """One-value fields on which the change changed nothing: a stored writer had seen it."""
    concurrent: list[str] = []
    """One-value fields on which the change met writes that it had not seen, nor they it."""


_NOTHING = Causes()


def merge(
    table: Table, row: Row | None, change: Change, *, replica: str, number: int, time: int
) -> Merged:
    """Merge one change into the stored state of its row.

    Args:
        table: the row's declaration.
        row: the stored state, or None when nothing of this row was ever merged.
        change: the change, already validated and judged.
        replica: who made it.
        number: its counter; (replica, number) is its dot.
        time: its hybrid time, clamped.

    """
    if row is None:
        row = Row(change.table, change.row, {}, {}, _NOTHING)
    vector = row.vector
    if vector.get(replica, 0) >= number:
        return Merged(row, duplicate=True)
    causes = row.causes
    after = change.after
    if not (vector or change.context or change.before) and change.operation != "delete":
        return Merged(_first(table, row, after, Sibling(replica, number, time, None)))
    if (
        change.operation != "delete"
        and causes.edits is None
        and causes.awaited is None
        and table.never_plain.isdisjoint(after)
        and (not causes.siblings or causes.siblings.keys().isdisjoint(after))
        and (change.context == vector or _same_knowledge(change.context, vector, replica))
    ):
        stamps = without(causes.stamps, after)
        stamps.append(Stamp(replica, number, time, list(after)))
        return Merged(
            Row(
                row.table,
                row.id,
                {**vector, replica: number},
                {**row.values, **after},
                Causes(stamps, causes.siblings, causes.sets, causes.texts),
                False,  # noqa: FBT003
                row.review,
            )
        )
    return _Merge(table, row, change, dot=(replica, number), time=time).run()


def _first(table: Table, row: Row, after: dict[str, Any], write: Sibling) -> Row:
    """Return a row as its first writer, who had seen nothing of it, leaves it."""
    replica, number = write.replica, write.counter
    special = table.never_plain_at_creation
    if special.isdisjoint(after):
        causes = Causes([Stamp(replica, number, write.time, list(after))])
        return Row(row.table, row.id, {replica: number}, dict(after), causes)
    values = dict(after)
    sets, texts = {}, {}
    for name in special & after.keys():
        policy = table.by_name[name].policy
        if policy == "text":
            texts[name] = Text([write], {replica: number})
        elif policy == "set":
            sets[name] = {element: [(replica, number)] for element in members(after[name] or ())}
            values[name] = list(sets[name])
        else:
            values[name] = counter(None, None, after[name])
    plain = [name for name in after if name not in special]
    stamps = [Stamp(replica, number, write.time, plain)] if plain else []
    causes = Causes(stamps, {}, dict(sorted(sets.items())), dict(sorted(texts.items())))
    return Row(row.table, row.id, {replica: number}, values, causes)


def _same_knowledge(context: dict[str, int], vector: dict[str, int], replica: str) -> bool:
    """Whether the writer had seen all that is merged here, and nothing that is not."""
    get = context.get
    return all(
        get(maker, 0) >= count or maker == replica for maker, count in vector.items()
    ) and dominates(vector, context)


class _Merge:
    """One merge that the fast path does not cover; lives as long as the call."""

    def __init__(
        self, table: Table, row: Row, change: Change, *, dot: tuple[str, int], time: int
    ) -> None:
        self.table = table
        self.row = row
        self.change = change
        self.replica, self.number = dot
        self.time = time
        self.context = {
            maker: count for maker, count in change.context.items() if maker != self.replica
        }
        self.unseen = beyond(self.context, row.vector)
        self.vector = {**row.vector, self.replica: self.number}
        self.values = dict(row.values)
        causes = row.causes
        self.stamps = without(causes.stamps, change.after)
        self.siblings = dict(causes.siblings)
        self.sets = dict(causes.sets)
        self.texts = dict(causes.texts)
        self.tombstones = causes.tombstones
        self.edits = causes.edits
        awaited = causes.awaited or Awaited()
        self.awaited_edits = awaited.edits
        self.awaited_fields = dict(awaited.fields)
        self.awaited_removals = dict(awaited.removals)
        self.review = set(row.review)
        self.conflicts: list[ConflictNotice] = []
        self.late: list[str] = []
        self.concurrent: list[str] = []

    def run(self) -> Merged:
        """Merge the change and return the new row."""
        if self.change.operation == "delete":
            self._delete()
        else:
            self._edit()
        return Merged(
            Row(
                self.row.table,
                self.row.id,
                self.vector,
                self.values,
                self._causes(),
                bool(self.tombstones),
                sorted(self.review),
            ),
            conflicts=self.conflicts,
            settled=sorted(set(self.row.review) - self.review),
            late=self.late,
            concurrent=self.concurrent,
        )

    def _causes(self) -> Causes:
        awaited = Awaited(self.awaited_edits, self.awaited_fields, self.awaited_removals)
        return Causes(
            self.stamps,
            self.siblings,
            self.sets,
            self.texts,
            [
                structs.replace(one, unseen=beyond(one.unseen, self.vector)) if one.unseen else one
                for one in self.tombstones
            ],
            self.edits,
            still_awaited(awaited, self.vector),
        )

    def _had_seen(self, one: Sibling | Tombstone) -> bool:
        return one.replica == self.replica or self.context.get(one.replica, 0) >= one.counter

    # Fields

    def _edit(self) -> None:
        before = self.change.before
        for name, after in self.change.after.items():
            field = self.table.by_name.get(name)
            policy = "latest" if field is None else field.policy
            if policy == "counter":
                self.values[name] = counter(self.values.get(name), before.get(name), after)
            elif policy == "set":
                self._write_set(name, before.get(name) or (), after or ())
            elif policy == "write_once":
                self._write_once(name, after)
            else:
                self._write(name, field, after, is_text=policy == "text")
        self._outlive_deletes()

    def _write_set(self, name: str, before: Sequence[str], after: Sequence[str]) -> None:
        additions, removals = write_set(
            self.sets.get(name, {}),
            self.awaited_removals.get(name, {}),
            before=before,
            after=after,
            writer=Writer(self.replica, self.number, self.context, self.unseen),
        )
        self.sets[name] = additions
        self.values[name] = members(additions)
        if removals:
            self.awaited_removals[name] = removals

    def _write_once(self, name: str, after: Any) -> None:
        """Keep the earliest of all writes, seen or not: whatever is late is no less early."""
        stored = writers(self.row, name)
        kept = write_once([*stored, Sibling(self.replica, self.number, self.time, after)])
        shown = self.values.get(name)
        self.values[name] = kept.value
        self._stamp(kept, name)
        if not all(map(self._had_seen, stored)):
            self.concurrent.append(name)
        for lost in (shown, after):
            if lost is not None and lost != kept.value:
                self._report(name, "write_once", kept.value, lost)

    def _write(self, name: str, field: Field | None, after: Any, *, is_text: bool) -> None:
        """Merge a write of a one-value field: it replaces the writes that its writer had seen."""
        stored = writers(self.row, name)
        concurrent = [one for one in stored if not self._had_seen(one)]
        write = Sibling(self.replica, self.number, self.time, after)
        if is_text:
            write = self._text_write(name, write)
        if self.awaited_fields.get(name, {}).get(self.replica, 0) >= self.number:
            self.late.append(name)
            live = concurrent or stored
        else:
            live = sorted([*concurrent, write], key=lambda one: (one.replica, one.counter))
            if concurrent:
                self.concurrent.append(name)
        if self.unseen:
            self.awaited_fields[name] = join(self.awaited_fields.get(name, {}), self.unseen)
        settled = settle(field, live)
        self._report_losers(name, field, live, settled, write=write)
        self.review.discard(name)
        if settled.review:
            self.review.add(name)
        self.values[name] = settled.value
        self._store(name, live, is_text=is_text)

    def _text_write(self, name: str, write: Sibling) -> Sibling:
        """Add what a three-way merge needs: the text it began from, and what its writer had seen.

        Of its own replica's writes only those of this field count: a replica that first wrote
        another field started from the same text.
        """
        stored = self.texts.get(name)
        own = stored.wrote.get(self.replica) if stored is not None else None
        context = {**self.context, self.replica: own} if own else self.context
        return structs.replace(write, before=self.change.before.get(name), context=context)

    def _store(self, name: str, live: list[Sibling], *, is_text: bool) -> None:
        if is_text:
            stored = self.texts.get(name)
            wrote = {**(stored.wrote if stored else {}), self.replica: self.number}
            kept = [structs.replace(live[0], value=None)] if len(live) == 1 else live
            self.texts[name] = Text(kept, wrote)
        elif len(live) == 1:
            self.siblings.pop(name, None)
            self._stamp(live[0], name)
        else:
            self.siblings[name] = live

    def _stamp(self, one: Sibling, name: str) -> None:
        """Fold a lone sibling into the stamp of its dot."""
        for place, stamp in enumerate(self.stamps):
            if stamp.counter == one.counter and stamp.replica == one.replica:
                self.stamps[place] = structs.replace(stamp, fields=[*stamp.fields, name])
                return
        self.stamps.append(Stamp(one.replica, one.counter, one.time, [name]))

    def _report_losers(
        self,
        name: str,
        field: Field | None,
        live: list[Sibling],
        settled: Settled,
        *,
        write: Sibling,
    ) -> None:
        """Record each value that lost now: every live one, less those whose loss is on record.

        A live value that did not show before this write had lost before it, except of a text that
        showed a clean merge of all.
        """
        policy = "latest" if field is None else field.policy
        if len(live) == 1 or (policy == "text" and not settled.review):
            return
        recorded = policy != "text" or name in self.row.review
        shown = self.row.values.get(name)
        told: list[Any] = [settled.value]
        for one in live:
            known = recorded and one is not write and one.value != shown
            if known or one.value in told:
                continue
            told.append(one.value)
            self._report(name, policy, settled.value, one.value, review=settled.review)

    def _report(
        self, name: str | None, policy: str, kept: Any, lost: Any, *, review: bool = False
    ) -> None:
        self.conflicts.append(
            ConflictNotice(self.row.table, self.row.id, name, policy, kept, lost, review)
        )

    # Life and death of the row

    def _outlive_deletes(self) -> None:
        """Let the edit lift the deletes it had seen, and those it raced where edits win."""
        if self.edits is not None:
            self.edits = {**self.edits, self.replica: self.number}
        if self.unseen:
            self.awaited_edits = join(self.awaited_edits, self.unseen)
        edit_wins = self.table.delete == "edit_wins"
        raced = False
        kept = []
        for one in self.tombstones:
            if self._had_seen(one):
                continue
            late = one.unseen.get(self.replica, 0) >= self.number
            raced = raced or not late
            if late or not edit_wins:
                kept.append(one)
        self.tombstones = kept
        if raced:
            self._report_race(deleted=not edit_wins)

    def _delete(self) -> None:
        self.edits = self.row.vector if self.edits is None else self.edits
        if self.awaited_edits.get(self.replica, 0) >= self.number:
            return
        context = {**self.context, self.replica: self.number}
        raced = not dominates(context, self.edits)
        stands = not raced or self.table.delete == "delete_wins"
        if stands:
            self.tombstones = [
                *self.tombstones,
                Tombstone(self.replica, self.number, self.time, self.unseen),
            ]
        if raced:
            self._report_race(deleted=stands)

    def _report_race(self, *, deleted: bool) -> None:
        kept, lost = ("delete", "edit") if deleted else ("edit", "delete")
        self._report(None, self.table.delete, kept, lost)
