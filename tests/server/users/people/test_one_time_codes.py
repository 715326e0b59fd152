"""One-time codes: a second proof, good once."""

from __future__ import annotations

import asyncio

import pyotp

from tests.server.users.people.desk import PASSWORD, Desk
from tests.serving import problem_of


async def test_a_login_asks_for_a_code_once_enrolled(desk: Desk) -> None:
    """Without one: `code_required`, and no session; with it: a session, and its method."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    assert (await desk.try_login(who.login)).json() == {"status": "code_required"}
    found = await desk.login(who, code=desk.code(secret))
    method = await desk.service.context.pool.fetchval(
        "SELECT method FROM session WHERE id = $1", found["session"]["session"]
    )
    assert method == "password+one_time_code"


async def test_a_wrong_password_is_not_told_apart_by_a_code(desk: Desk) -> None:
    """Whether somebody has codes is told to those who know the password."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    answer = await desk.try_login(who.login, "un mauvais mot", code=desk.code(secret))
    assert problem_of(answer).code == "login_refused"


async def test_a_code_is_good_once_even_at_once(desk: Desk) -> None:
    """Of many logins with the same code one opens a session; later it is a replay."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    code = desk.code(secret)
    answers = await asyncio.gather(
        *(desk.try_login(who.login, code=code, address=f"203.0.113.{n}") for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403, 403]
    codes = {problem_of(one).code for one in answers if one.status_code == 403}
    assert codes == {"one_time_code_refused"}
    assert (await desk.try_login(who.login, code=code)).status_code == 403
    desk.clock.advance(seconds=30)
    await desk.login(who, code=desk.code(secret))


async def test_an_earlier_code_is_void_once_a_later_one_was_used(desk: Desk) -> None:
    """Codes go forward only."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    desk.clock.advance(seconds=60)
    await desk.login(who, code=desk.code(secret))
    answer = await desk.try_login(who.login, code=desk.code(secret, steps=-1))
    assert problem_of(answer).code == "one_time_code_refused"


async def test_a_clock_may_be_one_step_off(desk: Desk) -> None:
    """One either way, not two."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    for steps, status in ((-2, 403), (2, 403), (-1, 200), (1, 200)):
        desk.clock.advance(minutes=5)
        answer = await desk.try_login(who.login, code=desk.code(secret, steps=steps))
        assert answer.status_code == status, steps


async def test_recovery_codes_are_good_once_each(desk: Desk) -> None:
    """Ten of them, however they are written; even of two at once one is taken."""
    who = await desk.somebody()
    _, recovery = await desk.enrol(who)
    assert len({*recovery}) == 10
    await desk.login(who, code=recovery[0].lower().replace("-", " "))
    assert (await desk.try_login(who.login, code=recovery[0])).status_code == 403
    answers = await asyncio.gather(*(desk.try_login(who.login, code=recovery[1]) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403]
    token = await desk.session_token(who, code=recovery[2])
    state = await desk.must("GET", "/one-time-codes", token=token)
    assert state == {"enrolled": True, "required": False, "recovery_codes_left": 7}
    assert (await desk.kinds(who.person)).count("recovery_code_used") == 3


async def test_anothers_recovery_code_opens_nothing(desk: Desk) -> None:
    """A code is its person's."""
    who, other = await desk.somebody(), await desk.somebody()
    await desk.enrol(who)
    _, recovery = await desk.enrol(other)
    answer = await desk.try_login(who.login, code=recovery[0])
    assert problem_of(answer).code == "one_time_code_refused"


async def test_guessing_codes_is_slowed(desk: Desk) -> None:
    """Who knows the password still has few tries."""
    who = await desk.somebody()
    await desk.enrol(who)
    told = [
        problem_of(await desk.try_login(who.login, code=f"00000{n}", address="203.0.113.5")).code
        for n in range(6)
    ]
    assert told == ["one_time_code_refused"] * 5 + ["login_slowed"]


