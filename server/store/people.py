"""How people prove who they are: passwords, one-time codes, invitations, resets, brakes.

None of these rows is synced: no tablet ever holds one. Who a person is stands in the synced table
`person`; what is here is kept when a person is deactivated, so that activating them again is one
step.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.store.metadata import METADATA

_now = text("now()")

CREDENTIAL = SqlTable(
    "credential",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("login", Text(), nullable=False, comment="normalised: what is looked up at login"),
    Column("password_hash", Text(), nullable=False, comment="argon2id, encoded"),
    Column("password_changed_at", DateTime(timezone=True), nullable=False, server_default=_now),
    UniqueConstraint("login", name="credential_login"),
)

ONE_TIME_CODE = SqlTable(
    "one_time_code",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("secret", LargeBinary(), nullable=False, comment="sealed with the identity key"),
    Column("last_step", BigInteger(), nullable=False, server_default=text("0")),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("confirmed_at", DateTime(timezone=True), comment="NULL until the first code is shown"),
)

RECOVERY_CODE = SqlTable(
    "recovery_code",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("digest", LargeBinary(), primary_key=True, comment="keyed: HMAC of the code"),
    Column("used_at", DateTime(timezone=True)),
)

ROLE_REQUIREMENT = SqlTable(
    "role_requirement",
    METADATA,
    Column("role", Text(), primary_key=True),
    Column("one_time_codes", Boolean(), nullable=False),
    comment="What a role must do to log in, held for the organisation or for any project.",
)

INVITATION = SqlTable(
    "invitation",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("form", Text(), nullable=False, comment="link or code"),
    Column("digest", LargeBinary(), nullable=False, comment="keyed: HMAC of the link or the code"),
    Column("login", Text(), nullable=False, comment="normalised"),
    Column("name", Text(), nullable=False),
    Column("role", Text(), nullable=False),
    Column("language", Text()),
    Column("projects", JSONB(), nullable=False, comment="project id -> role in it"),
    Column("invited_by", UUID(), comment="NULL: registered alone, or from the console"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("tries_left", Integer(), nullable=False),
    Column("accepted_at", DateTime(timezone=True)),
    Column("person_id", UUID(), comment="whom it became"),
    Column("withdrawn_at", DateTime(timezone=True)),
)
Index(
    "invitation_digest",
    INVITATION.c.digest,
    unique=True,
    info={"question": "which invitation is this link"},
)
Index(
    "invitation_open",
    INVITATION.c.login,
    postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
    info={"question": "is this login invited, and by which code"},
)

PASSWORD_RESET = SqlTable(
    "password_reset",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("form", Text(), nullable=False, comment="link or code"),
    Column("digest", LargeBinary(), nullable=False, comment="keyed: HMAC of the link or the code"),
    Column("made_by", UUID(), comment="the administrator; NULL when the person asked"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("tries_left", Integer(), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    # A new one replaces the one before: at most one link and one code wait for a person.
    UniqueConstraint("person_id", "form", name="password_reset_person_form"),
)
Index(
    "password_reset_digest",
    PASSWORD_RESET.c.digest,
    unique=True,
    info={"question": "which reset is this link"},
)

LOGIN_BRAKE = SqlTable(
    "login_brake",
    METADATA,
    Column("account", LargeBinary(), primary_key=True, comment="keyed: HMAC of the login tried"),
    Column("source", Text(), primary_key=True, comment="a network, a known device, or * for all"),
    Column("failures", Integer(), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="when to try again"),
    comment="Failed logins of accounts that exist and that do not: the two look alike.",
    postgresql_with={"fillfactor": 50},
)
Index("login_brake_last", LOGIN_BRAKE.c.last_at, info={"question": "which brakes are forgotten"})

PERSON_PHOTO = SqlTable(
    "person_photo",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("digest", Text(), nullable=False, comment="SHA-256, as in person.photo"),
    Column("media_type", Text(), nullable=False),
    Column("body", LargeBinary(), nullable=False),
)
