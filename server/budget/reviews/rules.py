"""Who has to approve what: the project's rules, or sensible ones where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.budget.reviews.deciding import TOLERANCE, VOUCHERS, Need

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NEEDS_MAX = 40

_DEFAULTS: Mapping[tuple[str, bool], tuple[str, ...]] = {
    ("budget_request", True): ("supervisor",),
    ("budget_request", False): ("manager",),
    ("purchase_order", True): ("supervisor",),
    ("purchase_order", False): ("manager",),
    ("supplier_invoice", True): ("accountant",),
    ("supplier_invoice", False): ("accountant", "manager"),
    ("client_invoice", True): ("manager",),
    ("client_invoice", False): ("manager",),
}
"""(kind, whether it is small) -> the roles that approve, level by level, in a project without a
rule that fits."""


def needs_of(
    rules: Iterable[Mapping[str, Any]],
    kind: str,
    *,
    category: str | None,
    amount: int | None,
    small_below: int,
    requester: str,
) -> list[Need]:
    """Return who has to approve something.

    Args:
        rules: the values of the project's rules.
        kind: what it is.
        category: its category, if any.
        amount: in the project's currency; None when its worth there is not known, which counts as
            more than any bound.
        small_below: in the project's currency; without a rule that fits, one signature is enough
            for less.
        requester: who asks. Where a rule names just them, a manager approves in their place.

    Levels are numbered from 1 without gaps, whatever numbers the rules have.

    """
    found = [
        Need(rule["level"], rule.get("role"), rule.get("person_id"))
        for rule in rules
        if rule["kind"] == kind and _applies(rule, category, amount)
    ]
    if not found:
        small = amount is not None and amount < small_below
        roles = _DEFAULTS[kind, small]
        found = [Need(level, role) for level, role in enumerate(roles, start=1)]
    rank = {level: place for place, level in enumerate(sorted({one.level for one in found}), 1)}
    needs = [
        Need(rank[one.level], "manager")
        if one.person == requester
        else Need(rank[one.level], one.role, one.person)
        for one in found
    ]
    return sorted(needs, key=lambda need: (need.level, need.role or "", need.person or ""))[
        :NEEDS_MAX
    ]


def vouched(needs: Sequence[Need], *, over: bool) -> list[Need]:
    """Return who has to approve an invoice, with a manager at the last where it is over.

    Where one who may has approved at a level before, their word says that too (`decide`).

    Args:
        needs: as they stand.
        over: whether it asks for more than was ordered or spent, beyond the tolerance.

    """
    found = [need for need in needs if need.cause != TOLERANCE]
    if not over or any(need.role in VOUCHERS for need in found):
        return found
    return [*found, Need(found[-1].level + 1, "manager", cause=TOLERANCE)]


def _applies(rule: Mapping[str, Any], category: str | None, amount: int | None) -> bool:
    if rule.get("active") is False:
        return False
    if rule.get("category") is not None and rule["category"] != category:
        return False
    least, below = rule.get("amount_from"), rule.get("amount_below")
    if amount is None:
        return below is None
    return (least is None or amount >= least) and (below is None or amount < below)
