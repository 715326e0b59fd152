"""The file's planned costs as a budget, one line per lot.

A lot is a node right below the project in the work breakdown. That is where a cost controller
holds a budget: re-planning moves costs between the activities of a lot all the time without its
budget changing, crews and accountants charge an expense to a lot, and a line per activity would
be thousands of lines, each too small for a threshold of 80 % to say anything. The costs of
activities that are in no lot make one line that bears the project's code.

Sums are exact, and rounded once: the total to the currency's minor unit, halves away from zero,
then the lines by the largest remainder, so that they add up to the total.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from server.projects.importing.keys import fitted_key
from server.projects.importing.plan import CostLine, CostSummary, ImportRefusedError
from server.projects.importing.values import fitted
from sync.money import AmountError, decimals_of
from sync.schema import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.projects.importing.keys import Keys
    from server.projects.importing.plan import LeftBuilder
    from server.projects.schedules import ScheduleProject
    from server.projects.schedules.model import WbsNode

COST_CODE_CHARACTERS_MAX = 60


def cost_summary(
    project: ScheduleProject, keys: Keys, currency: str, left: LeftBuilder
) -> CostSummary | None:
    """Return the budget that the file's planned costs make, or None when it has none.

    Raises ImportRefusedError for a currency that is not known and a sum that is too large.
    """
    digits = decimals_of_currency(currency)
    exact = _by_lot(project, keys)
    for lot, cost in exact.items():
        if cost < 0:
            left.add("cost_negative", f"{lot.code if lot else project.code} {cost}")
    lots = {lot: cost for lot, cost in exact.items() if cost > 0}
    if not lots:
        return None
    total_exact = sum(lots.values(), Decimal(0))
    amounts = shared(list(lots.values()), digits)
    if sum(amounts) > INTEGER_MAX:
        raise ImportRefusedError(
            "cost_too_large",
            f"Le total des coûts ({total_exact} {currency}) est trop grand.",
            f"The costs add up to too much ({total_exact} {currency}).",
        )
    lines = [
        _line(lot, project, keys, cost, amount)
        for (lot, cost), amount in zip(lots.items(), amounts, strict=True)
    ]
    total = sum(amounts)
    rounding = Decimal(total).scaleb(-digits) - total_exact
    return CostSummary(currency, plain(total_exact), total, plain(rounding), lines)


def decimals_of_currency(currency: str) -> int:
    """Return how many decimals a currency has. Raises ImportRefusedError."""
    try:
        return decimals_of(currency)
    except AmountError as error:
        raise ImportRefusedError("currency_unknown", error.fr, error.en) from error


def shared(costs: list[Decimal], digits: int) -> list[int]:
    """Round positive costs to minor units such that they add up to their rounded sum.

    The units that rounding down leaves over go to the largest remainders, the first of equals.
    """
    scaled = [cost.scaleb(digits) for cost in costs]
    total = int(sum(scaled, Decimal(0)).to_integral_value(ROUND_HALF_UP))
    amounts = [int(one.to_integral_value(ROUND_FLOOR)) for one in scaled]
    by_remainder = sorted(range(len(costs)), key=lambda at: amounts[at] - scaled[at])
    for at in by_remainder[: total - sum(amounts)]:
        amounts[at] += 1
    return amounts


def plain(number: Decimal) -> str:
    """Write a decimal without exponent and trailing zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0"} else text


def _by_lot(project: ScheduleProject, keys: Keys) -> dict[WbsNode | None, Decimal]:
    """Sum the costs by lot, in the breakdown's order; None is the project itself."""
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for assignment in project.assignments:
        costs[assignment.activity] += assignment.planned_cost or 0
    for expense in project.expenses:
        costs[expense.activity] += expense.planned_cost or 0
    nodes = {node.identifier: node for node in project.wbs}
    sums: dict[str | None, Decimal] = dict.fromkeys((None, *nodes), Decimal(0))
    for activity in project.activities:
        lot = _lot(activity.wbs, nodes, keys.root)
        sums[None if lot is None else lot.identifier] += costs.get(activity.identifier, 0)
    return {nodes.get(lot or ""): cost for lot, cost in sums.items()}


def _lot(wbs: str | None, nodes: Mapping[str, WbsNode], root: WbsNode | None) -> WbsNode | None:
    node = nodes.get(wbs or "")
    while node is not None and node is not root:
        above = nodes.get(node.parent or "")
        if above is None or above is root:
            return node
        node = above
    return None


def _line(
    lot: WbsNode | None, project: ScheduleProject, keys: Keys, cost: Decimal, amount: int
) -> CostLine:
    key = "cost:" if lot is None else f"cost:{keys.nodes[lot.identifier].removeprefix('wbs:')}"
    code, name = (project.code, project.name) if lot is None else (lot.code, lot.name)
    return CostLine(
        key=fitted_key(key),
        code=fitted(code, COST_CODE_CHARACTERS_MAX) or "?",
        name=name,
        exact=plain(cost),
        amount=amount,
    )
