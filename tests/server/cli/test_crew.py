"""`derrick crew`: two people on one laptop, with a real server and without."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from tests.server.cli.office import LOGIN
from tests.server.cli.replica_desk import Desk
from tests.server.users.people.desk import PASSWORD

if TYPE_CHECKING:
    from tests.server.cli.office import Office
    from tests.simulation.serving import Server

OTHER = "second@example.com"


class Laptop:
    """One laptop, and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, pin: str = "2580") -> Result:
        """Run `derrick crew`."""
        environment = {
            "DERRICK_CREW": str(self.folder),
            "DERRICK_PASSWORD": PASSWORD,
            "DERRICK_PIN": pin,
            "LANG": "fr_FR.UTF-8",
            "LC_ALL": "",
        }
        done = CliRunner(env=environment).invoke(main, ["crew", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def desk(self, name: str, pin: str) -> Desk:
        """Switch to someone; return the desk at their replica."""
        done = self.run("switch", name, pin=pin)
        assert done.exit_code == 0, done.output
        return Desk(Path(done.output.strip()))


@pytest.fixture
def laptop(office: Office, server: Server, tmp_path: Path) -> Laptop:
    """Two people log in on one laptop."""
    office.person(OTHER, "manager", "bureau")
    made = Laptop(tmp_path / "crew")
    for login, pin in ((LOGIN, "2580"), (OTHER, "1379")):
        done = made.run("add", "--server", server.url, login, pin=pin)
        assert done.exit_code == 0, done.output
    return made


def enter(desk: Desk, code: str) -> None:
    """Enter a project."""
    desk.must("add", "project", f"code={code}", "name=P", "currency=XAF", "status=draft")


def test_two_people_share_a_laptop(laptop: Laptop, office: Office, server: Server) -> None:
    """One device, two replicas; switching needs no link, and each one's work is sent as theirs."""
    for login, pin in ((LOGIN, "2580"), (OTHER, "1379")):
        laptop.desk(login, pin).must("sync")
    devices = [one for one in office.ask("GET", "/devices") if one["name"] != "bureau"]
    (shared,) = [one for one in devices if len(one["people"]) == 2]
    assert [one["pin_set"] for one in shared["people"]] == [True, True]
    server.kill()
    enter(laptop.desk(LOGIN, "2580"), "A-1")
    enter(laptop.desk(OTHER, "1379"), "B-1")
    done = laptop.run("switch", LOGIN, pin="1379")
    assert (done.exit_code, "code PIN" in done.output) == (4, True)
    (seen,) = laptop.desk(LOGIN, "2580").json("list", "project")
    assert seen["values"]["code"] == "A-1"
    assert laptop.run("remove", OTHER).exit_code == 1
    server.start()
    asyncio.run(server.ready())
    for login, pin in ((LOGIN, "2580"), (OTHER, "1379")):
        assert laptop.desk(login, pin).json("sync")["pushed"] == 1
    assert laptop.run("remove", OTHER).exit_code == 0
    assert OTHER not in laptop.run("list").output


def test_a_pin_reset_by_a_leader_is_void_and_chosen_anew(
    laptop: Laptop, office: Office, server: Server
) -> None:
    """The session ended with it: one logs in again, chooses another, and finds one's entries."""
    desk = laptop.desk(LOGIN, "2580")
    desk.must("sync")
    enter(desk, "A-1")
    (shared,) = [one for one in office.ask("GET", "/devices") if len(one["people"]) == 2]
    (mine,) = [one for one in shared["people"] if one["name"] == LOGIN]
    office.ask("POST", f"/devices/{shared['id']}/people/{mine['person']}/reset-pin")
    assert desk.fails("sync")[0] == 4
    done = laptop.run("add", "--server", server.url, LOGIN, pin="9051")
    assert done.exit_code == 0, done.output
    assert laptop.run("switch", LOGIN, pin="2580").exit_code == 4
    assert laptop.desk(LOGIN, "9051").json("sync")["pushed"] == 1


def test_a_weak_pin_and_a_stranger_are_told_in_a_sentence(laptop: Laptop, server: Server) -> None:
    """Nothing changes."""
    done = laptop.run("add", "--server", server.url, LOGIN, pin="1234")
    assert (done.exit_code, "chiffres" in done.output) == (1, True)
    assert laptop.run("switch", "inconnu").exit_code == 1
    assert laptop.desk(LOGIN, "2580").json("status")["waiting"] == 0
