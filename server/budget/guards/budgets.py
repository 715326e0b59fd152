"""Who may change budgets and their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.alerts import read_thresholds
from server.intake import table_guard
from sync import errors
from sync.money import MINOR_UNITS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_budget = table_guard("budget")
_line = table_guard("budget_line")


def guard_budget(judgement: Judgement) -> Fault | None:
    """Let those who keep the budgets do so; one that was spent from stays."""
    fault = _budget(judgement) or _spent_fault(judgement)
    if fault is not None:
        return fault
    after = judgement.change.after
    if "currency" in after and after["currency"] not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    if "thresholds" in after and read_thresholds(after["thresholds"]) is None:
        return Fault(errors.VALUE_INVALID, "thresholds")
    return None


def guard_budget_line(judgement: Judgement) -> Fault | None:
    """Let those who keep the lines do so; one that was spent from stays."""
    return _line(judgement) or _spent_fault(judgement)


def _spent_fault(judgement: Judgement) -> Fault | None:
    if judgement.change.operation == "delete" and judgement.value("spent"):
        return Fault(errors.CONSTRAINT_FAILED, "spent")
    return None
