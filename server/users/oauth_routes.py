"""The doors of clients: tokens, revocation, introspection, and what we say of ourselves.

Errors have the shape that OAuth gives them (RFC 6749, section 5.2), not that of our own API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath  # noqa: TC002 -- read at run time
from msgspec import UNSET, Struct, UnsetType

from server.context import Context
from server.errors import ProblemError
from server.openapi import Answered, documented
from server.users import oauth_page_routes, oidc_routes
from server.users.oauth_access import grant_of, is_granted
from server.users.oauth_clients import Client, authenticate_client
from server.users.oauth_consents import Consent, list_consents, take_back
from server.users.oauth_errors import OAuthError, invalid_client, invalid_request
from server.users.oauth_forms import FORM, base_url, read_form
from server.users.oauth_grants import Grants, Issued
from server.users.oauth_scopes import SCOPES
from server.users.tokens import AUDIENCE, Verifier, issuer_of
from server.wire import JSON, respond
from sync import errors

if TYPE_CHECKING:
    from server.users.tokens import AccessClaims


class TokenRequest(Struct, frozen=True):
    """What a client asks for; which fields are needed depends on the grant."""

    grant_type: str
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""
    scope: str = ""
    client_id: str = ""
    """Of a public client; others authenticate with HTTP Basic."""


class TokenNamed(Struct, frozen=True):
    """A token that a client asks about, or is done with."""

    token: str
    token_type_hint: str = ""
    client_id: str = ""


class Refusal(Struct, frozen=True):
    """A refusal, as OAuth writes it."""

    error: str
    error_description: str


class Introspection(Struct, frozen=True, omit_defaults=True):
    """Whether a token is good, and for what (RFC 7662, section 2.2)."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    aud: str | UnsetType = UNSET


class Metadata(Struct, frozen=True):
    """What a client needs to know of this server (RFC 8414, section 2)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = (
        "authorization_code",
        "refresh_token",
        "client_credentials",
    )
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic", "none")
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic", "none")
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    ui_locales_supported: tuple[str, ...] = ("fr", "en")
    authorization_response_iss_parameter_supported: bool = True


_REFUSALS = {
    400: Answered(Refusal, (JSON,), "Refused: `error` says why (RFC 6749, section 5.2)."),
    401: Answered(Refusal, (JSON,), "`invalid_client`: the client did not prove who it is."),
}


def _documented(request: Any, response: Any) -> dict[str, Any]:
    return documented(
        request=request,
        response=response,
        secured=False,
        request_media=(FORM,),
        response_media=(JSON,),
        answers=_REFUSALS,
    )


def _json(
    content: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """Answer a client: JSON whatever it asks for, and never kept (RFC 6749, section 5.1)."""
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type=JSON,
        headers={"cache-control": "no-store", "pragma": "no-cache", **(headers or {})},
    )


@post("/token", status_code=200, limit="login", **_documented(TokenRequest, Issued))
async def token(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Exchange a code, a refresh token or the credentials of a machine for tokens."""
    form = await read_form(request)
    client = await _client(request, context, form)
    grants = Grants(context.settings, context.keys, context.token_secret)
    exchanges = {
        "authorization_code": grants.exchange_code,
        "refresh_token": grants.refresh,
        "client_credentials": grants.machine_token,
    }
    if "grant_type" not in form:
        raise invalid_request("grant_type is missing")
    exchange = exchanges.get(form["grant_type"])
    if exchange is None:
        raise OAuthError("unsupported_grant_type", "no such grant here")
    async with context.pool.acquire() as connection, connection.transaction():
        outcome = await exchange(connection, client, form, context.now())
    # What a refusal ended is committed by now.
    if isinstance(outcome, OAuthError):
        raise outcome
    return _json(outcome)