async def test_a_code_of_any_letters_is_refused_not_stumbled_over(desk: Desk) -> None:
    """Other scripts' digits, signs, one letter."""
    who = await desk.somebody()
    await desk.enrol(who)
    for number, code in enumerate(("١٢٣٤٥٦", "é€😀", "-", " ", "1234567", "a" * 64)):
        answer = await desk.try_login(who.login, code=code, address=f"203.0.113.{number}")
        assert problem_of(answer).code == "one_time_code_refused", code


async def test_enrolling_needs_the_password_and_a_first_code(desk: Desk) -> None:
    """Until the first code is shown nothing changes at login; a wrong one turns nothing on."""
    who = await desk.somebody()
    token = await desk.session_token(who)
    assert await desk.refused("POST", "/one-time-codes", {}, token=token) == "login_refused"
    body = {"password": "un mauvais mot"}
    assert await desk.refused("POST", "/one-time-codes", body, token=token) == "login_refused"
    made = await desk.must("POST", "/one-time-codes", {"password": PASSWORD}, token=token)
    assert made["qr_svg"].startswith("<svg")
    parsed = pyotp.parse_uri(made["uri"])
    assert (parsed.secret, parsed.issuer, parsed.name) == (made["secret"], "Derrick", who.login)
    await desk.login(who)
    path = "/one-time-codes/confirm"
    assert await desk.refused("POST", path, {"code": "000000"}, token=token) == (
        "one_time_code_refused"
    )
    await desk.login(who)
    await desk.must("POST", path, {"code": desk.code(made["secret"])}, token=token)
    assert (await desk.try_login(who.login)).json() == {"status": "code_required"}
    assert "one_time_codes_enabled" in await desk.kinds(who.person)


