"""The permission table as people see it and change it.

The defaults are the code's (`server.intake.permissions`); one row of PostgreSQL holds what an
administrator said otherwise. Whoever asks what a person may do reads it in the same statement as
their role, so a change holds from the next transaction on, in every process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.intake import (
    EDIT,
    EVERYWHERE,
    OPERATIONS,
    READS,
    RIGHTS,
    SHIPPED,
    Permissions,
    is_locked,
    noun_of,
    permissions_of,
    permissions_with,
    reads_of,
)
from server.users.access import load_access
from server.users.activity import record_activity
from sync import errors
from sync.changes import Sentence
from sync.tables import TABLES
from sync.tables.people import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from server.intake import Right
    from server.store import Connection

CHANGES_MAX = 500

ROLE_NAMES = {
    "administrator": Sentence(fr="administrateur", en="administrator"),
    "manager": Sentence(fr="chef de projet", en="manager"),
    "accountant": Sentence(fr="comptable", en="accountant"),
    "supervisor": Sentence(fr="chef de chantier", en="supervisor"),
    "employee": Sentence(fr="employé", en="employee"),
    "auditor": Sentence(fr="auditeur", en="auditor"),
}

_NEVER = {
    "create": Sentence(fr="Le serveur seul les crée.", en="Only the server makes them."),
    "update": Sentence(
        fr="Personne ne les récrit ; voir les droits ci-dessous.",
        en="Nobody rewrites them; see the rights below.",
    ),
    "delete": Sentence(fr="Personne ne les supprime.", en="Nobody deletes them."),
}

_READ = "SELECT version, overrides FROM permission"

_WRITE = """
    UPDATE permission SET version = version + 1, overrides = $1::text::json, everywhere = $2,
        finance = $3, leaders = $4, changed_at = now(), changed_by = $5::text::uuid
"""


class RoleShown(Struct, frozen=True):
    """A column of the matrix."""

    role: str
    name: Sentence


class Cell(Struct, frozen=True):
    """Whether a role has a right, and who says so."""

    role: str
    allowed: bool
    source: Literal["default", "override"]
    locked: bool
    """Nobody may change it."""


class Line(Struct, frozen=True):
    """A line of the matrix: an operation on a table, or a narrower right."""

    table: str | None
    """None for what is not about one table."""
    operation: str | None
    """read, create, update or delete; None for a narrower right."""
    right: str | None
    """Its name, to change it by; None where nobody ever has it."""
    sentence: Sentence
    cells: list[Cell]


class Matrix(Struct, frozen=True):
    """The whole permission table."""

    version: int
    roles: list[RoleShown]
    lines: list[Line]


class PermissionChange(Struct, frozen=True, forbid_unknown_fields=True):
    """One cell's new value; null is the default again."""

    role: str
    right: str
    allowed: bool | None


class PermissionChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """What an administrator changes, and the version that they looked at."""

    version: int
    changes: list[PermissionChange]


async def read_permissions(connection: Connection) -> tuple[int, Permissions]:
    """Return the version and the table as it stands."""
    (record,) = await connection.fetch(_READ)
    return record["version"], permissions_of(record["overrides"])


def draw_matrix(version: int, permissions: Permissions) -> Matrix:
    """Lay the table out for people: every table and operation, then the narrower rights."""
    return Matrix(
        version,
        [RoleShown(role, ROLE_NAMES[role]) for role in ROLES],
        [*_table_lines(permissions), *_general_lines(permissions)],
    )


def _table_lines(permissions: Permissions) -> Iterator[Line]:
    for table in TABLES:
        for operation in OPERATIONS:
            names = reads_of(table) if operation == "read" else (f"{table}.{operation}",)
            for name in names:
                right = RIGHTS.get(name)
                if right is None:
                    yield Line(table, operation, None, _NEVER[operation], _no_cells())
                else:
                    sentence = _see(table) if operation == "read" else right.sentence
                    yield _line(table, operation, right, sentence, permissions)
        for right in RIGHTS.values():
            narrower = right.name.partition(".")[2] not in OPERATIONS and right.name != EVERYWHERE
            if right.subject == table and narrower:
                yield _line(table, None, right, right.sentence, permissions)


