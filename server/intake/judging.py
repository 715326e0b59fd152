"""What a guard is asked, and how it answers.

The services declare their guards (`server.SERVICE.guards`); `create_app` hands them to the intake.
A guard is a plain function that judges one change; it reads nothing but what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.intake.permissions import (
    EVERYWHERE,
    FOLDERS,
    NOBODY,
    READS,
    SHIPPED,
    Permissions,
)
from sync import errors
from sync.tables.people import ROLES
from sync.validation import Fault

if TYPE_CHECKING:
    from sync.changes import Change
    from sync.merge import Row

RANKS: Mapping[str, int] = {
    "auditor": 0,
    "employee": 1,
    "supervisor": 2,
    "accountant": 3,
    "manager": 4,
    "administrator": 5,
}
"""Nobody gives a role above their own."""

assert RANKS.keys() == {*ROLES}  # noqa: S101

DENIED = Fault(errors.ACCESS_DENIED)


class Access(Struct, frozen=True):
    """What a person may do, as of this transaction."""

    person: str
    active: bool
    role: str | None
    """Role in the organisation."""
    projects: Mapping[str, str]
    """Project id -> role in that project, from memberships alone."""
    permissions: Permissions = SHIPPED
    """The table of rights as it stands."""
    folders: Mapping[str, str] = {}
    """Restricted folder that names the person -> its project."""
    kinds: frozenset[str] | None = None
    """The kinds of scopes that another system's token is kept to; None for people themselves."""

    def role_in(self, scope: str) -> str | None:
        """Return the person's role in a scope, or None when the scope is not theirs."""
        if not self.active:
            return None
        kind, _, key = scope.partition(":")
        if self.kinds is not None and kind not in self.kinds:
            return None
        if kind == "org":
            return self.role
        if kind == "user":
            return self.role if key == self.person else None
        return self._role_in_folder(key) if kind == "folder" else self._role_in_project(key)

    def _role_in_project(self, project: str) -> str | None:
        everywhere = self.permissions.allows(self.role, EVERYWHERE)
        return self.role if everywhere else self.projects.get(project)

    def _role_in_folder(self, folder: str) -> str | None:
        """Return the role in the project of a restricted folder, for those whom it names."""
        if self.permissions.allows(self.role, FOLDERS):
            return self.role
        project = self.folders.get(folder)
        return None if project is None else self._role_in_project(project)

    def reads(self, scope: str) -> bool:
        """Whether the person may read a scope."""
        right = READS.get(scope.partition(":")[0])
        return right is not None and self.may(right, scope)

    def may(self, right: str, scope: str = "org") -> bool:
        """Whether the person has a right in a scope."""
        return self.permissions.allows(self.role_in(scope), right)


class Judgement(Struct, frozen=True):
    """One change, before a guard."""

    access: Access
    role: str
    """The person's role in the change's scope."""
    change: Change
    row: Row | None
    """The stored state; None when the change creates the row."""
    facts: Mapping[str, Any] = {}
    """What the services read beforehand for their guards (`Rules.prepare`), by name."""
    replica: str = ""
    """Where the change was made."""
    time: int = 0
    """Hybrid time at which it was made, as the server takes it."""
    online: bool = False
    """Made through a route, by someone who sees the row as it stands (`Intake.act`)."""
    together: Sequence[Change] = ()
    """All changes of the change set: they are merged together, or not at all."""

    def value(self, field: str) -> Any:
        """Return the stored value of a field, or None."""
        return None if self.row is None else self.row.values.get(field)

    @property
    def rights(self) -> frozenset[str]:
        """Return the rights of the person's role in the change's scope."""
        return self.access.permissions.rights.get(self.role, NOBODY)

    def may(self, right: str) -> bool:
        """Whether the person's role in the change's scope has a right."""
        return right in self.access.permissions.rights.get(self.role, NOBODY)

    def resent(self) -> bool:
        """Whether the change makes a row that the server holds just so.

        A replica that forked sends again what the server may have: the same, no edit.
        """
        return self.row is not None and all(
            self.value(name) == value for name, value in self.change.after.items()
        )


Guard = Callable[[Judgement], Fault | None]
Guards = Mapping[str, Guard]
"""Table -> its guard. A table without one accepts nothing from replicas."""


def table_guard(table: str) -> Guard:
    """Return a guard that asks nothing but the right to the operation.

    To make a row that is there already is to change it.
    """
    rights = {operation: f"{table}.{operation}" for operation in ("create", "update", "delete")}

    def guard(judgement: Judgement) -> Fault | None:
        operation = judgement.change.operation
        if not judgement.may(rights[operation]):
            return DENIED
        changes = operation == "create" and judgement.row is not None
        if changes and not judgement.may(rights["update"]) and not judgement.resent():
            return DENIED
        return None

    return guard
