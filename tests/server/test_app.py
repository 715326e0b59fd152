"""Every refusal has RFC 9457's shape and names no secret; the server outlives its database."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import msgspec

from server.users import issue_token
from server.users.tokens import AUDIENCE, ISSUER
from sync.changes import PushResponse
from tests.serving import (
    JSON,
    MESSAGEPACK,
    link_to,
    new_id,
    new_replica,
    problem_of,
    project_created,
    serve_here,
    serve_process,
)

if TYPE_CHECKING:
    import pytest

    from server.settings import Settings


def _tokens(secret: str, person: str) -> dict[str, str]:
    """Return headers that must not open anything, by what is wrong with them."""
    now = dt.datetime.now(dt.UTC)
    claims = {
        "sub": person,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + dt.timedelta(hours=1),
    }

    def signed(key: str = secret, algorithm: str = "HS256", **changed: Any) -> str:
        wanted = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return f"Bearer {jwt.encode(wanted, key, algorithm=algorithm)}"

    return {
        "absent": "",
        "no scheme": signed().removeprefix("Bearer "),
        "another scheme": signed().replace("Bearer", "Basic"),
        "rubbish": "Bearer x.y.z",
        "expired": signed(exp=now - dt.timedelta(minutes=5)),
        "without end": signed(exp=None),
        "another audience": signed(aud="derrick-live"),
        "another issuer": signed(iss="someone"),
        "another key": signed("another-secret-of-thirty-two-bytes-or-more"),
        "unsigned": signed("", algorithm="none"),
        "no person": signed(sub="me"),
    }


async def test_only_a_good_token_opens_the_door(settings: Settings) -> None:
    """A token that is expired, unsigned, foreign or of another audience is 401 with a challenge."""
    assert settings.token_secret is not None
    async with serve_here(settings) as service:
        tablet = await service.tablet()
        for why, header in _tokens(settings.token_secret, tablet.person).items():
            for path in ("conflicts", "rejections", "replicas", f"history?row={new_id()}"):
                answer = await service.client.get(
                    f"/api/sync/{path}", headers={"authorization": header}
                )
                assert (answer.status_code, problem_of(answer).code) == (401, "unauthenticated"), (
                    why
                )
                assert answer.headers["www-authenticate"] == "Bearer"
            for path in ("push", "pull", "replicas", "live-ticket"):
                answer = await tablet.post(path, b"", authorization=header)
                assert problem_of(answer).code == "unauthenticated", why


async def test_errors_of_the_framework_have_our_shape(settings: Settings) -> None:
    """404, 405 and a bad query are problems too, in JSON or in MessagePack as asked for."""
    async with serve_here(settings) as service:
        tablet = await service.tablet()
        headers = {"authorization": f"Bearer {tablet.token}"}
        for accept in (JSON, MESSAGEPACK, "*/*", "application/problem+json"):
            found = []
            for method, path in (
                ("GET", "/nowhere"),
                ("GET", "/api/sync/nowhere"),
                ("GET", "/api/sync/push"),
                ("DELETE", "/api/sync/pull"),
                ("GET", "/api/sync/history"),
                ("GET", "/api/sync/history?row=x"),
                ("GET", "/api/sync/conflicts?limit=0"),
                ("GET", "/api/sync/conflicts?limit=x"),
            ):
                answer = await service.client.request(
                    method, path, headers={**headers, "accept": accept}
                )
                found.append((answer.status_code, problem_of(answer).code))
                is_packed = answer.headers["content-type"].startswith(MESSAGEPACK)
                assert is_packed == (accept == MESSAGEPACK)
            assert found == [
                (404, "not_found"),
                (404, "not_found"),
                (405, "method_not_allowed"),
                (405, "method_not_allowed"),
                *[(400, "request_malformed")] * 4,
            ]


async def test_a_fault_of_ours_says_nothing_of_itself(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 500 is a problem without a word of what failed; the log names the place, not the row."""
    async with serve_here(settings) as service:
        tablet = await service.tablet()
        secret = new_id()

        async def fail(_: Any) -> Any:
            raise RuntimeError(secret)

        service.context.intake.push = fail  # type: ignore[assignment,method-assign]
        answer = await tablet.send()
        assert (answer.status_code, problem_of(answer).code) == (500, "internal")
        assert secret not in answer.text
    told = capsys.readouterr()
    assert "request_failed" in told.out + told.err
    assert secret not in told.out + told.err


async def test_the_server_outlives_its_database(settings: Settings) -> None:
    """Without PostgreSQL: 503 with Retry-After. With it again: everything works, no restart."""
    assert settings.database_url is not None
    async with link_to(settings.database_url) as (link, url):
        linked = msgspec.structs.replace(settings, database_url=url)
        async with serve_here(linked) as service:
            tablet = await service.tablet()
            await tablet.must(project_created(new_id()))
            await link.cut()
            tablet.edit(project_created(new_id()))
            wanted = tablet.encode({"replica": tablet.replica, "epoch": 1})
            for answer in (
                await tablet.send(*tablet.outbox),
                await tablet.post("pull", wanted),
                await tablet.post("replicas", tablet.encode({"replica": "1" * 16, "name": "x"})),
                await service.client.get(
                    "/api/sync/conflicts", headers={"authorization": f"Bearer {tablet.token}"}
                ),
            ):
                assert (answer.status_code, problem_of(answer).code) == (503, "unavailable")
                assert int(answer.headers["retry-after"]) > 0
            assert (await service.client.get("/health")).status_code == 503
            await link.mend()
            assert (await service.client.get("/health")).status_code == 200
            assert [one.status for one in await tablet.push()] == ["merged"]
            await tablet.pull()
            tablet.assert_sums()


async def test_the_whole_path_over_a_socket(settings: Settings) -> None:
    """`derrick serve` answers registration, push and pull over TCP, and bounds a streamed body."""
    small = msgspec.structs.replace(settings, push_body_bytes_max=100_000)
    person, secret = new_id(), settings.token_secret
    assert secret is not None
    async with serve_here(settings) as service:
        tablet = await service.tablet("manager")
    token = issue_token(secret, tablet.person, now=dt.datetime.now(dt.UTC), seconds=60)
    with serve_process(small) as process:
        async with httpx.AsyncClient(base_url=process.url, timeout=30) as client:
            tablet.client, tablet.token = client, token
            tablet.replica = new_replica()
            await tablet.register()
            made = tablet.edit(project_created(person))
            (answer,) = tablet.decode(await tablet.send(made), PushResponse).answers
            assert answer.status == "merged"
            await tablet.pull()
            tablet.assert_sums()

            async def stream() -> Any:
                for _ in range(35):
                    yield bytes(10_000)
                    await asyncio.sleep(0)

            headers = {"authorization": f"Bearer {token}", "content-type": MESSAGEPACK}
            refused = await client.post("/api/sync/push", content=stream(), headers=headers)
            assert problem_of(refused).code == "body_too_large"
            assert (await client.get("/api/docs/openapi.json")).status_code == 200
            assert "derrick_requests_total" in (await client.get("/metrics")).text
