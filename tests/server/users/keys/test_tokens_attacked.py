"""What RFC 8725 warns of: each bad token is refused with 401 and says no more than that."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.server.users.entering import Clock, claims_of, code_of, log_in, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.users.entering import Visitor
    from tests.serving import Service

HEADER = {"typ": "at+jwt", "alg": "EdDSA"}


def part(value: Any) -> str:
    """Encode one part of a token."""
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    """Read a token's header."""
    return jwt.get_unverified_header(token)


async def verdict(service: Service, token: str) -> str:
    """Return `ok`, or the code that a request with this token is refused with."""
    return code_of(await send(service, "GET", "/api/users/session", token=token))


async def signed(service: Service, claims: dict[str, Any], **header: Any) -> str:
    """Sign claims with the installation's real key, whatever they say."""
    keys = service.context.keys
    token = await keys.sign({"iat": 0, "exp": 0})
    private = keys._keys[header_of(token)["kid"]].private
    assert private is not None
    whole = {**HEADER, "kid": header_of(token)["kid"], **header}
    whole = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(claims, private, algorithm="EdDSA", headers=whole)


async def test_an_honest_token_passes(service: Service) -> None:
    """The tests below change one thing each in a token that is accepted."""
    crew = await log_in(service)
    assert await verdict(service, crew.tokens.access_token) == "ok"
    assert (
        await verdict(service, await signed(service, claims_of(crew.tokens.access_token))) == "ok"
    )
    header = header_of(crew.tokens.access_token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "EdDSA")


async def test_no_algorithm_is_no_signature(service: Service) -> None:
    """`none`, in any spelling, is refused."""
    crew = await log_in(service)
    header, body, signature = crew.tokens.access_token.split(".")
    real = header_of(crew.tokens.access_token)
    for name in ("none", "None", "NONE", "nOnE", ""):
        unsigned = f"{part({**real, 'alg': name})}.{body}"
        assert await verdict(service, f"{unsigned}.") == "unauthenticated"
        assert await verdict(service, f"{unsigned}.{signature}") == "unauthenticated"
    assert await verdict(service, f"{header}.{body}.") == "unauthenticated"


async def test_the_public_key_is_no_shared_secret(service: Service) -> None:
    """HS256 over the published key, raw or as PEM or as JWK, is refused: algorithm confusion."""
    crew = await log_in(service)
    token = crew.tokens.access_token
    (published,) = (await service.client.get("/.well-known/jwks.json")).json()["keys"]
    public = service.context.keys._keys[published["kid"]].public
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = part({**header_of(token), "alg": "HS256"})
    signing = f"{header}.{token.split('.')[1]}".encode()
    for secret in (public.public_bytes_raw(), pem, msgspec.json.encode(published)):
        signature = jwt.get_algorithm_by_name("HS256").sign(signing, secret)
        forged = f"{signing.decode()}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        assert await verdict(service, forged) == "unauthenticated"


async def test_a_key_that_the_token_brings_is_not_used(service: Service) -> None:
    """`jwk`, `jku` and `x5u` in the header, and a stranger's key under our `kid`, are refused."""
    crew = await log_in(service)
    claims = claims_of(crew.tokens.access_token)
    kid = header_of(crew.tokens.access_token)["kid"]
    own = Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(own.public_key().public_bytes_raw()).rstrip(b"=").decode()
    brought: list[dict[str, Any]] = [
        {"kid": kid},
        {"kid": kid, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}},
        {"kid": kid, "jku": "https://thief.example/keys"},
        {"kid": kid, "x5u": "https://thief.example/keys"},
        {"kid": "installation"},
    ]
    for header in brought:
        forged = jwt.encode(claims, own, algorithm="EdDSA", headers={**HEADER, **header})
        assert await verdict(service, forged) == "unauthenticated"


