"""Messages to people: written with what they tell of, and delivered at least once."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB

from server.store.metadata import METADATA

_UNSENT = text("sent_at IS NULL AND given_up_at IS NULL")

MESSAGE_OUTBOX = SqlTable(
    "message_outbox",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("kind", Text(), nullable=False, comment="invitation, password_reset, ..."),
    Column("login", Text(), nullable=False, comment="the e-mail address or phone to send to"),
    Column("language", Text()),
    Column("secret", LargeBinary(), comment="what the message must tell, sealed; gone once sent"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("words", JSONB(), comment="NULL: its kind is worded when it is sent; gone once sent"),
    Column("once", Text(), comment="a second message of the same name is not put"),
    Column("attempts", Integer(), nullable=False, server_default=text("0")),
    Column(
        "next_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("'-infinity'"),
        comment="when to try, and up to when a worker that took it has it to itself",
    ),
    Column("given_up_at", DateTime(timezone=True), comment="the other side will never take it"),
    Column("error", Text(), comment="why it was not sent at the last attempt"),
    UniqueConstraint("once", name="message_outbox_once"),
)
Index(
    "message_outbox_due",
    MESSAGE_OUTBOX.c.next_at,
    MESSAGE_OUTBOX.c.id,
    postgresql_where=_UNSENT,
    info={"question": "what is to be sent now"},
)
Index(
    "message_outbox_login",
    MESSAGE_OUTBOX.c.login,
    MESSAGE_OUTBOX.c.made_at,
    info={"question": "was a message sent to this login a moment ago"},
)
