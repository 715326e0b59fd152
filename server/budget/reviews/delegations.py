"""Who may speak for whom: people who are away name a delegate, who never gets more than they have.

A delegate cannot name another in turn: the person spoken for must have the right themselves.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class Delegation(Struct, frozen=True):
    """One delegation, as stored."""

    id: str
    person: str
    delegate: str
    project: str | None
    kinds: tuple[str, ...]
    """What it is for; empty: everything."""
    amount_below: int | None
    currency: str | None
    """Of the amount; None: the project's."""
    start: str
    finish: str
    ended: bool

    def covers(self, project: str, day: str) -> bool:
        """Whether it stands in a project on a day."""
        return (
            not self.ended and self.project in {None, project} and self.start <= day <= self.finish
        )

    def allows(self, kind: str, project: str, day: str, today: str, late_days: int = 0) -> bool:
        """Whether it lets a word of a kind be given on a day, that the server hears of today.

        A tablet may have been offline since, but nobody's clock is trusted without bound: the word
        is taken for so many days after the delegation's last.
        """
        if not self.covers(project, day) or (self.kinds and kind not in self.kinds):
            return False
        earliest = dt.date.fromisoformat(today) - dt.timedelta(days=late_days)
        return earliest.isoformat() <= self.finish


def day_of(milliseconds: int, time_zone: str | None) -> str:
    """Return the calendar day of a moment where the work is."""
    try:
        zone: dt.tzinfo = ZoneInfo(time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = dt.UTC
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=zone).date().isoformat()


def delegates_of(
    person: str, delegations: Iterable[Delegation], project: str, days: Iterable[str]
) -> set[str]:
    """Return who stands in for a person on one of these days, whatever for."""
    return {
        one.delegate
        for one in delegations
        if one.person == person and any(one.covers(project, day) for day in days)
    }
