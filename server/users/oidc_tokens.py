"""The provider's id_token, believed only after every check (OpenID Connect Core 1.0, 3.1.3.7).

Which algorithms are accepted is ours to say (RFC 8725, section 3.1): asymmetric ones alone, so that
neither `none` nor a signature made with the public key as a shared secret gets anywhere.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import msgspec
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from server.users.oidc_company import SignInRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from server.users.oidc_provider import Provider, TokenAnswer

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
LEEWAY_SECONDS = 60
SUBJECT_CHARACTERS_MAX = 255


async def verify_id_token(
    provider: Provider, answer: TokenAnswer, *, nonce: str, now: dt.datetime
) -> Mapping[str, Any]:
    """Return the claims of a sound id_token.

    Args:
        provider: whose it must be, and for whom.
        answer: what the provider gave for the code.
        nonce: what this very sign-in began with.
        now: the wall clock's time.

    Raises SignInRefusedError, ProviderUnreachableError.

    """
    endpoints = await provider.endpoints()
    told = endpoints.id_token_signing_alg_values_supported
    allowed = [one for one in ALGORITHMS if one in told]
    if not allowed:
        raise SignInRefusedError("the provider signs with no algorithm that is accepted")
    keys = await provider.keys(_kid_of(answer.id_token))
    registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
    try:
        token = jwt.decode(answer.id_token, keys, registry=registry)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "nonce": {"essential": True, "value": nonce},
                "sub": {"essential": True},
            },
            {
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": answer.access_token,
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignInRefusedError(f"the id_token is not good: {type(error).__name__}") from error
    if len(claims["sub"]) > SUBJECT_CHARACTERS_MAX or "\0" in claims["sub"]:
        raise SignInRefusedError("the id_token's subject is not one")
    return dict(claims)


def _kid_of(token: str) -> str | None:
    """Return the key that a token names; None when it names none, or is no token."""
    head = token.partition(".")[0]
    try:
        header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else None
