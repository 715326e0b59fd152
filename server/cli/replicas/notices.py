"""What the server had to say of one's entries: races and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table as RichTable

from server.cli.replicas.finding import NAMES, short
from server.cli.replicas.saying import Both, Mistake, both
from server.cli.replicas.showing import currency_of, write_cell, write_moment
from sync.tables import TABLES

if TYPE_CHECKING:
    from server.cli.replicas.desk import Desk
    from sync.replica import ConflictEntry, RejectedEntry, Replica


def show_conflicts(desk: Desk, replica: Replica) -> None:
    """Print the races, newest last."""
    entries = replica.conflicts()
    if desk.as_json:
        desk.give(entries)
        return
    if not entries:
        desk.say("Aucun conflit.", "No conflict.")
        return
    headings = [
        Both("quand", "when"),
        Both("quoi", "what"),
        Both("champ", "field"),
        Both("règle", "policy"),
        Both("gardé", "kept"),
        Both("perdu", "lost"),
        Both("", ""),
    ]
    shown = _table(desk, headings)
    for entry in entries:
        notice = entry.notice
        shown.add_row(
            write_moment(entry.received_at, desk.language),
            _what(replica, notice.table, notice.row),
            notice.field or Both("suppression", "deletion").to(desk.language),
            notice.policy,
            _value(desk, replica, entry, notice.kept),
            _value(desk, replica, entry, notice.lost),
            Both("à trancher", "to settle").to(desk.language) if notice.review else "",
        )
    desk.console().print(shown)


def show_rejections(desk: Desk, replica: Replica, dismiss: str | None) -> None:
    """Print the refused entries, or forget one."""
    entries = replica.rejections()
    if dismiss is not None:
        _dismiss(desk, replica, entries, dismiss)
        return
    if desk.as_json:
        desk.give(entries)
        return
    if not entries:
        desk.say("Aucun refus.", "No refusal.")
        return
    headings = [
        Both("n°", "no."),
        Both("quand", "when"),
        Both("saisie", "entry"),
        Both("motif", "reason"),
        Both("où", "where"),
        Both("code", "code"),
    ]
    shown = _table(desk, headings)
    for number, entry in enumerate(entries, 1):
        refusal = entry.rejection
        place = ".".join(filter(None, (refusal.table, refusal.field)))
        shown.add_row(
            str(number),
            write_moment(entry.received_at, desk.language),
            f"{entry.intent} {_what(replica, entry.changes[0].table, entry.changes[0].row)}",
            both(refusal.message).to(desk.language),
            place,
            refusal.code,
        )
    desk.console().print(shown)


def _dismiss(desk: Desk, replica: Replica, entries: list[RejectedEntry], number: str) -> None:
    if not number.isdecimal() or not 1 <= int(number) <= len(entries):
        raise Mistake(
            Both(
                f"Il n'y a pas de refus n° {number} ; il y en a {len(entries)}.",
                f"There is no refusal no. {number}; there are {len(entries)}.",
            )
        )
    entry = entries[int(number) - 1]
    replica.dismiss_rejection(entry.replica, entry.counter)
    desk.say("Oublié.", "Forgotten.")


def _table(desk: Desk, headings: list[Both]) -> RichTable:
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        shown.add_column(heading.to(desk.language), overflow="fold")
    return shown


def _what(replica: Replica, table: str, row: str) -> str:
    shown = replica.row(row)
    name = None if shown is None else shown.values.get(NAMES.get(table, "name"))
    return f"{table} {name or short(row)}"


def _value(desk: Desk, replica: Replica, entry: ConflictEntry, value: Any) -> str:
    table = TABLES.get(entry.notice.table)
    field = None if table is None else table.by_name.get(entry.notice.field or "")
    if field is None or value is None:
        return "" if value is None else str(value)
    shown = replica.row(entry.notice.row)
    currency = None if shown is None else currency_of(replica, shown)
    return write_cell(field, value, currency=currency, names={}, language=desk.language)
