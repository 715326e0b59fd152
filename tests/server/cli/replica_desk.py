"""Running `derrick replica` inside the test's process, in a language, on one file."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result
from msgspec import Struct

from server.cli import main
from server.users import issue_token

if TYPE_CHECKING:
    from pathlib import Path

PERSON = "0190a0de-0000-7000-8000-0000000000aa"
SECRET = "a-secret-for-tests-of-thirty-two-bytes-or-more"  # noqa: S105 - of `settings`
NOWHERE = "http://127.0.0.1:9"


class Desk(Struct, frozen=True):
    """A person at a laptop."""

    path: Path
    language: str = "fr_FR.UTF-8"

    def run(self, *arguments: str) -> Result:
        """Run a subcommand; whatever happens, nobody sees a traceback."""
        environment = {
            "DERRICK_REPLICA": str(self.path),
            "DERRICK_TOKEN": "",
            "LC_ALL": "",
            "LC_MESSAGES": "",
            "LANG": self.language,
        }
        done = CliRunner(env=environment).invoke(main, ["replica", *arguments])
        assert "Traceback" not in done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def must(self, *arguments: str) -> str:
        """Run a subcommand that must succeed, and return what it prints."""
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output
        return done.output

    def json(self, *arguments: str) -> Any:
        """Run a subcommand for programs, and return what it gives."""
        return json.loads(self.must(*arguments, "--json"))

    def fails(self, *arguments: str) -> tuple[int, str]:
        """Run a subcommand that must fail; return its exit status and its sentence."""
        done = self.run(*arguments)
        assert done.exit_code != 0, done.output
        return done.exit_code, done.output.strip()


def token_of(person: str = PERSON, secret: str = SECRET) -> str:
    """Return a token for a person."""
    return issue_token(secret, person, now=dt.datetime.now(dt.UTC), seconds=3600)


def offline_desk(path: Path, language: str = "fr_FR.UTF-8") -> Desk:
    """Make a replica without a link, with a project and two tasks entered on it."""
    desk = Desk(path, language)
    desk.must("init", "--server", NOWHERE, "--token", token_of())
    desk.must("add", "project", "code=PF-1", "name=Plateforme", "currency=XAF", "status=draft")
    for code in ("T-10", "T-20"):
        desk.must("add", "task", f"code={code}", "name=Coffrage", "kind=task", "status=todo")
    return desk
