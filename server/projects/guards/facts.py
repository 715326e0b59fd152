"""What the guards of the daily work ask beside the row at hand, read once for a whole merge.

`prepare_fieldwork` looks at the changes that were pushed, and reads only what a guard will ask of
them: the report of a line, the ticks of a task that is verified, who is a member among those who
are mentioned. Rows are loaded into the workspace, so that a guard sees them as this point of the
merge leaves them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeGuard

from sync.schema import is_row_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.intake import Judgement, MergeTransaction, Workspace
    from sync.changes import Change
    from sync.merge import Row

FIELDWORK = "projects.fieldwork"
"""Name of the fact."""

PERMIT_MINUTES_MAX = 12 * 60

_READ_REPORTS = """
    SELECT report.id::text AS id, report.project_id::text AS project, report.date::text AS date,
        report.shift
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS asked (project, date, shift)
    JOIN daily_report AS report ON report.project_id = asked.project
        AND report.date = asked.date::date AND report.shift = asked.shift
    WHERE NOT report.deleted
"""

_READ_CHILDREN = {
    "checklist_item": """
        SELECT project_id::text AS project, task_id::text AS parent, id::text AS id
        FROM checklist_item WHERE project_id = ANY($1::uuid[]) AND task_id = ANY($2::uuid[])
    """,
    "checklist_tick": """
        SELECT project_id::text AS project, item_id::text AS parent, id::text AS id
        FROM checklist_tick WHERE project_id = ANY($1::uuid[]) AND item_id = ANY($2::uuid[])
    """,
    "follow_up": """
        SELECT project_id::text AS project, subject_id::text AS parent, id::text AS id
        FROM follow_up WHERE project_id = ANY($1::uuid[]) AND subject_id = ANY($2::uuid[])
    """,
}
_PARENTS = {
    "checklist_item": "task_id",
    "checklist_tick": "item_id",
    "follow_up": "subject_id",
}
"""Table -> the field that names what a row belongs to."""

_READ_MEMBERS = """
    SELECT project_id::text AS project, person_id::text AS parent, id::text AS id FROM member
    WHERE person_id = ANY($2::uuid[]) AND project_id = ANY($1::uuid[])
"""

# Those whose role holds in all projects are nobody's members, and read them all.
_READ_EVERYWHERE = """
    SELECT person.id::text AS id FROM person, permission
    WHERE person.id = ANY($1::uuid[]) AND person.role = ANY(permission.everywhere)
        AND coalesce(person.active, true) AND NOT person.deleted
"""


def is_id(value: Any) -> TypeGuard[str]:
    """Whether a value is written as an id."""
    return is_row_id(value)


def project_of(scope: str) -> str:
    """Return the project's id in `project:ID`."""
    return scope.partition(":")[2]


def people_named(value: Any) -> list[str]:
    """Return the ids in a set of people, as far as they are ids."""
    return [one for one in value if is_id(one)] if isinstance(value, list) else []


class Fieldwork:
    """What was read for the guards of one merge."""

    def __init__(self, workspace: Workspace, permit_minutes_max: int) -> None:
        self.workspace = workspace
        self.permit_minutes_max = permit_minutes_max
        self.children: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        """(table, scope, parent) -> rows that belong to it, or did."""
        self.reports: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        """(scope, date, shift) -> reports."""
        self.everywhere: set[str] = set()
        """People of those named whose role holds in every project."""
        self.made: dict[tuple[str, str], str] = {}
        """Rows that this merge may make -> their tables."""

    def living(self, table: str, scope: str, parent: str) -> Iterator[tuple[str, Row]]:
        """Yield the rows that belong to a parent, as this point of the merge leaves them."""
        for row in sorted(self.children.get((table, scope, parent), ())):
            found = self.workspace.row(scope, row)
            if found is None or found.deleted or found.table != table:
                continue
            if table == "member" or found.values.get(_PARENTS[table]) == parent:
                yield row, found

    def is_member(self, scope: str, person: str) -> bool:
        """Whether a person may read a project: a member, or one whose role holds everywhere."""
        if person in self.everywhere:
            return True
        return next(self.living("member", scope, person), None) is not None

    def holds(self, scope: str, row: str, table: str) -> bool:
        """Whether a row is in a scope, or comes with this merge."""
        found = self.workspace.row(scope, row)
        if found is not None:
            return found.table == table
        key = (scope, row)
        return self.workspace.known.get(key) == table or self.made.get(key) == table

    def mover(self, judgement: Judgement, state: str, field: str) -> str | None:
        """Return who last brought a row into a state: in this merge, or as `field` has it."""
        change = judgement.change
        for one in reversed(self.workspace.moved.get((change.scope, change.row), [])):
            if one.after == state:
                return one.person
        found: str | None = judgement.value(field)
        return found


