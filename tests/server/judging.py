"""Asks guards as the intake does: who, in which role, changes what of which row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.intake import Access, Judgement
from sync.causes import Causes, Stamp
from sync.changes import Change
from sync.merge import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Guard

ME = "00000000-0000-7000-8000-000000000001"
OTHER = "00000000-0000-7000-8000-000000000002"
PROJECT = "00000000-0000-7000-8000-0000000000aa"
ROW = "00000000-0000-7000-8000-0000000000bb"
WRITER = "1" * 16
SERVER = "0" * 16

EVERYONE = ("administrator", "manager", "accountant", "supervisor", "employee", "auditor")


def ask(
    guard: Guard,
    role: str,
    after: Mapping[str, Any] | None = None,
    *,
    stored: Mapping[str, Any] | None = None,
    operation: Any = None,
    row: str = ROW,
    before: Mapping[str, Any] | None = None,
    seen: bool = True,
) -> str | None:
    """Return the code and field with which a guard refuses, or None when it allows.

    Args:
        guard: the guard.
        role: the person's role in the scope.
        after: what the change writes; a delete without it.
        stored: the stored values; the change creates the row without them.
        operation: when it is not what the above says.
        row: the row's id.
        before: what the writer saw; the stored values without it.
        seen: whether the writer had seen the stored values.

    """
    kept = None
    if stored is not None:
        stamps = [Stamp(WRITER, 3, 0, list(stored))]
        kept = Row("any", row, {WRITER: 3}, dict(stored), Causes(stamps))
    if operation is None:
        operation = "delete" if after is None else "create" if stored is None else "update"
    names = (after or {}).keys()
    saw = {name: (stored or {}).get(name) for name in names} if before is None else dict(before)
    change = Change(
        f"project:{PROJECT}",
        "any",
        row,
        operation,
        {WRITER: 3 if seen else 2},
        saw,
        dict(after or {}),
    )
    fault = guard(
        Judgement(Access(person=ME, active=True, role=role, projects={}), role, change, kept)
    )
    if fault is None:
        return None
    return fault.error.code if fault.field is None else f"{fault.error.code}:{fault.field}"


def allowed(guard: Guard, *arguments: Any, **options: Any) -> set[str]:
    """Return the roles that a guard allows to make a change."""
    return {role for role in EVERYONE if ask(guard, role, *arguments, **options) is None}
