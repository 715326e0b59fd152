"""The merge: (stored row, change) -> (new row, outcome). Pure.

The state of a row is a function of the set of changes merged into it: any order of delivery that
keeps each replica's own order, any duplication and any batching give the same row. Per field it
keeps the writes that no other write has seen, its *siblings*; nearly always there is one, and then
only its dot and time are kept, shared by all fields written together.

What a writer had seen is needed only as far as it lies beyond the row's vector: a dot that the
vector covers can only come back as a duplicate. So between tablets and one server nothing of it is
stored; behind a relay, a writer's context may name writes that arrive later, and those are kept
(`unseen`) until the vector has caught up.

Source: Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores"
(2014), for the compaction; `PROTOCOL.md` for the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from sync.changes import Change, ConflictNotice
from sync.clock import beyond, dominates
from sync.policy import Members, Sibling, counter, members, settle

if TYPE_CHECKING:
    from sync.schema import Table


class Stamp(Struct, frozen=True, array_like=True, gc=False):
    """The dot and time of fields written together, of which each is its field's only sibling."""

    replica: str
    counter: int
    time: int
    fields: list[str]


class Tombstone(Struct, frozen=True, array_like=True, omit_defaults=True):
    """A delete that stands."""

    replica: str
    counter: int
    time: int
    unseen: dict[str, int] | None = None


