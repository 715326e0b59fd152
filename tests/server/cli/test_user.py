"""`derrick user`: accounts kept from the server's own machine, and used over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator  # noqa: TC003 -- read by the fixtures
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.settings import Settings, settings_environment
from tests.server.cli.running import derrick
from tests.server.users.people.desk import PASSWORD, Desk, Somebody, open_desk

if TYPE_CHECKING:
    import subprocess


@pytest.fixture
def cheap(settings: Settings) -> Settings:
    """Make a password cost little."""
    return msgspec.structs.replace(
        settings,
        password_hash_memory_kib=64,
        password_hash_passes=1,
        login_requests_per_minute_max=0,
    )


@pytest.fixture
async def desk(cheap: Settings) -> AsyncIterator[Desk]:
    """Serve the database that the commands work on."""
    async with open_desk(cheap) as opened:
        yield opened


async def user(desk: Desk, *arguments: str, works: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `derrick user` against the test's database."""
    variables = settings_environment(desk.service.settings)
    done = await asyncio.to_thread(derrick, "user", *arguments, **variables)
    assert (done.returncode == 0) is works, done.stderr
    return done


async def test_a_crew_member_gets_an_account_without_a_mailbox(desk: Desk) -> None:
    """`add` prints a code, with which the person sets a password and logs in."""
    done = await user(desk, "add", "Jean-B", "--name", "Jean Bouanga", "--role", "supervisor")
    code = done.stdout.strip()
    assert "jean-b" in done.stderr
    body = {"login": "jean-b", "code": code, "password": PASSWORD}
    await desk.must("POST", "/password-resets/confirm", body)
    person = (await desk.login(Somebody("", "jean-b")))["session"]["person"]
    listed = (await user(desk, "list")).stdout.splitlines()
    assert "jean-b\tsupervisor\tJean Bouanga" in listed
    shown = (await user(desk, "show", "jean-b")).stdout
    assert person in shown
    assert "login" in shown
    again = await user(desk, "add", "JEAN-B", "--name", "X", works=False)
    assert "Cet identifiant est déjà celui d'une autre personne." in again.stderr


async def test_a_lost_password_an_account_closed_and_opened(desk: Desk) -> None:
    """`reset-code`, `deactivate` and `activate` work on a server that runs."""
    who = await desk.somebody()
    await desk.administrator()
    code = (await user(desk, "reset-code", who.login)).stdout.strip()
    new = "la pompe tourne encore"
    body = {"login": who.login, "code": code, "password": new}
    await desk.must("POST", "/password-resets/confirm", body)
    token = await desk.session_token(Somebody(who.person, who.login, new))
    await user(desk, "deactivate", who.login)
    assert not (await desk.send("GET", "/profile", token=token)).is_success
    assert "désactivé" in (await user(desk, "list")).stdout
    await user(desk, "activate", who.login)
    await desk.login(Somebody(who.person, who.login, new))


async def test_roles_codes_and_brakes(desk: Desk) -> None:
    """`set-role`, `require-codes`, `forget-codes` and `unlock`."""
    who = await desk.somebody()
    await user(desk, "set-role", who.login, "accountant")
    assert "role_changed" in await desk.kinds(who.person)
    assert "accountant" in (await user(desk, "require-codes", "accountant")).stdout
    assert (await desk.try_login(who.login)).json()["status"] == "enrolment_required"
    assert "accountant" not in (await user(desk, "require-codes", "accountant", "--off")).stdout
    await desk.enrol(who)
    await user(desk, "forget-codes", who.login)
    await desk.login(who)
    for _ in range(6):
        await desk.try_login(who.login, "un mauvais mot", address="203.0.113.5")
    assert (await desk.try_login(who.login, address="203.0.113.5")).status_code == 429
    await user(desk, "unlock", who.login)
    assert (await desk.try_login(who.login, address="203.0.113.5")).status_code == 200


async def test_invitations_and_the_messages_that_wait(desk: Desk) -> None:
    """`invite` prints the link, which `outbox` prints too, until it is said to be passed on."""
    done = await user(desk, "invite", "neuve@example.com", "--name", "N", "--role", "manager")
    link = done.stdout.strip()
    waiting = (await user(desk, "outbox", "--sent")).stdout
    assert f"invitation\tneuve@example.com\t{link}" in waiting
    assert (await user(desk, "outbox")).stdout == ""
    token = link.partition("#")[2]
    body = {"token": token, "password": PASSWORD, "device": {"name": "bureau"}}
    answer = await desk.must("POST", "/invitations/accept", body)
    profile = await desk.must("GET", "/profile", token=answer["session"]["access_token"])
    assert profile["role"] == "manager"


async def test_what_cannot_be_is_told_in_a_sentence(desk: Desk) -> None:
    """No traceback, French first."""
    await desk.service.person("administrator", login="seul")
    for arguments, said in (
        (("show", "inconnu"), "personne n'a l'identifiant inconnu"),
        (("invite", "sans arobase", "--name", "N"), "Donnez une adresse e-mail"),
        (("deactivate", "seul"), "C'est le dernier administrateur"),
        (("set-role", "seul", "employee"), "C'est le dernier administrateur"),
        (("set-role", "seul", "roi"), "roi"),
        (("invite", "a@example.com", "--name", "N", "--project", "x"), "ID=ROLE"),
    ):
        done = await user(desk, *arguments, works=False)
        assert said in done.stderr
        assert "Traceback" not in done.stderr
