"""Who may change exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from server.intake import table_guard
from sync import errors
from sync.money import MINOR_UNITS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_rate = table_guard("exchange_rate")


def guard_exchange_rate(judgement: Judgement) -> Fault | None:
    """Let those who keep the rates give positive ones, between two known currencies."""
    fault = _rate(judgement)
    if fault is not None:
        return fault
    after = judgement.change.after
    for name in ("currency", "quote"):
        if name in after and after[name] not in MINOR_UNITS:
            return Fault(errors.CURRENCY_UNKNOWN, name)
    if after.get("quote", "") == after.get("currency"):
        return Fault(errors.VALUE_INVALID, "quote")
    if "rate" in after and Decimal(after["rate"]) <= 0:
        return Fault(errors.VALUE_INVALID, "rate")
    return None