CHANGES: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "another audience": lambda claims, _: {**claims, "aud": "derrick-live"},
    "another issuer": lambda claims, _: {**claims, "iss": "https://other.example"},
    "no issuer": lambda claims, _: {k: v for k, v in claims.items() if k != "iss"},
    "no audience": lambda claims, _: {k: v for k, v in claims.items() if k != "aud"},
    "no subject": lambda claims, _: {k: v for k, v in claims.items() if k != "sub"},
    "no end": lambda claims, _: {k: v for k, v in claims.items() if k != "exp"},
    "no id": lambda claims, _: {k: v for k, v in claims.items() if k != "jti"},
    "expired": lambda claims, now: {**claims, "exp": now - 31},
    "of the future": lambda claims, now: {**claims, "iat": now + 60},
    "not yet": lambda claims, now: {**claims, "nbf": now + 60},
    "an end that is text": lambda claims, _: {**claims, "exp": "4000000000"},
    "an end that is infinite": lambda claims, _: {**claims, "exp": 1e300},
    "an end that is true": lambda claims, _: {**claims, "exp": True},
    "a person who is none": lambda claims, _: {**claims, "sub": "admin"},
    "a person who is a list": lambda claims, _: {**claims, "sub": ["x"]},
    "a session that is none": lambda claims, _: {**claims, "sid": "x"},
    "a scope that is a list": lambda claims, _: {**claims, "scope": ["app"]},
}


@pytest.mark.parametrize("change", CHANGES)
async def test_wrong_claims_are_refused_though_well_signed(
    service: Service, clock: Clock, change: str
) -> None:
    """A good signature alone opens nothing."""
    crew = await log_in(service)
    claims = CHANGES[change](claims_of(crew.tokens.access_token), clock.ms // 1000)
    try:
        token = await signed(service, claims)
    except (TypeError, ValueError):
        header = part({**HEADER, "kid": header_of(crew.tokens.access_token)["kid"]})
        token = f"{header}.{part(claims)}.{crew.tokens.access_token.split('.')[2]}"
    assert await verdict(service, token) == "unauthenticated"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "dpop+jwt"},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"kid": "nobody"},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR true --"},
        {"kid": None},
    ],
)
async def test_wrong_headers_are_refused_though_well_signed(
    service: Service, header: dict[str, Any]
) -> None:
    """A token of another type, with critical extensions, or of an unknown key, is refused."""
    crew = await log_in(service)
    claims = claims_of(crew.tokens.access_token)
    try:
        token = await signed(service, claims, **header)
    except (jwt.PyJWTError, NotImplementedError):
        known = {**HEADER, "kid": header_of(crew.tokens.access_token)["kid"], **header}
        token = f"{part(known)}.{part(claims)}.{crew.tokens.access_token.split('.')[2]}"
    assert await verdict(service, token) == "unauthenticated"


async def test_the_leeway_is_half_a_minute(service: Service, clock: Clock) -> None:
    """Clocks of servers that differ by less than the leeway do not log anyone out."""
    crew = await log_in(service)
    claims = claims_of(crew.tokens.access_token)
    now = clock.ms // 1000
    assert await verdict(service, await signed(service, {**claims, "exp": now - 20})) == "ok"
    ahead = {**claims, "iat": now + 20, "nbf": now + 20}
    assert await verdict(service, await signed(service, ahead)) == "ok"


async def test_nonsense_is_refused(service: Service) -> None:
    """What is no token at all is refused like any other, however long."""
    crew: Visitor = await log_in(service)
    good = crew.tokens.access_token
    for token in ("x", "a.b.c", "." * 3, good + "x", good[:-8], good * 40, "a" * 100_000):
        answer = await send(service, "GET", "/api/users/session", token=token)
        assert answer.status_code in (401, 431), token[:20]
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_unknown_keys_are_looked_up_seldom(service: Service) -> None:
    """A flood of made-up key names reads the database once a second."""
    crew = await log_in(service)
    claims = claims_of(crew.tokens.access_token)
    keys = service.context.keys
    reads = 0
    read = keys._read

    async def counted(source: Any) -> None:
        nonlocal reads
        reads += 1
        await read(source)

    keys._read = counted  # type: ignore[method-assign]
    own = Ed25519PrivateKey.generate()
    forged = [
        jwt.encode(claims, own, algorithm="EdDSA", headers={**HEADER, "kid": f"made-up-{number}"})
        for number in range(50)
    ]
    assert {*await asyncio.gather(*(verdict(service, one) for one in forged))} == {
        "unauthenticated"
    }
    assert reads <= 2
