"""Rows as people name them: by code, by id, or by the beginning or the end of an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.replicas.saying import Both, Mistake
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.replica import Replica, Shown
    from sync.schema import Table

SHORT_ID_CHARACTERS = 8
"""An id is shown by its end: ids made in one moment begin alike."""
PIECE_CHARACTERS_MIN = 4

CODES: dict[str, tuple[str, ...]] = {
    "project": ("code", "external_id"),
    "task": ("code",),
    "budget_line": ("cost_code",),
    "person": ("login",),
}
"""Columns that name a row of a table beside its id."""

NAMES: dict[str, str] = {"budget_line": "cost_code", "task": "code", "project": "code"}
"""The column by which another row shows a reference; `name` where it is not said."""

_SHOWN_MAX = 6


def short(row: str) -> str:
    """Return an id as it is shown in tables."""
    return row[-SHORT_ID_CHARACTERS:]


def declared(name: str) -> Table:
    """Return a declared table. Raises Mistake, with all names, when there is none."""
    table = TABLES.get(name.replace("-", "_").lower())
    if table is None:
        known = ", ".join(sorted(TABLES))
        raise Mistake(
            Both(
                f"Il n'y a pas de table « {name} ». Tables : {known}.",
                f"There is no table {name!r}. Tables: {known}.",
            )
        )
    return table


def find_row(
    replica: Replica, text: str, tables: Iterable[str] = (), scope: str | None = None
) -> Shown:
    """Return the one row that a text names. Raises Mistake when it names none, or several."""
    found: dict[str, Shown] = {}
    for name in tables or TABLES:
        for shown in _matches(replica, name, text.strip(), scope):
            found[shown.row] = shown
    exact = [one for one in found.values() if _is_exact(one, text.strip())]
    candidates = exact or [*found.values()]
    if len(candidates) == 1:
        return candidates[0]
    where = ", ".join(tables) if tables else "*"
    if not candidates:
        raise Mistake(
            Both(
                f"Rien ne porte le code ou l'identifiant « {text} » ({where}).",
                f"Nothing has the code or id {text!r} ({where}).",
            )
        )
    listed = ", ".join(f"{one.table} {one.row}" for one in candidates[:_SHOWN_MAX])
    raise Mistake(
        Both(
            f"« {text} » désigne {len(candidates)} éléments : {listed}. Précisez.",
            f"{text!r} names {len(candidates)} rows: {listed}. Say more.",
        )
    )


def find_project(replica: Replica, text: str | None) -> Shown:
    """Return a project by code or id; the only one when nothing is said. Raises Mistake."""
    if text is not None:
        return find_row(replica, text, ("project",))
    projects = replica.rows("project", limit=2)
    if len(projects) == 1:
        return projects[0]
    if not projects:
        raise Mistake(
            Both(
                "Cette réplique n'a encore aucun projet : derrick replica pull.",
                "This replica has no project yet: derrick replica pull.",
            )
        )
    codes = ", ".join(str(one.values.get("code")) for one in replica.rows("project"))
    raise Mistake(Both(f"Quel projet ? --project {codes}.", f"Which project? --project {codes}."))


def names_of(replica: Replica, table: str, rows: Iterable[str]) -> dict[str, str]:
    """Return how rows of a table are called, where they are here."""
    column = NAMES.get(table, "name")
    if column not in TABLES[table].by_name:
        return {}
    named = {}
    for row in {*rows}:
        shown = replica.row(row)
        if shown is not None and shown.values.get(column):
            named[row] = str(shown.values[column])
    return named


def _matches(replica: Replica, table: str, text: str, scope: str | None) -> list[Shown]:
    conditions = [f"lower({column}) = lower(?)" for column in CODES.get(table, ())]
    parameters: list[str] = [text] * len(conditions)
    piece = text.lower()
    if len(piece) >= PIECE_CHARACTERS_MIN and not set(piece) - set("0123456789abcdef-"):
        conditions += ["id LIKE ?", "id LIKE ?"]
        parameters += [piece + "%", "%" + piece]
    if not conditions:
        return []
    return replica.rows(table, scope, " OR ".join(conditions), parameters, limit=50)


def _is_exact(shown: Shown, text: str) -> bool:
    codes = [shown.values.get(column) for column in CODES.get(shown.table, ())]
    return shown.row == text.lower() or text in codes
