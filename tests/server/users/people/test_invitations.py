"""Invitations: who may give what, and that each is good once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.server.users.people.desk import PASSWORD, Desk, open_desk
from tests.serving import new_id, problem_of

if TYPE_CHECKING:
    from server.settings import Settings

DEVICE = {"name": "tablette"}


def wanted(login: str = "nouvelle@example.com", **more: Any) -> dict[str, Any]:
    """Return an invitation's body."""
    return {"login": login, "name": "Mireille Okemba", "role": "employee", **more}


def token_of(link: str) -> str:
    """Return what a link carries behind the `#`, which no server's log sees."""
    page, _, token = link.partition("#")
    assert page.endswith("/invitation")
    return token


async def test_a_link_becomes_a_person_with_a_role_and_projects(desk: Desk) -> None:
    """They are logged in at once, are in the directory, and are members of the project."""
    manager = await desk.service.tablet("manager")
    project = await desk.service.project(manager)
    body = wanted(role="supervisor", projects={project: "supervisor"}, language="fr")
    made = await desk.must("POST", "/invitations", body, token=manager.token)
    token = token_of(made["link"])
    shown = await desk.must("POST", "/invitations/look", {"token": token})
    assert shown == {
        "login": "nouvelle@example.com",
        "name": "Mireille Okemba",
        "role": "supervisor",
        "language": "fr",
        "projects": 1,
    }
    answer = await desk.must(
        "POST",
        "/invitations/accept",
        {"token": token, "password": PASSWORD, "device": DEVICE, "phone": "+242 06 111 22 33"},
    )
    assert answer["status"] == "open"
    person = answer["session"]["person"]
    profile = await desk.must("GET", "/profile", token=answer["session"]["access_token"])
    assert profile["role"] == "supervisor"
    assert profile["phone"] == "+242061112233"
    await manager.pull()
    assert manager.rows["org", person].values["name"] == "Mireille Okemba"
    members = [row.values for row in manager.live(f"project:{project}").values()]
    assert {"project_id": project, "person_id": person, "role": "supervisor"} in members
    assert (await desk.try_login("nouvelle@example.com")).status_code == 200
    assert {"invitation_accepted", "login"} <= {*await desk.kinds(person)}


async def test_a_code_is_read_aloud_and_entered_with_the_login(desk: Desk) -> None:
    """However it is written down: lower case, spaces, O for 0."""
    admin = await desk.administrator()
    body = wanted("+242 06 555 44 33", form="code")
    code = (await desk.must("POST", "/invitations", body, token=admin))["code"]
    assert len(code) == 9
    heard = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    entered = {"login": "00242065554433", "code": heard, "password": PASSWORD, "device": DEVICE}
    answer = await desk.must("POST", "/invitations/accept", entered)
    profile = await desk.must("GET", "/profile", token=answer["session"]["access_token"])
    assert profile["login"] == profile["phone"] == "+242065554433"


async def test_a_code_takes_few_tries(desk: Desk) -> None:
    """After ten wrong ones from anywhere the right one is void too."""
    body = wanted(form="code")
    code = (await desk.must("POST", "/invitations", body, token=await desk.administrator()))["code"]
    for number in range(10):
        key = {"login": "nouvelle@example.com", "code": "0000-0000"}
        answer = await desk.refused("POST", "/invitations/look", key, address=f"203.0.113.{number}")
        assert answer == "invitation_refused"
    key = {"login": "nouvelle@example.com", "code": code}
    assert await desk.refused("POST", "/invitations/look", key) == "invitation_refused"


async def test_looking_again_and_again_with_the_right_code_costs_no_try(desk: Desk) -> None:
    """The person may look, put the tablet down, and look again."""
    body = wanted(form="code")
    code = (await desk.must("POST", "/invitations", body, token=await desk.administrator()))["code"]
    key = {"login": "nouvelle@example.com", "code": code}
    for number in range(12):
        await desk.must("POST", "/invitations/look", key, address=f"203.0.113.{number}")


