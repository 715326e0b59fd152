"""What people call the things that notices are about, and whom these concern."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.store import Connection

Subject = tuple[str, str]
"""(table, row id)."""

NAMES: Mapping[str, str] = {
    "task": "concat_ws(' ', code, name)",
    "permit": "concat_ws(' ', 'n° ' || number, title)",
    "follow_up": "title",
    "punch_item": "concat_ws(' ', 'n° ' || number, title)",
    "incident": "concat_ws(' ', 'n° ' || number, place)",
    "daily_report": "date::text",
    "budget": "name",
    "budget_line": "concat_ws(' ', cost_code, description)",
    "budget_request": "title",
    "purchase_order": "concat_ws(' ', supplier, title)",
    "supplier_invoice": "concat_ws(' ', supplier, reference)",
    "client_invoice": "concat_ws(' ', 'n° ' || number, title)",
    "expense": "concat_ws(' ', supplier, description)",
    "payment": "concat_ws(' ', date, reference)",
    "document": "title",
    "project": "concat_ws(' ', code, name)",
}
"""Table -> the expression of its name."""

_CONCERNED: Mapping[str, str] = {
    "task": """
        SELECT id, unnest(assignees) AS person, 'assigned' AS reason FROM task WHERE {0}
        UNION ALL SELECT id, unnest(watchers), 'watching' FROM task WHERE {0}
    """,
    "permit": """
        SELECT id, holder_id AS person, 'owner' AS reason FROM permit WHERE {0}
        UNION ALL SELECT id, author_id, 'author' FROM permit WHERE {0}
    """,
    "follow_up": "SELECT id, owner_id AS person, 'owner' AS reason FROM follow_up WHERE {0}",
    "punch_item": "SELECT id, owner_id AS person, 'owner' AS reason FROM punch_item WHERE {0}",
    **{
        table: f"SELECT id, author_id AS person, 'author' AS reason FROM {table} WHERE {{0}}"
        for table in ("budget_request", "purchase_order", "expense", "incident", "daily_report")
    },
}
"""Table -> the people whom a row concerns, and why, the strongest reason first."""


# Whom a subject concerns, and who watches it besides.
_WATCHERS = """
    SELECT subject_table, subject_id::text AS id, person_id::text AS person FROM watch
    WHERE subject_id = ANY($1::uuid[]) AND NOT deleted
"""


async def read_names(connection: Connection, subjects: Mapping[Subject, str]) -> dict[Subject, str]:
    """Return what things are called, by one statement for each kind of thing.

    Args:
        connection: the database.
        subjects: the things, and the project that each belongs to.

    """
    found: dict[Subject, str] = {}
    for table, (projects, rows) in _by_table(subjects).items():
        if table in NAMES:
            key = "id" if table == "project" else "project_id"
            statement = (
                f"SELECT id::text, {NAMES[table]} AS name FROM {table}"
                f" WHERE {key} = ANY($1::uuid[]) AND id = ANY($2::uuid[])"
            )
            for one in await connection.fetch(statement, projects, rows):
                found[table, one["id"]] = one["name"]
    return found


async def read_concerned(
    connection: Connection, subjects: Mapping[Subject, str]
) -> dict[Subject, dict[str, str]]:
    """Return whom things concern: person -> why."""
    found: dict[Subject, dict[str, str]] = defaultdict(dict)
    for table, (projects, rows) in _by_table(subjects).items():
        if table in _CONCERNED:
            condition = "project_id = ANY($1::uuid[]) AND id = ANY($2::uuid[])"
            statement = (
                "SELECT id::text, person::text, reason FROM"
                f" ({_CONCERNED[table].format(condition)}) AS told WHERE person IS NOT NULL"
            )
            for one in await connection.fetch(statement, projects, rows):
                found[table, one["id"]].setdefault(one["person"], one["reason"])
    for subject, people in (await read_watchers(connection, subjects)).items():
        for person in people:
            found[subject].setdefault(person, "watching")
    return found


async def read_watchers(
    connection: Connection, subjects: Iterable[Subject]
) -> dict[Subject, set[str]]:
    """Return who watches things; whether they may still read them is not asked here."""
    wanted = {*subjects}
    found: dict[Subject, set[str]] = defaultdict(set)
    if wanted:
        records = await connection.fetch(_WATCHERS, sorted({row for _, row in wanted}))
        for one in records:
            if (one["subject_table"], one["id"]) in wanted:
                found[one["subject_table"], one["id"]].add(one["person"])
    return dict(found)


def _by_table(subjects: Mapping[Subject, str]) -> dict[str, tuple[list[str], list[str]]]:
    """Return table -> the projects and rows asked of it."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for (table, row), project in subjects.items():
        found[table][0].add(project)
        found[table][1].add(row)
    return {table: (sorted(one), sorted(two)) for table, (one, two) in found.items()}
