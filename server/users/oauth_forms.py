"""What the doors of the authorization server share: forms in, and who we are to clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.errors import ProblemError
from server.users.oauth_errors import invalid_request
from server.users.oauth_requests import parse_parameters
from server.wire import read_body

if TYPE_CHECKING:
    from litestar import Request

    from server.settings import Settings

FORM = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 16 * 1024


async def read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return the parameters of a form-encoded body. Raises OAuthError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise invalid_request(f"the body is to be {FORM}")
    try:
        body = (await read_body(request, FORM_BYTES_MAX)).decode("utf-8")
    except ProblemError as problem:
        raise invalid_request(problem.detail) from problem
    except UnicodeDecodeError:
        raise invalid_request("the body is not UTF-8") from None
    return parse_parameters(body)


def base_url(settings: Settings) -> str:
    """Return the address that other systems know us by: the issuer of RFC 8414 and RFC 9207."""
    return (settings.public_url or settings.http_url).rstrip("/")


def caller_address(request: Request[Any, Any, Any]) -> str:
    """Return the network address that a request comes from."""
    return "" if request.client is None else request.client.host
