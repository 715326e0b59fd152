"""The doors of the authorization endpoint: sign in, consent, and back to the client.

Nothing is granted by a GET but what the person allowed a confidential client before; all else is a
form of ours, sent from our own page (RFC 6749, section 10.12), which no page can frame (RFC 9700,
section 4.16).
"""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.activity import record_activity
from server.users.logging_in import LoginRequest, log_in
from server.users.oauth_browser import (
    Browser,
    browser_of,
    cookie_for,
    is_marked,
    mark_for,
    new_browser,
)
from server.users.oauth_clients import Client, find_client
from server.users.oauth_consents import allow, is_allowed
from server.users.oauth_errors import OAuthError, RequestUnsafeError
from server.users.oauth_forms import base_url, caller_address, read_form
from server.users.oauth_grants import Grants
from server.users.oauth_pages import (
    STYLE_FILE,
    Language,
    consent_page,
    language_of,
    sign_in_page,
    stop_page,
)
from server.users.oauth_requests import (
    AuthorizationRequest,
    answer_url,
    check_redirect,
    origin_of,
    parse_parameters,
    read_request,
)
from server.users.sessions import DeviceClaim, end_sessions

DEVICE_NAME = "Navigateur / Browser"
STYLE_SECONDS = 3600


class Asked(Struct, frozen=True):
    """A request whose client and redirect are certain, and the browser that brings it."""

    query: str
    client: Client
    wanted: AuthorizationRequest
    browser: Browser
    language: Language


class _Answered(Exception):  # noqa: N818
    """Leaves the reading of a request whose refusal goes to the client."""

    def __init__(self, url: str) -> None:
        self.url = url


async def read_asked(request: Request[Any, Any, Any], context: Context) -> Asked:
    """Read and judge a request. Raises RequestUnsafeError, or _Answered along the redirect."""
    query = request.url.query
    try:
        parameters = parse_parameters(query)
    except OAuthError as error:
        raise RequestUnsafeError(error.description) from error
    client = await find_client(context.pool, parameters.get("client_id"))
    uri = check_redirect(client, parameters)
    assert client is not None  # noqa: S101
    try:
        wanted = read_request(client, parameters)
    except OAuthError as error:
        raise _Answered(
            answer_url(
                uri,
                base_url(context.settings),
                parameters.get("state"),
                error=error.error,
                error_description=error.description,
            )
        ) from error
    browser = await browser_of(request, context)
    accepted = request.headers.get("accept-language", "")
    language = language_of(parameters.get("ui_locales"), browser.language, accepted)
    return Asked(query, client, wanted, browser, language)


