"""`derrick user`: the accounts of people, from the server's own machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path  # noqa: TC003 -- click's callbacks are typed with it
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from server.cli.options import data_option
from server.errors import ProblemError
from server.settings import load_settings
from server.stack import attach
from server.users import Console, PersonUnknownError, open_console
from sync.tables.people import ROLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

role_type = click.Choice(ROLES)
language_option = click.option("--language", type=click.Choice(["fr", "en"]), default="fr")


@click.group()
@data_option
@click.pass_context
def user(context: click.Context, data: Path | None) -> None:
    """People's accounts: add, invite, reset, deactivate."""
    context.obj = data


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="As others know the person.")
@click.option("--role", type=role_type, default="employee", show_default=True)
@language_option
@click.pass_obj
def add(data: Path | None, login: str, name: str, role: str, language: str) -> None:
    """Make an account for LOGIN, and a code with which the person sets a password."""

    async def work(console: Console) -> None:
        await console.add(login, name=name, role=role, language=language)
        await _print_code(console, login)

    _run(data, work)


@user.command("list")
@click.pass_obj
def list_(data: Path | None) -> None:
    """List everyone: login, role, name, and what they lack."""
    for one in _run(data, lambda console: console.people()):
        marks = [
            "" if one.active else "désactivé / deactivated",
            "" if one.has_password else "sans mot de passe / no password",
            "codes" if one.has_codes else "",
        ]
        said = ", ".join(mark for mark in marks if mark)
        click.echo(f"{one.login}\t{one.role}\t{one.name}\t{said}".rstrip())


@user.command()
@click.argument("login")
@click.pass_obj
def show(data: Path | None, login: str) -> None:
    """Show one account, and what it did last."""
    found = _run(data, lambda console: console.show(login))
    recent = found.pop("recent")
    for name, value in found.items():
        click.echo(f"{name}: {_shown(value)}")
    for event in recent:
        click.echo(f"  {event}")


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="As others know the person.")
@click.option("--role", type=role_type, default="employee", show_default=True)
@click.option("--project", "projects", multiple=True, help="ID=ROLE, once for each project.")
@click.option("--code", is_flag=True, help="A code to be read aloud, instead of a link.")
@language_option
@click.pass_obj
def invite(
    data: Path | None,
    login: str,
    *,
    name: str,
    role: str,
    projects: tuple[str, ...],
    language: str,
    code: bool,
) -> None:
    """Invite LOGIN, an e-mail address or a phone number with its country code."""
    form: Literal["link", "code"] = "code" if code else "link"
    held = dict(_project(one) for one in projects)

    async def work(console: Console) -> None:
        made = await console.invite(
            login, name=name, role=role, language=language, projects=held, form=form
        )
        click.echo(made.link or made.code)
        click.echo(f"jusqu'au / until {made.expires_at:%Y-%m-%d %H:%M} UTC", err=True)

    _run(data, work)


@user.command("reset-code")
@click.argument("login")
@click.pass_obj
def reset_code(data: Path | None, login: str) -> None:
    """Make a code with which LOGIN sets a new password: it is short, and good once."""
    _run(data, lambda console: _print_code(console, login))


@user.command("set-role")
@click.argument("login")
@click.argument("role", type=role_type)
@click.pass_obj
def set_role(data: Path | None, login: str, role: str) -> None:
    """Give LOGIN another role in the organisation."""
    _run(data, lambda console: console.set_role(login, role))
    click.echo(f"{login} : {role}")


@user.command()
@click.argument("login")
@click.pass_obj
def deactivate(data: Path | None, login: str) -> None:
    """Take LOGIN's access away, at once and everywhere; nothing is deleted."""
    ended = _run(data, lambda console: console.deactivate(login))
    click.echo(f"{login} : désactivé, sessions fermées / deactivated, sessions ended: {ended}")


@user.command()
@click.argument("login")
@click.pass_obj
def activate(data: Path | None, login: str) -> None:
    """Let LOGIN in again."""
    _run(data, lambda console: console.activate(login))
    click.echo(f"{login} : activé / activated")


@user.command("require-codes")
@click.argument("role", type=role_type)
@click.option("--off", is_flag=True, help="No longer require them.")
@click.pass_obj
def require_codes(data: Path | None, role: str, *, off: bool) -> None:
    """Have everyone with this ROLE log in with one-time codes."""
    roles = _run(data, lambda console: console.require_codes(role, required=not off))
    click.echo(f"codes à usage unique / one-time codes: {', '.join(roles) or '-'}")


@user.command("forget-codes")
@click.argument("login")
@click.pass_obj
def forget_codes(data: Path | None, login: str) -> None:
    """Turn off the one-time codes of LOGIN, who lost their phone."""
    held = _run(data, lambda console: console.forget_codes(login))
    said = "codes retirés / codes turned off" if held else "n'avait pas de codes / had no codes"
    click.echo(f"{login} : {said}")


@user.command()
@click.argument("login")
@click.pass_obj
def unlock(data: Path | None, login: str) -> None:
    """Take off the brakes that failed logins put on LOGIN."""
    places = _run(data, lambda console: console.unlock(login))
    click.echo(f"{login} : freins retirés / brakes taken off: {places}")


@user.command()
@click.option("--sent", is_flag=True, help="You pass them on: print each only this once.")
@click.pass_obj
def outbox(data: Path | None, *, sent: bool) -> None:
    """Print the messages that wait to be sent: invitations, links for a new password.

    The worker sends them where DERRICK_SMTP_HOST or DERRICK_SMS_URL is set.
    """
    for one in _run(data, lambda console: console.outbox(sent=sent)):
        click.echo(f"{one.made_at:%Y-%m-%d %H:%M}\t{one.kind}\t{one.login}\t{one.link or '-'}")
        if one.error is not None:
            tried = f"essais / attempts: {one.attempts}"
            click.echo(f"  {one.login} : {one.error} ({tried})", err=True)


async def _print_code(console: Console, login: str) -> None:
    made = await console.reset_code(login)
    click.echo(made.code)
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"pour / for {made.login}, jusqu'au / until {until}", err=True)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "oui / yes" if value else "non / no"
    return "-" if value is None else str(value)


def _project(text: str) -> tuple[str, str]:
    project, _, role = text.partition("=")
    if role not in ROLES:
        raise click.BadParameter(f"{text!r}: ID=ROLE, ROLE one of {', '.join(ROLES)}")
    return project, role


def _run(data: Path | None, work: Callable[[Console], Awaitable[T]]) -> T:
    """Open the directory and work on it; what is refused is told in one sentence."""
    settings = attach(load_settings(os.environ, data_directory=data))

    async def run() -> T:
        async with open_console(settings) as console:
            return await work(console)

    try:
        return asyncio.run(run())
    except PersonUnknownError as error:
        message = f"personne n'a l'identifiant {error} / nobody has this login"
        raise click.ClickException(message) from error
    except ProblemError as problem:
        message = f"{problem.error.fr} / {problem.error.en} ({problem.detail})"
        raise click.ClickException(message) from problem
