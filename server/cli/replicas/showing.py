"""Rows for people: the columns that matter of each table, amounts and dates as they are written."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table as RichTable

from server.cli.replicas.finding import names_of, short
from server.cli.replicas.saying import Both, Language
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console

    from sync.replica import Replica, Shown
    from sync.schema import Field

COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("name", "login", "role", "phone", "active"),
    "site": ("name", "block", "operator", "country"),
    "project": ("code", "name", "status", "currency", "start", "finish"),
    "member": ("person_id", "role"),
    "calendar": ("name", "hours_per_day"),
    "resource": ("name", "kind", "unit"),
    "task": ("code", "name", "status", "progress", "planned_finish", "hours_spent_minutes"),
    "task_link": ("predecessor_id", "kind", "successor_id", "lag_minutes"),
    "assignment": ("task_id", "resource_id", "planned_units", "actual_units"),
    "comment": ("task_id", "author_id", "body"),
    "daily_report": ("date", "shift", "status", "headcount", "worked_minutes", "work_done"),
    "exchange_rate": ("currency", "quote", "date", "rate"),
    "budget": ("name", "amount", "spent"),
    "budget_line": ("cost_code", "description", "amount", "spent"),
    "expense": ("date", "supplier", "description", "budget_line_id", "amount", "status"),
    "alert": ("level", "rule", "subject_table", "subject_id", "due", "status"),
}

LABELS: dict[str, Both] = {
    "active": Both("actif", "active"),
    "amount": Both("montant", "amount"),
    "author_id": Both("auteur", "author"),
    "body": Both("texte", "text"),
    "budget_line_id": Both("ligne", "line"),
    "code": Both("code", "code"),
    "cost_code": Both("code", "code"),
    "currency": Both("devise", "currency"),
    "date": Both("date", "date"),
    "description": Both("libellé", "description"),
    "due": Both("échéance", "due"),
    "finish": Both("fin", "finish"),
    "headcount": Both("effectif", "headcount"),
    "hours_spent_minutes": Both("heures", "hours"),
    "level": Both("niveau", "level"),
    "login": Both("identifiant", "login"),
    "name": Both("nom", "name"),
    "person_id": Both("personne", "person"),
    "planned_finish": Both("fin prévue", "planned finish"),
    "progress": Both("avancement", "progress"),
    "role": Both("rôle", "role"),
    "rule": Both("règle", "rule"),
    "shift": Both("poste", "shift"),
    "spent": Both("dépensé", "spent"),
    "start": Both("début", "start"),
    "status": Both("état", "status"),
    "subject_id": Both("objet", "subject"),
    "subject_table": Both("table", "table"),
    "supplier": Both("fournisseur", "supplier"),
    "task_id": Both("tâche", "task"),
    "work_done": Both("travaux faits", "work done"),
    "worked_minutes": Both("heures", "hours"),
}

STATES: dict[str, Both] = {
    "saved_here": Both("ici seulement", "only here"),
    "sent": Both("envoyé", "sent"),
    "confirmed": Both("confirmé", "confirmed"),
}

_CELL_CHARACTERS_MAX = 60
_BREAKS = re.compile(r"[ \t\r\n]+")
ID_CHARACTERS = 36
_NUMBERS = frozenset({"integer", "money", "decimal"})


def label(name: str, language: Language) -> str:
    """Return a column's heading."""
    return LABELS.get(name, Both(name, name)).to(language)


def write_cell(
    field: Field,
    value: Any,
    *,
    currency: str | None,
    names: Mapping[str, str],
    language: Language,
) -> str:
    """Write a value as people read it."""
    if value is None:
        return ""
    if field.kind.name == "money" and currency is not None:
        from sync.money import format_amount  # noqa: PLC0415 - seldom needed

        return format_amount(value, currency, language)
    if field.kind.multiple:
        return ", ".join(
            names.get(one, one if len(one) < ID_CHARACTERS else short(one)) for one in value
        )
    if field.kind.name in ("reference", "identifier"):
        return names.get(value, short(value))
    if field.name.endswith("_minutes"):
        return f"{'-' if value < 0 else ''}{abs(value) // 60} h {abs(value) % 60:02d}"
    write = _WRITERS.get("percent" if field.name == "progress" else field.kind.name)
    return str(value) if write is None else write(value, language)


def _percent(basis_points: int, language: Language) -> str:
    whole, rest = divmod(basis_points, 100)
    mark = "," if language == "fr" else "."
    shown = f"{whole}{mark}{rest:02d}".rstrip("0").rstrip(mark) if rest else str(whole)
    return f"{shown}\u202f%" if language == "fr" else f"{shown}%"


