"""The rules of budgets and their lines, as pure functions of their totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from server.alerts.book import read_thresholds
from server.alerts.rules import Signal, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from server.alerts.book import Book, Level
    from sync.merge import Row

REARM_PERCENT = 2
"""How far under a threshold an amount must fall before reaching it again is a new crossing."""


def _spent(values: Mapping[str, Any]) -> int | None:
    return values.get("spent") or 0


def _committed(values: Mapping[str, Any]) -> int | None:
    """Return what is spent or ordered; None without an order, when it says what `spent` says."""
    committed = values.get("committed") or 0
    return committed + (values.get("spent") or 0) if committed else None


def _forecast(values: Mapping[str, Any]) -> int | None:
    """Return the forecast where more is to come than is spent or ordered."""
    forecast = values.get("forecast") or 0
    known = (values.get("spent") or 0) + (values.get("committed") or 0)
    return forecast if forecast > known else None


class Measure(Struct, frozen=True):
    """One amount of a budget or a line, and the rule that holds it against what was granted."""

    rules: Mapping[str, str]
    """Table -> the rule."""
    of: Callable[[Mapping[str, Any]], int | None]
    reaching: bool
    """Whether to reach a threshold is to cross it: what is spent warns, what is only foreseen may
    use up all that was granted."""
    own_thresholds: bool = False
    """Whether a budget's own thresholds are meant for it."""


MEASURES = (
    Measure(
        {"budget": "budget_threshold", "budget_line": "budget_line_threshold"},
        _spent,
        reaching=True,
        own_thresholds=True,
    ),
    Measure(
        dict.fromkeys(("budget", "budget_line"), "budget_committed"), _committed, reaching=False
    ),
    Measure(dict.fromkeys(("budget", "budget_line"), "budget_forecast"), _forecast, reaching=False),
)
MONEY_RULES = tuple(sorted({rule for measure in MEASURES for rule in measure.rules.values()}))
MONEY_FIELDS = ("spent", "committed", "forecast", "amount")


class Consumption(NamedTuple):
    """How an amount stands to its thresholds, as far as alerts care."""

    rule: str
    percent: int | None
    """Whole per cents, rounded down; None under the first threshold, and without an amount."""
    amount: int
    currency: str
    standings: tuple[tuple[int, Standing], ...]


def consumptions(
    table: str, subject: Row | None, budget: Row | None, book: Book
) -> list[Consumption]:
    """Return how a budget or one of its lines stands by each measure; none where it is gone."""
    if subject is None or budget is None or subject.deleted or budget.deleted:
        return []
    amount = subject.values["amount"]
    found = []
    for measure in MEASURES:
        value = measure.of(subject.values)
        standings = tuple(
            (one, _standing(value, amount, one, reaching=measure.reaching))
            for one in thresholds_of(measure, table, budget, book)
        )
        raised = any(standing == "raised" for _, standing in standings)
        percent = value * 100 // amount if amount and raised and value is not None else None
        currency = budget.values["currency"]
        rule = measure.rules[table]
        found.append(Consumption(rule, percent, amount, currency, standings))
    return found


def thresholds_of(measure: Measure, table: str, budget: Row | None, book: Book) -> tuple[int, ...]:
    """Return the thresholds of a measure: a budget's own where it has some that can be read."""
    rule = book[measure.rules[table]]
    if not rule.enabled:
        return ()
    document = None if budget is None else budget.values.get("thresholds")
    if measure.own_thresholds and document is not None:
        own = read_thresholds(document)
        return rule.thresholds if own is None else own
    return rule.thresholds


def _standing(value: int | None, amount: int, threshold: int, *, reaching: bool) -> Standing:
    """Say where an amount stands to a threshold, in integers: any spending exceeds nothing."""
    if value is None or value <= 0:
        return "clear"
    bound = threshold * amount
    if value * 100 > bound or (reaching and value * 100 == bound):
        return "raised"
    # A forecast that has come back to what was granted is as good as any.
    rearm = threshold - REARM_PERCENT if reaching else max(threshold - REARM_PERCENT, 100)
    return "near" if value * 100 > rearm * amount else "clear"


def threshold_level(threshold: int) -> Level:
    """Return how grave it is to reach a threshold."""
    if threshold >= 110:  # noqa: PLR2004 - the three default thresholds are the three levels
        return "critical"
    return "warning" if threshold >= 100 else "information"  # noqa: PLR2004


def money_signals(
    table: str,
    subject: str,
    found: list[Consumption],
    thresholds: Mapping[str, Collection[int]],
    book: Book,
) -> Iterator[Signal]:
    """Yield what is to be said of a budget or a line, by each rule at each of its thresholds.

    Args:
        table: `budget` or `budget_line`.
        subject: its id.
        found: how it stands; a threshold that is not among these any more is clear.
        thresholds: rule -> all thresholds that there may be an alert for.
        book: the project's rules.

    """
    by_rule = {one.rule: one for one in found}
    for rule, wanted in thresholds.items():
        state = by_rule.get(rule)
        standings = dict(state.standings) if state is not None else {}
        for threshold in sorted(wanted):
            standing = standings.get(threshold, "clear")
            facts: dict[str, Any] = {}
            if standing == "raised" and state is not None:
                facts = {
                    "threshold": threshold,
                    "percent": state.percent,
                    "amount": state.amount,
                    "currency": state.currency,
                }
            yield Signal(
                rule,
                table,
                subject,
                standing,
                level=book[rule].level or threshold_level(threshold),
                facts=facts,
                threshold=threshold,
            )


def thresholds_by_rule(
    table: str, budgets: Collection[Row | None], book: Book
) -> dict[str, set[int]]:
    """Return the thresholds of each rule, for any of several states of a budget."""
    return {
        measure.rules[table]: {
            one for budget in budgets for one in thresholds_of(measure, table, budget, book)
        }
        for measure in MEASURES
    }
