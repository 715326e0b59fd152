"""People, what they may do, and how they prove who they are."""

from server.users.access import access_of, load_access
from server.users.activity import record_activity
from server.users.directory import (
    PersonUnknownError,
    bootstrap,
    ensure_administrator,
    person_by_login,
    token_for,
)
from server.users.guards import GUARDS, prepare_people
from server.users.identity import Confirmations, Identity, identify
from server.users.keys import KeyRing
from server.users.secret import token_secret
from server.users.sessions import (
    DeviceClaim,
    Sessions,
    SessionTokens,
    end_sessions,
    sign_out_everywhere,
)
from server.users.tokens import AccessClaims, Verifier, bearer_of, issue_token

__all__ = [
    "GUARDS",
    "AccessClaims",
    "Confirmations",
    "DeviceClaim",
    "Identity",
    "KeyRing",
    "PersonUnknownError",
    "SessionTokens",
    "Sessions",
    "Verifier",
    "access_of",
    "bearer_of",
    "bootstrap",
    "end_sessions",
    "ensure_administrator",
    "identify",
    "issue_token",
    "load_access",
    "person_by_login",
    "prepare_people",
    "record_activity",
    "sign_out_everywhere",
    "token_for",
    "token_secret",
]
