"""The company's OpenID Connect provider: discovery, the exchange of a code, and its keys.

What it tells of itself is believed only under the issuer that the settings name, over HTTPS (or on
this machine's own address), without redirects.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_token_request,
)
from authlib.oidc.discovery import OpenIDProviderMetadata  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from server.users.oauth_clients import LOOPBACK
from server.users.oidc_company import ProviderUnreachableError, SignInRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPE = "openid profile email"
TIMEOUT_SECONDS = 10
ANSWER_BYTES_MAX = 256 * 1024
METADATA_SECONDS = 3600
UNKNOWN_KEY_SECONDS = 10
"""Between two readings of the keys because of tokens that name an unknown one."""
FORM = "application/x-www-form-urlencoded"


class Endpoints(Struct, frozen=True):
    """What the provider tells of itself that is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class TokenAnswer(Struct, frozen=True):
    """What the provider gives for a code."""

    id_token: str
    access_token: str | None = None


class Provider:
    """The provider as the settings name it; what it says of itself is remembered for an hour."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._client_secret = client_secret
        self._monotonic = monotonic
        self._endpoints: Endpoints | None = None
        self._endpoints_at = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0

    async def endpoints(self) -> Endpoints:
        """Return what the provider tells of itself (OpenID Connect Discovery 1.0, section 4).

        Raises ProviderUnreachableError.
        """
        now = self._monotonic()
        if self._endpoints is None or now - self._endpoints_at > METADATA_SECONDS:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            told = await self._get(url)
            self._endpoints = _checked(told, self.issuer)
            self._endpoints_at = now
        return self._endpoints

    async def authorization_url(
        self, *, redirect_uri: str, state: str, nonce: str, verifier: str
    ) -> str:
        """Return where to send the person. Raises ProviderUnreachableError."""
        endpoints = await self.endpoints()
        client = OAuth2Client(
            session=None,
            client_id=self.client_id,
            redirect_uri=redirect_uri,
            scope=SCOPE,
            code_challenge_method="S256",
        )
        url, _ = client.create_authorization_url(
            endpoints.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce
        )
        return str(url)

    async def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> TokenAnswer:
        """Exchange a code. Raises SignInRefusedError, ProviderUnreachableError."""
        endpoints = await self.endpoints()
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=redirect_uri,
            code=code,
            code_verifier=verifier,
        )
        method = _authentication(endpoints, self._client_secret)
        auth = ClientAuth(self.client_id, self._client_secret, method)
        url, headers, sent = auth.prepare(
            "POST", endpoints.token_endpoint, {"accept": "application/json"}, body
        )
        headers["content-type"] = FORM
        answer = await self._ask("POST", url, headers=headers, content=sent)
        if answer.status_code != httpx.codes.OK:
            raise SignInRefusedError(f"the provider refused the code: {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=TokenAnswer)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SignInRefusedError("the provider gave no id_token") from error

    async def keys(self, kid: str | None) -> KeySet:
        """Return the provider's keys; an unknown one has them read again, at most now and then.

        Raises ProviderUnreachableError.
        """
        now = self._monotonic()
        unknown = self._keys is None or not _has(self._keys, kid)
        due = self._keys is None or now - self._keys_at > METADATA_SECONDS
        if due or (unknown and now - self._keys_at > UNKNOWN_KEY_SECONDS):
            told = await self._get((await self.endpoints()).jwks_uri)
            try:
                self._keys = KeySet.import_key_set(told)
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderUnreachableError("the provider's keys cannot be read") from error
            self._keys_at = now
        assert self._keys is not None  # noqa: S101
        return self._keys

    async def _get(self, url: str) -> Any:
        answer = await self._ask("GET", url, headers={"accept": "application/json"})
        if answer.status_code != httpx.codes.OK:
            raise ProviderUnreachableError(f"{url} answers {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ProviderUnreachableError(f"{url} answers no JSON") from error

    async def _ask(self, method: str, url: str, **sent: Any) -> httpx.Response:
        try:
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream(method, url, **sent) as answer,
            ):
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > ANSWER_BYTES_MAX:
                        raise ProviderUnreachableError(f"{url} answers too much")
                return httpx.Response(answer.status_code, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderUnreachableError(f"{url}: {type(error).__name__}") from error


def _checked(told: Any, issuer: str) -> Endpoints:
    """Read and check a discovery document. Raises ProviderUnreachableError."""
    try:
        OpenIDProviderMetadata(told).validate()
        endpoints = msgspec.convert(told, Endpoints)
    except (AuthlibBaseError, ValueError, TypeError, AttributeError) as error:
        raise ProviderUnreachableError(f"the discovery document is not sound: {error}") from error
    if endpoints.issuer != issuer:
        raise ProviderUnreachableError("the discovery document is of another issuer")
    for url in (
        endpoints.authorization_endpoint,
        endpoints.token_endpoint,
        endpoints.jwks_uri,
    ):
        if not _is_safe(url):
            raise ProviderUnreachableError("an endpoint is not HTTPS")
    return endpoints


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read along."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _authentication(endpoints: Endpoints, secret: str | None) -> str:
    if secret is None:
        return "none"
    supported = endpoints.token_endpoint_auth_methods_supported
    return "client_secret_basic" if "client_secret_basic" in supported else "client_secret_post"


def _has(keys: KeySet, kid: str | None) -> bool:
    return kid is None or any(key.kid == kid for key in keys.keys)
