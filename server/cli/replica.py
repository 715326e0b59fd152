"""`derrick replica`: a local replica on the command line, for laptops and scripts.

Exit status: 0 done; 1 a mistake that the sentence names; 2 the command line is wrong; 3 the server
does not answer (all is kept here); 4 log in; 5 the server refused entries (kept, see `rejections`).
"""

from __future__ import annotations

import os
import platform
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.replicas import logging_in, opening, syncing
from server.cli.replicas.deciding import give_word, request_money
from server.cli.replicas.desk import Desk, ReplicaGroup, current_desk
from server.cli.replicas.file_commands import FILE_COMMANDS
from server.cli.replicas.finding import declared, find_row
from server.cli.replicas.listing import list_rows, show_status
from server.cli.replicas.notices import show_conflicts, show_rejections
from server.cli.replicas.recording import add_row, change_row, record_expense
from server.cli.replicas.reporting import write_report
from server.cli.replicas.saying import Both, Language, Mistake, language_of
from server.cli.replicas.showing import show_row
from sync.replica import Edit, LoginNeededError
from sync.replica.session import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

project_option = click.option("--project", help="Code or id; needed when there are several.")
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group(cls=ReplicaGroup)
@click.option(
    "--replica",
    "path",
    envvar=opening.PATH_VARIABLE,
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The replica's file; {opening.PATH_VARIABLE}, or one in the user's data directory.",
)
@click.option("--language", type=click.Choice(["fr", "en"]), help="By default that of LANG.")
@json_option
@click.pass_context
def replica(
    context: click.Context, path: Path | None, language: Language | None, *, as_json: bool
) -> None:
    """Work offline, as a tablet does: what you enter is kept here until the server has it."""
    chosen = language or language_of(os.environ)
    context.find_root().meta["derrick.language"] = chosen
    context.obj = Desk(
        path=path or opening.default_path(os.environ), language=chosen, as_json=as_json
    )


for command in FILE_COMMANDS:
    replica.add_command(command)


@replica.command()
@click.option("--server", required=True, help="Address of the server, http(s)://host.")
@click.option("--login", help="Log in with this e-mail address, phone number or name.")
@click.option("--token", envvar=opening.TOKEN_VARIABLE, help="Or with an access token.")
@click.option("--name", default=platform.node() or "laptop", help="What people call this device.")
@click.argument("path", required=False, type=click.Path(path_type=Path, dir_okay=False))
def init(server: str, login: str | None, token: str | None, name: str, path: Path | None) -> None:
    """Make a replica and fetch what you may read; without a link it fills at the first sync.

    The password is asked for, or read from DERRICK_PASSWORD.
    """
    desk = current_desk(json_flag=False)
    desk = Desk(path or desk.path, desk.language, desk.as_json)
    if desk.path.exists():
        raise Mistake(Both(f"{desk.path} existe déjà.", f"{desk.path} is there already."))
    if login:
        tokens = logging_in.log_in(desk, server, login, name=name)
    elif token:
        tokens = Tokens(access_token=token.strip())
    else:
        raise click.UsageError("--login or --token")
    opening.create(desk.path, server=server, tokens=tokens, name=name).close()
    try:
        syncing.first_sync(desk)
    except LoginNeededError:
        syncing.remove(desk.path)
        raise
    desk.say(f"Réplique prête : {desk.path}", f"Replica ready: {desk.path}")


@replica.command()
@click.argument("login", required=False)
def login(login: str | None) -> None:
    """Log in again on this replica; what waits here is kept and sent at the next sync."""
    desk = current_desk(json_flag=False)
    logging_in.log_in_again(desk, login)
    desk.say("Connecté.", "Logged in.")


@replica.command()
def logout() -> None:
    """Log out: no tokens stay here, but every entry does."""
    desk = current_desk(json_flag=False)
    logging_in.log_out_here(desk)
    desk.say("Déconnecté ; vos saisies restent ici.", "Logged out; your entries stay here.")


@replica.command()
@json_option
def status(*, as_json: bool) -> None:
    """Say what is here, and what the server does not have yet."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        show_status(desk, opened)


@replica.command(name="list")
@click.argument("table")
@click.option("--where", multiple=True, metavar="FIELD=VALUE", help="Only rows with this value.")
@project_option
@click.option("--limit", type=click.IntRange(min=1), default=1_000, show_default=True)
@json_option
def list_(
    table: str, where: tuple[str, ...], project: str | None, limit: int, *, as_json: bool
) -> None:
    """List the rows of TABLE: task, expense, daily_report, budget_line, alert, ..."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        list_rows(desk, opened, declared(table), where=where, project=project, limit=limit)