async def test_a_secret_in_use_is_not_replaced_by_a_borrowed_session(desk: Desk) -> None:
    """With the password alone nobody puts their own phone in the owner's place."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    token = await desk.session_token(who, code=desk.code(secret))
    body = {"password": PASSWORD}
    assert await desk.refused("POST", "/one-time-codes", body, token=token) == (
        "one_time_code_refused"
    )
    desk.clock.advance(seconds=30)
    await desk.login(who, code=desk.code(secret))


async def test_turning_off_and_renewing_need_both_proofs(desk: Desk) -> None:
    """Password and code; renewed recovery codes void the old ones."""
    who = await desk.somebody()
    secret, old = await desk.enrol(who)
    token = await desk.session_token(who, code=desk.code(secret))
    wrong = {"password": PASSWORD, "code": "000000"}
    for method, path in (("POST", "/one-time-codes/recovery"), ("DELETE", "/one-time-codes")):
        assert await desk.refused(method, path, wrong, token=token) == "one_time_code_refused"
        bad = {"password": "un mauvais mot", "code": old[9]}
        assert await desk.refused(method, path, bad, token=token) == "login_refused"
    desk.clock.advance(seconds=30)
    proof = {"password": PASSWORD, "code": desk.code(secret)}
    new = await desk.must("POST", "/one-time-codes/recovery", proof, token=token)
    assert (await desk.try_login(who.login, code=old[0])).status_code == 403
    off = {"password": PASSWORD, "code": new["recovery_codes"][0]}
    await desk.must("DELETE", "/one-time-codes", off, token=token)
    await desk.login(who)
    kinds = await desk.kinds(who.person)
    assert {"recovery_codes_renewed", "one_time_codes_disabled"} <= {*kinds}


async def test_a_role_that_requires_codes_enrols_before_its_first_session(desk: Desk) -> None:
    """The login gives a ticket, and nothing else, until a first code is shown; then a session."""
    who = await desk.somebody("accountant")
    admin = await desk.administrator()
    path = "/one-time-codes/roles/accountant"
    roles = await desk.must("PUT", path, {"required": True}, token=admin)
    assert roles == {"roles": ["accountant"]}
    answer = (await desk.try_login(who.login)).json()
    assert answer.keys() == {"status", "ticket"}
    assert answer["status"] == "enrolment_required"
    ticket = answer["ticket"]
    assert await desk.refused("GET", "/profile", token=ticket) == "unauthenticated"
    made = await desk.must("POST", "/one-time-codes", {"ticket": ticket})
    body = {"ticket": ticket, "code": desk.code(made["secret"]), "device": {"name": "bureau"}}
    confirmed = await desk.must("POST", "/one-time-codes/confirm", body)
    token = confirmed["login"]["session"]["access_token"]
    assert len(confirmed["recovery_codes"]) == 10
    desk.clock.advance(seconds=30)
    proof = {"password": PASSWORD, "code": desk.code(made["secret"])}
    assert await desk.refused("DELETE", "/one-time-codes", proof, token=token) == (
        "one_time_codes_required"
    )
    await desk.must("PUT", path, {"required": False}, token=admin)
    await desk.must("DELETE", "/one-time-codes", proof, token=token)


async def test_a_role_in_a_project_requires_codes_too(desk: Desk) -> None:
    """An employee who manages one project is a manager there."""
    boss = await desk.service.tablet("manager")
    project = await desk.service.project(boss)
    who = await desk.somebody("employee")
    await desk.service.member(boss, project, who.person, "manager")
    await desk.login(who)
    admin = await desk.administrator()
    body = {"required": True}
    await desk.must("PUT", "/one-time-codes/roles/manager", body, token=admin)
    assert (await desk.try_login(who.login)).json()["status"] == "enrolment_required"


async def test_tickets_are_short_lived_and_not_forged(desk: Desk) -> None:
    """An old one, a changed one, and one of another use open nothing."""
    who = await desk.somebody("manager")
    admin = await desk.administrator()
    body = {"required": True}
    proof = (await desk.login(who))["known_device"]
    await desk.must("PUT", "/one-time-codes/roles/manager", body, token=admin)
    ticket = (await desk.try_login(who.login)).json()["ticket"]
    changed = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    for bad in (proof, changed, "00", "x", "é"):
        assert await desk.refused("POST", "/one-time-codes", {"ticket": bad}) == "login_refused"
    desk.clock.advance(minutes=11)
    assert await desk.refused("POST", "/one-time-codes", {"ticket": ticket}) == "login_refused"


async def test_only_administrators_say_which_roles_need_codes(desk: Desk) -> None:
    """Others may read it; an unknown role is none."""
    token = desk.token(await desk.service.person("manager"))
    body = {"required": True}
    path = "/one-time-codes/roles/manager"
    assert await desk.refused("PUT", path, body, token=token) == "forbidden"
    assert await desk.must("GET", "/one-time-codes/roles", token=token) == {"roles": []}
    admin = await desk.administrator()
    path = "/one-time-codes/roles/owner"
    assert await desk.refused("PUT", path, body, token=admin) == "not_found"


async def test_an_administrator_forgets_the_codes_of_who_lost_their_phone(desk: Desk) -> None:
    """The person then logs in with the password, and enrols again."""
    who = await desk.somebody()
    await desk.enrol(who)
    path = f"/people/{who.person}/one-time-codes"
    await desk.must("DELETE", path, token=await desk.administrator())
    await desk.login(who)
    await desk.enrol(who)


async def test_the_database_holds_no_secret_and_no_recovery_code(desk: Desk) -> None:
    """A copy of it makes no code."""
    who = await desk.somebody()
    secret, recovery = await desk.enrol(who)
    pool = desk.service.context.pool
    stored = str(await pool.fetch("SELECT * FROM one_time_code"))
    stored += str(await pool.fetch("SELECT * FROM recovery_code"))
    stored += str(await pool.fetch("SELECT * FROM activity"))
    assert secret not in stored
    assert not any(code.replace("-", "") in stored.replace("-", "") for code in recovery)
