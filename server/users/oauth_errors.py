"""How the authorization server refuses: the codes of RFC 6749, sections 4.1.2.1 and 5.2."""

from __future__ import annotations


class OAuthError(Exception):
    """A refusal that goes to the client: in the body of the answer, or along the redirect."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status


class RequestUnsafeError(Exception):
    """A refusal that goes to the person: it is not certain to whom a redirect would lead.

    RFC 6749, section 4.1.2.1: a wrong client or redirect URI must not be redirected to.
    """


def invalid_request(description: str) -> OAuthError:
    """Refuse a request that lacks something, has it twice, or has what is not understood."""
    return OAuthError("invalid_request", description)


def invalid_client(description: str) -> OAuthError:
    """Refuse a client that did not prove who it is."""
    return OAuthError("invalid_client", description, status=401)


def invalid_grant(description: str) -> OAuthError:
    """Refuse a code or a refresh token: wrong, used, too old, or of another client."""
    return OAuthError("invalid_grant", description)


def invalid_scope(description: str) -> OAuthError:
    """Refuse scopes that are unknown, or more than may be had."""
    return OAuthError("invalid_scope", description)


def unauthorized_client(description: str) -> OAuthError:
    """Refuse a grant that this kind of client does not have."""
    return OAuthError("unauthorized_client", description)
