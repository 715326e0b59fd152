"""Other systems' clients and what people granted them; sign-in through the company's provider."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from server.store.metadata import METADATA

OAUTH_CLIENT = SqlTable(
    "oauth_client",
    METADATA,
    Column("id", Text(), primary_key=True),
    Column("name", Text(), nullable=False, comment="what people read when they are asked"),
    Column("kind", Text(), nullable=False, comment="confidential, public or machine"),
    Column("secret_digest", LargeBinary(), comment="SHA-256 of 256 random bits; none when public"),
    Column("redirect_uris", ARRAY(Text()), nullable=False),
    Column("scopes", ARRAY(Text()), nullable=False, comment="the most it may ask for"),
    Column("person_id", UUID(), comment="the service person that a machine acts as"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("removed_at", DateTime(timezone=True)),
)

OAUTH_CONSENT = SqlTable(
    "oauth_consent",
    METADATA,
    Column("person_id", UUID(), primary_key=True),
    Column("client_id", Text(), ForeignKey("oauth_client.id"), primary_key=True),
    Column("scopes", ARRAY(Text()), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)

OAUTH_GRANT = SqlTable(
    "oauth_grant",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("client_id", Text(), ForeignKey("oauth_client.id"), nullable=False),
    Column("person_id", UUID(), nullable=False),
    Column("scopes", ARRAY(Text()), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, comment="unless it is renewed"),
    Column("generation", BigInteger(), comment="of its refresh token; none when it has none"),
    Column("rotated_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text()),
    comment="All tokens that come from one consent's code, or from one call of a machine.",
)
Index(
    "oauth_grant_person",
    OAUTH_GRANT.c.person_id,
    OAUTH_GRANT.c.client_id,
    info={"question": "what this person granted to this client"},
)
Index(
    "oauth_grant_client",
    OAUTH_GRANT.c.client_id,
    OAUTH_GRANT.c.expires_at,
    info={"question": "what ends with this client, and what of it is past"},
)

OAUTH_CODE = SqlTable(
    "oauth_code",
    METADATA,
    Column("digest", LargeBinary(), primary_key=True),
    Column("grant_id", UUID(), ForeignKey("oauth_grant.id", ondelete="CASCADE"), nullable=False),
    Column("redirect_uri", Text(), nullable=False),
    Column("challenge", Text(), nullable=False, comment="of PKCE, S256"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)
Index("oauth_code_grant", OAUTH_CODE.c.grant_id, info={"question": "the code of a grant"})

OIDC_FLOW = SqlTable(
    "oidc_flow",
    METADATA,
    Column("state_digest", LargeBinary(), primary_key=True),
    Column("browser_digest", LargeBinary(), nullable=False, comment="of the cookie it began with"),
    Column("nonce", Text(), nullable=False),
    Column("verifier", Text(), nullable=False, comment="of PKCE, towards the provider"),
    Column("challenge", Text(), comment="of PKCE, of the app that waits for the person"),
    Column("authorization_query", Text(), comment="the request of a client that waits instead"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("oidc_flow_expires", OIDC_FLOW.c.expires_at, info={"question": "which sign-ins are past"})

OIDC_TICKET = SqlTable(
    "oidc_ticket",
    METADATA,
    Column("digest", LargeBinary(), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("challenge", Text(), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("oidc_ticket_expires", OIDC_TICKET.c.expires_at, info={"question": "which tickets are past"})

OIDC_IDENTITY = SqlTable(
    "oidc_identity",
    METADATA,
    Column("issuer", Text(), primary_key=True),
    Column("subject", Text(), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("provisioned", Boolean(), nullable=False, comment="made at the first sign-in"),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)
Index(
    "oidc_identity_person",
    OIDC_IDENTITY.c.person_id,
    info={"question": "the company identities of a person"},
)
