"""The doors of sign-in with the company: for our own app, and on the way to other systems' consent.

The app asks where to go (`start`), the person signs in with the provider, which sends them to
`callback`; the app then opens its session with the ticket from the address's fragment (`complete`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.activity import record_activity
from server.users.cookies import tokens_response
from server.users.oauth_browser import Browser, browser_of, cookie_for
from server.users.oauth_errors import OAuthError
from server.users.oauth_forms import base_url, caller_address
from server.users.oauth_page_routes import (
    DEVICE_NAME,
    failed_page,
    read_asked,
    redirect,
    with_cookie,
)
from server.users.oauth_requests import parse_parameters
from server.users.oidc_company import ProviderUnreachableError, SignInRefusedError
from server.users.oidc_people import arrival_of, person_arriving, policy_of
from server.users.oidc_sign_ins import SignIn, begin, make_ticket, take, take_ticket
from server.users.sessions import DeviceClaim, SessionTokens
from server.wire import read, respond
from sync import errors

if TYPE_CHECKING:
    from server.store import Connection
    from server.users.oidc_provider import Provider

log = structlog.get_logger()

BODY_BYTES_MAX = 8 * 1024
METHOD = "company"

Challenge = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
Verifier = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]


class CompanySignIn(Struct, frozen=True):
    """Whether people can sign in with the company here."""

    available: bool


class StartRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An app begins a sign-in."""

    challenge: Challenge
    """SHA-256 of a verifier that the app keeps, in base64url (PKCE, S256)."""


class Started(Struct, frozen=True):
    """Where the person signs in."""

    url: str


class CompleteRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An app opens the session of the person who has signed in."""

    ticket: Annotated[str, Meta(min_length=1, max_length=200)]
    """From the fragment of the address that the person came back to: `#oidc=...`."""
    verifier: Verifier
    device: DeviceClaim


@get("/oidc", **documented(response=CompanySignIn, secured=False))
async def available(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Tell whether people can sign in with the company."""
    return respond(request, CompanySignIn(context.company is not None))


