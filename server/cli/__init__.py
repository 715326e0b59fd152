"""The command `derrick`. A command's module is imported only when that command runs."""

from importlib import import_module
from typing import Any

import click

# Register a command here: name -> ("module:attribute" of a click command, its line in --help).
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("server.cli.up:up", "Start everything here: servers, migrations, HTTP, jobs."),
    "serve": ("server.cli.processes:serve", "Serve HTTP and WebSocket."),
    "worker": ("server.cli.processes:worker", "Work through the queues."),
    "scheduler": ("server.cli.processes:scheduler", "Run the clocked jobs."),
    "jobs": ("server.cli.jobs:jobs", "List the clocked jobs, or run one now."),
    "migrate": ("server.cli.processes:migrate", "Bring the database's tables up to date."),
    "doctor": ("server.cli.doctor:doctor", "Say which parts are reachable and what is wrong."),
    "user": ("server.cli.user:user", "People's accounts: add, invite, reset, deactivate."),
    "token": ("server.cli.token:token", "Print an access token for a person."),
    "client": ("server.cli.client:client", "Other systems that may ask for access."),
    "keys": ("server.cli.keys:keys", "Show or replace the keys that sign tokens."),
    "device": ("server.cli.device:device", "List or revoke devices."),
    "permissions": ("server.cli.permissions:permissions", "Show or change who may do what."),
    "storage": ("server.cli.storage:storage", "Where uploads stand; check the object store."),
    "psql": ("server.cli.processes:psql", "Open PostgreSQL's own shell on the database."),
    "settings": ("server.cli.listing:settings", "List the settings with their defaults."),
    "app": ("server.cli.app:app", "Build the app for browsers and tablets."),
    "report": ("server.cli.report:report", "Make a report: PDF, XLSX or CSV."),
    "demo": ("server.cli.demo:demo", "Import a schedule, play a site, show the project."),
    "import": ("server.cli.importing:import_", "Read a Primavera or MS Project schedule."),
    "replica": ("server.cli.replica:replica", "Work offline, as a tablet does."),
    "crew": ("server.cli.crew:crew", "Share this device: switch between people by PIN."),
    "simulate": ("server.cli.simulate:simulate_", "Play a site with many tablets."),
    "bench": ("server.cli.bench:bench", "Measure against the machine's own limits."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it runs, so that each starts with what it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of COMMANDS, which is the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands by their registered lines, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what went wrong in a way that people can mend is one sentence."""
        try:
            return super().invoke(ctx)
        except (RuntimeError, ValueError) as error:
            if _is_for_people(error):
                raise click.ClickException(str(error)) from error
            raise


def _is_for_people(error: Exception) -> bool:
    from server.settings import SettingsError  # noqa: PLC0415 - imported when something failed
    from server.stack.errors import StackError  # noqa: PLC0415

    return isinstance(error, SettingsError | StackError)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="derrick", prog_name="derrick")
def main() -> None:
    """Oil work sites, managed where the network does not reach."""