def _general_lines(permissions: Permissions) -> Iterator[Line]:
    for right in RIGHTS.values():
        if right.subject not in TABLES or right.name in {*READS.values(), EVERYWHERE}:
            yield _line(None, None, right, right.sentence, permissions)


def _see(table: str) -> Sentence:
    noun = noun_of(table)
    return Sentence(fr=f"Voir {noun.fr}.", en=f"See {noun.en}.")


def _line(
    table: str | None,
    operation: str | None,
    right: Right,
    sentence: Sentence,
    permissions: Permissions,
) -> Line:
    cells = []
    for role in ROLES:
        allowed = permissions.allows(role, right.name)
        source: Literal["default", "override"] = (
            "default" if allowed == SHIPPED.allows(role, right.name) else "override"
        )
        cells.append(Cell(role, allowed, source, is_locked(role, right.name)))
    return Line(table, operation, right.name, sentence, cells)


def _no_cells() -> list[Cell]:
    return [Cell(role, allowed=False, source="default", locked=True) for role in ROLES]


def lay_over(
    before: Permissions, changes: Iterable[PermissionChange]
) -> dict[str, dict[str, bool]]:
    """Return a table's overrides after some changes.

    Raises ProblemError: a role or right that is not, or a cell that nobody may change.
    """
    said = {role: dict(rights) for role, rights in before.overrides.items()}
    for change in changes:
        if change.role not in ROLES:
            raise ProblemError(errors.ENTRY_INVALID, f"no role {change.role!r}", field="role")
        if change.right not in RIGHTS:
            raise ProblemError(errors.ENTRY_INVALID, f"no right {change.right!r}", field="right")
        default = SHIPPED.allows(change.role, change.right)
        wanted = default if change.allowed is None else change.allowed
        if is_locked(change.role, change.right) and wanted != default:
            raise ProblemError(
                errors.PERMISSION_FIXED, f"{change.right} of {change.role}", field="right"
            )
        rights = said.setdefault(change.role, {})
        rights.pop(change.right, None)
        if wanted != default:
            rights[change.right] = wanted
    return {role: rights for role, rights in said.items() if rights}


async def change_permissions(
    connection: Connection,
    changes: Sequence[PermissionChange],
    *,
    actor: str | None,
    version: int | None = None,
    address: str | None = None,
) -> tuple[int, Permissions]:
    """Change cells of the table and record it; return the version and the table as it then stands.

    Args:
        connection: to do it on, in a transaction of its own.
        changes: the cells.
        actor: who does it; None for whoever has the server's own machine.
        version: what they looked at; None takes the table as it is.
        address: the network address they came from.

    Raises ProblemError: the actor may not, the table moved meanwhile, or a change makes no sense.
    """
    async with connection.transaction():
        (record,) = await connection.fetch(f"{_READ} FOR UPDATE")
        if actor is not None and not (await load_access(connection, [actor]))[actor].may(EDIT):
            raise ProblemError(errors.FORBIDDEN, "only an administrator changes the permissions")
        if version not in (None, record["version"]):
            raise ProblemError(errors.PERMISSIONS_OUTDATED, f"it is at {record['version']}")
        before = permissions_of(record["overrides"])
        after = permissions_with(lay_over(before, changes))
        moved = [
            {"role": role, "right": name, "allowed": after.allows(role, name)}
            for role in ROLES
            for name in RIGHTS
            if after.allows(role, name) != before.allows(role, name)
        ]
        if not moved:
            return record["version"], before
        await connection.execute(
            _WRITE,
            msgspec.json.encode(after.overrides).decode(),
            sorted(after.roles_with(EVERYWHERE)),
            sorted(after.roles_with(READS["finance"])),
            sorted(after.roles_with("rejection.read")),
            actor,
        )
        await record_activity(
            connection,
            "permission_changed",
            actor=actor,
            address=address,
            detail={"version": record["version"] + 1, "changes": moved},
        )
    return record["version"] + 1, after
