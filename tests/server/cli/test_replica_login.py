"""`derrick replica` logs in, stays logged in, and obeys when its device is withdrawn."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.cli.office import LOGIN, Office
from tests.server.cli.replica_desk import Desk
from tests.server.users.people.desk import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.serving import Server


@pytest.fixture
def desk(office: Office, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Log a laptop in."""
    assert office.device("bureau")
    monkeypatch.setenv("DERRICK_PASSWORD", PASSWORD)
    made = Desk(tmp_path / "replica.sqlite")
    made.must("init", "--server", server.url, "--login", LOGIN, "--name", "portable")
    return made


def enter_project(desk: Desk, code: str = "PF-1") -> None:
    """Enter a project, offline."""
    desk.must("add", "project", f"code={code}", "name=Plateforme", "currency=XAF", "status=draft")


def kept(desk: Desk) -> dict[str, Any]:
    """Return the tokens beside the replica."""
    path = desk.path.with_name("replica.sqlite.token")
    assert path.stat().st_mode & 0o077 == 0
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def expire(desk: Desk, **changes: Any) -> dict[str, Any]:
    """Let the access token be one that is good no more; return the tokens from before."""
    before = kept(desk)
    token = before["access_token"][:-6] + "AAAAAA"
    path = desk.path.with_name("replica.sqlite.token")
    path.write_text(json.dumps({**before, "access_token": token, **changes}))
    return before


def test_tokens_are_renewed_when_they_have_expired(desk: Desk) -> None:
    """By this clock, or by the server's word: the work arrives, and the next pair is kept."""
    enter_project(desk)
    before = expire(desk, expires_at=1)
    assert desk.json("sync")["pushed"] == 1
    middle = kept(desk)
    assert middle["refresh_token"] != before["refresh_token"]
    enter_project(desk, "PF-2")
    expire(desk, expires_at=2**52)
    assert desk.json("sync")["pushed"] == 1
    assert kept(desk)["refresh_token"] != middle["refresh_token"]


def test_a_refresh_whose_answer_was_lost_is_sent_again(desk: Desk) -> None:
    """The laptop died before it kept the new pair: the old one still leads to it."""
    enter_project(desk)
    before = expire(desk, expires_at=1)
    desk.must("pull")
    after = kept(desk)
    path = desk.path.with_name("replica.sqlite.token")
    path.write_text(json.dumps({**before, "access_token": "", "expires_at": 1}))
    assert desk.fails("sync")[0] == 4
    path.write_text(json.dumps({**before, "expires_at": 1}))
    assert desk.json("sync")["pushed"] == 1
    assert kept(desk)["refresh_token"] == after["refresh_token"]


def test_a_login_that_is_over_asks_to_log_in_and_drops_nothing(desk: Desk, office: Office) -> None:
    """Signed out elsewhere: the sentence says to log in; after that the work arrives."""
    enter_project(desk)
    device = office.device("portable")
    office.ask("POST", f"/devices/{device['id']}/people/{kept(desk)['person']}/reset-pin")
    status, said = desk.fails("sync")
    assert (status, "derrick replica login" in said) == (4, True)
    assert desk.json("status")["waiting"] == 1
    desk.must("login")
    assert desk.json("sync")["pushed"] == 1
    assert office.device("portable")["id"] == device["id"]


def test_logging_out_keeps_every_entry(desk: Desk) -> None:
    """No token stays; what was entered waits for the next login of the same person."""
    enter_project(desk)
    desk.must("logout")
    assert "refresh_token" not in kept(desk)
    assert desk.fails("sync")[0] == 4
    assert desk.json("status")["waiting"] == 1
    desk.must("login")
    assert desk.json("sync")["pushed"] == 1


def test_another_person_cannot_take_a_replica_over(desk: Desk, office: Office) -> None:
    """Their login is refused and undone; the replica goes on as its person's."""
    office.person("autre@example.com", "employee", "sien")
    assert "autre personne" in desk.fails("login", "autre@example.com")[1]
    enter_project(desk)
    assert desk.json("sync")["pushed"] == 1


def test_a_wrong_password_makes_no_replica(
    office: Office, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's sentence is shown, and no file is left."""
    assert office.device("bureau")
    monkeypatch.setenv("DERRICK_PASSWORD", "un mauvais mot")
    desk = Desk(tmp_path / "autre.sqlite")
    status, _ = desk.fails("init", "--server", server.url, "--login", LOGIN)
    assert status == 4
    assert not desk.path.exists()


def test_a_withdrawn_laptop_hands_in_wipes_and_says_so(desk: Desk, office: Office) -> None:
    """With one `sync`, weeks later: the work is held, nothing is left, the receipt is recorded."""
    enter_project(desk)
    desk.must("sync")
    desk.must("add", "task", "code=T-10", "name=Coffrage", "kind=task", "status=todo")
    office.revoke("portable")
    expire(desk, expires_at=1)
    report = desk.json("sync")
    assert (report["wiped"], report["pushed"], report["waiting"]) == (True, 1, 0)
    seen = office.device("portable")
    assert seen["wiped_at"] is not None
    assert seen["held"] == 1
    assert desk.json("list", "project") == []
    assert "refresh_token" not in kept(desk)
    assert "le serveur le sait" in desk.must("status")
    status, said = desk.fails("add", "project", "code=X", "name=X", "currency=XAF", "status=draft")
    assert (status, "retiré" in said) == (1, True)


def test_a_receipt_without_a_link_is_sent_later(desk: Desk, office: Office, server: Server) -> None:
    """The server dies between the wipe and the receipt: the next `sync` sends it."""
    enter_project(desk)
    desk.must("sync")
    office.revoke("portable")
    tokens = kept(desk)
    desk.must("sync")
    first = office.device("portable")["wiped_at"]
    assert first is not None
    # The file as a dying laptop would have left it.
    with sqlite3.connect(desk.path) as file:
        file.execute("UPDATE sync_identity SET wipe = 2")
    file.close()
    desk.path.with_name("replica.sqlite.token").write_text(json.dumps(tokens))
    server.kill()
    status, _ = desk.fails("sync")
    assert status == 3
    assert "le serveur le sait" not in desk.must("status")
    server.start()
    asyncio.run(server.ready())
    assert desk.json("sync")["wiped"]
    assert "le serveur le sait" in desk.must("status")
