"""A server in memory, honest to the HTTP contract, on top of the pure merge.

It answers as the real one promises to: change sets one by one, duplicates with their stored
outcome, gaps and forks with the last counter, rows in seq order, tombstones, withdrawn scopes, and
a new epoch once it was restored from a backup.
"""

from __future__ import annotations

from copy import deepcopy
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct, structs

from sync import checksum, errors
from sync.changes import (
    Answer,
    Change,
    ChangeSet,
    Problem,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    Registered,
    RegisterRequest,
    ScopePage,
    Sentence,
    SnapshotOffer,
    SnapshotPage,
    WireRow,
)
from sync.clock import SERVER_REPLICA, clamp, hybrid_time
from sync.merge import Row, merge
from sync.replica.transport import RefusedByServerError
from sync.tables import TABLES
from sync.validation import check_scope, check_shape, check_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.errors import ErrorCode
    from sync.schema import Table

DRIFT_MS_MAX = 60_000
_decode_change_set = msgspec.msgpack.Decoder(ChangeSet).decode


class Known(Struct):
    """What the server knows of one replica."""

    person: str
    epoch: int = 1
    last_counter: int = 0
    digests: dict[int, bytes] = {}
    answers: dict[int, Answer] = {}


class Held(Struct):
    """One row: its merge state and its place in its scope."""

    row: Row
    scope: str
    seq: int


class State(Struct):
    """All that a backup of the server holds."""

    epoch: int = 1
    replicas: dict[str, Known] = {}
    rows: dict[str, Held] = {}
    heads: dict[str, int] = {}
    snapshots: dict[str, list[SnapshotPage]] = {}
    offers: dict[str, SnapshotOffer] = {}
    rejected: list[list[Change]] = []
    """What was refused, kept whole for its author."""


def refusal(error: ErrorCode, *, last_counter: int | None = None) -> RefusedByServerError:
    """Build the refusal of a whole request."""
    return RefusedByServerError(
        Problem(
            type=f"urn:derrick:{error.code}",
            title=error.en,
            status=error.status,
            code=error.code,
            detail=error.cause,
            message=Sentence(fr=error.fr, en=error.en),
            last_counter=UNSET if last_counter is None else last_counter,
        )
    )


