"""How other systems are registered, what they are told of us, and how they leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.settings import settings_environment
from server.users import ClientInvalidError
from server.users.oauth_clients import Client, check_redirect_uri, list_clients, new_client
from tests.server.cli.running import derrick
from tests.server.users.oauth.flows import REDIRECT, Browser, System, refusal

if TYPE_CHECKING:
    import subprocess

    from tests.serving import Service


async def client(
    service: Service, *arguments: str, works: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run `derrick client` against the test's database."""
    variables = settings_environment(service.settings)
    done = await asyncio.to_thread(derrick, "client", *arguments, **variables)
    assert (done.returncode == 0) is works, done.stderr
    return done


def fields_of(printed: str) -> dict[str, str]:
    """Return what a command printed, by name."""
    return {name: value for name, _, value in (x.partition("\t") for x in printed.splitlines())}


@pytest.mark.parametrize(
    "uri",
    [
        "https://erp.example/callback",
        "https://erp.example:8443/callback?tenant=1",
        "http://127.0.0.1:9000/callback",
        "http://[::1]/callback",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_safe_addresses_are_registered(uri: str) -> None:
    """HTTPS, this machine's own address, and an app's own scheme."""
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "/callback",
        "//erp.example/callback",
        "http://erp.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "https://*.erp.example/ callback",
        "https://erp.example/callback#fragment",
        "https://erp.example/../callback",
        "https://erp.example/a/%2e%2E/callback",
        "https://user:secret@erp.example/callback",
        "https://erp.example@evil.example/callback",
        "https://erp.example\\@evil.example/callback",
        "https://erp.example/call back",
        "https://erp.example/\ncallback",
        "https:///callback",
        "https://erp.example:port/callback",
        "https://[erp.example/callback",
        "javascript:alert(1)//x.y",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/callback",
        "https://erp.example/" + "x" * 500,
    ],
)
def test_other_addresses_are_refused(uri: str) -> None:
    """Whatever could lead elsewhere than to the client's own page."""
    with pytest.raises(ClientInvalidError):
        check_redirect_uri(uri)


def test_a_client_that_makes_no_sense_is_refused() -> None:
    """Without name, scope or address; with an unknown scope; a machine with an address."""
    for name, scopes, uris in (
        ("", ("read",), (REDIRECT,)),
        ("x" * 81, ("read",), (REDIRECT,)),
        ("a\nb", ("read",), (REDIRECT,)),
        ("a", (), (REDIRECT,)),
        ("a", ("app",), (REDIRECT,)),
        ("a", ("read",), ()),
    ):
        with pytest.raises(ClientInvalidError):
            new_client(name, "confidential", redirect_uris=uris, scopes=scopes, person=None)
    for uris, person in (((REDIRECT,), "someone"), ((), None)):
        with pytest.raises(ClientInvalidError):
            new_client("a", "machine", redirect_uris=uris, scopes=("read",), person=person)


async def test_the_console_keeps_the_clients(service: Service, browser: Browser) -> None:
    """Added, listed, given a new secret, removed: the old secret and all tokens end at once."""
    made = fields_of(
        (
            await client(service, "add", "ERP", "--redirect", REDIRECT, "--scope", "projects:read")
        ).stdout
    )
    stored = await service.context.pool.fetchval("SELECT secret_digest FROM oauth_client")
    assert made["client_secret"].encode() not in stored
    (known,) = await _clients(service)
    system = System(service, known, made["client_secret"])
    tokens = await system.tokens(browser)
    listed = (await client(service, "list")).stdout
    assert listed == f"{made['client_id']}\tconfidential\tERP\tprojects:read\t{REDIRECT}\n"
    fresh = (await client(service, "rotate-secret", made["client_id"])).stdout.strip()
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_client"
    system.secret = fresh
    assert await system.is_active(tokens["access_token"])
    await client(service, "remove", made["client_id"])
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await service.client.get("/api/sync/conflicts", headers=bearer)).status_code == 401
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_client"
    assert (await client(service, "list")).stdout == ""
    gone = await client(service, "remove", made["client_id"], works=False)
    assert "there is no client" in gone.stderr


async def test_a_machine_comes_and_goes_with_its_person(service: Service) -> None:
    """It has a role of its own; removed, its service person has no access any more."""
    refused = await client(service, "add", "BI", "--machine", "--scope", "read", works=False)
    assert "a machine has a role" in refused.stderr
    arguments = ("--machine", "--role", "auditor", "--scope", "read")
    made = fields_of((await client(service, "add", "BI", *arguments)).stdout)
    (known,) = await _clients(service)
    machine = System(service, known, made["client_secret"])
    answer = await machine.post("token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200
    person = await service.context.pool.fetchrow(
        "SELECT name, role FROM person WHERE id = $1", made["person"]
    )
    assert person is not None
    assert (person["name"], person["role"]) == ("BI", "auditor")
    await client(service, "remove", made["client_id"])
    active = await service.context.pool.fetchval(
        "SELECT active FROM person WHERE id = $1", made["person"]
    )
    assert active is False


async def test_the_metadata_names_what_is_there(service: Service) -> None:
    """RFC 8414: endpoints below our address, S256 alone, `iss` in answers, keys that verify."""
    answer = await service.client.get("/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    told = answer.json()
    assert told["issuer"] == service.settings.http_url
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["response_types_supported"] == ["code"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "none"]
    for name, value in told.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{told['issuer']}/")
    path = told["jwks_uri"].removeprefix(told["issuer"])
    assert (await service.client.get(path)).json()["keys"]


async def _clients(service: Service) -> list[Client]:
    return await list_clients(service.context.pool)
