"""The wire: every message a replica and the server exchange, as frozen structs.

`PROTOCOL.md` says what each means and in which state it may be sent. MessagePack and JSON carry the
same structs. Values are JSON values without floats: text, integers, booleans, null, lists, maps.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from sync.clock import REPLICA_ID_PATTERN

PROTOCOL_VERSION = 1

Counter = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
HybridTime = Annotated[int, Meta(ge=0, le=2**53 - 1)]
ReplicaId = Annotated[str, Meta(pattern="(?!^0{16}$)" + REPLICA_ID_PATTERN)]
"""A replica that speaks to the server: never the server's own id."""
Name = Annotated[str, Meta(min_length=1, max_length=80)]
ScopeName = Annotated[str, Meta(min_length=1, max_length=80)]
RowId = Annotated[str, Meta(min_length=36, max_length=36)]

Operation = Literal["create", "update", "delete"]
Status = Literal["merged", "merged_with_conflicts", "rejected", "duplicate"]


class Change(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one user action does to one row.

    `before` holds the values the person saw, `after` the values they left; both hold only the
    fields that the action touched. `context` is the row's version vector as the replica last
    pulled it; a replica has always seen its own earlier dots, so they are not listed.
    """

    scope: ScopeName
    table: Name
    row: RowId
    operation: Operation = "update"
    context: dict[str, int] = {}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class ChangeSet(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One atomic user action. With its replica's id, `counter` is its dot.

    Made once and replayed verbatim on every retry: the server tells a retry from a forked replica
    by the content.
    """

    counter: Counter
    time: HybridTime
    intent: Name
    schema: Annotated[int, Meta(ge=1, le=1_000_000)]
    changes: Annotated[list[Change], Meta(min_length=1)]


class Waiting(Struct, frozen=True, forbid_unknown_fields=True):
    """What still waits on the device after this push: the server knows of unsent work."""

    change_sets: Annotated[int, Meta(ge=0)] = 0
    oldest: HybridTime | None = None
    upload_bytes: Annotated[int, Meta(ge=0)] = 0


class PushRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Change sets of one replica, in counter order, without gaps.

    Each change set is decoded on its own, so that one that is malformed is rejected alone.
    `sent_at` is the device's wall clock in milliseconds; its offset is recorded per device.
    """

    replica: ReplicaId
    epoch: Annotated[int, Meta(ge=1)]
    sent_at: Annotated[int, Meta(ge=0)]
    change_sets: list[Raw]
    waiting: Waiting = Waiting()
    protocol: int = PROTOCOL_VERSION


class Sentence(Struct, frozen=True):
    """A sentence shown to a person, in both languages."""

    fr: str
    en: str


class Rejection(Struct, frozen=True, omit_defaults=True):
    """Why a guard or the schema refused a change set, and where the fault lies."""

    code: str
    message: Sentence
    change: int | None = None
    """Position of the offending change in the change set."""
    table: str | None = None
    row: str | None = None
    field: str | None = None
    other: str | None = None
    """The row that stands in the way, where it is another."""


class ConflictNotice(Struct, frozen=True, omit_defaults=True):
    """Two concurrent writes that a policy settled; `review` asks a person to decide."""

    table: str
    row: str
    field: str | None
    """None when a delete raced an edit."""
    policy: str
    kept: Any
    lost: Any
    review: bool = False


class Answer(Struct, frozen=True, omit_defaults=True):
    """The server's word on one change set: only this takes it out of the outbox."""

    counter: int
    status: Status
    stored: Status | None = None
    """For a duplicate: the outcome that was stored when it first arrived."""
    rejection: Rejection | None = None
    conflicts: list[ConflictNotice] = []


class PushResponse(Struct, frozen=True):
    """Answers in counter order, and the scopes' heads after the merge."""

    server_epoch: int
    answers: list[Answer]
    last_counter: int
    """The last counter of this replica that the server holds."""
    heads: dict[str, int]
    server_time: int
    """The server's hybrid time: the replica's clock moves at least here."""


class RegisterRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Announces a replica to the server, for the logged-in user. Idempotent."""

    replica: ReplicaId
    name: Name
    platform: Annotated[str, Meta(max_length=80)] = ""
    app_version: Annotated[str, Meta(max_length=80)] = ""
    protocol: int = PROTOCOL_VERSION


class Registered(Struct, frozen=True):
    """What the server knows of a replica: its incarnation and the last counter it holds."""

    replica: str
    epoch: int
    last_counter: int
    server_epoch: int
    person: str
    server_time: int


class PullRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The client's cursor: scope -> last seq it holds. Scopes it does not name start at 0."""

    replica: ReplicaId
    epoch: Annotated[int, Meta(ge=1)]
    cursor: dict[str, Seq] = {}
    page_rows: Annotated[int, Meta(ge=1)] | None = None
    server_epoch: int = 0
    """The server's epoch as this replica knows it; 0 when it has never pulled."""
    protocol: int = PROTOCOL_VERSION


class WireRow(Struct, frozen=True, array_like=True):
    """The latest state of one row, as it goes over the wire and as the store keeps it."""

    table: str
    row: str
    seq: int
    deleted: bool
    vector: dict[str, int]
    values: dict[str, Any]
    review: list[str] = []
    """Fields whose concurrent values wait for a person's decision."""


class ScopePage(Struct, frozen=True):
    """Rows of one scope changed since the cursor, in seq order."""

    scope: str
    seq: int
    """The cursor after these rows: store it in the transaction that stores them."""
    head: int
    checksum: int
    """Checksum of the scope's live rows at `head`; compare when seq == head."""
    rows: list[WireRow]


class PullResponse(Struct, frozen=True):
    """One page of what changed, or the order to do something first."""

    server_epoch: int
    pages: list[ScopePage]
    more: bool
    withdrawn: list[str]
    """Scopes this replica may no longer read: drop their rows."""
    snapshots: list[SnapshotOffer]
    """Scopes better fetched as a prepared snapshot first."""
    server_time: int
    wipe: bool = False
    """This device was revoked: hand in the outbox, then wipe."""


class SnapshotOffer(Struct, frozen=True):
    """A prepared snapshot of a scope: fetch its pages, then pull from `seq`."""

    scope: str
    snapshot: str
    """Names this build of the snapshot; pages of two builds never mix."""
    seq: int
    checksum: int
    pages: int
    rows: int
    bytes: int


class SnapshotPage(Struct, frozen=True):
    """One page of a snapshot."""

    scope: str
    snapshot: str
    page: int
    pages: int
    rows: list[WireRow]


class LiveHello(Struct, frozen=True, tag="hello", forbid_unknown_fields=True):
    """First message of a live connection: the one-time ticket, and what to listen for."""

    ticket: str
    protocol: int = PROTOCOL_VERSION


class LiveReady(Struct, frozen=True, tag="ready"):
    """The server listens: heads as of now, so that nothing falls between pull and poke."""

    heads: dict[str, int]


class Poke(Struct, frozen=True, tag="poke"):
    """Scopes with a new head: pull now. Never data."""

    heads: dict[str, int]


class LiveBye(Struct, frozen=True, tag="bye"):
    """The server ends the connection; `code` is from the catalogue."""

    code: str


LiveMessage = LiveHello | LiveReady | Poke | LiveBye


class Problem(Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details, with the catalogue's code and the field at fault."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message: Sentence
    field: str | UnsetType = UNSET
    last_counter: int | UnsetType = UNSET
    """For `counter_gap` and `replica_forked`: the last counter the server holds."""


def digestible(change_set: ChangeSet) -> bytes:
    """Return the bytes whose digest tells a retry of a change set from a reused counter."""
    return msgspec.msgpack.encode(change_set)
