"""What every subcommand of `derrick replica` works at: the file, the language, the output."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec
from msgspec import Struct
from rich.console import Console

from server.cli.replicas import opening
from server.cli.replicas.entering import expected
from server.cli.replicas.saying import (
    LOGIN_NEEDED,
    MISTAKE,
    NO_LINK,
    Both,
    Language,
    Mistake,
    both,
)
from sync.replica import (
    EscapeError,
    LoginNeededError,
    RefusedByServerError,
    RefusedError,
    StorageError,
    TransportError,
    UnsentWorkError,
)
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from sync.replica import Replica
    from sync.replica.http import HttpTransport

Result = TypeVar("Result")

_WIDTH_WITHOUT_TERMINAL = 140


class Desk(Struct, frozen=True):
    """The options that all subcommands share."""

    path: Path
    language: Language
    as_json: bool

    def open(self) -> closing[Replica]:
        """Open the replica for a block. Raises Mistake when there is none."""
        return closing(opening.open_file(self.path))

    def console(self) -> Console:
        """Return where tables are printed; text is never taken for markup."""
        console = Console(markup=False, highlight=False)
        if not console.is_terminal:
            console.width = max(console.width, _WIDTH_WITHOUT_TERMINAL)
        return console

    def say(self, fr: str, en: str) -> None:
        """Print a sentence for people; programs do not get it."""
        if not self.as_json:
            click.echo(Both(fr, en).to(self.language))

    def give(self, value: Any) -> None:
        """Print a value for programs, as one JSON document."""
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))

    def online(
        self, work: Callable[[Replica, HttpTransport], Coroutine[Any, Any, Result]]
    ) -> Result:
        """Do something with the server. Raises Mistake when there is no login."""
        store = opening.read_tokens(self.path, os.environ)

        async def run(replica: Replica) -> Result:
            async with opening.transport_to(replica, store) as transport:
                return await work(replica, transport)

        with self.open() as replica:
            return asyncio.run(run(replica))


def current_desk(*, json_flag: bool) -> Desk:
    """Return the desk of the command that runs; `--json` may stand before or after it."""
    desk: Desk = click.get_current_context().obj
    return Desk(desk.path, desk.language, desk.as_json or json_flag)


class ReplicaGroup(click.Group):
    """A group whose commands end in a sentence, never in a traceback, when a person can mend it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; say what went wrong."""
        try:
            return super().invoke(ctx)
        except (
            RefusedError,
            StorageError,
            EscapeError,
            TransportError,
            UnsentWorkError,
            sqlite3.Error,
            OSError,
        ) as error:
            raise mistake_of(error) from error


def mistake_of(error: Exception) -> Mistake:
    """Turn an error of the engine into a sentence and an exit status."""
    match error:
        case RefusedError():
            sentence, status = _refusal(error), MISTAKE
        case LoginNeededError():
            sentence, status = _LOG_IN, LOGIN_NEEDED
        case RefusedByServerError():
            sentence, status = both(error.problem.message), NO_LINK
        case TransportError():
            sentence, status = _no_answer(error), NO_LINK
        case UnsentWorkError():
            sentence, status = _UNSENT, MISTAKE
        case EscapeError():
            fr = f"Ce fichier n'est pas un envoi exporté : {error}"
            sentence, status = Both(fr, str(error)), MISTAKE
        case _:
            fr = f"Le fichier ne peut pas être utilisé : {error}"
            sentence, status = Both(fr, f"The file cannot be used: {error}"), MISTAKE
    return Mistake(sentence, status)


_LOG_IN = Both(
    "Le serveur demande de se connecter : derrick replica login. Rien n'est perdu.",
    "The server asks to log in: derrick replica login. Nothing is lost.",
)
_UNSENT = Both(
    "Du travail n'est pas encore envoyé : exportez-le.", "Work is not sent yet: export it."
)


def _no_answer(error: Exception) -> Both:
    return Both(
        f"Le serveur ne répond pas ; tout est gardé ici. ({error})",
        f"The server does not answer; everything is kept here. ({error})",
    )


def _refusal(error: RefusedError) -> Both:
    said = both(error.message)
    where = error.table if error.field is None else f"{error.table}.{error.field}"
    table = TABLES.get(error.table)
    field = None if table is None else table.by_name.get(error.field or "")
    if field is None:
        return Both(f"{where} : {said.fr}", f"{where}: {said.en}")
    if field.workflow is not None:
        ways = "; ".join(
            f"{before} → {', '.join(after) or '∅'}"
            for before, after in field.workflow.transitions.items()
        )
        return Both(f"{where} : {said.fr} ({ways})", f"{where}: {said.en} ({ways})")
    takes = expected(field)
    return Both(f"{where} : {said.fr} Il faut {takes.fr}.", f"{where}: {said.en} Takes {takes.en}.")
