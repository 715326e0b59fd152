"""What is reviewed: its states, what restarts its review, and what it may draw from a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.merge import Row


class Subject(Struct, frozen=True):
    """A kind of row that goes through levels of approval."""

    table: str
    waiting: str
    """The state in which it waits for the first word."""
    reviewing: str
    """The state in which it waits for more."""
    rejected: str
    returned: str
    material: frozenset[str]
    """What an approver looks at: a change of it restarts the review."""
    editable: frozenset[str]
    """What its author may change under review; the rest is read-only meanwhile."""
    control: str | None
    """Which action of the control grid its approval falls under."""
    closed: frozenset[str] = frozenset()
    """States that people bring something approved to, and back from."""

    @property
    def open(self) -> frozenset[str]:
        """Return the states in which words are awaited."""
        return frozenset({self.waiting, self.reviewing})

    @property
    def outcomes(self) -> frozenset[str]:
        """Return the states that only a review leads to."""
        given = {"approved", self.reviewing, self.rejected, self.returned}
        return frozenset(given - {self.waiting, "draft"})


_INVOICE = frozenset(
    {"supplier", "client", "kind", "amount", "tax_amount", "currency", "category", "order_id"}
    | {"budget_line_id", "date", "retention_basis_points", "corrects_id", "rounding"}
)

SUBJECTS: Mapping[str, Subject] = {
    one.table: one
    for one in (
        Subject(
            table="budget_request",
            waiting="submitted",
            reviewing="in_review",
            rejected="rejected",
            returned="returned",
            material=frozenset(
                {"kind", "amount", "budget_id", "budget_line_id", "source_line_id", "category"}
                | {"annual_year"}
            ),
            editable=frozenset(
                {"amount", "budget_line_id", "source_line_id", "category", "reason", "needed_by"}
                | {"annual_year"}
            ),
            control="request",
        ),
        Subject(
            table="purchase_order",
            waiting="submitted",
            reviewing="submitted",
            rejected="draft",
            returned="draft",
            material=frozenset(
                {"supplier", "amount", "currency", "budget_line_id", "category", "date"}
            ),
            editable=frozenset(
                {"amount", "currency", "budget_line_id", "category", "supplier", "description"}
                | {"delivery_date", "task_id"}
            ),
            control="order",
            closed=frozenset({"closed"}),
        ),
        Subject(
            table="supplier_invoice",
            waiting="pending",
            reviewing="pending",
            rejected="draft",
            returned="draft",
            material=_INVOICE,
            editable=frozenset(
                {"amount", "tax_amount", "currency", "budget_line_id", "order_id", "category"}
                | {"due", "document_id", "task_id"}
            ),
            control="actual",
        ),
        Subject(
            table="client_invoice",
            waiting="pending",
            reviewing="pending",
            rejected="draft",
            returned="draft",
            material=_INVOICE,
            editable=frozenset({"due", "category"}),
            control=None,
        ),
    )
}
"""Table -> how it is reviewed."""


def is_open(row: Row) -> bool:
    """Whether a row waits for words."""
    return not row.deleted and row.values.get("status") in SUBJECTS[row.table].open


def was_decided(row: Row) -> bool:
    """Whether a row is as its review left it: refused, sent back, or approved."""
    subject = SUBJECTS[row.table]
    left = {subject.rejected, subject.returned, "approved"}
    return (
        not row.deleted
        and row.values.get("status") in left
        and row.values.get("decided_at") is not None
    )


def differs(before: Row, after: Row) -> bool:
    """Whether what an approver looks at was changed."""
    names = SUBJECTS[after.table].material
    return any(before.values.get(name) != after.values.get(name) for name in names)


def amount_seen(values: Mapping[str, Any]) -> int:
    """Return the amount that an approver says they saw: what the row bears, 0 where it bears none.

    A client's invoice bears the amount that the server added up.
    """
    return values.get("amount") or 0


HOLDS = frozenset(
    error.code
    for error in (
        errors.OVER_BUDGET,
        errors.REFERENCE_MISSING,
        errors.INVOICE_EMPTY,
        errors.LINE_NEGATIVE,
        errors.INVOICE_NOT_PAYABLE,
        errors.CURRENCY_DIFFERS,
        errors.CREDIT_EXCEEDED,
    )
)
"""Reasons (`decision_reason`) of a subject that all have approved and that is not: the budget has
no room for it, or it is wrong by what came with the last word. It is once that no longer holds.
"""
