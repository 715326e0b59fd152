"""The command line: light to start, and plain about mistakes."""

import subprocess
import sys

import pytest

from server.cli import COMMANDS
from server.settings import Settings
from tests.server.cli.running import derrick


def test_help_names_every_command() -> None:
    """The list of commands comes with a line for each."""
    shown = derrick("--help").stdout
    for name, (_, line) in COMMANDS.items():
        assert name in shown
        assert line in shown


def test_help_imports_no_heavy_module() -> None:
    """Asking for help loads neither servers, databases nor cloud clients."""
    program = (
        "import sys; from click.testing import CliRunner; from server.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "print(sorted({'litestar', 'sqlalchemy', 'asyncpg', 'boto3'} & set(sys.modules)))"
    )
    shown = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize("command", ["up", "serve", "worker", "migrate", "doctor"])
def test_an_unknown_setting_stops_every_command(command: str) -> None:
    """A misspelt variable is one sentence and exit status 1, whatever the command."""
    done = derrick(command, DERRICK_REDIS_ULR="redis://host")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: DERRICK_REDIS_ULR is not a setting of Derrick. Did you mean DERRICK_REDIS_URL?"
    )


def test_a_command_without_a_database_says_what_to_do() -> None:
    """Where nothing was started, a command names the two ways to a database."""
    done = derrick("psql", "--data", "/nonexistent")
    assert done.returncode == 1
    assert "Run derrick up, or set DERRICK_DATABASE_URL." in done.stderr


def test_psql_opens_the_database(stack_variables: dict[str, str]) -> None:
    """The shell runs as the application, or as the owner when asked, and passes arguments on."""
    ask = ("-XAtc", "SELECT current_user")
    assert derrick("psql", *ask, **stack_variables).stdout == "derrick_app\n"
    assert derrick("psql", "--owner", *ask, **stack_variables).stdout == "derrick_owner\n"


def test_settings_are_listed() -> None:
    """Every setting appears with its variable."""
    shown = derrick("settings").stdout
    for name in Settings.__struct_fields__:
        assert f"DERRICK_{name.upper()}" in shown