def fieldwork_of(judgement: Judgement) -> Fieldwork | None:
    """Return what was read for the guards; None where a guard is asked alone."""
    found: Fieldwork | None = judgement.facts.get(FIELDWORK)
    return found


class _Wanted:
    """What the changes of a merge make the guards ask."""

    def __init__(self) -> None:
        self.reports: set[tuple[str, str, str]] = set()
        self.rows: dict[str, set[str]] = defaultdict(set)
        """Scope -> rows to load."""
        self.parents: dict[str, set[tuple[str, str]]] = defaultdict(set)
        """Table -> (scope, parent) whose rows are asked for."""
        self.people: set[tuple[str, str]] = set()
        self.subjects: set[tuple[str, str]] = set()


async def prepare_fieldwork(
    transaction: MergeTransaction,
    changes: Sequence[Change],
    permit_minutes_max: int = PERMIT_MINUTES_MAX,
) -> None:
    """Read what the guards of the daily work will ask; nothing where no change needs it.

    Args:
        transaction: the merge.
        changes: all that was pushed.
        permit_minutes_max: how long a permit may hold.

    """
    workspace = transaction.workspace
    facts = workspace.facts[FIELDWORK] = Fieldwork(workspace, permit_minutes_max)
    wanted = _Wanted()
    for change in changes:
        ask = _ASKS.get(change.table)
        if ask is not None and change.scope in workspace.scopes:
            ask(wanted, facts, change)
    await _read_reports(transaction, facts, wanted)
    await _read_parents(transaction, facts, wanted)
    await _read_people(transaction, facts, wanted)
    if wanted.subjects:
        scopes = {workspace.scopes[scope].id: scope for scope, _ in wanted.subjects}
        rows = {row for _, row in wanted.subjects}
        await transaction.learn_references(scopes, sorted(rows))
    for scope, rows in wanted.rows.items():
        await transaction.load(scope, sorted(rows))


async def _read_reports(transaction: MergeTransaction, facts: Fieldwork, wanted: _Wanted) -> None:
    if not wanted.reports:
        return
    asked = sorted((project_of(scope), date, shift) for scope, date, shift in wanted.reports)
    for record in await transaction.connection.fetch(
        _READ_REPORTS, *([one[place] for one in asked] for place in range(3))
    ):
        scope = f"project:{record['project']}"
        facts.reports[scope, record["date"], record["shift"]].add(record["id"])
        wanted.rows[scope].add(record["id"])


async def _read_parents(transaction: MergeTransaction, facts: Fieldwork, wanted: _Wanted) -> None:
    for table in ("checklist_item", "checklist_tick", "follow_up"):
        pairs = wanted.parents.get(table)
        if not pairs:
            continue
        await _read_children(transaction, facts, table, _READ_CHILDREN[table], pairs)
        if table == "checklist_item":
            wanted.parents["checklist_tick"] |= {
                (scope, item)
                for scope, task in pairs
                for item in facts.children.get((table, scope, task), ())
            }


