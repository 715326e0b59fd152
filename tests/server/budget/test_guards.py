"""Who may change rates, budgets and expenses."""

from __future__ import annotations

import pytest

from server.budget import GUARDS
from tests.server.judging import ME, OTHER, allowed, ask

KEEPING = {"administrator", "manager", "accountant"}
BOOKING = {"administrator", "accountant"}
APPROVING = {*KEEPING, "supervisor"}
WORKING = {*APPROVING, "employee"}

EXPENSE = GUARDS["expense"]
MINE = {"amount": 5, "currency": "XAF", "status": "submitted", "author_id": ME}
THEIRS = {**MINE, "author_id": OTHER}


def test_rates_are_the_accountants_and_make_sense() -> None:
    """A rate is positive and leads from one known currency to another."""
    guard = GUARDS["exchange_rate"]
    rate = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "655.957"}
    assert allowed(guard, rate) == BOOKING
    assert ask(guard, "accountant", {**rate, "quote": "XXX"}) == "currency_unknown:quote"
    assert ask(guard, "accountant", {**rate, "quote": "EUR"}) == "value_invalid:quote"
    for wrong in ("0", "-1", "0.0"):
        assert ask(guard, "accountant", {**rate, "rate": wrong}) == "value_invalid:rate"


def test_budgets_are_kept_by_those_who_answer_for_them() -> None:
    """Accountants, managers and administrators keep budgets and lines."""
    budget = {"name": "B", "currency": "XAF", "amount": 1}
    assert allowed(GUARDS["budget"], budget) == KEEPING
    assert allowed(GUARDS["budget"], {"amount": 2}, stored=budget) == KEEPING
    assert allowed(GUARDS["budget_line"], {"amount": 2}) == KEEPING
    unknown = {**budget, "currency": "ZZZ"}
    assert ask(GUARDS["budget"], "manager", unknown) == "currency_unknown:currency"


@pytest.mark.parametrize("thresholds", [{"a": 1}, [0], [80, "100"], [True], [1_001], [1] * 11])
def test_thresholds_are_a_few_whole_per_cents(thresholds: object) -> None:
    """Anything else is refused with the field at fault."""
    assert ask(GUARDS["budget"], "manager", {"thresholds": thresholds}) == (
        "value_invalid:thresholds"
    )
    assert ask(GUARDS["budget"], "manager", {"thresholds": [70, 90]}) is None


def test_anyone_records_an_expense_in_their_own_name() -> None:
    """Capture is always accepted, from everyone but an auditor, and only in one's own name."""
    assert allowed(EXPENSE, MINE) == WORKING
    assert ask(EXPENSE, "employee", THEIRS) == "access_denied:author_id"
    assert ask(EXPENSE, "employee", {**MINE, "currency": "FRF"}) == "currency_unknown:currency"
    unsaid = {name: value for name, value in MINE.items() if name != "status"}
    assert ask(EXPENSE, "employee", unsaid) == "field_missing:status"


@pytest.mark.parametrize("status", ["submitted", "refused"])
def test_authors_mend_what_is_not_approved(status: str) -> None:
    """While submitted or refused, the author changes anything of it, or takes it back."""
    stored = {**MINE, "status": status}
    assert allowed(EXPENSE, {"amount": 6, "status": "submitted"}, stored=stored) == WORKING
    assert allowed(EXPENSE, None, stored=stored) == WORKING


@pytest.mark.parametrize("status", ["approved", "posted", "paid"])
def test_what_is_approved_is_not_the_authors_any_more(status: str) -> None:
    """The amount of an approved expense is nobody's to change."""
    assert allowed(EXPENSE, {"amount": 6}, stored={**MINE, "status": status}) == set()
    assert allowed(EXPENSE, {"amount": 6}, stored={**THEIRS, "status": status}) == set()


@pytest.mark.parametrize("decision", ["approved", "refused"])
def test_another_approves_or_refuses(decision: str) -> None:
    """Supervisors, managers and accountants decide; nobody on their own."""
    assert allowed(EXPENSE, {"status": decision}, stored=THEIRS) == APPROVING
    assert allowed(EXPENSE, {"status": decision}, stored=MINE) == set()
    with_reason = {"status": decision, "refusal_reason": "r"}
    assert allowed(EXPENSE, with_reason, stored=THEIRS) == APPROVING
    assert allowed(EXPENSE, {"status": decision, "amount": 1}, stored=THEIRS) == set()


def test_an_amount_nobody_showed_the_approver_is_not_approved() -> None:
    """Approving on a tablet that has not seen the author's last amount asks to look again."""
    assert ask(EXPENSE, "supervisor", {"status": "approved"}, stored=THEIRS, seen=False) == (
        "transition_forbidden:amount"
    )
    assert ask(EXPENSE, "supervisor", {"status": "refused"}, stored=THEIRS, seen=False) is None


def test_accountants_post_and_pay() -> None:
    """Booking is the accountants', and what is booked only they classify."""
    for status, before in (("posted", "approved"), ("paid", "posted")):
        stored = {**THEIRS, "status": before}
        assert allowed(EXPENSE, {"status": status}, stored=stored) == BOOKING
    classified = {"budget_line_id": OTHER}
    assert allowed(EXPENSE, classified, stored={**THEIRS, "status": "approved"}) == APPROVING
    assert allowed(EXPENSE, classified, stored={**THEIRS, "status": "posted"}) == BOOKING


def test_others_match_an_expense_to_its_papers() -> None:
    """Approvers say which order or invoice an expense belongs to, until somebody was paid it."""
    matched = {"invoice_id": OTHER, "order_id": OTHER}
    for status in ("submitted", "approved"):
        assert allowed(EXPENSE, matched, stored={**THEIRS, "status": status}) == APPROVING
    assert allowed(EXPENSE, matched, stored={**THEIRS, "status": "posted"}) == BOOKING
    assert allowed(EXPENSE, matched, stored={**THEIRS, "status": "paid"}) == set()


def test_taking_back_an_approval_is_another_approvers() -> None:
    """An approved expense goes back to submitted by an approver, not by its author."""
    back = {"status": "submitted"}
    assert allowed(EXPENSE, back, stored={**THEIRS, "status": "approved"}) == APPROVING
    assert allowed(EXPENSE, back, stored={**MINE, "status": "approved"}) == set()
