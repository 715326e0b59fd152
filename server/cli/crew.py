"""`derrick crew`: a laptop that several people share, each with their own replica and PIN."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.replicas import logging_in, opening
from server.cli.replicas.desk import Desk, ReplicaGroup
from server.cli.replicas.saying import LOGIN_NEEDED, Both, Mistake, language_of
from sync.replica import (
    Crew,
    PinNeededError,
    PinWeakError,
    PinWrongError,
    UnsentWorkError,
)
from sync.replica.crew import PIN_DIGITS_MAX, PIN_DIGITS_MIN, UnknownMemberError
from sync.replica.session import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER_VARIABLE = "DERRICK_CREW"
PIN_VARIABLE = "DERRICK_PIN"

_WEAK = Both(
    f"Un code PIN a {PIN_DIGITS_MIN} à {PIN_DIGITS_MAX} chiffres, ni tous pareils ni à la suite.",
    f"A PIN has {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits, not all the same, nor in a row.",
)
_NEEDED = Both(
    "Il faut se connecter, puis choisir un code PIN : derrick crew add.",
    "Log in, then choose a PIN: derrick crew add.",
)
_UNKNOWN = Both(
    "Personne de ce nom ne travaille sur cet appareil.",
    "Nobody of that name works on this device.",
)


class _Shared:
    """The folder and the language of a command."""

    def __init__(self, folder: Path) -> None:
        self.crew = Crew(folder, clock=opening.wall_milliseconds, random=os.urandom)
        self.language = language_of(os.environ)

    def desk(self, path: Path) -> Desk:
        """Return the desk at one person's replica."""
        return Desk(path, self.language, as_json=False)

    def say(self, fr: str, en: str) -> None:
        """Print a sentence."""
        click.echo(Both(fr, en).to(self.language))

    def pin(self, *, fresh: bool) -> str:
        """Ask for a PIN, a new one twice."""
        words = Both("Code PIN", "PIN").to(self.language)
        given = os.environ.get(PIN_VARIABLE)
        asked: str = given or click.prompt(
            words, hide_input=True, confirmation_prompt=fresh, err=True
        )
        return asked


@click.group(cls=ReplicaGroup)
@click.option(
    "--folder",
    envvar=FOLDER_VARIABLE,
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: opening.default_path(os.environ).with_name("crew"),
    help=f"Where the crew's replicas are; {FOLDER_VARIABLE}.",
)
@click.pass_context
def crew(context: click.Context, folder: Path) -> None:
    """Share a device: switch between people by PIN, without a link, each with their own entries."""
    context.find_root().meta["derrick.language"] = language_of(os.environ)
    context.obj = _Shared(folder)


@crew.command()
@click.option("--server", required=True, help="Address of the server, http(s)://host.")
@click.argument("login")
@click.pass_obj
def add(shared: _Shared, server: str, login: str) -> None:
    """Log LOGIN in on this device and have them choose a PIN; again, when it was forgotten."""
    name = platform.node() or "laptop"
    before = _left(shared.crew, login)
    tokens = logging_in.log_in(shared.desk(Path()), server, login, name=name, before=before)
    assert tokens.person is not None  # noqa: S101 -- a session names its person
    path = shared.crew.add(tokens.person, login)
    if path.exists():
        opening.TokenFile(path).write(tokens)
    else:
        opening.create(path, server=server, tokens=tokens, name=name).close()
    _told(lambda: shared.crew.set_pin(tokens.person or "", shared.pin(fresh=True)))
    logging_in.say_pin_set(server, tokens)
    shared.say(f"{login} : {path}", f"{login}: {path}")


def _left(crew: Crew, login: str) -> Tokens:
    """Return what an earlier login left: one's own, or at least which device this is."""
    left = {
        one.name: opening.TokenFile(crew.replica_path(one.person)).read() for one in crew.members()
    }
    devices = [one.device for one in left.values() if one.device is not None]
    return left.get(login) or Tokens(device=devices[0] if devices else None)


@crew.command(name="list")
@click.pass_obj
def list_(shared: _Shared) -> None:
    """List who works on this device."""
    for one in shared.crew.members():
        mark = "" if one.has_pin else "sans PIN / no PIN"
        click.echo(f"{one.name}\t{one.person}\t{mark}".rstrip())


@crew.command()
@click.argument("name")
@click.pass_obj
def switch(shared: _Shared, name: str) -> None:
    """Print the path of NAME's replica, for their PIN: DERRICK_REPLICA=$(derrick crew switch X)."""

    def open_() -> Path:
        member = shared.crew.member(name)
        tokens = opening.TokenFile(shared.crew.replica_path(member.person)).read()
        shared.crew.void_pin(member.person, tokens.pin_reset_at)
        return shared.crew.unlock(member.person, shared.pin(fresh=False))

    click.echo(_told(open_))


@crew.command()
@click.argument("name")
@click.pass_obj
def remove(shared: _Shared, name: str) -> None:
    """Take NAME off this device, once the server has got all that they entered."""
    _told(lambda: shared.crew.remove(name))
    shared.say(f"{name} : retiré de cet appareil", f"{name}: taken off this device")


def _told(work: Callable[[], Any]) -> Any:
    """Do something; what is refused is a sentence. Raises Mistake."""
    try:
        return work()
    except PinWeakError:
        raise Mistake(_WEAK) from None
    except PinNeededError:
        raise Mistake(_NEEDED, LOGIN_NEEDED) from None
    except PinWrongError as wrong:
        seconds = -(-wrong.wait_ms // 1000)
        wait = Both("", "")
        if seconds:
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
            wait = Both(f" Réessayez à {until}.", f" Try again at {until}.")
        raise Mistake(
            Both(f"Ce n'est pas le code PIN.{wait.fr}", f"That is not the PIN.{wait.en}"),
            LOGIN_NEEDED,
        ) from None
    except UnknownMemberError:
        raise Mistake(_UNKNOWN) from None
    except UnsentWorkError:
        raise Mistake(
            Both(
                "Du travail n'est pas encore envoyé : derrick replica sync.",
                "Work is not sent yet: derrick replica sync.",
            )
        ) from None
