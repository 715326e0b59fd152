"""People, what they may do, and how they prove who they are."""

from server.users.access import load_access
from server.users.activity import record_activity
from server.users.directory import (
    PersonUnknownError,
    bootstrap,
    ensure_administrator,
    person_by_login,
    token_for,
)
from server.users.guards import GUARDS
from server.users.tokens import issue_token, token_secret, verify_token

__all__ = [
    "GUARDS",
    "PersonUnknownError",
    "bootstrap",
    "ensure_administrator",
    "issue_token",
    "load_access",
    "person_by_login",
    "record_activity",
    "token_for",
    "token_secret",
    "verify_token",
]
