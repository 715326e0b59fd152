"""What a guard is asked, and how it answers.

The services declare their guards (`server.SERVICE.guards`); `create_app` hands them to the intake.
A guard is a plain function that judges one change; it reads nothing but what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.validation import Fault

if TYPE_CHECKING:
    from sync.changes import Change
    from sync.merge import Row

ORGANISATION_WIDE = frozenset({"administrator", "manager", "accountant", "auditor"})
"""Roles that, held for the organisation, hold in every project."""

FINANCE_READERS = frozenset({"administrator", "manager", "accountant", "supervisor", "auditor"})

MANAGERS = frozenset({"administrator", "manager"})
SUPERVISORS = MANAGERS | {"supervisor"}
ACCOUNTANTS = frozenset({"administrator", "accountant"})


class Access(Struct, frozen=True):
    """What a person may do, as of this transaction."""

    person: str
    active: bool
    role: str | None
    """Role in the organisation."""
    projects: Mapping[str, str]
    """Project id -> role in that project, from memberships alone."""

    def role_in(self, scope: str) -> str | None:
        """Return the person's role in a scope, or None when the scope is not theirs."""
        if not self.active:
            return None
        kind, _, key = scope.partition(":")
        if kind == "org":
            return self.role
        if kind == "user":
            return self.role if key == self.person else None
        if self.role in ORGANISATION_WIDE:
            return self.role
        return self.projects.get(key)

    def reads(self, scope: str) -> bool:
        """Whether the person may read a scope."""
        role = self.role_in(scope)
        return role is not None and (not scope.startswith("finance:") or role in FINANCE_READERS)


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

    def value(self, field: str) -> Any:
        """Return the stored value of a field, or None."""
        return None if self.row is None else self.row.values.get(field)


Guard = Callable[[Judgement], Fault | None]
Guards = Mapping[str, Guard]
"""Table -> its guard. A table without one accepts nothing from replicas."""
