"""New passwords for those who lost theirs."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.server.users.people.desk import HOME, PASSWORD, Desk, Somebody
from tests.serving import problem_of

NEW = "la pompe tourne encore"


async def link_for(desk: Desk, login: str) -> str:
    """Ask for a link; return the token that was sent."""
    await desk.must("POST", "/password-resets", {"login": login})
    message = (await desk.outbox())[-1]
    assert (message.kind, message.login) == ("password_reset", login)
    assert message.link is not None
    page, _, token = message.link.partition("#")
    assert page.endswith("/reset")
    return token


async def code_for(desk: Desk, who: Somebody) -> str:
    """Have an administrator make a code."""
    path = f"/people/{who.person}/reset-code"
    made = await desk.must("POST", path, token=await desk.administrator())
    assert made["login"] == who.login
    code: str = made["code"]
    return code


async def confirm(desk: Desk, address: str = HOME, **body: Any) -> Any:
    """Set the new password."""
    return await desk.send(
        "POST", "/password-resets/confirm", {"password": NEW, **body}, address=address
    )


async def test_a_link_sets_a_new_password_and_ends_every_session(desk: Desk) -> None:
    """Whoever was logged in with the old one is not any more."""
    who = await desk.somebody()
    before = await desk.session_token(who)
    console = desk.token(who.person)
    token = await link_for(desk, who.login)
    assert (await confirm(desk, token=token)).status_code == 200
    assert await desk.refused("GET", "/profile", token=before) == "session_ended"
    desk.clock.advance(seconds=1)
    assert (await desk.send("GET", "/profile", token=console)).status_code == 401
    assert (await desk.try_login(who.login, PASSWORD)).status_code == 403
    who.password = NEW
    await desk.login(who)
    assert {"password_reset_asked", "password_reset"} <= {*await desk.kinds(who.person)}


async def test_asking_tells_nobody_who_has_an_account(desk: Desk) -> None:
    """Known, unknown, closed and asked twice: one answer, and one message."""
    who, closed = await desk.somebody(), await desk.somebody()
    admin = await desk.administrator()
    await desk.must("POST", f"/people/{closed.person}/deactivate", token=admin)
    logins = (who.login, who.login, "inconnu@example.com", closed.login, "pas un identifiant")
    answers = [await desk.send("POST", "/password-resets", {"login": one}) for one in logins]
    assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)}
    assert [message.login for message in await desk.outbox()] == [who.login]


async def test_one_may_ask_again_after_a_minute_and_the_newest_counts(desk: Desk) -> None:
    """The earlier link is void: at most one waits."""
    who = await desk.somebody()
    first = await link_for(desk, who.login)
    desk.clock.advance(minutes=2)
    second = await link_for(desk, who.login)
    assert problem_of(await confirm(desk, token=first)).code == "reset_refused"
    assert (await confirm(desk, token=second)).status_code == 200


async def test_what_no_longer_holds_is_refused_alike(desk: Desk) -> None:
    """Unknown, used and too old links, codes of nobody and wrong codes: one answer."""
    who, other = await desk.somebody(), await desk.somebody()
    used = await link_for(desk, who.login)
    await confirm(desk, token=used)
    late = await link_for(desk, other.login)
    await code_for(desk, other)
    answers = [
        await confirm(desk, token="inconnu"),
        await confirm(desk, token=used),
        await confirm(desk, login="inconnu@example.com", code="ABCD-EFGH"),
        await confirm(desk, login=who.login, code="ABCD-EFGH"),
        await confirm(desk, login=other.login, code="ABCD-EFGH"),
        await confirm(desk, login=other.login, code="é" * 64),
    ]
    desk.clock.advance(minutes=60)
    answers.append(await confirm(desk, token=late))
    assert {(one.status_code, one.content) for one in answers} == {(403, answers[0].content)}
    assert problem_of(answers[0]).code == "reset_refused"


async def test_a_link_used_many_times_at_once_works_once(desk: Desk) -> None:
    """The password is that of the one that came first."""
    who = await desk.somebody()
    token = await link_for(desk, who.login)
    wanted = [f"la pompe tourne encore {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(confirm(desk, token=token, password=password) for password in wanted)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    works = [
        (await desk.try_login(who.login, password, address=f"203.0.113.{number}")).status_code
        for number, password in enumerate(wanted)
    ]
    assert works == [answer.status_code for answer in answers]


async def test_a_code_is_for_those_without_a_mailbox(desk: Desk) -> None:
    """A plain name logs in with it; it is recorded who made it; it is good once."""
    person = await desk.service.person("employee", login="jean-b")
    who = Somebody(person, "jean-b")
    code = await code_for(desk, who)
    assert len(code) == 9
    assert (await confirm(desk, login="Jean-B", code=code.lower())).status_code == 200
    again = await confirm(desk, login="jean-b", code=code)
    assert problem_of(again).code == "reset_refused"
    who.password = NEW
    await desk.login(who)
    made = await desk.service.context.pool.fetchrow(
        "SELECT actor_id, detail FROM activity WHERE kind = 'reset_code_made' AND person_id = $1",
        person,
    )
    assert made is not None
    assert made["actor_id"] is not None
    assert code not in made["detail"]


async def test_a_code_takes_few_tries_even_at_once(desk: Desk) -> None:
    """Eleven addresses at the same moment have ten tries between them."""
    who = await desk.somebody()
    code = await code_for(desk, who)
    await asyncio.gather(
        *(
            confirm(desk, f"203.0.113.{number}", login=who.login, code="0000-0000")
            for number in range(10)
        )
    )
    answer = await confirm(desk, "203.0.113.99", login=who.login, code=code)
    assert problem_of(answer).code == "reset_refused"
    fresh = await code_for(desk, who)
    assert (await confirm(desk, login=who.login, code=fresh)).status_code == 200


async def test_a_code_expires(desk: Desk) -> None:
    """After a day it is void."""
    who = await desk.somebody()
    code = await code_for(desk, who)
    desk.clock.advance(hours=24)
    answer = await confirm(desk, login=who.login, code=code)
    assert problem_of(answer).code == "reset_refused"


async def test_guessing_codes_is_slowed(desk: Desk) -> None:
    """As guessing passwords is, known account or not."""
    who = await desk.somebody()
    await code_for(desk, who)
    for login in (who.login, "inconnu@example.com"):
        told = [
            problem_of(await confirm(desk, "203.0.113.5", login=login, code="AAAA-AAAA")).code
            for _ in range(7)
        ]
        assert told == ["reset_refused"] * 5 + ["login_slowed"] * 2


async def test_whoever_resets_is_not_slowed_by_a_storm_of_strangers(desk: Desk) -> None:
    """The reset gives the device a proof, with which its next login passes every brake."""
    who = await desk.somebody()
    token = await link_for(desk, who.login)
    for number in range(60):
        await desk.try_login(who.login, "un mauvais mot", address=f"203.0.113.{number}")
    assert (await desk.try_login(who.login, address="192.0.2.1")).status_code == 429
    proof = (await confirm(desk, token=token)).json()["known_device"]
    who.password = NEW
    await desk.login(who, address="192.0.2.1", known_device=proof)


async def test_a_weak_password_leaves_the_reset_open(desk: Desk) -> None:
    """One tries again with a better one."""
    who = await desk.somebody()
    token = await link_for(desk, who.login)
    for weak in ("court", "motdepasse123", who.login, "x" * 257):
        answer = await confirm(desk, token=token, password=weak)
        assert problem_of(answer).code == "password_weak", weak
    assert (await confirm(desk, token=token)).status_code == 200


async def test_only_administrators_make_codes(desk: Desk) -> None:
    """A manager who could would be whom he likes."""
    who = await desk.somebody()
    path = f"/people/{who.person}/reset-code"
    for role in ("manager", "accountant", "supervisor", "employee", "auditor"):
        token = desk.token(await desk.service.person(role))
        assert await desk.refused("POST", path, token=token) == "forbidden"
    admin = await desk.administrator()
    for person in ("x", "00000000-0000-7000-8000-000000000000"):
        assert await desk.refused("POST", f"/people/{person}/reset-code", token=admin) == (
            "not_found"
        )


async def test_a_reset_does_not_turn_one_time_codes_off(desk: Desk) -> None:
    """Whoever reads the mailbox still needs the phone."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    await confirm(desk, token=await link_for(desk, who.login))
    assert (await desk.try_login(who.login, NEW)).json() == {"status": "code_required"}
    answer = await desk.try_login(who.login, NEW, code=desk.code(secret))
    assert answer.json()["status"] == "open"


async def test_neither_a_token_nor_a_code_is_a_malformed_request(desk: Desk) -> None:
    """Half a proof is none."""
    assert problem_of(await confirm(desk)).code == "request_malformed"
    assert problem_of(await confirm(desk, login="a@example.com")).code == "request_malformed"
    assert problem_of(await confirm(desk, token="x" * 3_000)).code == "request_malformed"


async def test_a_login_that_the_directory_writes_otherwise_is_found_as_typed(desk: Desk) -> None:
    """An administrator's tablet may have written capitals; the first password settles it."""
    await desk.service.person("employee", login="Aicha@Example.com")
    await desk.must("POST", "/password-resets", {"login": "Aicha@Example.com"})
    (message,) = await desk.outbox()
    token = (message.link or "").partition("#")[2]
    assert (await confirm(desk, token=token)).status_code == 200
    assert (await desk.try_login("aicha@example.com", NEW)).status_code == 200
