"""Invoices, credit notes and payments under any interleaving of people on and offline.

None is paid before it is approved, none beyond what it asks for, none by whoever may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.server.budget.soundness import (
    assert_legal_moves,
    assert_reviewed,
    assert_totals,
    moves_of,
)
from tests.server.interleaving import Interleaving, Tablet, choices, moments, play
from tests.server.site import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.settings import Settings
    from sync.changes import Change

AMOUNTS = (100, 600, 1_200)
FIGURES = (
    "amount",
    "tax_amount",
    "retention_amount",
    "retention_paid",
    "credited_amount",
    "paid_amount",
)
keepers = st.sampled_from((2, 2, 3, 5, 1))
deciders = st.sampled_from((3, 5, 5, 2))
payers = st.sampled_from((2, 2, 5, 5, 3))
shares = st.sampled_from(("half", "all", "all", "more"))
INVOICES = ("supplier_invoice", "client_invoice")
GROSS = "coalesce(amount, 0) + coalesce(tax_amount, 0)"

_BALANCES = " UNION ALL ".join(
    f"""
    SELECT '{table}' AS table, id::text, status, kind, deleted, {GROSS} AS gross,
        coalesce(retention_amount, 0) AS retained, coalesce(credited_amount, 0) AS credited,
        coalesce(paid_amount, 0) AS paid, coalesce(retention_paid, 0) AS retention_paid,
        (SELECT coalesce(sum({GROSS}), 0) FROM {table} AS note WHERE note.project_id = $1
            AND note.corrects_id = invoice.id AND note.kind = 'credit_note' AND NOT note.deleted
            AND note.status IN ('approved', 'paid')) AS credits,
        (SELECT coalesce(sum(amount), 0) FROM payment WHERE payment.project_id = $1
            AND invoice_id = invoice.id AND status = 'paid' AND NOT payment.deleted
            AND payment.kind IS DISTINCT FROM 'retention') AS payments,
        (SELECT coalesce(sum(amount), 0) FROM payment WHERE payment.project_id = $1
            AND invoice_id = invoice.id AND status = 'paid' AND NOT payment.deleted
            AND payment.kind = 'retention') AS retention_payments
    FROM {table} AS invoice WHERE project_id = $1
    """
    for table in INVOICES
)
_ISSUED = """
    SELECT invoice.id::text, invoice.number, client, title, kind, amount, invoice.tax_amount,
        retention_basis_points, issued_at,
        (SELECT json_agg(json_build_array(line.id, line.amount, line.tax_amount) ORDER BY line.id)
            ::text FROM invoice_line AS line WHERE line.project_id = $1
            AND invoice_id = invoice.id AND NOT line.deleted) AS lines
    FROM client_invoice AS invoice WHERE project_id = $1 AND number IS NOT NULL ORDER BY number
