"""Guessing is slowed; nobody is locked out by a stranger."""

from __future__ import annotations

import asyncio

from tests.server.users.people.desk import HOME, PASSWORD, Desk, Somebody
from tests.serving import problem_of

STRANGER = "203.0.113.66"
WRONG = "un mauvais mot"


async def guess(desk: Desk, login: str, times: int, *, address: str = STRANGER) -> list[str]:
    """Guess passwords; return what each guess was told."""
    told = []
    for _ in range(times):
        answer = await desk.try_login(login, WRONG, address=address)
        told.append(problem_of(answer).code)
    return told


async def waited(desk: Desk, login: str, *, address: str = STRANGER) -> int:
    """Return how long a guesser is told to wait."""
    answer = await desk.try_login(login, WRONG, address=address)
    assert answer.status_code == 429, answer.text
    return int(answer.headers["retry-after"])


async def test_guesses_from_one_place_wait_longer_and_longer(desk: Desk) -> None:
    """Five are free; then each waits twice as long as the one before, up to five minutes."""
    who = await desk.somebody()
    assert await guess(desk, who.login, 6) == ["login_refused"] * 5 + ["login_slowed"]
    waits = []
    for _ in range(10):
        wait = await waited(desk, who.login)
        waits.append(wait)
        desk.clock.advance(seconds=wait)
        assert await guess(desk, who.login, 1) == ["login_refused"]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


async def test_a_slowed_guess_costs_no_computation_and_tells_nothing(desk: Desk) -> None:
    """Even the right password is not looked at, and an unknown account is slowed alike."""
    who = await desk.somebody()
    for login in (who.login, "inconnu@example.com"):
        assert await guess(desk, login, 6) == ["login_refused"] * 5 + ["login_slowed"]
    before = desk.proving.hasher.computed
    answers = [
        await desk.try_login(login, PASSWORD, address=STRANGER)
        for login in (who.login, "inconnu@example.com")
    ]
    assert desk.proving.hasher.computed == before
    known, unknown = answers
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.headers["retry-after"] == unknown.headers["retry-after"]


async def test_a_stranger_does_not_lock_the_owner_out(desk: Desk) -> None:
    """The owner logs in from another place, known or new, while a stranger is slowed."""
    who = await desk.somebody()
    await guess(desk, who.login, 20)
    await desk.login(who, address=HOME)
    assert await guess(desk, who.login, 1) == ["login_slowed"]


async def test_a_known_device_is_not_slowed_from_the_strangers_own_network(desk: Desk) -> None:
    """A camp shares one address: the tablet that has logged in before still does."""
    who = await desk.somebody()
    proof = (await desk.login(who, address=STRANGER))["known_device"]
    await guess(desk, who.login, 10)
    assert (await desk.try_login(who.login, address=STRANGER)).status_code == 429
    again = await desk.login(who, address=STRANGER, known_device=proof)
    await desk.login(who, address=STRANGER, known_device=again["known_device"])


async def test_many_addresses_are_slowed_together_but_no_known_device(desk: Desk) -> None:
    """A guesser with a network of machines gets an attempt every few seconds for all of them."""
    who = await desk.somebody()
    proof = (await desk.login(who))["known_device"]
    told = [
        problem_of(await desk.try_login(who.login, WRONG, address=f"203.0.113.{number}")).code
        for number in range(60)
    ]
    assert told.count("login_refused") == 50
    assert told[-1] == "login_slowed"
    assert await waited(desk, who.login, address="192.0.2.77") <= 10
    await desk.login(who, known_device=proof, address="192.0.2.78")
    desk.clock.advance(seconds=10)
    await desk.login(who, address="192.0.2.79")


async def test_many_guesses_at_once_gain_nothing(desk: Desk) -> None:
    """An attempt is counted before its password is computed."""
    who = await desk.somebody()
    before = desk.proving.hasher.computed
    answers = await asyncio.gather(
        *(desk.try_login(who.login, WRONG, address=STRANGER) for _ in range(30))
    )
    codes = [problem_of(answer).code for answer in answers]
    assert codes.count("login_refused") == 5
    assert desk.proving.hasher.computed == before + 5


async def test_a_known_device_guesses_no_faster_either(desk: Desk) -> None:
    """A stolen tablet has its own count."""
    who = await desk.somebody()
    proof = (await desk.login(who))["known_device"]
    codes = [
        problem_of(await desk.try_login(who.login, WRONG, known_device=proof)).code
        for _ in range(7)
    ]
    assert codes[-1] == "login_slowed"


async def test_a_proof_is_good_for_its_account_alone_and_for_a_time(desk: Desk) -> None:
    """Another's, a forged and an old proof are worth nothing; they do no harm."""
    who, other = await desk.somebody(), await desk.somebody()
    mine = (await desk.login(who))["known_device"]
    others = (await desk.login(other))["known_device"]
    await guess(desk, who.login, 6, address=HOME)
    forged = mine[:-2] + ("00" if mine[-2:] != "00" else "11")
    for proof in (others, forged, "zz", "00"):
        assert (await desk.try_login(who.login, known_device=proof)).status_code == 429
    desk.clock.advance(hours=24 * 181)
    await guess(desk, who.login, 6, address=HOME)
    assert (await desk.try_login(who.login, known_device=mine)).status_code == 429


async def test_success_clears_the_count(desk: Desk) -> None:
    """A person who mistypes now and then is never slowed."""
    who = await desk.somebody()
    for _ in range(3):
        await guess(desk, who.login, 4, address=HOME)
        await desk.login(who, address=HOME)


async def test_failures_are_forgotten_after_a_day(desk: Desk) -> None:
    """The next ones are free again."""
    who = await desk.somebody()
    await guess(desk, who.login, 6)
    desk.clock.advance(hours=25)
    assert await guess(desk, who.login, 5) == ["login_refused"] * 5


async def test_an_administrator_takes_the_brakes_off(desk: Desk) -> None:
    """At once, and it is recorded."""
    who = await desk.somebody()
    await guess(desk, who.login, 6)
    path = f"/people/{who.person}/unlock"
    assert (await desk.must("POST", path, token=await desk.administrator()))["places"] == 2
    assert await guess(desk, who.login, 1) == ["login_refused"]
    assert "person_unlocked" in await desk.kinds(who.person)


async def test_one_subscribers_ipv6_addresses_are_one_place(desk: Desk) -> None:
    """Whoever has a /64 does not have 2^64 places."""
    who = await desk.somebody()
    told = [
        problem_of(await desk.try_login(who.login, WRONG, address=f"2001:db8:1:2::{number}")).code
        for number in range(1, 7)
    ]
    assert told[-1] == "login_slowed"
    assert await guess(desk, who.login, 1, address="2001:db8:1:3::1") == ["login_refused"]


async def test_failures_are_recorded_without_what_was_typed(desk: Desk) -> None:
    """People type passwords into the wrong field."""
    who: Somebody = await desk.somebody()
    await guess(desk, who.login, 1)
    await guess(desk, "mot de passe secret", 1)
    records = await desk.service.context.pool.fetch(
        "SELECT person_id::text AS person, address, detail FROM activity "
        "WHERE kind = 'login_failed' ORDER BY id"
    )
    assert [record["person"] for record in records] == [who.person, None]
    assert {record["address"] for record in records} == {STRANGER}
    assert all("secret" not in record["detail"] for record in records)