@replica.command()
@click.argument("row")
@json_option
def show(row: str, *, as_json: bool) -> None:
    """Show every field of a row, named by its code, its id, or one end of its id."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        found = find_row(opened, row)
        if desk.as_json:
            desk.give(found)
        else:
            show_row(desk.console(), opened, found, desk.language)


@replica.command()
@click.argument("row")
@click.argument("assignments", nargs=-1, required=True, metavar="FIELD=VALUE...")
@json_option
def edit(row: str, assignments: tuple[str, ...], *, as_json: bool) -> None:
    """Change fields of a row.

    Lists are set apart by commas (`tags=urgent,nuit`; `tags=+nuit,-urgent` adds and takes out),
    counters take what to add (`hours_spent_minutes=+90`), progress takes `50%`, nothing empties.
    """
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        changed = change_row(opened, row, assignments, desk.language)
        if desk.as_json:
            desk.give(changed)
        else:
            show_row(desk.console(), opened, changed, desk.language)


@replica.command()
@click.argument("table")
@click.argument("assignments", nargs=-1, required=True, metavar="FIELD=VALUE...")
@project_option
@json_option
def add(table: str, assignments: tuple[str, ...], project: str | None, *, as_json: bool) -> None:
    """Make a row of TABLE: a comment, a task, a member."""
    desk = current_desk(json_flag=as_json)

    def make() -> str:
        with desk.open() as opened:
            return add_row(opened, declared(table), assignments, project, desk.language)

    _made(desk, make)


@replica.command()
@click.argument("row")
def delete(row: str) -> None:
    """Delete a row; an edit made elsewhere meanwhile brings it back."""
    desk = current_desk(json_flag=False)
    with desk.open() as opened:
        found = find_row(opened, row)
        opened.edit(f"{found.table}.delete", [Edit(found.table, found.row, operation="delete")])
    desk.say("Supprimé ici.", "Deleted here.")


@replica.command()
@click.option("--amount", required=True, help="As you write it: 12500, 1 234,50.")
@click.option("--currency", help="ISO code; the project's by default.")
@click.option("--supplier")
@click.option("--line", help="Budget line, by code or id.")
@click.option("--task", help="Task, by code or id.")
@click.option("--date", default="", help="Today by default.")
@click.option("--description")
@project_option
@json_option
def expense(*, project: str | None, as_json: bool, **given: str | None) -> None:
    """Record an expense."""
    desk = current_desk(json_flag=as_json)
    given["date"] = given["date"] or syncing.today()
    names = {"line": "budget_line_id", "task": "task_id"}
    texts = {names.get(name, name): text for name, text in given.items() if text is not None}

    def record() -> str:
        with desk.open() as opened:
            return record_expense(opened, project, texts, desk.language)

    _made(desk, record)


@replica.command()
@click.option("--amount", required=True, help="As you write it: 12500, 1 234,50.")
@click.option("--line", required=True, help="Budget line that needs it, by code or id.")
@click.option("--from", "source", help="Line that it comes from; without: new money.")
@click.option("--title", required=True)
@click.option("--reason")
@project_option
@json_option
def request(*, project: str | None, as_json: bool, **given: str | None) -> None:
    """Ask for money on a budget line: new, or from another line or the contingency."""
    desk = current_desk(json_flag=as_json)
    names = {"line": "budget_line_id", "source": "source_line_id"}
    texts = {names.get(name, name): text for name, text in given.items() if text is not None}

    def record() -> str:
        with desk.open() as opened:
            return request_money(opened, project, texts, desk.language)

    _made(desk, record)


for_option = click.option("--for", "person", help="Whom you stand in for, by login or id.")
level_option = click.option(
    "--level", type=click.IntRange(1, 20), help="The one that waits by default."
)


def _word(row: str, decision: str, *, as_json: bool, **said: Any) -> None:
    desk = current_desk(json_flag=as_json)

    def record() -> str:
        with desk.open() as opened:
            return give_word(opened, row, decision, **said)

    _made(desk, record)


@replica.command()
@click.argument("row")
@for_option
@level_option
@json_option
def approve(row: str, *, as_json: bool, person: str | None, level: int | None) -> None:
    """Approve a request, order or invoice as it is shown here."""
    _word(row, "approved", as_json=as_json, person=person, level=level)


@replica.command()
@click.argument("row")
@click.option("--reason", required=True)
@for_option
@level_option
@json_option
def reject(row: str, *, as_json: bool, reason: str, person: str | None, level: int | None) -> None:
    """Refuse a request, order or invoice, and say why."""
    _word(row, "rejected", as_json=as_json, reason=reason, person=person, level=level)


@replica.command(name="send-back")
@click.argument("row")
@click.option("--reason", required=True)
@for_option
@level_option
@json_option
def send_back(
    row: str, *, as_json: bool, reason: str, person: str | None, level: int | None
) -> None:
    """Send a request, order or invoice back to be mended, and say why."""
    _word(row, "returned", as_json=as_json, reason=reason, person=person, level=level)


@replica.command()
@click.option("--date", default="", help="Today by default.")
@click.option("--shift", type=click.Choice(["day", "night"]), default="day", show_default=True)
@click.option("--weather")
@click.option("--headcount")
@click.option("--worked", "worked_minutes", help="Minutes worked; +90 adds to them.")
@click.option("--done", "work_done", help="What was done.")
@click.option("--planned", "work_planned", help="What is planned next.")
@click.option("--delays")
@click.option("--safety")
@click.option("--incident", help="yes or no.")
@click.option("--status", help="submitted hands it in.")
@project_option
@json_option
def report(*, project: str | None, as_json: bool, **given: str | None) -> None:
    """Write the daily report of a site, or go on with the one of that day and shift."""
    desk = current_desk(json_flag=as_json)
    given["date"] = given["date"] or syncing.today()
    texts = {name: text for name, text in given.items() if text is not None}

    def write() -> str:
        with desk.open() as opened:
            return write_report(opened, project, texts, desk.language)

    _made(desk, write)


def _made(desk: Desk, make: Callable[[], str]) -> None:
    """Make a row and show it."""
    row = make()
    with desk.open() as opened:
        found = find_row(opened, row)
        if desk.as_json:
            desk.give(found)
        else:
            show_row(desk.console(), opened, found, desk.language)


@replica.command()
@json_option
def push(*, as_json: bool) -> None:
    """Send what waits here."""
    syncing.push_only(current_desk(json_flag=as_json))


@replica.command()
@json_option
def pull(*, as_json: bool) -> None:
    """Fetch what changed on the server."""
    syncing.pull_only(current_desk(json_flag=as_json))


@replica.command()
@click.option("--watch", "watching", is_flag=True, help="Stay up to date until Ctrl-C.")
@json_option
def sync(*, watching: bool, as_json: bool) -> None:
    """Send what waits and fetch what changed."""
    desk = current_desk(json_flag=as_json)
    if watching:
        syncing.watch_server(desk, jitter=random.random)
    else:
        syncing.sync_once(desk)


@replica.command()
@json_option
def conflicts(*, as_json: bool) -> None:
    """List the races that your entries were in, and who won."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        show_conflicts(desk, opened)


@replica.command()
@click.option("--dismiss", help="Forget one you have dealt with: its number in the list.")
@json_option
def rejections(dismiss: str | None, *, as_json: bool) -> None:
    """List the entries that the server refused, and why."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        show_rejections(desk, opened, dismiss)


@replica.command(name="export-outbox")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def export_outbox(path: Path, *, as_json: bool) -> None:
    """Write what waits to a file, which another replica can take over."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        count = opened.export_outbox(path)
    desk.say(f"{count} saisie(s) dans {path}.", f"{count} change set(s) in {path}.")
    if desk.as_json:
        desk.give({"change_sets": count, "path": str(path)})


@replica.command(name="import-outbox")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@json_option
def import_outbox(path: Path, *, as_json: bool) -> None:
    """Take over what another replica exported; nothing is ever merged twice."""
    desk = current_desk(json_flag=as_json)
    with desk.open() as opened:
        count = opened.import_outbox(path)
    desk.say(f"{count} saisie(s) reprises.", f"{count} change set(s) taken over.")
    if desk.as_json:
        desk.give({"change_sets": count})
