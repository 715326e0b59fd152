"""What all who furnish the demo know of it: the project, the day, the people, what was made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.money import MINOR_UNITS
from sync.replica import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.cli.furnishing.people import Role
    from sync.replica import Replica, Shown

_NICE_DIGITS = 3
"""Amounts are rounded to so many digits, as people's are."""


class Ground(Struct):
    """The demo's project as it is furnished."""

    project: str
    currency: str
    now: dt.datetime
    people: Mapping[Role, str]
    made: dict[str, str] = {}
    """Name -> id of a row that somebody made and another goes on with."""

    @property
    def scope(self) -> str:
        """Return the project's scope."""
        return f"project:{self.project}"

    @property
    def finance(self) -> str:
        """Return the scope of its money."""
        return f"finance:{self.project}"

    def day(self, offset: int) -> str:
        """Return the date so many days from now."""
        return (self.now.date() + dt.timedelta(days=offset)).isoformat()

    def hour(self, offset: int) -> str:
        """Return the local time so many hours from now."""
        return f"{self.now + dt.timedelta(hours=offset):%Y-%m-%dT%H:%M}"

    def money(self, amount: int) -> dict[str, Any]:
        """Return an amount of the project's currency, given in its main unit."""
        return {"amount": amount * 10 ** MINOR_UNITS[self.currency], "currency": self.currency}


def nice(amount: int) -> int:
    """Round an amount down to a few digits."""
    unit = int(10 ** max(0, len(str(amount)) - _NICE_DIGITS))
    return max(1, amount // unit * unit)


def line_of(replica: Replica, ground: Ground, *codes: str) -> Shown | None:
    """Return the first budget line of some cost codes that has money, or the one that has most."""
    lines = replica.rows("budget_line", ground.finance, "amount > 0", order="amount DESC, id")
    named = [one for code in codes for one in lines if one.values["cost_code"] == code]
    return next(iter([*named, *lines]), None)


def make(replica: Replica, intent: str, table: str, values: Mapping[str, Any]) -> str:
    """Enter a row; return its id."""
    row = replica.new_id()
    replica.edit(intent, [Edit(table, row, operation="create", after=dict(values))])
    return row


def move(replica: Replica, intent: str, table: str, row: str, **after: Any) -> None:
    """Change some fields of a row."""
    replica.edit(intent, [Edit(table, row, after=after)])