@post(
    "/oidc/start",
    status_code=200,
    limit="login",
    **documented(
        request=StartRequest,
        response=Started,
        secured=False,
        errors=(errors.NOT_FOUND, errors.COMPANY_UNREACHABLE),
    ),
)
async def start(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Begin a sign-in on this browser; return where the person goes."""
    provider = _provider(context)
    wanted = await read(request, StartRequest, BODY_BYTES_MAX)
    browser = await browser_of(request, context)
    try:
        url = await _begin(context, provider, browser, challenge=wanted.challenge)
    except ProviderUnreachableError as error:
        log.warning("company_unreachable", reason=str(error))
        raise ProblemError(errors.COMPANY_UNREACHABLE) from error
    answer = respond(request, Started(url), headers={"cache-control": "no-store"})
    answer.set_cookie(cookie_for(request, context, browser))
    return answer


@post(
    "/oidc/complete",
    status_code=200,
    limit="login",
    **documented(
        request=CompleteRequest,
        response=SessionTokens,
        secured=False,
        errors=(errors.COMPANY_SIGN_IN_REFUSED,),
    ),
)
async def complete(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Open the session of the person who has signed in with the company."""
    wanted = await read(request, CompleteRequest, BODY_BYTES_MAX)
    async with context.pool.acquire() as connection, connection.transaction():
        now = context.now()
        person = await take_ticket(connection, wanted.ticket, wanted.verifier, now)
        tokens = None
        if person is not None:
            tokens = await _open(request, context, connection, person, wanted.device)
    if tokens is None:
        raise ProblemError(errors.COMPANY_SIGN_IN_REFUSED)
    settings = context.settings
    days = settings.session_days_max or settings.session_idle_days_max
    return tokens_response(request, tokens, days=days)


@get("/company", include_in_schema=False)
async def company(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """Send a person, on the way to another system's consent, to the company's sign-in."""
    asked = await read_asked(request, context)
    if context.company is None:
        return failed_page(request, 404)
    try:
        url = await _begin(context, context.company, asked.browser, query=asked.query)
    except ProviderUnreachableError as error:
        log.warning("company_unreachable", reason=str(error))
        return failed_page(request, 503)
    return with_cookie(request, context, redirect(url), asked.browser)


@get("/callback", include_in_schema=False)
async def callback(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[str]:
    """Take a person back from the company's sign-in."""
    if context.company is None:
        return failed_page(request, 404)
    browser = await browser_of(request, context)
    try:
        sign_in, person = await _returned(request, context, context.company, browser)
    except ProviderUnreachableError as error:
        log.warning("company_unreachable", reason=str(error))
        return failed_page(request, 503)
    except (SignInRefusedError, OAuthError) as error:
        log.info("company_sign_in_refused", reason=str(error))
        async with context.pool.acquire() as connection:
            await record_activity(
                connection,
                "login_failed",
                address=caller_address(request),
                detail={"wrong": METHOD},
            )
        return failed_page(request, 403)
    async with context.pool.acquire() as connection, connection.transaction():
        if sign_in.challenge is not None:
            ticket = await make_ticket(connection, person, sign_in.challenge, context.now())
            return redirect(f"/#oidc={ticket}")
        device = DeviceClaim(DEVICE_NAME, id=browser.id, platform="web")
        tokens = await _open(request, context, connection, person, device)
    if tokens is None:
        return failed_page(request, 403)
    known = Browser(tokens.device, person, tokens.session)
    return with_cookie(request, context, redirect(f"/oauth2/authorize?{sign_in.query}"), known)


async def _begin(
    context: Context,
    provider: Provider,
    browser: Browser,
    *,
    challenge: str | None = None,
    query: str | None = None,
) -> str:
    """Begin a sign-in and return where the person goes. Raises ProviderUnreachableError."""
    await provider.endpoints()
    async with context.pool.acquire() as connection:
        made = await begin(
            connection, browser=browser.id, challenge=challenge, query=query, now=context.now()
        )
    return await provider.authorization_url(
        redirect_uri=_callback_url(context),
        state=made.state,
        nonce=made.nonce,
        verifier=made.verifier,
    )


async def _returned(
    request: Request[Any, Any, Any], context: Context, provider: Provider, browser: Browser
) -> tuple[SignIn, str]:
    """Return the sign-in and the person who comes back from it.

    Raises SignInRefusedError, OAuthError, ProviderUnreachableError.
    """
    from server.users.oidc_tokens import verify_id_token  # noqa: PLC0415 -- see oidc_company

    parameters = parse_parameters(request.url.query)
    async with context.pool.acquire() as connection:
        sign_in = await take(
            connection, parameters.get("state", ""), browser=browser.id, now=context.now()
        )
    if sign_in is None:
        raise SignInRefusedError("the state is not one of this browser's")
    endpoints = await provider.endpoints()
    issuer = parameters.get("iss")
    if issuer is None and endpoints.authorization_response_iss_parameter_supported:
        raise SignInRefusedError("the answer names no issuer")
    if issuer is not None and issuer != provider.issuer:
        raise SignInRefusedError("the answer is another issuer's")
    if "error" in parameters or "code" not in parameters:
        raise SignInRefusedError("the provider sent no code")
    answer = await provider.exchange(
        parameters["code"], redirect_uri=_callback_url(context), verifier=sign_in.verifier
    )
    claims = await verify_id_token(provider, answer, nonce=sign_in.nonce, now=context.now())
    arrival = arrival_of(policy_of(context.settings), claims)
    return sign_in, await person_arriving(context, arrival, context.now())


async def _open(
    request: Request[Any, Any, Any],
    context: Context,
    connection: Connection,
    person: str,
    device: DeviceClaim,
) -> SessionTokens | None:
    """Open a session; None when the person has been deactivated meanwhile."""
    active = await connection.fetchval(
        "SELECT NOT deleted AND coalesce(active, true) FROM person WHERE id = $1", person
    )
    if not active:
        return None
    address = caller_address(request)
    tokens = await context.sessions.open_session(
        connection,
        person=person,
        device=device,
        method=METHOD,
        now=context.now(),
        address=address,
    )
    await record_activity(
        connection,
        "login",
        person=person,
        device=tokens.device,
        address=address,
        detail={"method": METHOD},
    )
    return tokens


def _provider(context: Context) -> Provider:
    if context.company is None:
        raise ProblemError(errors.NOT_FOUND)
    return context.company


def _callback_url(context: Context) -> str:
    return f"{base_url(context.settings)}/oauth2/callback"


PAGE_HANDLERS = (company, callback)
"""Below `/oauth2`."""
USER_HANDLERS = (available, start, complete)
"""Below `/api/users`."""
