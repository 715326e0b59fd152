"""The README's commands, run as they stand: only ports and folders are ours."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.projects.schedules import well_pad_xer
from server.stack import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.stack import Stack
    from tests.conftest import Database

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
START_SECONDS_MAX = 300
"""The first start builds the app."""

_BLOCK = re.compile(r"<!-- run: (?P<name>.*?) -->\n```sh\n(?P<commands>.*?)```", re.DOTALL)


class Block(msgspec.Struct, frozen=True):
    """A block of commands and the name under which it is run."""

    name: str
    commands: str


def blocks() -> dict[str, Block]:
    """Return the README's blocks of commands by name."""
    text = README.read_text("utf-8")
    found = [Block(one["name"], one["commands"]) for one in _BLOCK.finditer(text)]
    return {one.name: one for one in found}


class Office(msgspec.Struct, frozen=True):
    """A folder in which the README is followed, with the server running."""

    folder: Path
    port: int

    def run(self, name: str) -> str:
        """Run a block; return what it printed. Fails with its last lines when a command fails."""
        done = subprocess.run(  # noqa: S603
            ["/bin/bash", "-euc", self.here(blocks()[name].commands)],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def here(self, commands: str) -> str:
        """Put our port and our folder in place of the README's."""
        return commands.replace(":8000", f":{self.port}").replace("./", f"{self.folder}/")

    def environment(self) -> dict[str, str]:
        """Return an environment with an empty home."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name[:8] != "DERRICK_"}
        return {**kept, "HOME": str(home), "LANG": "fr_FR.UTF-8"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Follow the README's first command and keep it running."""
    found = Office(tmp_path_factory.mktemp("office"), free_port())
    for folder in (found.folder, *found.folder.parents[:2]):
        folder.chmod(0o711)
    command = found.here(blocks()["up"].commands).strip()
    with (found.folder / "up.log").open("wb") as log:
        running = subprocess.Popen(  # noqa: S603
            ["/bin/bash", "-c", f"exec {command} --port {found.port}"],
            cwd=ROOT,
            env=found.environment(),
            stdout=log,
            stderr=log,
        )
        try:
            _wait(found, running)
            yield found
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(60) == 0, (found.folder / "up.log").read_text()[-2000:]


def _wait(office: Office, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    token = office.folder / "data" / "administrator.token"
    while time.monotonic() < until:
        log = (office.folder / "up.log").read_text("utf-8", "replace")
        assert running.poll() is None, log[-2000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{office.port}/health") as answer:
                if answer.status == 200 and token.exists():
                    return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError(f"not up within {START_SECONDS_MAX} s: {log[-2000:]}")


pytestmark = pytest.mark.xdist_group("readme")


def test_each_block_of_commands_says_how_it_is_run() -> None:
    """No command stands in the README without a test that runs it, or a reason why none does."""
    fenced = README.read_text("utf-8").count("```sh\n")
    assert fenced == len(blocks())
    known = {"up", "demo", "replica", "import", "servers"}
    assert known == {name for name in blocks() if not name.startswith("never; ")}


def test_the_test_command_is_what_continuous_integration_runs() -> None:
    """`ops/test` cannot run inside itself; `.ci/run` runs it."""
    assert "ops/test" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_a_day_on_the_command_line(office: Office) -> None:
    """What is entered offline is sent, and listed as the server holds it."""
    printed = office.run("replica")
    assert "à envoyer  4" in printed
    assert "Envoyées 4" in printed
    assert "SARL Forage" in printed
    assert "Aucun refus" in printed


def test_a_schedule_is_previewed(office: Office) -> None:
    """The import tells what it would do, and does nothing when it is asked for no more."""
    (office.folder / "schedule.xer").write_bytes(well_pad_xer(dt.date(2026, 11, 2)))
    block = blocks()["import"].commands.replace("schedule.xer", "./schedule.xer")
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-euc", office.here(block)],
        cwd=ROOT,
        env=office.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "409" in done.stdout


def test_the_demo_shows_the_project(office: Office) -> None:
    """The demo ends with its proof and the project, in less than its promised minute."""
    printed = office.run("demo")
    assert "chaque saisie accusée y est exactement une fois" in printed
    assert "Alertes ouvertes" in printed


def test_real_servers_are_used_when_named(office: Office, database: Database, stack: Stack) -> None:
    """Migrate and doctor work on the servers that the variables name."""
    commands = blocks()["servers"].commands
    for pattern, url in (
        (r"postgresql://derrick_app:\S+", database.app_url),
        (r"postgresql://derrick_owner:\S+", database.owner_url),
        (r"redis://\S+", stack.redis_url),
    ):
        commands, count = re.subn(pattern, url, commands)
        assert count == 1
    # No server and no S3 run there, which the doctor says with exit status 1.
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-uc", commands],
        cwd=ROOT,
        env={**office.environment(), "DERRICK_DATA_DIRECTORY": str(office.folder / "other")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "PostgreSQL       18" in done.stdout, done.stdout + done.stderr
    assert "ok  Redis" in done.stdout