class Causes(Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a row must remember, beside its values, to merge the next change."""

    stamps: list[Stamp] = []
    siblings: dict[str, list[Sibling]] = {}
    """Fields with concurrent writes, and every `text` field."""
    sets: dict[str, Members] = {}
    tombstones: list[Tombstone] = []
    edits: dict[str, int] | None = None
    """Vector of the edits alone, once the row's vector also covers deletes."""
    unseen: dict[str, int] | None = None
    """What editors had seen beyond the row's vector: deletes that will arrive late."""
    pending: bool = False
    """Whether anything here still waits for late arrivals."""


class Row(Struct, frozen=True):
    """The state of one row: what everyone sees, and what the merge remembers."""

    table: str
    id: str
    vector: dict[str, int]
    values: dict[str, Any]
    causes: Causes
    deleted: bool = False
    review: list[str] = []


class Merged(Struct, frozen=True):
    """What became of one change."""

    row: Row
    duplicate: bool = False
    conflicts: list[ConflictNotice] = []
    settled: list[str] = []
    """Fields whose waiting siblings this change decided between."""


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
    slow = table.never_plain if vector else table.never_plain_at_creation
    if (
        change.operation != "delete"
        and not (causes.siblings or causes.tombstones or causes.edits or causes.pending)
        and slow.isdisjoint(change.after)
        and (change.context == vector or _same_knowledge(change.context, vector, replica))
    ):
        after = change.after
        stamps = _restamp(causes.stamps, after)
        stamps.append(Stamp(replica, number, time, list(after)))
        return Merged(
            Row(
                row.table,
                row.id,
                {**vector, replica: number},
                {**row.values, **after},
                Causes(stamps, causes.siblings, causes.sets),
                False,  # noqa: FBT003
                row.review,
            )
        )
    return _Merge(table, row, change, replica, number, time).run()


_NOTHING = Causes()


def _same_knowledge(context: dict[str, int], vector: dict[str, int], replica: str) -> bool:
    """Whether the writer had seen all that is merged here, and nothing that is not."""
    get = context.get
    return all(
        get(maker, 0) >= count or maker == replica for maker, count in vector.items()
    ) and dominates(vector, context)


def _restamp(stamps: list[Stamp], names: Any) -> list[Stamp]:
    """Take the named fields out of the stamps."""
    kept = []
    for stamp in stamps:
        rest = [name for name in stamp.fields if name not in names]
        if len(rest) == len(stamp.fields):
            kept.append(stamp)
        elif rest:
            kept.append(Stamp(stamp.replica, stamp.counter, stamp.time, rest))
    return kept


class _Merge:
    """One merge that the fast path does not cover; lives as long as the call."""

    def __init__(
        self, table: Table, row: Row, change: Change, replica: str, number: int, time: int
    ) -> None:
        self.table = table
        self.row = row
        self.change = change
        self.replica = replica
        self.number = number
        self.time = time
        self.context = change.context
        self.vector = {**row.vector, replica: number}
        self.unseen = beyond(change.context, self.vector) or None
        self.values = dict(row.values)
        self.siblings = dict(row.causes.siblings)
        self.sets = dict(row.causes.sets)
        self.tombstones = list(row.causes.tombstones)
        self.edits = row.causes.edits
        self.edits_unseen = row.causes.unseen
        self.stamps = row.causes.stamps
        self.review = set(row.review)
        self.conflicts: list[ConflictNotice] = []
        self.settled: list[str] = []

    def run(self) -> Merged:
        """Merge the change and return the new row."""
        if self.change.operation == "delete":
            self._delete()
        else:
            self._edit()
        causes = self._pruned()
        row = Row(
            self.row.table,
            self.row.id,
            self.vector,
            self.values,
            causes,
            bool(causes.tombstones),
            sorted(self.review),
        )
        return Merged(row, conflicts=self.conflicts, settled=self.settled)

    def _had_seen(self, maker: str, count: int) -> bool:
        return maker == self.replica or self.context.get(maker, 0) >= count

    # Fields

    def _edit(self) -> None:
        fresh: list[str] = []
        for name, after in self.change.after.items():
            field = self.table.by_name.get(name)
            policy = "latest" if field is None else field.policy
            if policy == "counter":
                before = self.change.before.get(name)
                self.values[name] = counter(self.values.get(name), before, after)
            elif policy == "set":
                self._set(name, after)
            elif self._register(name, after, keep_context=policy == "text"):
                fresh.append(name)
        self.stamps = _restamp(self.stamps, self.change.after)
        if fresh:
            self.stamps.append(Stamp(self.replica, self.number, self.time, fresh))
        self._restore_lone_siblings()
        self._outlive_tombstones()

    def _set(self, name: str, after: Any) -> None:
        state = members(
            self.sets.get(name) or Members({}),
            before=self.change.before.get(name) or (),
            after=after or (),
            replica=self.replica,
            number=self.number,
            context=self.context,
            unseen=self.unseen,
        )
        self.sets[name] = state
        self.values[name] = state.values()

    def _stored(self, name: str) -> list[Sibling]:
        if name in self.siblings:
            return self.siblings[name]
        for stamp in self.stamps:
            if name in stamp.fields:
                value = self.values.get(name)
                return [Sibling(stamp.replica, stamp.counter, stamp.time, value)]
        return []

    def _register(self, name: str, after: Any, *, keep_context: bool) -> bool:
        """Merge a write of a one-value field; True when it is now the only sibling."""
        field = self.table.by_name.get(name)
        stored = self._stored(name)
        late = any((one.unseen or {}).get(self.replica, 0) >= self.number for one in stored)
        once = field is not None and field.policy == "write_once"
        if late and not once:
            return self._keep(name, stored)
        write = Sibling(self.replica, self.number, self.time, after, self.unseen)
        if keep_context:
            own = self.row.vector.get(self.replica)
            context = {**self.context, self.replica: own} if own else self.context
            write = structs.replace(
                write, before=self.change.before.get(name), context=context
            )
        if once:
            live = [min([*stored, write], key=lambda one: (one.time, one.replica, one.counter))]
            concurrent = [one for one in stored if not self._had_seen(one.replica, one.counter)]
        else:
            concurrent = [one for one in stored if not self._had_seen(one.replica, one.counter)]
            live = sorted([*concurrent, write], key=lambda one: (one.replica, one.counter))
        settled = settle(field, live)
        policy = "latest" if field is None else field.policy
        if concurrent:
            self._report(name, policy, settled.value, after, review=settled.review)
        if name in self.review and not concurrent:
            self.settled.append(name)
        self.review.discard(name)
        if settled.review:
            self.review.add(name)
        self.values[name] = settled.value
        if len(live) == 1 and not keep_context and live[0] is write and self.unseen is None:
            self.siblings.pop(name, None)
            return True
        self.siblings[name] = live
        return False

    def _keep(self, name: str, stored: list[Sibling]) -> bool:
        self.siblings[name] = stored
        return False

    def _report(self, name: str, policy: str, kept: Any, written: Any, *, review: bool) -> None:
        """Record the race: the value that stands, and the one that does not show."""
        shown = self.values.get(name)
        lost = shown if kept == written else written
        if kept == shown == written or (policy == "text" and not review):
            return
        self.conflicts.append(
            ConflictNotice(self.row.table, self.row.id, name, policy, kept, lost, review)
        )

    def _restore_lone_siblings(self) -> None:
        """Fold a lone sibling of a touched field back into a stamp: it needs no more than that."""
        for name in self.change.after:
            live = self.siblings.get(name)
            if live is None or len(live) != 1 or live[0].unseen or live[0].context is not None:
                continue
            lone = live[0]
            del self.siblings[name]
            self.stamps.append(Stamp(lone.replica, lone.counter, lone.time, [name]))

    # Life and death of the row

    def _outlive_tombstones(self) -> None:
        """Let the edit lift the deletes it had seen, and those it raced where edits win."""
        if self.edits is not None:
            self.edits = {**self.edits, self.replica: self.number}
        raced = []
        kept = []
        for one in self.tombstones:
            if self._had_seen(one.replica, one.counter):
                continue
            if (one.unseen or {}).get(self.replica, 0) >= self.number:
                kept.append(one)
            elif self.table.delete == "delete_wins":
                kept.append(one)
                raced.append(one)
            else:
                raced.append(one)
        self.tombstones = kept
        if self.table.delete == "delete_wins" and self.unseen:
            self.edits_unseen = {**(self.edits_unseen or {}), **self.unseen}
        if raced:
            self._report_race(deleted=bool(kept))

    def _delete(self) -> None:
        edits = self.row.vector if self.edits is None else self.edits
        self.edits = edits
        raced = [key for key, count in edits.items() if not self._had_seen(key, count)]
        lifted = (self.edits_unseen or {}).get(self.replica, 0) >= self.number
        stands = not lifted and (not raced or self.table.delete == "delete_wins")
        if stands:
            self.tombstones.append(
                Tombstone(self.replica, self.number, self.time, self.unseen)
            )
        if raced:
            self._report_race(deleted=stands)

    def _report_race(self, *, deleted: bool) -> None:
        kept, lost = ("delete", "edit") if deleted else ("edit", "delete")
        self.conflicts.append(
            ConflictNotice(self.row.table, self.row.id, None, self.table.delete, kept, lost)
        )

    # What late arrivals still need

    def _pruned(self) -> Causes:
        """Drop what the row's vector has caught up with."""
        waiting = self.row.causes.pending or self.unseen is not None
        causes = Causes(
            self.stamps,
            self.siblings,
            self.sets,
            self.tombstones,
            self.edits,
            self.edits_unseen,
        )
        return _prune(causes, self.vector) if waiting else causes


def _rest(unseen: dict[str, int] | None, vector: dict[str, int]) -> dict[str, int] | None:
    return (beyond(unseen, vector) or None) if unseen else None


def _prune(causes: Causes, vector: dict[str, int]) -> Causes:
    stamps = list(causes.stamps)
    siblings: dict[str, list[Sibling]] = {}
    for name, stored in causes.siblings.items():
        live = [structs.replace(one, unseen=_rest(one.unseen, vector)) for one in stored]
        if len(live) == 1 and live[0].unseen is None and live[0].context is None:
            stamps.append(Stamp(live[0].replica, live[0].counter, live[0].time, [name]))
        else:
            siblings[name] = live
    sets = {
        name: Members(
            state.dots,
            {
                element: rest
                for element, unseen in state.removed.items()
                if (rest := _rest(unseen, vector))
            },
        )
        for name, state in causes.sets.items()
    }
    tombstones = [
        structs.replace(one, unseen=_rest(one.unseen, vector)) for one in causes.tombstones
    ]
    unseen = _rest(causes.unseen, vector)
    pending = (
        unseen is not None
        or any(one.unseen for live in siblings.values() for one in live)
        or any(state.removed for state in sets.values())
        or any(one.unseen for one in tombstones)
    )
    return Causes(stamps, siblings, sets, tombstones, causes.edits, unseen, pending)
