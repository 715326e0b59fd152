"""From what a person typed to a change set: edits of any row, expenses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cli.replicas.entering import Entering, read_assignments
from server.cli.replicas.finding import find_project, find_row
from server.cli.replicas.saying import LOGIN_NEEDED, Both, Language, Mistake
from server.cli.replicas.showing import currency_of
from sync.replica import Edit
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync.replica import Replica, Shown
    from sync.schema import Table


def change_row(replica: Replica, row: str, texts: Iterable[str], language: Language) -> Shown:
    """Change fields of the row that a text names; return it as it now is."""
    shown = find_row(replica, row)
    table = TABLES[shown.table]
    entering = Entering(
        table, shown.values, finder(replica, shown.scope), currency_of(replica, shown), language
    )
    after = read_assignments(entering, texts)
    replica.edit(f"{table.name}.change", [Edit(table.name, shown.row, after=after)])
    return replica.row(shown.row) or shown


def add_row(
    replica: Replica, table: Table, texts: Iterable[str], project: str | None, language: Language
) -> str:
    """Make a row of `field=value` texts, in a project where the table asks for one."""
    known: dict[str, Any] = {}
    currency = None
    if "project_id" in table.by_name:
        home = find_project(replica, project)
        known["project_id"] = home.row
        currency = home.values.get("currency")
    entering = Entering(table, {}, finder(replica, None), currency, language)
    values = {**authored(replica, table), **known, **read_assignments(entering, texts)}
    return create(replica, table.name, values, f"{table.name}.add")


def record_expense(
    replica: Replica,
    project: str | None,
    given: dict[str, str],
    language: Language,
) -> str:
    """Record an expense from its texts by field name; return its id."""
    home = find_project(replica, project)
    table = TABLES["expense"]
    currency = given.get("currency") or str(home.values["currency"])
    entering = Entering(
        table, {}, finder(replica, None, project=home.row), currency.upper(), language
    )
    texts = [f"{name}={text}" for name, text in {"currency": currency, **given}.items()]
    values = {
        "project_id": home.row,
        "status": "submitted",
        **authored(replica, table),
        **read_assignments(entering, texts),
    }
    return create(replica, "expense", values, "expense.record")


def create(replica: Replica, table: str, values: dict[str, Any], intent: str) -> str:
    """Make a row; return its id."""
    row = replica.new_id()
    replica.edit(intent, [Edit(table, row, operation="create", after=values)])
    return row


def authored(replica: Replica, table: Table) -> dict[str, str]:
    """Return who writes, where the table records it. Raises Mistake before the first contact."""
    if "author_id" not in table.by_name:
        return {}
    person = replica.identity().person_id or replica.identity().person
    if not person:
        raise Mistake(
            Both("Connectez-vous une première fois.", "Log in a first time."), LOGIN_NEEDED
        )
    return {"author_id": person}


def finder(
    replica: Replica, scope: str | None, *, project: str | None = None
) -> Callable[[str, str], str]:
    """Return what finds the row that a text names, by table."""

    def find(table: str, text: str) -> str:
        if table not in TABLES:
            return text.lower()
        kinds = TABLES[table].scopes
        within = None
        if project is not None and kinds[0] in ("project", "finance"):
            within = f"{kinds[0]}:{project}"
        elif scope is not None and kinds[0] == scope.partition(":")[0]:
            within = scope
        # Crews do not read the budget: they give a line by its whole id.
        if table == "budget_line" and len(text) == 36 and replica.row(text) is None:  # noqa: PLR2004
            return text.lower()
        return find_row(replica, text, (table,), within).row

    return find
