"""The refresh token as a cookie: browsers keep it where no script can read it.

The access token stays in the page's memory. That a request comes from our own pages is checked by
the outer wall; the cookie is sent by our own site alone (SameSite=Lax).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.datastructures import Cookie
from msgspec import structs

from server.wire import respond

if TYPE_CHECKING:
    from litestar import Request, Response

    from server.users.sessions import SessionTokens

COOKIE = "__Host-derrick_refresh"
WISH_HEADER = "x-derrick-session"
DAY_SECONDS = 24 * 3600


def wants_cookie(request: Request[Any, Any, Any]) -> bool:
    """Whether the client asked for the refresh token as a cookie, or has it as one already."""
    return request.headers.get(WISH_HEADER, "") == "cookie" or COOKIE in request.cookies


def tokens_response(
    request: Request[Any, Any, Any], tokens: SessionTokens, *, days: int, status: int = 200
) -> Response[bytes]:
    """Answer with a session's tokens.

    Args:
        request: the login or the refresh.
        tokens: what it gives.
        days: how long the browser may keep the cookie.
        status: of the answer.

    """
    headers = {"cache-control": "no-store"}
    refresh = tokens.refresh_token
    if refresh is None or not wants_cookie(request):
        return respond(request, tokens, status=status, headers=headers)
    answer = respond(
        request, structs.replace(tokens, refresh_token=None), status=status, headers=headers
    )
    answer.set_cookie(_cookie(refresh, days * DAY_SECONDS))
    return answer


def keep_in_cookie(answer: Response[bytes], refresh: str, *, days: int) -> Response[bytes]:
    """Have the browser keep a refresh token, for so many days."""
    answer.set_cookie(_cookie(refresh, days * DAY_SECONDS))
    return answer


def forget_cookie(answer: Response[bytes]) -> Response[bytes]:
    """Have the browser drop the cookie."""
    answer.set_cookie(_cookie("", 0))
    return answer


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        path="/",
        max_age=seconds,
        secure=True,
        httponly=True,
        samesite="lax",
    )
