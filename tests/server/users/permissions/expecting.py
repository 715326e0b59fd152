"""What the permission matrix is written in: letters for roles, and what is expected of a table.

A string names the roles that may: A administrator, M manager, C accountant, S supervisor, E
employee, U auditor. A field that is not named here, or a table, fails the test.
"""

from __future__ import annotations

from msgspec import Struct

LETTERS = {
    "A": "administrator",
    "M": "manager",
    "C": "accountant",
    "S": "supervisor",
    "E": "employee",
    "U": "auditor",
}

ALL, CREW, NOBODY = "AMCSEU", "AMCSE", ""
PLAN, MONEY, DECIDE = "AMS", "AMC", "AMCS"


class Move(Struct, frozen=True):
    """A change of one state into another, with what goes with it."""

    roles: str
    before: str
    after: str
    own: bool = False
    """Of a row whose author is the one who moves it."""


class Expected(Struct, frozen=True):
    """What the roles may do with a table."""

    read: str
    create: str
    delete: str
    fields: dict[str, str]
    """Roles -> the fields, in words, that they may change in another's row."""
    delete_own: str | None = None
    own_fields: dict[str, str] | None = None
    """The same in one's own row."""
    moves: tuple[Move, ...] = ()
