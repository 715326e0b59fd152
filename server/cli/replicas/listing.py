"""Lists and the state of the replica, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table as RichTable

from server.cli.replicas.entering import Entering, read_assignments
from server.cli.replicas.finding import find_project, find_row
from server.cli.replicas.saying import Both
from server.cli.replicas.showing import currency_of, show_rows, write_moment
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.cli.replicas.desk import Desk
    from sync.replica import Replica
    from sync.schema import Table

ORDERS: dict[str, str] = {
    "task": "code, position",
    "expense": "date, id",
    "daily_report": "date, shift",
    "budget_line": "cost_code",
    "project": "code",
    "person": "name",
}
"""The order in which people look for rows; by age (the id) where it is not said."""


def list_rows(
    desk: Desk,
    replica: Replica,
    table: Table,
    *,
    where: Iterable[str],
    project: str | None,
    limit: int,
) -> None:
    """Print the rows of a table that have these values."""
    conditions, parameters = _conditions(desk, replica, table, where)
    if project is not None:
        home = find_project(replica, project)
        conditions.append(f"{table.scoped_to} = ?")
        parameters.append(home.row)
    rows = replica.rows(
        table.name,
        None,
        " AND ".join(conditions),
        parameters,
        order=ORDERS.get(table.name, "id"),
        limit=limit,
    )
    if desk.as_json:
        desk.give(rows)
        return
    if not rows:
        desk.say("Rien.", "Nothing.")
        return
    show_rows(desk.console(), replica, table.name, rows, desk.language)
    desk.say(f"{len(rows)} ligne(s).", f"{len(rows)} row(s).")


def _conditions(
    desk: Desk, replica: Replica, table: Table, where: Iterable[str]
) -> tuple[list[str], list[Any]]:
    """Turn `field=value` texts into SQL on the view's columns; values go by parameters."""

    def find(name: str, text: str) -> str:
        return find_row(replica, text, (name,)).row if name in TABLES else text

    sample = replica.rows(table.name, limit=1)
    currency = currency_of(replica, sample[0]) if sample else None
    wanted: dict[str, Any] = {}
    for text in where:
        entering = Entering(table, {}, find, currency, desk.language)
        wanted.update(read_assignments(entering, [text]))
    conditions: list[str] = []
    parameters: list[Any] = []
    for name, value in wanted.items():
        if value is None or value == []:
            conditions.append(f'"{name}" IS NULL')
        elif isinstance(value, list):
            for member in value:
                conditions.append(f'EXISTS (SELECT 1 FROM json_each("{name}") WHERE value = ?)')
                parameters.append(member)
        else:
            conditions.append(f'"{name}" = ?')
            parameters.append(value)
    return conditions, parameters


def show_status(desk: Desk, replica: Replica) -> None:
    """Print the replica at a glance."""
    status = replica.status()
    if desk.as_json:
        desk.give(status)
        return
    me = replica.row(replica.identity().person_id or status.person)
    who = status.person if me is None else str(me.values.get("name"))
    lines: list[tuple[Both, str]] = [
        (Both("appareil", "device"), f"{status.name} ({status.replica})"),
        (Both("personne", "person"), who),
        (Both("serveur", "server"), status.server),
        (Both("fichier", "file"), str(desk.path)),
        (Both("éléments", "rows"), str(status.rows)),
        (Both("à envoyer", "to send"), _waiting(desk, status.waiting, status.oldest_waiting_ms)),
        (Both("refusées", "refused"), str(status.rejections)),
        (Both("conflits", "conflicts"), str(status.conflicts)),
    ]
    if status.troubles:
        lines.append((Both("ennuis", "troubles"), ", ".join(status.troubles)))
    lines += [
        (Both("retiré", "withdrawn"), f"{one.scope} ({one.waiting})") for one in status.withdrawn
    ]
    shown = RichTable(box=None, pad_edge=False, show_header=False)
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")
    for name, value in lines:
        shown.add_row(name.to(desk.language), value)
    desk.console().print(shown)
    if not status.registered:
        desk.say(
            "Le serveur ne connaît pas encore cet appareil : derrick replica sync.",
            "The server does not know this device yet: derrick replica sync.",
        )
    if status.receipt_given:
        desk.say(
            "Cet appareil a été retiré et effacé ; le serveur le sait.",
            "This device was withdrawn and erased; the server knows.",
        )
    elif status.wipe_ordered:
        desk.say(
            "Le serveur a retiré cet appareil : derrick replica sync remet ce qui reste.",
            "The server has withdrawn this device: derrick replica sync hands in what is left.",
        )


def _waiting(desk: Desk, count: int, oldest_ms: int | None) -> str:
    if not count:
        return Both("rien", "nothing").to(desk.language)
    since = write_moment(oldest_ms, desk.language)
    return f"{count} ({Both('depuis', 'since').to(desk.language)} {since})"
