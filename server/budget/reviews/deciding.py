"""What the words given on one round come to: a pure function of their set.

Any order of arrival gives the same: approved once everyone who had to has approved, which no later
word takes back; until then one refusal refuses, and one return sends back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

State = Literal["waiting", "reviewing", "approved", "rejected", "returned"]

STANDS_FOR: Mapping[str, frozenset[str]] = {
    "employee": frozenset({"employee", "supervisor", "manager", "administrator"}),
    "supervisor": frozenset({"supervisor", "manager", "administrator"}),
    "accountant": frozenset({"accountant", "administrator"}),
    "manager": frozenset({"manager", "administrator"}),
    "administrator": frozenset({"administrator"}),
}
"""The role that a rule asks for -> the roles that meet it. An auditor approves nothing."""


TOLERANCE = "tolerance"
"""Cause of the approval that an invoice over its tolerance needs beside those of the rules."""
VOUCHERS = STANDS_FOR["manager"]
"""Roles of which one has to approve what is over the tolerance."""


class Need(Struct, frozen=True, array_like=True):
    """One approval that is needed; without role and person, anyone's who may approve."""

    level: int
    role: str | None = None
    person: str | None = None
    cause: str | None = None
    """Why it is needed where no rule asks for it: `tolerance`."""


class Word(Struct, frozen=True):
    """What one person said at one level."""

    id: str
    level: int
    author: str
    decision: str
    role: str | None
    """The role that it was given in."""
    authority: str
    """Whose right it used: the author's own, or that of the person they stood in for."""
    reason: str | None = None


class Standing(Struct, frozen=True):
    """What has become of a review."""

    state: State
    level: int
    """The lowest level that waits for someone; the last one when none does."""
    reason: str | None = None


def meets(need: Need, level: int, role: str | None, authority: str) -> bool:
    """Whether a word at a level, in a role and by right of someone, is one that is needed."""
    if need.level != level or (need.person is not None and need.person != authority):
        return False
    return need.role is None or role in STANDS_FOR.get(need.role, ())


def decide(needs: Sequence[Need], words: Iterable[Word]) -> Standing:
    """Return what the words come to.

    Each approval that is needed must be another person's: who speaks at two levels, or for
    themselves and for somebody else, is counted once. What is over the tolerance needs no person
    more, it needs one who may say so: whoever of them approved at any level has.
    """
    said = sorted(words, key=lambda word: (word.level, word.author, word.id))
    level = _first_open(needs, [word for word in said if word.decision == "approved"])
    last = max((need.level for need in needs), default=0)
    if level is None:
        return Standing("approved", last)
    for decision in ("rejected", "returned"):
        for word in said:
            if word.decision == decision:
                return Standing(decision, level, word.reason)
    return Standing("reviewing" if said else "waiting", level)


def _first_open(needs: Sequence[Need], words: Sequence[Word]) -> int | None:
    """Return the lowest level of a need that is not met, or None.

    Needs are matched with people by augmenting paths, the lower levels first: a person moves to
    another need where that lets one more be met.
    """
    taken: dict[str, Need] = {}

    def place(need: Need, tried: set[str]) -> bool:
        for word in words:
            person = word.author
            if person in tried or not meets(need, word.level, word.role, word.authority):
                continue
            tried.add(person)
            if person not in taken or place(taken[person], tried):
                taken[person] = need
                return True
        return False

    vouched = any(word.role in VOUCHERS for word in words)
    for need in sorted(needs, key=lambda need: need.level):
        if need.cause == TOLERANCE and vouched:
            continue
        if not place(need, set()):
            return need.level
    return None
