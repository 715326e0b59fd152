"""Who may change the directory of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.intake import DENIED, RANKS, table_guard
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.intake import Guards, Judgement, MergeTransaction, Workspace
    from sync.changes import Change

OWN_FIELDS = frozenset({"name", "phone", "language", "time_zone", "photo"})
"""What people may change of themselves."""

ADMINISTRATORS = "administrators"
"""Name of the fact that tells who administers the installation."""

_READ_ADMINISTRATORS = """
    SELECT id::text FROM person
    WHERE role = 'administrator' AND coalesce(active, true) AND NOT deleted
"""

_person = table_guard("person")


class Administrators(Struct, frozen=True):
    """Who administers, as of this point of the merge."""

    workspace: Workspace
    stored: frozenset[str]
    """Those whom the database holds."""
    leaving: frozenset[str]
    """Those who cease to, if all that was pushed is merged: two may not push each other out."""

    def stay(self) -> bool:
        """Whether anyone is left to administer the installation."""
        changed = {row for scope, row in self.workspace.touched if scope == "org"}
        if self.stored - changed - self.leaving:
            return True
        return any(self._administers(one) for one in changed - self.leaving)

    def _administers(self, person: str) -> bool:
        row = self.workspace.row("org", person)
        return row is not None and row.table == "person" and not row.deleted and _leads(row.values)


def _leads(values: Mapping[str, object]) -> bool:
    return values.get("role") == "administrator" and values.get("active") is not False


async def prepare_people(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read who administers, when a change may take that from someone."""
    leaving = frozenset(change.row for change in changes if _may_end(change))
    if leaving:
        found = await transaction.connection.fetch(_READ_ADMINISTRATORS)
        transaction.workspace.facts[ADMINISTRATORS] = Administrators(
            transaction.workspace, frozenset(record["id"] for record in found), leaving
        )


def _may_end(change: Change) -> bool:
    """Whether a change takes the role or the account of an administrator, if it is one's."""
    if change.table != "person":
        return False
    return change.operation == "delete" or not _leads({"role": "administrator", **change.after})


def guard_person(judgement: Judgement) -> Fault | None:
    """Let those who keep the directory do so up to their rank, and people keep what is their own.

    The last administrator stays one.
    """
    fault = _person(judgement)
    if fault is None:
        return _rank_fault(judgement) or _last_fault(judgement)
    change = judgement.change
    own = change.row == judgement.access.person and change.operation == "update"
    if not own or not judgement.may("person.update_own"):
        return fault
    if change.after.keys() <= OWN_FIELDS:
        return None
    return Fault(errors.ACCESS_DENIED, min(change.after.keys() - OWN_FIELDS))


def _rank_fault(judgement: Judgement) -> Fault | None:
    """Nobody gives or takes a role above their own."""
    rank = RANKS[judgement.role]
    given, held = judgement.change.after.get("role"), judgement.value("role")
    if given is not None and RANKS[given] > rank:
        return Fault(errors.ACCESS_DENIED, "role")
    return DENIED if held is not None and RANKS[held] > rank else None


def _last_fault(judgement: Judgement) -> Fault | None:
    row = judgement.row
    if row is None or row.deleted or not _leads(row.values):
        return None
    change = judgement.change
    if change.operation != "delete" and _leads({**row.values, **change.after}):
        return None
    administrators: Administrators | None = judgement.facts.get(ADMINISTRATORS)
    if administrators is None or administrators.stay():
        return None
    return Fault(errors.LAST_ADMINISTRATOR)


GUARDS: Guards = {"person": guard_person}