async def _read_children(
    transaction: MergeTransaction,
    facts: Fieldwork,
    table: str,
    query: str,
    pairs: set[tuple[str, str]],
) -> None:
    projects = sorted({project_of(scope) for scope, _ in pairs})
    parents = sorted({parent for _, parent in pairs})
    found: dict[str, set[str]] = defaultdict(set)
    for record in await transaction.connection.fetch(query, projects, parents):
        scope = f"project:{record['project']}"
        facts.children[table, scope, record["parent"]].add(record["id"])
        found[scope].add(record["id"])
    for scope, rows in found.items():
        if scope in transaction.workspace.scopes:
            await transaction.load(scope, sorted(rows))


async def _read_people(transaction: MergeTransaction, facts: Fieldwork, wanted: _Wanted) -> None:
    if not wanted.people:
        return
    people = sorted({person for _, person in wanted.people})
    await _read_children(transaction, facts, "member", _READ_MEMBERS, wanted.people)
    records = await transaction.connection.fetch(_READ_EVERYWHERE, people)
    facts.everywhere = {record["id"] for record in records}


# What each table's changes make the guards ask.


def _ask_comment(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    _ask_subject(wanted, facts, change)
    wanted.people |= {(change.scope, one) for one in people_named(change.after.get("mentions"))}


def _ask_subject(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    subject = change.after.get("subject_id")
    if is_id(subject):
        wanted.subjects.add((change.scope, subject))
    _ask_made(wanted, facts, change)


def _ask_made(_: _Wanted, facts: Fieldwork, change: Change) -> None:
    if change.operation == "create":
        facts.made[change.scope, change.row] = change.table
        parent = change.after.get(_PARENTS.get(change.table, ""))
        if is_id(parent):
            facts.children[change.table, change.scope, parent].add(change.row)


def _ask_task(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    _ask_made(wanted, facts, change)
    if change.after.get("status") == "verified":
        wanted.parents["checklist_item"].add((change.scope, change.row))
    wanted.people |= {(change.scope, one) for one in people_named(change.after.get("watchers"))}


def _ask_incident(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    _ask_made(wanted, facts, change)
    if change.after.get("status") == "closed":
        wanted.parents["follow_up"].add((change.scope, change.row))


def _ask_report(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    _ask_made(wanted, facts, change)
    after = change.after
    if change.operation != "create":
        return
    date, shift = after.get("date"), after.get("shift")
    if _is_date(date) and isinstance(shift, str):
        wanted.reports.add((change.scope, date, shift))
        facts.reports[change.scope, date, shift].add(change.row)
    if is_id(after.get("revises_id")):
        wanted.rows[change.scope].add(after["revises_id"])


def _is_date(value: Any) -> TypeGuard[str]:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _ask_line(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    stored = facts.workspace.row(change.scope, change.row)
    for values in (change.after, {} if stored is None else stored.values):
        if is_id(values.get("report_id")):
            wanted.rows[change.scope].add(values["report_id"])


def _ask_permit(wanted: _Wanted, facts: Fieldwork, change: Change) -> None:
    _ask_made(wanted, facts, change)
    project = project_of(change.scope)
    if is_id(project):
        wanted.rows[change.scope].add(project)


def _ask_member(_: _Wanted, facts: Fieldwork, change: Change) -> None:
    person = change.after.get("person_id")
    if change.operation == "create" and is_id(person):
        facts.children["member", change.scope, person].add(change.row)


_ASKS = {
    "task": _ask_task,
    "comment": _ask_comment,
    "checklist_item": _ask_made,
    "checklist_tick": _ask_made,
    "daily_report": _ask_report,
    "report_line": _ask_line,
    "incident": _ask_incident,
    "follow_up": _ask_subject,
    "punch_item": _ask_made,
    "permit": _ask_permit,
    "member": _ask_member,
    "baseline": _ask_made,
}
