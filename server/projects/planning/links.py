"""Links between tasks: none to itself, none twice.

Whether the same link is there already is read once for a whole group of pushes, and judged by
what the merge has in hand: what came before in the same group counts, what was refused does not.
A ring of links is nothing that a guard could refuse: two people close it together, each with a
link that is sound. It is merged, and shown.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from server.intake import table_guard
from sync import errors
from sync.schema import is_row_id
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.intake import Judgement, MergeTransaction
    from sync.changes import Change
    from sync.merge import Row

LINKS: Final = "task_links"

_READ = """
    SELECT project_id::text AS project, id::text AS id, predecessor_id::text AS predecessor,
        successor_id::text AS successor, kind
    FROM task_link WHERE project_id = ANY($1::uuid[]) AND predecessor_id = ANY($2::uuid[])
        AND NOT deleted
"""


class Tie(NamedTuple):
    """What makes two links the same."""

    scope: str
    predecessor: Any
    successor: Any
    kind: Any


class KnownLinks:
    """The links that are there, and those that this group of pushes wants to make."""

    def __init__(self, transaction: MergeTransaction, leaving: frozenset[tuple[str, str]]) -> None:
        self._entries = transaction.workspace.entries
        self._leaving = leaving
        self._stored: set[tuple[str, str]] = set()
        self._by_tie: defaultdict[Tie, set[str]] = defaultdict(set)

    def add_stored(self, scope: str, row: str, tie: Tie) -> None:
        """Add a link of the table's."""
        self._stored.add((scope, row))
        self._by_tie[tie].add(row)

    def add_wanted(self, tie: Tie, row: str) -> None:
        """Add a link that somebody wants to make."""
        self._by_tie[tie].add(row)

    def has_other(self, tie: Tie, row: str) -> bool:
        """Whether another row is this very link, as the merge stands now."""
        return any(one != row and self._stands(tie, one) for one in self._by_tie.get(tie, ()))

    def _stands(self, tie: Tie, row: str) -> bool:
        if (tie.scope, row) in self._leaving:
            return False
        entry = self._entries.get((tie.scope, row))
        if entry is None:
            return (tie.scope, row) in self._stored
        found = entry.row
        return found is not None and not found.deleted and _tie(tie.scope, found.values) == tie


def _tie(scope: str, values: Mapping[str, Any]) -> Tie:
    return Tie(scope, values.get("predecessor_id"), values.get("successor_id"), values.get("kind"))


async def prepare_links(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read the links that those which somebody makes or turns might repeat."""
    row_of = transaction.workspace.row
    wanted = [
        (change, _tie(change.scope, _values(row_of(change.scope, change.row), change)))
        for change in changes
        if change.table == "task_link" and change.operation != "delete"
    ]
    wanted = [one for one in wanted if one[1].scope in transaction.workspace.scopes]
    if not wanted:
        return
    known = KnownLinks(transaction, _leaving(changes))
    projects = {tie.scope.partition(":")[2] for _, tie in wanted}
    ends = {tie.predecessor for _, tie in wanted if is_row_id(tie.predecessor)}
    records = await transaction.connection.fetch(_READ, sorted(projects), sorted(ends))
    for record in records:
        scope = f"project:{record['project']}"
        tie = Tie(scope, record["predecessor"], record["successor"], record["kind"])
        known.add_stored(scope, record["id"], tie)
    for change, tie in wanted:
        known.add_wanted(tie, change.row)
    transaction.workspace.facts[LINKS] = known


def _leaving(changes: Sequence[Change]) -> frozenset[tuple[str, str]]:
    """Return the links that go, or turn into another kind: what takes their place is no repeat."""
    return frozenset(
        (change.scope, change.row)
        for change in changes
        if change.table == "task_link"
        and (
            change.operation == "delete"
            or (change.operation == "update" and "kind" in change.after)
        )
    )


def _values(row: Row | None, change: Change) -> Mapping[str, Any]:
    """Return what a link would be; its ends are written once, and whoever moves them is refused."""
    if row is None:
        return change.after
    return {**row.values, "kind": change.after.get("kind", row.values.get("kind"))}


_link = table_guard("task_link")


def guard_link(judgement: Judgement) -> Fault | None:
    """Let those who plan tie two tasks, each way once."""
    fault = _link(judgement)
    if fault is not None or judgement.change.operation == "delete":
        return fault
    change = judgement.change
    if judgement.row is not None and "kind" not in change.after:
        return None
    values = _values(judgement.row, change)
    if values.get("predecessor_id") == values.get("successor_id"):
        return Fault(errors.LINK_TO_ITSELF, "successor_id")
    known: KnownLinks | None = judgement.facts.get(LINKS)
    if known is not None and known.has_other(_tie(change.scope, values), change.row):
        return Fault(errors.LINK_REPEATED)
    return None
