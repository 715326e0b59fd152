"""Devices, the people on them, their sessions, and the keys that sign tokens."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from server.store.metadata import METADATA

_no_milliseconds = text("'{}'::bigint[]")

SIGNING_KEY = SqlTable(
    "signing_key",
    METADATA,
    Column("kid", Text(), primary_key=True),
    Column("algorithm", Text(), nullable=False),
    Column("public", LargeBinary(), nullable=False, comment="the raw public key"),
    Column("sealed", LargeBinary(), nullable=False, comment="the private key, encrypted"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("signs_from", DateTime(timezone=True), nullable=False),
    comment="The key that signs is the one with the latest signs_from that has come.",
)

DEVICE = SqlTable(
    "device",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("name", Text(), nullable=False),
    Column("platform", Text(), nullable=False, server_default=text("''")),
    Column("app_version", Text(), nullable=False, server_default=text("''")),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("registered_by", UUID(), nullable=False),
    Column("replaces", UUID(), comment="the revoked device that it was before"),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", UUID()),
    Column("wipe_requested_at", DateTime(timezone=True)),
    Column("wiped_at", DateTime(timezone=True)),
)

DEVICE_PERSON = SqlTable(
    "device_person",
    METADATA,
    Column("device_id", UUID(), ForeignKey("device.id"), primary_key=True),
    Column("person_id", UUID(), primary_key=True),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("pin_set_at", DateTime(timezone=True)),
    Column("pin_reset_at", DateTime(timezone=True)),
    Column("pin_reset_by", UUID()),
)
Index(
    "device_person_person",
    DEVICE_PERSON.c.person_id,
    info={"question": "the devices that a person works on"},
)

SESSION = SqlTable(
    "session",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("device_id", UUID(), ForeignKey("device.id"), nullable=False),
    Column("method", Text(), nullable=False, comment="how the person proved who they are"),
    Column("address", Text()),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), comment="whatever is done meanwhile"),
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    Column("refresh_digest", LargeBinary(), nullable=False, comment="of the current token"),
    Column("generation", BigInteger(), nullable=False, server_default=text("0")),
    Column(
        "confirmed",
        BigInteger(),
        nullable=False,
        server_default=text("0"),
        comment="the generation that the device has shown to hold",
    ),
    Column(
        "rotations",
        ARRAY(BigInteger()),
        nullable=False,
        server_default=_no_milliseconds,
        comment="when the last generations were exchanged, in milliseconds, newest last",
    ),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text()),
    Column(
        "prove_by",
        DateTime(timezone=True),
        comment="when it ends unless a one-time code was shown in it",
    ),
    postgresql_with={"fillfactor": 70},
    comment="One login of one person on one device: a family of refresh tokens.",
)
Index(
    "session_person",
    SESSION.c.person_id,
    SESSION.c.opened_at,
    info={"question": "the sessions of a person, newest first"},
)
Index(
    "session_device",
    SESSION.c.device_id,
    postgresql_where=text("ended_at IS NULL"),
    info={"question": "the open sessions on a device"},
)
Index(
    "session_prove_by",
    SESSION.c.prove_by,
    postgresql_where=text("ended_at IS NULL"),
    info={"question": "which open sessions are to end for want of a code"},
)

PERSON_SIGN_OUT = SqlTable(
    "person_sign_out",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("before", DateTime(timezone=True), nullable=False),
    comment="Tokens without a session that were made before this moment are void.",
)

HELD_CHANGE_SET = SqlTable(
    "held_change_set",
    METADATA,
    Column("replica", Text(), primary_key=True),
    Column("counter", BigInteger(), primary_key=True, autoincrement=False),
    Column("person_id", UUID(), nullable=False),
    Column("device_id", UUID()),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("decision", Text()),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_by", UUID()),
    Column("released_as", Text(), comment="the replica that it was merged under"),
    Column("released_counter", BigInteger()),
    Column("outcome", JSON(), comment="what the merge answered"),
    # The change set itself is kept with the rejection that told the device so.
    ForeignKeyConstraint(["replica", "counter"], ["rejection.replica", "rejection.counter"]),
    comment="What revoked devices handed in: merged only if a supervisor says so.",
)
Index(
    "held_change_set_open",
    HELD_CHANGE_SET.c.received_at,
    postgresql_where=text("outcome IS NULL AND decision IS DISTINCT FROM 'discard'"),
    info={"question": "what waits for a supervisor, oldest first"},
)