class ReferenceServer:
    """The whole server, without a network."""

    def __init__(self, *, clock: Callable[[], int], tables: Mapping[str, Table] = TABLES) -> None:
        self.clock = clock
        self.tables = tables
        self.state = State()
        self.merged: list[tuple[str, int]] = []
        """Every dot whose changes were merged, in this server's present history."""
        self.readers: dict[str, set[str]] = {}
        """Person -> scopes; who is not named reads all."""
        self.forbidden: set[str] = set()
        """Intents that the guard refuses."""
        self.revoked: set[str] = set()
        self.receipts: list[list[str]] = []
        """Replicas that revoked devices said they had erased."""
        """Persons whose devices are told to wipe themselves."""
        self.page_rows = 1_000
        self.snapshot_rows_min = 1_000_000
        self.snapshot_page_rows = 3
        self.push_bytes_max = 1 << 30

    # The doors

    def register(self, person: str, request: RegisterRequest) -> Registered:
        """Announce a replica."""
        known = self.state.replicas.setdefault(request.replica, Known(person))
        if known.person != person:
            raise refusal(errors.REPLICA_UNKNOWN)
        return Registered(
            replica=request.replica,
            epoch=known.epoch,
            last_counter=known.last_counter,
            server_epoch=self.state.epoch,
            person=person,
            server_time=hybrid_time(self.clock()),
        )

    def push(self, person: str, request: PushRequest) -> PushResponse:
        """Merge change sets, and answer each."""
        if sum(len(bytes(raw)) for raw in request.change_sets) > self.push_bytes_max:
            raise refusal(errors.BODY_TOO_LARGE)
        known = self._known(person, request.replica)
        payloads = [bytes(raw) for raw in request.change_sets]
        change_sets = [_decode_change_set(payload) for payload in payloads]
        if request.epoch != known.epoch:
            raise refusal(errors.REPLICA_FORKED, last_counter=known.last_counter)
        expected = known.last_counter
        for change_set, payload in zip(change_sets, payloads, strict=True):
            digest = known.digests.get(change_set.counter)
            if digest is not None and digest != sha256(payload).digest():
                raise refusal(errors.REPLICA_FORKED, last_counter=known.last_counter)
            if change_set.counter > expected + 1:
                raise refusal(errors.COUNTER_GAP, last_counter=known.last_counter)
            expected = max(expected, change_set.counter)
        answers = [
            self._answer(known, request.replica, change_set, payload)
            for change_set, payload in zip(change_sets, payloads, strict=True)
        ]
        touched = {change.scope for one in change_sets for change in one.changes}
        return PushResponse(
            server_epoch=self.state.epoch,
            answers=answers,
            last_counter=known.last_counter,
            heads={scope: self.state.heads.get(scope, 0) for scope in sorted(touched)},
            server_time=hybrid_time(self.clock()),
        )

    def pull(self, person: str, request: PullRequest) -> PullResponse:
        """Return what changed since the cursor."""
        self._known(person, request.replica)
        pages: list[ScopePage] = []
        offers: list[SnapshotOffer] = []
        withdrawn: list[str] = []
        more = False
        if request.server_epoch in (0, self.state.epoch):
            withdrawn = [scope for scope in request.cursor if not self._reads(person, scope)]
            room = min(request.page_rows or self.page_rows, self.page_rows)
            for scope in sorted(self.state.heads):
                since = request.cursor.get(scope, 0)
                if not self._reads(person, scope) or since >= self.state.heads[scope]:
                    continue
                offer = self._offer(scope, since)
                if offer is not None:
                    offers.append(offer)
                    continue
                if room <= 0:
                    more = True
                    break
                page, cut = self._page(scope, since, room)
                pages.append(page)
                room -= len(page.rows)
                more = more or cut
        return PullResponse(
            server_epoch=self.state.epoch,
            pages=pages,
            more=more,
            withdrawn=withdrawn,
            snapshots=offers,
            server_time=hybrid_time(self.clock()),
            wipe=person in self.revoked,
        )

    def wiped(self, person: str, replicas: list[str]) -> None:
        """Take the receipt of a wipe."""
        if person not in self.revoked:
            raise refusal(errors.FORBIDDEN)
        self.receipts.append(replicas)

    def snapshot_page(self, snapshot: str, page: int) -> SnapshotPage:
        """Return one page of a snapshot."""
        pages = self.state.snapshots.get(snapshot)
        if pages is None:
            raise refusal(errors.SNAPSHOT_GONE)
        return pages[page]

    # What happens to a server

    def backup(self) -> State:
        """Return all that a backup holds."""
        return deepcopy(self.state)

    def restore(self, backup: State) -> None:
        """Go back to a backup: work since then is lost, and the epoch moves on."""
        epoch = self.state.epoch + 1
        self.state = deepcopy(backup)
        self.state.epoch = epoch
        self.merged = [
            (replica, counter)
            for replica, counter in self.merged
            if counter <= self.last_counter(replica)
        ]

    def last_counter(self, replica: str) -> int:
        """Return the last counter held of a replica."""
        known = self.state.replicas.get(replica)
        return 0 if known is None else known.last_counter

    def write(self, row: str, after: dict[str, Any]) -> None:
        """Write fields that only the server writes."""
        held = self.state.rows[row]
        change = Change(
            scope=held.scope,
            table=held.row.table,
            row=row,
            context=dict(held.row.vector),
            after=after,
        )
        number = self.state.heads[held.scope] + 1
        self._merge(change, SERVER_REPLICA, number, hybrid_time(self.clock()))

    def replace_snapshots(self) -> None:
        """Forget the prepared snapshots."""
        self.state.snapshots.clear()
        self.state.offers.clear()

    # What tests compare with

    def scope_rows(self, scope: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return the live rows of a scope: id -> (table, values)."""
        return {
            held.row.id: (held.row.table, held.row.values)
            for held in self.state.rows.values()
            if held.scope == scope and not held.row.deleted
        }

    def checksum(self, scope: str) -> int:
        """Return a scope's checksum, counted from its rows."""
        total = 0
        for row, (table, values) in self.scope_rows(scope).items():
            total = checksum.add(total, checksum.row_checksum(table, row, values))
        return total

    # Within

    def _known(self, person: str, replica: str) -> Known:
        known = self.state.replicas.get(replica)
        if known is None or known.person != person:
            raise refusal(errors.REPLICA_UNKNOWN)
        return known

    def _reads(self, person: str, scope: str) -> bool:
        return scope in self.readers.get(person, {scope})

    def _answer(self, known: Known, replica: str, change_set: ChangeSet, payload: bytes) -> Answer:
        counter = change_set.counter
        stored = known.answers.get(counter)
        if stored is not None:
            return structs.replace(stored, status="duplicate", stored=stored.status)
        answer = self._judge(known.person, replica, change_set)
        known.last_counter = counter
        known.digests[counter] = sha256(payload).digest()
        known.answers[counter] = answer
        return answer

    def _judge(self, person: str, replica: str, change_set: ChangeSet) -> Answer:
        counter = change_set.counter
        for position, change in enumerate(change_set.changes):
            error = self._fault(person, replica, change_set.intent, change)
            if error is not None:
                self.state.rejected.append(change_set.changes)
                return Answer(
                    counter, "rejected", rejection=errors.rejection(error, change=position)
                )
        time = clamp(change_set.time, self.clock(), DRIFT_MS_MAX)
        conflicts = []
        for change in change_set.changes:
            conflicts += self._merge(change, replica, counter, time)
        self.merged.append((replica, counter))
        return Answer(
            counter, "merged_with_conflicts" if conflicts else "merged", conflicts=conflicts
        )

    def _fault(self, person: str, replica: str, intent: str, change: Change) -> ErrorCode | None:
        table = self.tables.get(change.table)
        if table is None:
            return errors.TABLE_UNKNOWN
        if intent in self.forbidden or not self._reads(person, change.scope):
            return errors.ACCESS_DENIED
        held = self.state.rows.get(change.row)
        row = None if held is None else held.row
        if held is not None and held.scope != change.scope:
            return errors.ROW_MISMATCH
        fault = (
            check_shape(table, change, newer=False, server=False)
            or check_scope(table, change, row)
            or check_state(table, row, change, replica)
        )
        return None if fault is None else fault.error

    def _merge(self, change: Change, replica: str, number: int, time: int) -> list[Any]:
        held = self.state.rows.get(change.row)
        table = self.tables[change.table]
        row = None if held is None else held.row
        merged = merge(table, row, change, replica=replica, number=number, time=time)
        if not merged.duplicate:
            seq = self.state.heads.get(change.scope, 0) + 1
            self.state.heads[change.scope] = seq
            self.state.rows[change.row] = Held(merged.row, change.scope, seq)
        return list(merged.conflicts)

    def _wire(self, scope: str, since: int) -> list[WireRow]:
        rows = [held for held in self.state.rows.values() if held.scope == scope]
        return [
            WireRow(
                table=held.row.table,
                row=held.row.id,
                seq=held.seq,
                deleted=held.row.deleted,
                vector=held.row.vector,
                values=held.row.values,
                review=held.row.review,
            )
            for held in sorted(rows, key=lambda one: one.seq)
            if held.seq > since
        ]

    def _page(self, scope: str, since: int, room: int) -> tuple[ScopePage, bool]:
        rows = self._wire(scope, since)
        head = self.state.heads[scope]
        cut = len(rows) > room
        rows = rows[:room]
        seq = rows[-1].seq if cut else head
        return ScopePage(scope, seq, head, self.checksum(scope), rows), cut

    def _offer(self, scope: str, since: int) -> SnapshotOffer | None:
        prepared = self.state.offers.get(scope)
        if prepared is not None:
            return prepared if since < prepared.seq and since == 0 else None
        rows = self._wire(scope, 0)
        if since > 0 or len(rows) < self.snapshot_rows_min:
            return None
        size = self.snapshot_page_rows
        head = self.state.heads[scope]
        name = f"{scope.replace(':', '-')}-{self.state.epoch}-{head}"
        cuts = [rows[start : start + size] for start in range(0, len(rows), size)]
        self.state.snapshots[name] = [
            SnapshotPage(scope, name, page, len(cuts), cut) for page, cut in enumerate(cuts)
        ]
        offer = SnapshotOffer(
            scope, name, head, self.checksum(scope), len(cuts), len(rows), len(repr(rows))
        )
        self.state.offers[scope] = offer
        return offer
