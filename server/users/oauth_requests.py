"""The authorization request, read and judged before anything is shown or redirected.

RFC 6749, section 4.1.1, with PKCE by S256 for every client (RFC 7636, RFC 9700 section 2.1.1),
redirect URIs compared as strings (RFC 9700, section 2.1), and the issuer in every answer, against
mix-up (RFC 9207).
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec import Struct

from server.users.oauth_errors import (
    OAuthError,
    RequestUnsafeError,
    invalid_request,
    unauthorized_client,
)
from server.users.oauth_scopes import read_scopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.users.oauth_clients import Client

QUERY_CHARACTERS_MAX = 8_000
PARAMETERS_MAX = 40
STATE_CHARACTERS_MAX = 1_000

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url (RFC 7636, section 4.2)."""
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_STATE = re.compile(r"[\x20-\x7e]*")


class AuthorizationRequest(Struct, frozen=True):
    """A request that may be put to the person."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None


def parse_parameters(text: str) -> dict[str, str]:
    """Read form-encoded parameters; empty ones count as absent (RFC 6749, section 3.1).

    Raises OAuthError when one is named twice, or the text cannot be read.
    """
    if len(text) > QUERY_CHARACTERS_MAX:
        raise invalid_request("the request is too long")
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX
        )
    except ValueError:
        raise invalid_request("the parameters cannot be read") from None
    names = [name for name, _ in pairs]
    if len({*names}) != len(names):
        raise invalid_request("a parameter is named twice")
    if any("\0" in value for _, value in pairs):
        raise invalid_request("a parameter has a NUL")
    return {name: value for name, value in pairs if value}


def check_redirect(client: Client | None, parameters: Mapping[str, str]) -> str:
    """Return where the answer goes. Raises RequestUnsafeError unless it is certain."""
    if client is None:
        raise RequestUnsafeError("client_id")
    uri = parameters.get("redirect_uri")
    if uri is None or uri not in client.redirect_uris:
        raise RequestUnsafeError("redirect_uri")
    return uri


def read_request(client: Client, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """Judge the rest of a request whose client and redirect are certain. Raises OAuthError."""
    if client.kind == "machine":
        raise unauthorized_client("this client acts for no person")
    if "request" in parameters:
        raise OAuthError("request_not_supported", "no request objects")
    if "request_uri" in parameters:
        raise OAuthError("request_uri_not_supported", "no request objects")
    if "response_type" not in parameters:
        raise invalid_request("response_type is missing")
    if parameters["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "only code")
    if parameters.get("response_mode", "query") != "query":
        raise invalid_request("only response_mode query")
    challenge = parameters.get("code_challenge", "")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise invalid_request("PKCE with S256 is required: code_challenge, code_challenge_method")
    if not _is_state(parameters.get("state", "")):
        raise invalid_request("state is too long, or not printable ASCII")
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=check_redirect(client, parameters),
        scopes=read_scopes(parameters.get("scope"), client.scopes),
        challenge=challenge,
        state=parameters.get("state"),
    )


def _is_state(state: str) -> bool:
    return len(state) <= STATE_CHARACTERS_MAX and _STATE.fullmatch(state) is not None


def is_verifier(text: str) -> bool:
    """Whether a text has the shape of a PKCE verifier (RFC 7636, section 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier by S256 (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def answer_url(redirect_uri: str, issuer: str, state: str | None, **parameters: str) -> str:
    """Return the redirect that carries an answer: its issuer with it, the state as it came."""
    parts = urlsplit(redirect_uri)
    added = {**parameters, **({} if state is None else {"state": state}), "iss": issuer}
    query = "&".join(filter(None, (parts.query, urlencode(added))))
    return urlunsplit(parts._replace(query=query))


def origin_of(redirect_uri: str) -> str:
    """Return what a security policy calls the place a redirect leads to."""
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("https", "http"):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