"""


class PaymentMachine(Interleaving):
    """Suppliers' invoices and clients', approved or not, with what is paid and credited of them."""

    async def prepare(self) -> None:
        """Make an approved invoice of a supplier's, a pending one, and one to a client."""
        self.left: dict[str, tuple[int, int]] = {}
        self.issued: dict[str, Any] = {}
        site = self.site
        for status in ("pending", "pending"):
            await self.accountant.device.must(self._bill(self.accountant, 0, status=status))
        invoice, _ = (row for row, table in self.rows.items() if table == "supplier_invoice")
        claim = self._claim(self.accountant)
        await self.accountant.device.must(*claim)
        submitted = await site.update("client_invoice", claim[0].row, status="pending")
        await self.accountant.device.must(submitted)
        for row in (invoice, claim[0].row):
            await self.hear(self.chief)
            change = self.word(self.chief, row, "approved", 1)
            assert change is not None
            await self.chief.device.must(change)

    def _bill(self, by: Tablet, choice: int, **values: Any) -> Change:
        credit = {"kind": "credit_note", "corrects_id": self.named("supplier_invoice", choice)}
        return self.make(
            by,
            "supplier_invoice",
            **{
                "reference": new_id(),
                "supplier": "SOCOFER",
                "date": "2026-03-01",
                "amount": 1_000,
                "tax_amount": 200,
                "retention_basis_points": 500,
                "currency": "XAF",
                "status": "pending",
                **(credit if choice % 3 == 1 else {"kind": "invoice"}),
                **values,
            },
        )

    def _claim(self, by: Tablet, reached: int = 4_000) -> list[Change]:
        values = {
            "client": "Compagnie",
            "title": "Situation",
            "kind": "progress",
            "date": "2026-03-01",
            "currency": "XAF",
            "retention_basis_points": 500,
            "status": "draft",
        }
        invoice = self.make(by, "client_invoice", **values)
        line = {
            "invoice_id": invoice.row,
            "description": "Terrassement",
            "item_code": "T1",
            "contract_amount": 3_000,
            "reached_basis_points": reached,
        }
        return [invoice, self.site.create("invoice_line", self.track("invoice_line"), **line)]

    @rule(who=keepers, choice=choices, amount=st.sampled_from(AMOUNTS), when=moments)
    def enters_a_bill(self, who: int, choice: int, amount: int, when: str) -> None:
        """Enter a supplier's invoice, or a credit note on one."""
        by = self.who(who)
        status = "draft" if choice == 0 else "pending"
        asked = {"amount": amount, "tax_amount": 0, "status": status}
        self.does(by, when, self._bill(by, choice, **asked))

    @rule(choice=choices, when=moments)
    def credits_in_full(self, choice: int, when: str) -> None:
        """Take an invoice back by a credit note, which another approves at once."""
        by, row = (
            self.accountant,
            self.standing(self.accountant, "supplier_invoice", choice, "paid"),
        )
        shown = {} if row is None else by.shown(row) or {}
        if shown.get("status") not in {"approved", "paid"}:
            return
        asked = {name: shown.get(name) for name in ("amount", "tax_amount")}
        note = self._bill(by, 0, kind="credit_note", corrects_id=row, **asked)
        self.does(by, "online", note)
        self.hears(5)
        self.does(self.chief, when, self.word(self.chief, note.row, "approved", 1))

    @rule(who=keepers, reached=st.sampled_from((1_000, 5_000, 10_000)), when=moments)
    def claims(self, who: int, reached: int, when: str) -> None:
        """Draft a progress claim."""
        by = self.who(who)
        self.does(by, when, *self._claim(by, reached))

    @rule(who=keepers, choice=choices, when=moments, reached=st.sampled_from((0, 2_000, 9_000)))
    def mends_a_line(self, who: int, choice: int, when: str, reached: int) -> None:
        """Say otherwise how far an item has come."""
        by = self.who(who)
        line = self.named("invoice_line", choice)
        self.does(by, when, self.edit(by, line, reached_basis_points=reached))

    @rule(
        who=keepers,
        table=st.sampled_from(INVOICES),
        choice=choices,
        when=moments,
        status=st.sampled_from(("pending", "pending", "cancelled", "draft", "approved", "paid")),
    )
    def moves_an_invoice(self, who: int, table: str, choice: int, when: str, status: str) -> None:
        """Move an invoice to another state, allowed or not."""
        by = self.who(who)
        states = {"pending": ("draft",), "cancelled": ("approved", "pending")}
        row = self.standing(by, table, choice, *states.get(status, ("pending", "approved")))
        self.does(by, when, self.edit(by, row, status=status))

    @rule(who=keepers, choice=choices, when=moments, amount=st.sampled_from(AMOUNTS))
    def mends_a_bill(self, who: int, choice: int, when: str, amount: int) -> None:
        """Change what a supplier's invoice asks for."""
        by = self.who(who)
        row = self.standing(by, "supplier_invoice", choice, "draft", "pending")
        self.does(by, when, self.edit(by, row, amount=amount))

    @rule(who=keepers, table=st.sampled_from((*INVOICES, "payment")), choice=choices, when=moments)
    def deletes(self, who: int, table: str, choice: int, when: str) -> None:
        """Delete an invoice or a payment."""
        by = self.who(who)
        row = self.standing(by, table, choice, "draft", "cancelled", "scheduled")
        self.does(by, when, self.drop(by, row))

    @rule(
        who=deciders,
        table=st.sampled_from(INVOICES),
        choice=choices,
        decision=st.sampled_from(("approved",) * 6 + ("rejected", "returned")),
        when=moments,
    )
    def decides(self, who: int, table: str, choice: int, decision: str, when: str) -> None:
        """Say one's word on an invoice."""
        by = self.who(who)
        row = self.standing(by, table, choice, "pending")
        self.does(by, when, self.word(by, row, decision, choice))

    @rule(
        who=payers,
        table=st.sampled_from(INVOICES),
        choice=choices,
        kind=st.sampled_from(("invoice", "invoice", "retention")),
        share=shares,
        status=st.sampled_from(("paid", "paid", "scheduled")),
        when=moments,
    )
    def pays(  # noqa: PLR0917 - what a payment is made of
        self, who: int, table: str, choice: int, kind: str, share: str, status: str, when: str
    ) -> None:
        """Pay some of what a tablet shows to be left of an invoice, or plan to."""
        by = self.who(who)
        invoice = self.standing(by, table, choice, "approved", "paid")
        if invoice is None:
            return
        amount = self._left(by.shown(invoice) or {}, kind)
        asked = {"half": amount // 2, "all": amount, "more": amount + 1}[share]
        payment = self.make(
            by,
            "payment",
            invoice_table=table,
            invoice_id=invoice,
            kind=kind,
            amount=max(1, asked),
            date="2026-03-10",
            currency="XAF",
            status=status,
        )
        self.does(by, when, payment)

    @staticmethod
    def _left(shown: Mapping[str, Any], kind: str) -> int:
        figure = {name: shown.get(name) or 0 for name in FIGURES}
        if kind == "retention":
            return figure["retention_amount"] - figure["retention_paid"]
        gross = figure["amount"] + figure["tax_amount"] - figure["retention_amount"]
        return gross - figure["credited_amount"] - figure["paid_amount"]

    @rule(
        who=payers,
        choice=choices,
        status=st.sampled_from(("paid", "paid", "reversed", "cancelled", "scheduled")),
        when=moments,
    )
    def moves_a_payment(self, who: int, choice: int, status: str, when: str) -> None:
        """Make a planned payment, reverse one, cancel one."""
        by = self.who(who)
        reason = {"reason": "Chèque rejeté"} if status == "reversed" else {}
        row = self.standing(by, "payment", choice, "paid" if reason else "scheduled")
        self.does(by, when, self.edit(by, row, status=status, **reason))

    async def check(self) -> None:
        """Hold what is paid and credited against what is asked for; and all else that must be."""
        site = self.site
        await assert_legal_moves(site)
        await assert_totals(site)
        await assert_reviewed(site, {one.person: one.role for one in self.tablets})
        for one in await site.pool.fetch(_BALANCES, site.project):
            self._check_balance(dict(one))
        await self._check_issued()
        payers = {self.accountant.person, self.chief.person}
        for move in await moves_of(site):
            if move["table"] == "payment" and move["after"] == "paid":
                assert move["person"] in payers, dict(move)

    def _check_balance(self, one: dict[str, Any]) -> None:
        assert one["credited"] == one["credits"], one
        assert one["paid"] == one["payments"], one
        assert one["retention_paid"] == one["retention_payments"], one
        paid = one["paid"] + one["retention_paid"]
        if paid:
            assert one["status"] in {"approved", "paid"}, one
            assert one["kind"] != "credit_note", one
            assert not one["deleted"], one
        assert one["credited"] <= max(0, one["gross"]), one
        if one["status"] not in {"approved", "paid"}:
            return
        assert one["gross"] >= 0, one
        assert one["paid"] <= one["gross"] - one["retained"], one
        assert one["retention_paid"] <= one["retained"], one
        due = one["gross"] - one["retained"] - one["credited"] - one["paid"]
        if one["kind"] != "credit_note":
            assert (one["status"] == "paid") == (due <= 0), one
        before, credited = self.left.get(one["id"], (0, 0))
        owed = one["gross"] - one["credited"] - paid
        if paid > before and one["credited"] <= credited:
            # A credit note may come after what was paid; no payment may after it.
            assert owed >= 0, one
            assert due >= 0 or one["retention_paid"], one
        self.left[one["id"]] = (paid, one["credited"])

    async def _check_issued(self) -> None:
        """Numbers leave no gap, and what was issued stays as it was."""
        found = [dict(one) for one in await self.site.pool.fetch(_ISSUED, self.site.project)]
        assert [one["number"] for one in found] == [*range(1, len(found) + 1)]
        now = {one["id"]: one for one in found}
        assert {row: now[row] for row in self.issued} == self.issued
        self.issued = now


def test_no_interleaving_pays_what_must_not_be_paid(settings: Settings) -> None:
    """Tablets that come late, in any order and twice, and people online: the books stay sound."""
    play(PaymentMachine, settings, max_examples=8, steps=25)
