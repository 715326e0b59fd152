"""Logging in: what opens a session, and how little the rest tells."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.server.users.people.desk import PASSWORD, Desk, open_desk
from tests.serving import problem_of

if TYPE_CHECKING:
    import httpx

    from server.settings import Settings


def told(answer: httpx.Response) -> tuple[int, bytes, list[str]]:
    """Return all that an answer tells."""
    moving = {"date", "ratelimit-remaining", "ratelimit-reset"}
    names = sorted(name for name in answer.headers if name not in moving)
    return answer.status_code, answer.content, names


async def test_the_right_password_opens_a_session(desk: Desk) -> None:
    """A login gives tokens that work, and is recorded with its method and address."""
    who = await desk.somebody()
    found = await desk.login(who, address="203.0.113.9")
    session = found["session"]
    assert session["person"] == who.person
    assert session["refresh_token"]
    profile = await desk.must("GET", "/profile", token=session["access_token"])
    assert profile["login"] == who.login
    record = await desk.service.context.pool.fetchrow(
        "SELECT address, device_id::text AS device, detail FROM activity "
        "WHERE kind = 'login' AND person_id = $1",
        who.person,
    )
    assert record is not None
    assert record["address"] == "203.0.113.9"
    assert record["device"] == session["device"]
    assert "password" in record["detail"]
    assert PASSWORD not in record["detail"]


@pytest.mark.parametrize(
    ("login", "typed"),
    [
        ("aicha.ngoma@example.com", "  Aicha.Ngoma@Example.COM "),
        ("+242061234567", "+242 06 123-45.67"),
        ("+242061234568", "00242 (06) 123 45 68"),
    ],
)
async def test_a_login_may_be_written_in_many_ways(desk: Desk, login: str, typed: str) -> None:
    """Case, spaces and the punctuation of phone numbers do not matter."""
    await desk.somebody(login=login)
    assert (await desk.try_login(typed)).status_code == 200


async def test_a_password_may_be_typed_on_any_keyboard(desk: Desk) -> None:
    """Composed and decomposed accents are the same password."""
    who = await desk.somebody(password="un puits bien garde\u0301")
    assert (await desk.try_login(who.login, "un puits bien gard\u00e9")).status_code == 200


async def test_refusals_tell_nothing(desk: Desk) -> None:
    """A wrong password, no account, no password yet and a closed account are answered alike."""
    known = await desk.somebody()
    closed = await desk.somebody()
    await desk.must("POST", f"/people/{closed.person}/deactivate", token=await desk.administrator())
    await desk.service.person("employee", login="sans@example.com")
    answers = [
        await desk.try_login(known.login, "un mauvais mot"),
        await desk.try_login("inconnu@example.com"),
        await desk.try_login("sans@example.com"),
        await desk.try_login(closed.login),
        await desk.try_login("' OR 1=1 --"),
    ]
    first, *others = [told(answer) for answer in answers]
    assert first[0] == 403
    assert others == [first] * len(others)
    assert problem_of(answers[0]).message.fr == "L'identifiant ou le mot de passe n'est pas le bon."


async def test_each_refusal_costs_one_computation(desk: Desk) -> None:
    """Known or not, with or without a password: one argon2id each."""
    known = await desk.somebody()
    await desk.service.person("employee", login="sans@example.com")
    for login in (known.login, "inconnu@example.com", "sans@example.com"):
        before = desk.proving.hasher.computed
        assert (await desk.try_login(login, "un mauvais mot")).status_code == 403
        assert desk.proving.hasher.computed == before + 1


async def test_known_and_unknown_take_the_same_time(settings: Settings) -> None:
    """With a password as dear as in production, the medians are close together."""
    plain = msgspec.structs.replace(
        settings, login_failures_free=1_000, login_requests_per_minute_max=0
    )
    async with open_desk(plain) as desk:
        who = await desk.somebody()
        spent: dict[str, list[float]] = {who.login: [], "inconnu@example.com": []}
        for _ in range(9):
            for login, times in spent.items():
                started = time.perf_counter()
                await desk.try_login(login, "un mauvais mot")
                times.append(time.perf_counter() - started)
    known, unknown = (statistics.median(times) for times in spent.values())
    # The computation alone is some 100 ms. Were it left out, the two would be far apart.
    assert 0.5 < known / unknown < 2


async def test_a_password_is_hashed_again_when_the_parameters_change(
    desk: Desk, cheap: Settings
) -> None:
    """The next login keeps it under today's parameters, and goes on working."""
    who = await desk.somebody()
    read = "SELECT password_hash FROM credential WHERE person_id = $1"
    assert "m=64,t=1" in await desk.service.context.pool.fetchval(read, who.person)
    async with open_desk(msgspec.structs.replace(cheap, password_hash_passes=3)) as later:
        for _ in range(2):
            await later.login(who)
            kept = await later.service.context.pool.fetchval(read, who.person)
            assert "m=64,t=3" in kept


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "a@example.com"},
        {"login": "a@example.com", "password": 7, "device": {"name": "x"}},
        {"login": "a@example.com", "password": "x", "device": {"name": "x"}, "more": 1},
        {"login": "a" * 201, "password": "x", "device": {"name": "x"}},
        {"login": "a", "password": "x" * 1_025, "device": {"name": "x"}},
        {"login": "a\0b", "password": "x", "device": {"name": "x"}},
        {"login": "a", "password": "x", "device": {"name": ""}},
        {"login": "a", "password": "x", "device": {"name": "x", "id": "no uuid"}},
        ["a"],
    ],
)
async def test_what_is_no_login_is_refused_before_anything_is_computed(
    desk: Desk, body: object
) -> None:
    """A malformed body costs nothing."""
    assert await desk.refused("POST", "/login", body) == "request_malformed"
    assert desk.proving.hasher.computed == 0