@get("/authorize", include_in_schema=False)
async def authorize(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """Ask the person to sign in, then whether the client may have what it wants."""
    asked = await read_asked(request, context)
    if asked.browser.person is None:
        return with_cookie(request, context, _sign_in(context, asked), asked.browser)
    async with context.pool.acquire() as connection, connection.transaction():
        person, client = asked.browser.person, asked.client
        if client.rememberable and await is_allowed(
            connection, person, client.id, asked.wanted.scopes
        ):
            code = await _grants(context).issue_code(
                connection, asked.wanted, person, context.now()
            )
            return _to_client(context, asked, code=code)
    page = consent_page(
        client,
        asked.wanted,
        asked.browser,
        language=asked.language,
        query=asked.query,
        mark=mark_for(context, asked.browser, asked.query),
    )
    return _page(page, asked.wanted.redirect_uri)


@post("/authorize", status_code=200, include_in_schema=False)
async def decide(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """Take the person's decision, and send them back with a code or a refusal."""
    asked = await read_asked(request, context)
    form = await _form(request, context, asked)
    person = asked.browser.person
    if person is None:
        return redirect(f"/oauth2/authorize?{asked.query}")
    if form.get("decision") != "allow":
        return _to_client(context, asked, error="access_denied")
    async with context.pool.acquire() as connection, connection.transaction():
        now = context.now()
        await allow(connection, person, asked.client.id, asked.wanted.scopes, now)
        code = await _grants(context).issue_code(connection, asked.wanted, person, now)
    return _to_client(context, asked, code=code)


@post("/sign-in", status_code=200, include_in_schema=False, limit="login")
async def sign_in(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """Sign a person in on this browser, and go on with the request."""
    asked = await read_asked(request, context)
    form = await _form(request, context, asked)
    try:
        wanted = LoginRequest(
            login=form.get("login", "")[:200],
            password=form.get("password", "")[:256],
            device=DeviceClaim(DEVICE_NAME, id=asked.browser.id, platform="web"),
            code=form.get("code"),
        )
        answer = await log_in(
            context.proving,
            context.sessions,
            context.pool,
            wanted,
            address=caller_address(request),
            now=context.now(),
        )
    except ProblemError as problem:
        told = problem.error.fr if asked.language == "fr" else problem.error.en
        page = _sign_in(context, asked, told)
        page.status_code = problem.error.status
        if problem.retry_after_seconds is not None:
            page.headers["retry-after"] = str(problem.retry_after_seconds)
        return page
    if answer.session is None:
        code = {"fr": "Donnez aussi votre code à usage unique.", "en": "Give your one-time code."}
        page = _sign_in(context, asked, code[asked.language])
        page.status_code = 403
        return page
    tokens = answer.session
    browser = Browser(tokens.device, tokens.person, tokens.session)
    answered = redirect(f"/oauth2/authorize?{asked.query}")
    return with_cookie(request, context, answered, browser)


@post("/sign-out", status_code=200, include_in_schema=False)
async def sign_out(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """End the browser's session: the person here is another."""
    asked = await read_asked(request, context)
    await _form(request, context, asked)
    if asked.browser.session is not None:
        async with context.pool.acquire() as connection, connection.transaction():
            await end_sessions(
                connection, "logged_out", context.now(), session=asked.browser.session
            )
            await record_activity(connection, "logout", person=asked.browser.person)
    answer = redirect(f"/oauth2/authorize?{asked.query}")
    return with_cookie(request, context, answer, new_browser())


@post("/browser", status_code=204, **documented())
async def hand_over(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[None]:
    """Let the browser of a person who is logged in to our app go on to other systems' consent."""
    identity = await context.identity(request)
    known = await browser_of(request, context)
    browser = Browser(known.id, identity.person, identity.session)
    answer: Response[None] = Response(None, status_code=204)
    answer.set_cookie(cookie_for(request, context, browser))
    return answer


@get("/style.css", include_in_schema=False, media_type=MediaType.CSS)
async def style() -> Response[str]:
    """Return the pages' one style sheet."""
    headers = {"cache-control": f"public, max-age={STYLE_SECONDS}"}
    return Response(STYLE_FILE.read_text("utf-8"), media_type="text/css", headers=headers)


async def _form(request: Request[Any, Any, Any], context: Context, asked: Asked) -> dict[str, str]:
    """Return a form's fields, if it is one of ours for this request. Raises RequestUnsafeError."""
    try:
        form = await read_form(request)
    except OAuthError as error:
        raise RequestUnsafeError(error.description) from error
    if not is_marked(context, asked.browser, asked.query, form.get("mark", "")):
        raise RequestUnsafeError("mark")
    return form


def _grants(context: Context) -> Grants:
    return Grants(context.settings, context.keys, context.token_secret)


def _sign_in(context: Context, asked: Asked, problem: str | None = None) -> Response[str]:
    page = sign_in_page(
        asked.client,
        language=asked.language,
        query=asked.query,
        mark=mark_for(context, asked.browser, asked.query),
        company=context.settings.oidc_issuer is not None,
        problem=problem,
    )
    return _page(page, asked.wanted.redirect_uri)


def _page(text: str, redirect_uri: str | None = None, *, status: int = 200) -> Response[str]:
    """Answer with a page that runs nothing, and that nobody frames.

    The forms lead back to the client through a redirect, which the policy judges too.
    """
    places = "'self'" if redirect_uri is None else f"'self' {origin_of(redirect_uri)}"
    policy = (
        f"default-src 'none'; style-src 'self'; form-action {places}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "cache-control": "no-store",
        # Our own forms say where they come from; other sites learn nothing.
        "referrer-policy": "same-origin",
    }
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=headers)


def redirect(url: str) -> Response[str]:
    """Redirect by GET, whatever came before (RFC 9700, section 4.12)."""
    headers = {"location": url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response("", status_code=303, media_type=MediaType.TEXT, headers=headers)


def _to_client(context: Context, asked: Asked, **parameters: str) -> Response[str]:
    wanted, issuer = asked.wanted, base_url(context.settings)
    return redirect(answer_url(wanted.redirect_uri, issuer, wanted.state, **parameters))


def with_cookie(
    request: Request[Any, Any, Any], context: Context, answer: Response[str], browser: Browser
) -> Response[str]:
    """Have the browser bring itself back."""
    answer.set_cookie(cookie_for(request, context, browser))
    return answer


def on_unsafe(request: Request[Any, Any, Any], error: RequestUnsafeError) -> Response[str]:
    """Tell the person; redirect nowhere."""
    language = language_of(None, None, request.headers.get("accept-language", ""))
    word = "again" if str(error) == "mark" else "unsafe"
    return _page(stop_page(word, language=language), status=400)


def on_answered(_: Request[Any, Any, Any], error: _Answered) -> Response[str]:
    """Send a refusal to the client."""
    return redirect(error.url)


def failed_page(request: Request[Any, Any, Any], status: int) -> Response[str]:
    """Tell the person that the company's sign-in did not succeed."""
    language = language_of(None, None, request.headers.get("accept-language", ""))
    return _page(stop_page("failed", language=language), status=status)


EXCEPTION_HANDLERS: dict[Any, Any] = {RequestUnsafeError: on_unsafe, _Answered: on_answered}
HANDLERS = (authorize, decide, sign_in, sign_out, hand_over, style)
