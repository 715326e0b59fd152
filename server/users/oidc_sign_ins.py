"""Sign-ins with the company that are under way: each state, and each ticket, is good once.

A sign-in is bound to the browser that began it, so that nobody is signed in as another by a link
(RFC 9700, section 4.7); its nonce binds the id_token to it. What it ends in for our own app is a
ticket, which is worth nothing without the verifier that the app kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from server.users.oauth_requests import challenge_of

if TYPE_CHECKING:
    from server.store import Connection

SIGN_IN_SECONDS = 600
TICKET_SECONDS = 120

_BEGIN = """
    INSERT INTO oidc_flow (state_digest, browser_digest, nonce, verifier, challenge,
        authorization_query, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_TAKE = """
    DELETE FROM oidc_flow WHERE state_digest = $1
    RETURNING browser_digest, nonce, verifier, challenge, authorization_query, expires_at
"""
_MAKE_TICKET = """
    INSERT INTO oidc_ticket (digest, person_id, challenge, expires_at) VALUES ($1, $2, $3, $4)
"""
_TAKE_TICKET = """
    DELETE FROM oidc_ticket WHERE digest = $1
    RETURNING person_id::text AS person, challenge, expires_at
"""
_FORGET = "DELETE FROM oidc_flow WHERE expires_at < $1"
_FORGET_TICKETS = "DELETE FROM oidc_ticket WHERE expires_at < $1"


class SignIn(Struct, frozen=True):
    """A sign-in that was begun here."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE, towards the provider."""
    challenge: str | None
    """Of the app that waits for a ticket."""
    query: str | None
    """Of the other system's request that waits instead."""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


async def begin(
    connection: Connection,
    *,
    browser: str,
    challenge: str | None,
    query: str | None,
    now: dt.datetime,
) -> SignIn:
    """Begin a sign-in on a browser."""
    made = SignIn(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        challenge=challenge,
        query=query,
    )
    await connection.execute(_FORGET, now)
    await connection.execute(
        _BEGIN,
        _digest(made.state),
        _digest(browser),
        made.nonce,
        made.verifier,
        challenge,
        query,
        now + dt.timedelta(seconds=SIGN_IN_SECONDS),
    )
    return made


async def take(
    connection: Connection, state: str, *, browser: str, now: dt.datetime
) -> SignIn | None:
    """Return the sign-in of a state, once; None when it is not this browser's, or too old."""
    record = await connection.fetchrow(_TAKE, _digest(state))
    if record is None or record["expires_at"] <= now:
        return None
    if not hmac.compare_digest(record["browser_digest"], _digest(browser)):
        return None
    return SignIn(
        state,
        record["nonce"],
        record["verifier"],
        record["challenge"],
        record["authorization_query"],
    )


async def make_ticket(connection: Connection, person: str, challenge: str, now: dt.datetime) -> str:
    """Return a ticket with which the app that began a sign-in opens its session."""
    ticket = secrets.token_urlsafe(32)
    await connection.execute(_FORGET_TICKETS, now)
    expires_at = now + dt.timedelta(seconds=TICKET_SECONDS)
    await connection.execute(_MAKE_TICKET, _digest(ticket), person, challenge, expires_at)
    return ticket


async def take_ticket(
    connection: Connection, ticket: str, verifier: str, now: dt.datetime
) -> str | None:
    """Return the person of a ticket, once; None when the verifier is not the app's."""
    record = await connection.fetchrow(_TAKE_TICKET, _digest(ticket))
    if record is None or record["expires_at"] <= now:
        return None
    right = hmac.compare_digest(challenge_of(verifier), record["challenge"])
    return str(record["person"]) if right else None
