"""`derrick settings`: what can be set, and to what it is set by default."""

import click
import msgspec

from server.settings import describe_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def settings(*, as_json: bool) -> None:
    """List every setting: its variable, its default, what it takes and what it is for."""
    described = describe_settings()
    if as_json:
        click.echo(msgspec.json.encode(described))
        return
    for setting in described:
        click.secho(setting.variable, bold=True, nl=False)
        click.echo(f"  (default: {setting.default}; takes {setting.type})")
        click.echo(f"    {setting.description}")