async def test_a_password_of_a_megabyte_is_refused(desk: Desk) -> None:
    """Its body is not even read to its end."""
    body = {"login": "a@example.com", "password": "x" * 1_000_000, "device": {"name": "x"}}
    assert await desk.refused("POST", "/login", body) == "body_too_large"
    assert desk.proving.hasher.computed == 0


async def test_a_browser_may_have_its_refresh_token_as_a_cookie(desk: Desk) -> None:
    """The body then holds none, and the cookie is out of scripts' reach."""
    who = await desk.somebody()
    body = {"login": who.login, "password": PASSWORD, "device": {"name": "bureau"}}
    answer = await desk.send("POST", "/login", body, headers={"x-derrick-session": "cookie"})
    assert answer.json()["session"]["refresh_token"] is None
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "secure" in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_changing_the_password_ends_the_other_sessions(desk: Desk) -> None:
    """It needs the present one; the session that changed it goes on; the old one is dead."""
    who = await desk.somebody()
    here, there = await desk.session_token(who), await desk.session_token(who)
    new = "une torchère allumée"
    change = {"current": "un mauvais mot", "new": new}
    assert await desk.refused("POST", "/password", change, token=here) == "login_refused"
    change["current"] = PASSWORD
    await desk.must("POST", "/password", change, token=here)
    assert await desk.refused("GET", "/profile", token=there) == "session_ended"
    assert (await desk.must("GET", "/profile", token=here))["person"] == who.person
    assert (await desk.try_login(who.login, PASSWORD)).status_code == 403
    who.password = new
    await desk.login(who)
    assert "password_changed" in await desk.kinds(who.person)


async def test_a_borrowed_session_guesses_no_faster(desk: Desk) -> None:
    """Wrong present passwords are slowed, without slowing the owner's logins."""
    who = await desk.somebody()
    token = await desk.session_token(who)
    change = {"current": "un mauvais mot", "new": "une torchère allumée"}
    codes = [await desk.refused("POST", "/password", change, token=token) for _ in range(8)]
    assert codes[-1] == "login_slowed"
    await desk.login(who)


async def test_two_changes_at_once_give_one_password(desk: Desk) -> None:
    """The second is told that the password is no longer what it showed."""
    who = await desk.somebody()
    token = await desk.session_token(who)
    wanted = [{"current": PASSWORD, "new": f"une torchère allumée {number}"} for number in range(3)]
    answers = await asyncio.gather(
        *(desk.send("POST", "/password", one, token=token) for one in wanted)
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    works = [
        (await desk.try_login(who.login, one["new"], address=f"203.0.113.{number}")).status_code
        for number, one in enumerate(wanted)
    ]
    assert works == [answer.status_code for answer in answers]


async def test_no_door_of_ones_own_opens_without_a_token(desk: Desk) -> None:
    """Each asks for a login."""
    for method, path in (
        ("POST", "/password"),
        ("GET", "/profile"),
        ("PATCH", "/profile"),
        ("PUT", "/profile/photo"),
        ("GET", "/one-time-codes"),
        ("POST", "/one-time-codes/recovery"),
        ("DELETE", "/one-time-codes"),
        ("PUT", "/one-time-codes/roles/manager"),
        ("POST", "/invitations"),
        ("GET", "/invitations"),
        ("GET", "/people"),
    ):
        assert await desk.refused(method, path, {}) == "unauthenticated"


HALF = "HALF-A-SURROGATE"


async def test_no_text_makes_a_door_stumble(desk: Desk) -> None:
    """Half a surrogate, other scripts, long ligatures: refused in words, never a fault."""
    for text in (HALF, "ﷺ" * 150, "١٢٣٤٥٦", "\u202e@\u202e.\u202e", "a@b.c\0d", "%s{}'\""):
        for path, body, told in (
            ("/login", {"password": text, "device": {"name": "x"}}, {403, 400}),
            ("/password-resets", {}, {202, 400}),
        ):
            encoded = msgspec.json.encode({"login": text, **body})
            answer = await desk.send(
                "POST",
                path,
                content=encoded.replace(HALF.encode(), b"\\ud800"),
                headers={"content-type": "application/json"},
            )
            assert answer.status_code in told, (text, answer.text)