def write_time(value: str, language: Language) -> str:
    """Write a date, or a date and a time: dd/mm/yyyy in French."""
    day, _, time = value.partition("T")
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return value
    shown = date.strftime("%d/%m/%Y") if language == "fr" else date.isoformat()
    return f"{shown} {time}".strip()


def write_moment(milliseconds: int | None, language: Language) -> str:
    """Write an instant in this machine's time zone."""
    if milliseconds is None:
        return ""
    local = dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC).astimezone()
    return write_time(local.strftime("%Y-%m-%dT%H:%M"), language)


def _boolean(value: bool, language: Language) -> str:  # noqa: FBT001 - the value shown
    return (Both("oui", "yes") if value else Both("non", "no")).to(language)


_WRITERS: dict[str, Callable[[Any, Language], str]] = {
    "boolean": _boolean,
    "percent": _percent,
    "date": write_time,
    "local_time": write_time,
    "moment": write_moment,
    "document": lambda value, _: msgspec.json.encode(value).decode(),
}
"""Kind of value -> how it is written."""


def currency_of(replica: Replica, shown: Shown) -> str | None:
    """Return the currency of a row's amounts: its own, its budget's, or its project's."""
    own = shown.values.get("currency")
    if own:
        return str(own)
    for holder in ("budget_id", "project_id"):
        found = replica.row(str(shown.values.get(holder) or ""))
        if found is not None and found.values.get("currency"):
            return str(found.values["currency"])
    return None


def reference_names(
    replica: Replica, rows: Sequence[Shown], columns: Iterable[str]
) -> dict[str, str]:
    """Return how the rows that these rows point to are called."""
    named: dict[str, str] = {}
    for column in columns:
        for table, wanted in _pointed(rows, column).items():
            named.update(names_of(replica, table, wanted))
    return named


def _pointed(rows: Sequence[Shown], column: str) -> dict[str, set[str]]:
    """Group the ids in a column by the table they point to."""
    pointed: dict[str, set[str]] = {}
    for row in rows:
        field = TABLES[row.table].by_name.get(column)
        value = row.values.get(column)
        if field is None or not value:
            continue
        table = field.kind.references or column.removesuffix("_id")
        if column == "subject_id":
            table = str(row.values.get("subject_table"))
        if table in TABLES:
            pointed.setdefault(table, set()).update(value if isinstance(value, list) else [value])
    return pointed


def show_rows(
    console: Console, replica: Replica, table: str, rows: Sequence[Shown], language: Language
) -> None:
    """Print rows of one table."""
    declared = TABLES[table]
    columns = COLUMNS.get(table, tuple(field.name for field in declared.fields[:6]))
    names = reference_names(replica, rows, columns)
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    shown.add_column("id", style="dim", no_wrap=True)
    for column in columns:
        number = declared.by_name[column].kind.name in _NUMBERS
        shown.add_column(label(column, language), justify="right" if number else "left")
    shown.add_column("", style="dim", no_wrap=True)
    currencies: dict[Any, str | None] = {}
    for row in rows:
        holder = row.values.get("currency") or row.values.get("budget_id")
        if holder not in currencies:
            currencies[holder] = currency_of(replica, row)
        cells = [
            write_cell(
                declared.by_name[column],
                row.values.get(column),
                currency=currencies[holder],
                names=names,
                language=language,
            )
            for column in columns
        ]
        state = STATES[row.state].to(language)
        mark = "" if row.state == "confirmed" else state
        if row.review:
            mark = f"{mark} {Both('à trancher', 'to settle').to(language)}".strip()
        shown.add_row(short(row.row), *map(_brief, cells), mark)
    console.print(shown)


def _brief(text: str) -> str:
    # Not `split()`: the spaces inside amounts are of the kind that does not break.
    line = _BREAKS.sub(" ", text)
    return line if len(line) <= _CELL_CHARACTERS_MAX else line[: _CELL_CHARACTERS_MAX - 1] + "…"


def show_row(console: Console, replica: Replica, row: Shown, language: Language) -> None:
    """Print one row, field by field."""
    declared = TABLES[row.table]
    names = reference_names(replica, [row], row.values)
    currency = currency_of(replica, row)
    shown = RichTable(box=None, pad_edge=False, show_header=False)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    shown.add_row("id", row.row)
    for name, value in row.values.items():
        field = declared.by_name.get(name)
        if field is None:
            shown.add_row(name, str(value))
            continue
        cell = write_cell(field, value, currency=currency, names=names, language=language)
        review = f"  ← {Both('à trancher', 'to settle').to(language)}" if name in row.review else ""
        shown.add_row(name, cell + review)
    state = STATES[row.state].to(language)
    console.print(f"{row.table}  {row.scope}  ({state})", style="bold")
    console.print(shown)