@post("/revoke", status_code=200, **_documented(TokenNamed, None))
async def revoke(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """End a token, and all that came from the same consent with it (RFC 7009).

    A token that is unknown, past, or another client's is answered alike, and stays as it was.
    """
    form = await read_form(request)
    client = await _client(request, context, form)
    if "token" not in form:
        raise invalid_request("token is missing")
    grants = Grants(context.settings, context.keys, context.token_secret)
    claims = await _claims(context, form["token"])
    async with context.pool.acquire() as connection, connection.transaction():
        if claims is not None and claims.client == client.id:
            await grants.revoke(connection, client, grant_of(claims), context.now())
        else:
            await grants.revoke_refresh_token(connection, client, form["token"], context.now())
    return Response(b"", status_code=200, headers={"cache-control": "no-store"})


@post("/introspect", status_code=200, **_documented(TokenNamed, Introspection))
async def introspect(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Tell a client with a secret whether one of its own tokens is good (RFC 7662)."""
    form = await read_form(request)
    client = await _client(request, context, form)
    if client.kind == "public":
        raise invalid_client("introspection is for clients with a secret")
    if "token" not in form:
        raise invalid_request("token is missing")
    claims = await _claims(context, form["token"])
    if claims is not None:
        return _json(await _introspected(context, client, claims))
    return _json(await _introspected_refresh(context, client, form["token"]))


@get(
    "/.well-known/oauth-authorization-server",
    **documented(response=Metadata, secured=False, response_media=(JSON,)),
)
async def metadata(context: NamedDependency[Context]) -> Response[bytes]:
    """Return where everything is (RFC 8414)."""
    base = base_url(context.settings)
    found = Metadata(
        issuer=base,
        authorization_endpoint=f"{base}/oauth2/authorize",
        token_endpoint=f"{base}/oauth2/token",
        revocation_endpoint=f"{base}/oauth2/revoke",
        introspection_endpoint=f"{base}/oauth2/introspect",
        jwks_uri=f"{base}/.well-known/jwks.json",
        scopes_supported=[*SCOPES],
    )
    return Response(msgspec.json.encode(found), media_type=JSON)


@get("/consents", **documented(response=list[Consent]))
async def consents(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return which other systems the person has allowed what."""
    person = await context.person(request)
    async with context.pool.acquire() as connection:
        return respond(request, await list_consents(connection, person))


@delete("/consents/{client:str}", status_code=204, **documented(errors=(errors.NOT_FOUND,)))
async def take_consent_back(
    request: Request[Any, Any, Any], context: NamedDependency[Context], client: FromPath[str]
) -> None:
    """Take back what the person allowed a system; its tokens end at once."""
    person = await context.person(request)
    if "\0" in client:
        raise ProblemError(errors.NOT_FOUND)
    async with context.pool.acquire() as connection, connection.transaction():
        if not await take_back(connection, person, client, context.now()):
            raise ProblemError(errors.NOT_FOUND)


async def _client(
    request: Request[Any, Any, Any], context: Context, form: dict[str, str]
) -> Client:
    return await authenticate_client(context.pool, request.headers.get("authorization"), form)


async def _claims(context: Context, text: str) -> AccessClaims | None:
    """Return what a client's access token says; None for what is not one, or no longer."""
    try:
        return await Verifier(context.keys, context.settings, context.wall_ms).verify(text)
    except ProblemError:
        return None


async def _introspected(context: Context, client: Client, claims: AccessClaims) -> Introspection:
    if claims.client != client.id or not await is_granted(context.pool, claims):
        return Introspection(active=False)
    return Introspection(
        active=True,
        scope=" ".join(sorted(claims.scopes)),
        client_id=client.id,
        sub=claims.person,
        token_type="Bearer",  # noqa: S106 -- the scheme's name
        exp=claims.expires_at,
        iat=claims.issued_at,
        iss=issuer_of(context.settings),
        aud=AUDIENCE,
    )


async def _introspected_refresh(context: Context, client: Client, text: str) -> Introspection:
    grants = Grants(context.settings, context.keys, context.token_secret)
    async with context.pool.acquire() as connection, connection.transaction():
        grant = await grants.refreshable(connection, text, context.now())
    if grant is None or grant["client_id"] != client.id:
        return Introspection(active=False)
    return Introspection(
        active=True,
        scope=" ".join(grant["scopes"]),
        client_id=client.id,
        sub=grant["person"],
        exp=int(grant["expires_at"].timestamp()),
    )


def on_refused(_: Request[Any, Any, Any], error: OAuthError) -> Response[bytes]:
    """Answer a client that is refused."""
    headers = (
        {"www-authenticate": 'Basic realm="derrick"'} if error.error == "invalid_client" else {}
    )
    return _json(Refusal(error.error, error.description), status=error.status, headers=headers)


def router() -> Router:
    """Return what is mounted below `/oauth2`."""
    return Router(
        path="/oauth2",
        route_handlers=(
            *oauth_page_routes.HANDLERS,
            *oidc_routes.PAGE_HANDLERS,
            token,
            revoke,
            introspect,
        ),
        exception_handlers={**oauth_page_routes.EXCEPTION_HANDLERS, OAuthError: on_refused},
        tags=["oauth"],
    )


ROOT_HANDLERS = (metadata,)
USER_HANDLERS = (consents, take_consent_back, *oidc_routes.USER_HANDLERS)
"""Below `/api/users`."""
