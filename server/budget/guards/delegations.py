"""Who may name a delegate: people for themselves, and administrators for those who left without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.intake import DENIED
from sync import errors
from sync.money import MINOR_UNITS
from sync.tables.approvals import APPROVED_KINDS
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Judgement


def guard_delegation(judgement: Judgement) -> Fault | None:
    """Let people name who decides for them, from a day to a day, for some kinds and amounts.

    It gives nothing that they do not have, so everyone may.
    """
    change, row = judgement.change, judgement.row
    person = change.after.get("person_id") if row is None else row.values["person_id"]
    own = person == judgement.access.person
    if change.operation == "delete":
        return DENIED
    if row is None:
        allowed = judgement.may("delegation.create") and (own or judgement.may("delegation.update"))
    else:
        allowed = judgement.may("delegation.update") or (
            own and judgement.may("delegation.update_own")
        )
    if not allowed:
        return DENIED if row is not None else Fault(errors.ACCESS_DENIED, "person_id")
    if row is None and change.after["delegate_id"] == person:
        return Fault(errors.VALUE_INVALID, "delegate_id")
    return _content_fault({**({} if row is None else row.values), **change.after})


def _content_fault(values: Mapping[str, Any]) -> Fault | None:
    if values["finish"] < values["start"]:
        return Fault(errors.VALUE_INVALID, "finish")
    if not {*(values.get("kinds") or ())} <= {*APPROVED_KINDS}:
        return Fault(errors.VALUE_INVALID, "kinds")
    currency = values.get("currency")
    if currency is not None and currency not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    return None
