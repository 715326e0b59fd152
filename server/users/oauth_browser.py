"""Who sits at the browser that another system sent here: a cookie, and a mark in our forms.

The cookie names a session, so that logging out everywhere, deactivation and revocation hold for it
at once; it gives nothing but these pages. A form's mark is bound to the browser, the person and the
request it answers: no other page, and no other request, can fill it in.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.datastructures import Cookie
from msgspec import Struct

from server.users.sealing import IdentityKeys, SealBrokenError

if TYPE_CHECKING:
    from litestar import Request

    from server.context import Context

SECONDS = 12 * 3600
COOKIE = "derrick-browser"
_USE = "browser"

_PERSON = """
    SELECT person.name, person.language FROM session
    JOIN person ON person.id = session.person_id JOIN device ON device.id = session.device_id
    WHERE session.id = $1 AND session.person_id = $2 AND session.ended_at IS NULL
        AND (session.expires_at IS NULL OR session.expires_at > $3)
        AND device.revoked_at IS NULL AND NOT person.deleted AND coalesce(person.active, true)
"""


class Browser(Struct, frozen=True):
    """A browser, and the person who signed in on it."""

    id: str
    """A UUID, which is also the device that its sessions belong to."""
    person: str | None = None
    session: str | None = None
    name: str = ""
    """The person's, to be shown."""
    language: str | None = None


def new_browser() -> Browser:
    """Return a browser that nobody has signed in on."""
    return Browser(str(uuid.uuid4()))


async def browser_of(request: Request[Any, Any, Any], context: Context) -> Browser:
    """Return the browser that a request comes from; a new one when it is not known."""
    kept = _read(IdentityKeys(context.token_secret), request.cookies.get(cookie_name(request)))
    if kept is None or kept[3] <= context.now().timestamp():
        return new_browser() if kept is None else Browser(kept[0])
    browser, person, session, _ = kept
    if person is None or session is None:
        return Browser(browser)
    record = await context.pool.fetchrow(_PERSON, session, person, context.now())
    if record is None:
        return Browser(browser)
    return Browser(browser, person, session, record["name"], record["language"])


def _read(keys: IdentityKeys, text: str | None) -> tuple[str, str | None, str | None, float] | None:
    if text is None:
        return None
    try:
        kept = keys.read_ticket(_USE, text)
        return msgspec.convert(kept, tuple[str, str | None, str | None, float])
    except (SealBrokenError, msgspec.MsgspecError):
        return None


def cookie_for(request: Request[Any, Any, Any], context: Context, browser: Browser) -> Cookie:
    """Return the cookie that brings the browser back.

    Lax, since a person comes from the other system's page; `__Host-` keeps neighbours from it.
    """
    until = (context.now() + dt.timedelta(seconds=SECONDS)).timestamp()
    ticket = (browser.id, browser.person, browser.session, until)
    return Cookie(
        key=cookie_name(request),
        value=IdentityKeys(context.token_secret).ticket(_USE, ticket),
        path="/",
        max_age=SECONDS,
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def is_secure(request: Request[Any, Any, Any]) -> bool:
    """Whether the client spoke TLS."""
    return request.url.scheme == "https"


def cookie_name(request: Request[Any, Any, Any]) -> str:
    """Return the cookie's name: with TLS, one that no other host can set."""
    return f"__Host-{COOKIE}" if is_secure(request) else COOKIE


def mark_for(context: Context, browser: Browser, query: str) -> str:
    """Return what our form for a request carries."""
    keys = IdentityKeys(context.token_secret)
    return keys.digest("browser form", browser.id, browser.person or "", query).hex()


def is_marked(context: Context, browser: Browser, query: str, mark: str) -> bool:
    """Whether a form is one that we showed this browser for this request."""
    return hmac.compare_digest(mark_for(context, browser, query).encode(), mark.encode())
