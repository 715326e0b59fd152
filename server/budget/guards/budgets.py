"""Who may change budgets and their lines, and the project's rules of money.

Once a budget is locked, nobody changes an amount by hand: approved requests alone move them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.alerts import read_thresholds
from server.budget.annual import takes_back, well_formed
from server.budget.locks import is_locked
from server.intake import table_guard
from sync import errors
from sync.money import MINOR_UNITS
from sync.tables.budget import settings_id
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_budget = table_guard("budget")
_line = table_guard("budget_line")
_settings = table_guard("finance_settings")


def guard_budget(judgement: Judgement) -> Fault | None:
    """Let those who keep the budgets do so; one that was spent from, or locked, stays."""
    fault = _budget(judgement) or _spent_fault(judgement) or _locked_budget_fault(judgement)
    if fault is not None:
        return fault
    after = judgement.change.after
    if "currency" in after and after["currency"] not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    if "thresholds" in after and read_thresholds(after["thresholds"]) is None:
        return Fault(errors.VALUE_INVALID, "thresholds")
    return None


def guard_budget_line(judgement: Judgement) -> Fault | None:
    """Let those who keep the lines do so; one that was spent from, or is locked, stays."""
    return (
        _line(judgement)
        or _spent_fault(judgement)
        or _locked_line_fault(judgement)
        or _annual_fault(judgement)
    )


def guard_finance_settings(judgement: Judgement) -> Fault | None:
    """Let those who keep the budgets set the project's rules of money: there is one row of them."""
    change = judgement.change
    if judgement.row is None and change.row != settings_id(change.after["project_id"]):
        return Fault(errors.VALUE_INVALID, "id")
    return _settings(judgement)


def _annual_fault(judgement: Judgement) -> Fault | None:
    """Take amounts by year; once the budget is locked a year gets its amount once, and keeps it."""
    after = judgement.change.after
    if "annual_amounts" not in after:
        return None
    if not well_formed(after["annual_amounts"]):
        return Fault(errors.VALUE_INVALID, "annual_amounts")
    stored = judgement.value("annual_amounts") or {}
    if is_locked(judgement) and takes_back(stored, after["annual_amounts"] or {}):
        return Fault(errors.BUDGET_LOCKED, "annual_amounts")
    return None


def _spent_fault(judgement: Judgement) -> Fault | None:
    if judgement.change.operation == "delete" and judgement.value("spent"):
        return Fault(errors.CONSTRAINT_FAILED, "spent")
    return None


def _locked_budget_fault(judgement: Judgement) -> Fault | None:
    row = judgement.row
    if row is None or row.values.get("status") != "locked":
        return None
    if judgement.change.operation == "delete":
        return Fault(errors.BUDGET_LOCKED, "status")
    amount = row.values.get("amount")
    if judgement.change.after.get("amount", amount) != amount:
        return Fault(errors.BUDGET_LOCKED, "amount")
    return None


def _locked_line_fault(judgement: Judgement) -> Fault | None:
    """Refuse what would change the sum of a locked budget's lines; new lines begin with nothing."""
    if not is_locked(judgement):
        return None
    row, after = judgement.row, judgement.change.after
    amount = 0 if row is None else row.values.get("amount") or 0
    comes_or_goes = judgement.change.operation == "delete" or (row is not None and row.deleted)
    if after.get("amount", amount) != amount or (comes_or_goes and amount):
        return Fault(errors.BUDGET_LOCKED, "amount")
    return None
