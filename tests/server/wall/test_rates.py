"""Rates: counted in Redis for all servers, in the process alone when Redis is away or stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
import redis

from server.wall.rates import TELL_SECONDS, RateKeeper, fallbacks
from server.wall.standing import Rate
from tests.serving import problem_of, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.settings import Settings
    from tests.serving import Service


@pytest.fixture(params=["redis", "process"])
async def keeper(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[RateKeeper]:
    made = RateKeeper(redis_url if request.param == "redis" else None)
    yield made
    await made.close()


async def test_a_rate_gives_its_burst_and_then_its_pace(keeper: RateKeeper) -> None:
    """So many at once as a minute allows; then one each interval, after the wait that was told."""
    rate = Rate("one", 120)
    (standing,) = await keeper.take([rate])
    assert standing.remaining == 119
    passed = 0
    while not standing.refused:
        passed += 1
        (standing,) = await keeper.take([rate])
    assert passed >= 120
    assert standing.remaining == 0
    assert 0 < standing.wait <= rate.interval
    await asyncio.sleep(standing.wait / 1_000_000 + 0.001)
    assert not (await keeper.take([rate]))[0].refused


async def test_of_several_rates_all_pass_or_none_is_counted(keeper: RateKeeper) -> None:
    """A request refused for its account does not use up what its address may ask."""
    narrow, wide = Rate("narrow", 1), Rate("wide", 100)
    assert [one.refused for one in await keeper.take([narrow, wide])] == [False, False]
    for _ in range(5):
        assert [one.refused for one in await keeper.take([narrow, wide])] == [True, False]
    assert (await keeper.take([wide]))[0].remaining == 98


async def test_servers_share_one_count_exactly(redis_url: str) -> None:
    """Four servers at once let through what one would: the script is atomic."""
    keepers = [RateKeeper(redis_url) for _ in range(4)]
    await asyncio.gather(*(keeper.take([Rate("warm", 100)]) for keeper in keepers))
    rate = Rate("shared", 50)
    started = time.monotonic()
    taken = await asyncio.gather(*(keepers[n % 4].take([rate]) for n in range(200)))
    at_pace = int((time.monotonic() - started) * 1_000_000 / rate.interval)
    assert 50 <= sum(not one.refused for (one,) in taken) <= 50 + at_pace
    for keeper in keepers:
        await keeper.close()


async def test_far_from_its_limit_a_key_passes_before_redis_is_asked(redis_url: str) -> None:
    """Redis is told a moment later, in full; near the limit four servers count as one."""
    keepers = [RateKeeper(redis_url) for _ in range(4)]
    rate = Rate("wide", 640)
    started, passed, exact = time.monotonic(), 0, 0
    with redis.Redis.from_url(redis_url) as client:
        asked = client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)
        while True:
            answers = [(await keeper.take([rate]))[0] for keeper in keepers]
            passed += sum(not one.refused for one in answers)
            if all(one.refused for one in answers):
                break
        exact = client.info("commandstats")["cmdstat_evalsha"]["calls"] - asked
    at_pace = int((time.monotonic() - started) * 1_000_000 / rate.interval)
    assert 640 <= passed <= 640 + at_pace + 4
    # Each keeper asked for the first, told of the upper half together, and asked for the rest.
    assert exact < passed
    for keeper in keepers:
        await keeper.close()


async def test_what_passed_ahead_is_told(redis_url: str) -> None:
    """Another server knows of it a moment later, and a server that stops tells before it goes."""
    one, other, last = (RateKeeper(redis_url) for _ in range(3))
    rate = Rate("told", 300)
    for _ in range(5):
        await one.take([rate])
    await asyncio.sleep(3 * TELL_SECONDS)
    # One of five was asked for; untold, the rest would leave 298. Each 200 ms gives one back.
    assert 294 <= (await other.take([rate]))[0].remaining <= 296
    for _ in range(4):
        await one.take([rate])
    await one.close()
    assert 289 <= (await last.take([rate]))[0].remaining <= 292
    await other.close()
    await last.close()


async def test_a_stuck_redis_costs_one_short_wait(redis_url: str) -> None:
    """With Redis stopped (SIGSTOP), requests are counted here, and a metric tells of it."""
    keeper = RateKeeper(redis_url)
    rate = Rate("stuck", 3)
    await keeper.take([rate])
    with redis.Redis.from_url(redis_url) as client:
        pid = int(client.info("server")["process_id"])
    before = fallbacks()._value.get()
    os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        found = [(await keeper.take([rate]))[0].refused for _ in range(5)]
        assert time.monotonic() - started < 1
    finally:
        os.kill(pid, signal.SIGCONT)
    assert found == [False, False, False, True, True]
    assert fallbacks()._value.get() == before + 1
    # Back again, each answer is its own question's: none is left over from the wait.
    keeper._redis_again = 0
    for limit in (7, 11, 13):
        (standing,) = await keeper.take([Rate(f"after-{limit}", limit)])
        assert standing.remaining == limit - 1
    assert fallbacks()._value.get() == before + 1
    await keeper.close()


async def test_an_account_is_held_to_its_rate_and_told(settings: Settings) -> None:
    """Each answer tells what is left; beyond it 429 with Retry-After; others are untouched."""
    small = msgspec.structs.replace(settings, account_requests_per_minute_max=5)
    async with serve_here(small) as service:
        one = await service.tablet()
        other = await service.tablet()
        answers = [await _ask(service, one.token) for _ in range(6)]
        unharmed = await _ask(service, other.token)
    left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
    # Its registration was its first request.
    assert left == [3, 2, 1, 0, 0, 0]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert answers[0].headers["ratelimit-limit"] == "5"
    refused = answers[-1]
    assert problem_of(refused).code == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 12
    assert unharmed.status_code == 200


async def test_an_address_is_held_to_a_rate_of_its_own(settings: Settings) -> None:
    """Requests without an account count for their address, as the trusted proxy names it."""
    small = msgspec.structs.replace(
        settings, address_requests_per_minute_max=2, trusted_proxies=("127.0.0.1",)
    )
    async with serve_here(small) as service:

        async def asked(address: str) -> int:
            headers = {"x-forwarded-for": address}
            return (await service.client.get("/api/sync/replicas", headers=headers)).status_code

        assert [await asked("203.0.113.1") for _ in range(3)] == [401, 401, 429]
        assert await asked("203.0.113.2") == 401
        assert await asked("6.6.6.6, 203.0.113.1") == 429
        assert (await service.client.get("/health")).status_code == 200


async def test_a_forged_token_spends_nobodys_rate(settings: Settings) -> None:
    """A stranger cannot lock a colleague out by naming them in a token of his own making."""
    small = msgspec.structs.replace(settings, account_requests_per_minute_max=3)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        head, body, signature = tablet.token.split(".")
        forged = f"{head}.{body}.{signature[::-1]}"
        for _ in range(10):
            assert (await _ask(service, forged)).status_code == 401
        assert (await _ask(service, tablet.token)).status_code == 200


async def test_pushes_are_held_by_device(settings: Settings) -> None:
    """One device that pushes without end does not stop the same person's other one."""
    small = msgspec.structs.replace(settings, push_requests_per_minute_max=2)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        other = tablet.twin()
        other.token = service.token(tablet.person, seconds=1800)
        await other.register()
        assert [(await tablet.send()).status_code for _ in range(3)] == [200, 200, 429]
        assert (await other.send()).status_code == 200


async def _ask(service: Service, token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await service.client.get("/api/sync/replicas", headers=headers)