async def test_a_link_used_twice_at_once_makes_one_person(desk: Desk) -> None:
    """Of many who accept at the same moment one becomes the person."""
    made = await desk.must("POST", "/invitations", wanted(), token=await desk.administrator())
    body = {"token": token_of(made["link"]), "password": PASSWORD, "device": DEVICE}
    answers = await asyncio.gather(
        *(desk.send("POST", "/invitations/accept", body) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403, 403]
    refused = [answer for answer in answers if answer.status_code == 403]
    assert {problem_of(answer).code for answer in refused} == {"invitation_refused"}
    count = "SELECT count(*) FROM person WHERE login = 'nouvelle@example.com'"
    assert await desk.service.context.pool.fetchval(count) == 1


async def test_what_no_longer_holds_is_refused_alike(desk: Desk) -> None:
    """Unknown, used, withdrawn, replaced and too old: one answer, byte for byte."""
    admin = await desk.administrator()

    async def link(login: str) -> dict[str, Any]:
        made: dict[str, Any] = await desk.must("POST", "/invitations", wanted(login), token=admin)
        return made

    used, withdrawn = await link("a@example.com"), await link("b@example.com")
    replaced, late = await link("c@example.com"), await link("d@example.com")
    accept = {"token": token_of(used["link"]), "password": PASSWORD, "device": DEVICE}
    await desk.must("POST", "/invitations/accept", accept)
    await desk.must("DELETE", f"/invitations/{withdrawn['id']}", token=admin)
    await link("c@example.com")
    desk.clock.advance(hours=7 * 24)
    tokens = [token_of(one["link"]) for one in (used, withdrawn, replaced, late)]
    answers = [
        await desk.send("POST", path, {"token": token, **more})
        for path, more in (
            ("/invitations/look", {}),
            ("/invitations/accept", {"password": PASSWORD, "device": DEVICE}),
        )
        for token in ("inconnu", *tokens)
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (403, answers[0].content)
    }
    assert problem_of(answers[0]).code == "invitation_refused"


@pytest.mark.parametrize(
    ("role", "gives"),
    [
        (
            "administrator",
            {"administrator", "manager", "accountant", "supervisor", "employee", "auditor"},
        ),
        ("manager", {"manager", "supervisor", "employee"}),
        ("accountant", set()),
        ("supervisor", set()),
        ("employee", set()),
        ("auditor", set()),
    ],
)
async def test_nobody_gives_more_than_they_hold(desk: Desk, role: str, gives: set[str]) -> None:
    """Administrators give every role, managers the site's, the others none."""
    token = desk.token(await desk.service.person(role))
    for number, given in enumerate(
        ("administrator", "manager", "accountant", "supervisor", "employee", "auditor")
    ):
        body = wanted(f"n{number}@example.com", role=given)
        answer = await desk.send("POST", "/invitations", body, token=token)
        assert answer.status_code == (201 if given in gives else 403), given


async def test_the_manager_of_a_project_invites_to_it_alone(desk: Desk) -> None:
    """As employees of the organisation, with a role in that project."""
    boss = await desk.service.tablet("manager")
    mine, other = await desk.service.project(boss), await desk.service.project(boss)
    person = await desk.service.person("employee")
    await desk.service.member(boss, mine, person, "manager")
    token = desk.token(person)
    body = wanted(projects={mine: "supervisor"})
    await desk.must("POST", "/invitations", body, token=token)
    for refused in (
        wanted(),
        wanted(projects={other: "employee"}),
        wanted(projects={mine: "employee", other: "employee"}),
        wanted(projects={mine: "administrator"}),
        wanted(role="supervisor", projects={mine: "employee"}),
    ):
        assert await desk.refused("POST", "/invitations", refused, token=token) == "forbidden"


async def test_an_invitation_falls_with_the_right_to_make_it(desk: Desk) -> None:
    """Who invited is no manager any more when it is accepted: it gives nothing."""
    admin = await desk.administrator()
    manager = await desk.service.person("manager")
    made = await desk.must("POST", "/invitations", wanted(), token=desk.token(manager))
    await desk.must("POST", f"/people/{manager}/deactivate", token=admin)
    body = {"token": token_of(made["link"]), "password": PASSWORD, "device": DEVICE}
    assert await desk.refused("POST", "/invitations/accept", body) == "invitation_refused"
    await desk.must("POST", f"/people/{manager}/activate", token=admin)
    await desk.must("POST", "/invitations/accept", body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"login": "sans arobase"}, "login_invalid"),
        ({"login": "061234567"}, "login_invalid"),
        ({"login": "a@b"}, "login_invalid"),
        ({"login": "a@b.com\nBcc: c@d.com"}, "login_invalid"),
        ({"login": "a" * 200 + "@example.com"}, "request_malformed"),
        ({"role": "owner"}, "request_malformed"),
        ({"projects": {"x": "employee"}}, "request_malformed"),
        ({"name": ""}, "request_malformed"),
    ],
)
async def test_what_is_no_invitation_is_refused(
    desk: Desk, change: dict[str, Any], code: str
) -> None:
    """Each with the code of what is wrong."""
    body = {**wanted(), **change}
    found = await desk.refused("POST", "/invitations", body, token=await desk.administrator())
    assert found == code


async def test_a_login_that_somebody_has_is_not_invited(desk: Desk) -> None:
    """Whoever invites reads the directory anyway, and is told."""
    await desk.somebody(login="deja@example.com")
    token = await desk.administrator()
    body = wanted("Deja@Example.com")
    assert await desk.refused("POST", "/invitations", body, token=token) == "login_taken"


async def test_a_weak_password_leaves_the_invitation_open(desk: Desk) -> None:
    """Short, common, one's own name: refused in words, and one tries again."""
    made = await desk.must("POST", "/invitations", wanted(), token=await desk.administrator())
    body = {"token": token_of(made["link"]), "device": DEVICE}
    for weak in ("neuf-char", "motdepasse123", "Mireille Okemba", "nouvelle@example.com", "é" * 12):
        answer = await desk.send("POST", "/invitations/accept", {**body, "password": weak})
        assert problem_of(answer).code == "password_weak", weak
    await desk.must("POST", "/invitations/accept", {**body, "password": PASSWORD})


async def test_a_project_that_is_gone_is_left_out(desk: Desk) -> None:
    """The person comes in all the same."""
    admin = await desk.administrator()
    body = wanted(projects={new_id(): "employee"})
    made = await desk.must("POST", "/invitations", body, token=admin)
    accept = {"token": token_of(made["link"]), "password": PASSWORD, "device": DEVICE}
    assert (await desk.must("POST", "/invitations/accept", accept))["status"] == "open"


async def test_waiting_invitations_are_listed_without_their_secrets(desk: Desk) -> None:
    """Administrators see all, others their own; only those withdraw them."""
    admin = await desk.administrator()
    manager, other = [desk.token(await desk.service.person("manager")) for _ in range(2)]
    made = await desk.must("POST", "/invitations", wanted(), token=manager)
    assert await desk.must("GET", "/invitations", token=other) == []
    for token in (admin, manager):
        (listed,) = await desk.must("GET", "/invitations", token=token)
        assert listed["id"] == made["id"]
        assert not {"link", "code", "digest"} & listed.keys()
    path = f"/invitations/{made['id']}"
    assert await desk.refused("DELETE", path, token=other) == "not_found"
    assert await desk.refused("DELETE", "/invitations/x", token=admin) == "not_found"
    await desk.must("DELETE", path, token=manager)
    assert await desk.refused("DELETE", path, token=manager) == "not_found"


async def test_the_database_holds_no_secret_that_opens(desk: Desk) -> None:
    """Neither a link's token nor a code is stored as it is."""
    admin = await desk.administrator()
    link = await desk.must("POST", "/invitations", wanted("a@example.com"), token=admin)
    code = await desk.must(
        "POST", "/invitations", wanted("b@example.com", form="code"), token=admin
    )
    pool = desk.service.context.pool
    stored = str(await pool.fetch("SELECT * FROM invitation"))
    stored += str(await pool.fetch("SELECT * FROM message_outbox"))
    stored += str(await pool.fetch("SELECT * FROM activity"))
    assert token_of(link["link"]) not in stored
    assert code["code"] not in stored
    assert code["code"].replace("-", "") not in stored


async def test_registering_is_closed_unless_it_is_opened(desk: Desk, cheap: Settings) -> None:
    """By default nobody registers alone; `closed` stops invitations too."""
    body = {"login": "seule@example.com", "name": "Seule"}
    assert await desk.refused("POST", "/registrations", body) == "registration_closed"
    async with open_desk(msgspec.structs.replace(cheap, registration="closed")) as closed:
        token = await closed.administrator()
        assert await closed.refused("POST", "/invitations", wanted(), token=token) == (
            "registration_closed"
        )


async def test_registering_tells_nobody_who_has_an_account(cheap: Settings) -> None:
    """Known and unknown logins are answered alike; what follows goes to the login itself."""
    async with open_desk(msgspec.structs.replace(cheap, registration="open")) as desk:
        await desk.somebody(login="deja@example.com")
        answers = [
            await desk.send("POST", "/registrations", {"login": login, "name": "X"})
            for login in ("deja@example.com", "neuve@example.com", "neuve@example.com")
        ]
        assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)}
        waiting = await desk.outbox()
        assert [(one.kind, one.login, one.link is None) for one in waiting] == [
            ("already_registered", "deja@example.com", True),
            ("registration", "neuve@example.com", False),
        ]
        link = waiting[1].link or ""
        body = {"token": token_of(link), "password": PASSWORD, "device": DEVICE}
        answer = await desk.must("POST", "/invitations/accept", body)
        profile = await desk.must("GET", "/profile", token=answer["session"]["access_token"])
        assert profile["role"] == "employee"
