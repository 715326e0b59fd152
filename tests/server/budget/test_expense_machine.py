"""Expenses under any interleaving of people on and offline.

None is approved by its author or by whoever may not, each counts once, and each crossing of a
budget is said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import rule

from server.alerts import recompute_alerts
from tests.server.budget.conftest import make_budget
from tests.server.budget.soundness import (
    assert_alerts_told_once,
    assert_legal_moves,
    assert_totals,
    moves_of,
)
from tests.server.interleaving import Interleaving, choices, moments, play

if TYPE_CHECKING:
    from server.settings import Settings

authors = st.sampled_from((0, 0, 1, 1, 2))
deciders = st.sampled_from((1, 1, 2, 3, 4, 0))
amounts = st.sampled_from((50_000, 200_000, 300_000, 450_000))
APPROVERS = {"supervisor", "accountant", "manager", "administrator"}
PAYERS = {"accountant", "administrator"}


class ExpenseMachine(Interleaving):
    """Crews who record what they spend on two lines, and those who approve, book and pay it."""

    async def prepare(self) -> None:
        """Make the budget."""
        self.budget, self.lines = await make_budget(self.site, self.managers[0].device)
        for row in self.lines:
            self.track("budget_line", row)

    @rule(who=authors, amount=amounts, day=st.integers(1, 9), line=st.integers(0, 2), when=moments)
    def records(self, who: int, amount: int, day: int, line: int, when: str) -> None:
        """Record an expense, on a line or on none."""
        by = self.who(who)
        place = {"budget_line_id": self.lines[line]} if line < len(self.lines) else {}
        values = {"date": f"2026-02-0{day}", "amount": amount, "currency": "XAF"}
        self.does(by, when, self.make(by, "expense", status="submitted", **values, **place))

    @rule(who=authors, choice=choices, amount=amounts, when=moments)
    def mends(self, who: int, choice: int, amount: int, when: str) -> None:
        """Change what an expense says, one's own or another's."""
        by = self.who(who)
        row = self.standing(by, "expense", choice, "submitted", "refused")
        self.does(by, when, self.edit(by, row, amount=amount))

    @rule(who=deciders, choice=choices, line=st.integers(0, 1), when=moments)
    def classifies(self, who: int, choice: int, line: int, when: str) -> None:
        """Say on which line an expense counts."""
        by = self.who(who)
        row = self.standing(by, "expense", choice, "submitted", "approved")
        self.does(by, when, self.edit(by, row, budget_line_id=self.lines[line]))

    @rule(
        who=deciders,
        choice=choices,
        status=st.sampled_from(("approved", "approved", "refused", "posted", "paid", "submitted")),
        when=moments,
    )
    def decides(self, who: int, choice: int, status: str, when: str) -> None:
        """Approve, refuse, book, pay, or take back."""
        by = self.who(who)
        states = {"posted": ("approved",), "paid": ("posted",), "submitted": ("refused",)}
        row = self.standing(by, "expense", choice, *states.get(status, ("submitted",)))
        self.does(by, when, self.edit(by, row, status=status))

    @rule(who=authors, choice=choices, when=moments)
    def deletes(self, who: int, choice: int, when: str) -> None:
        """Delete an expense."""
        by = self.who(who)
        row = self.standing(by, "expense", choice, "submitted", "refused")
        self.does(by, when, self.drop(by, row))

    @rule(line=st.integers(0, 1), amount=st.sampled_from((100_000, 500_000, 900_000)), when=moments)
    def replans(self, line: int, amount: int, when: str) -> None:
        """Give a line another amount."""
        by = self.managers[0]
        self.does(by, when, self.edit(by, self.lines[line], amount=amount))

    async def check(self) -> None:
        """Hold each decision against who took it, and what counts against a full sum."""
        site = self.site
        await assert_legal_moves(site)
        await assert_totals(site)
        await assert_alerts_told_once(site)
        roles = {one.person: one.role for one in self.tablets}
        authors_of = {
            one["id"]: one["author"]
            for one in await site.pool.fetch(
                "SELECT id::text, author_id::text AS author FROM expense WHERE project_id = $1",
                site.project,
            )
        }
        for move in await moves_of(site):
            person, after = move["person"], move["after"]
            if move["table"] != "expense" or person is None:
                continue
            if after in {"approved", "refused"}:
                assert person != authors_of[move["row"]], dict(move)
                assert roles[person] in APPROVERS, dict(move)
            if after in {"posted", "paid"}:
                assert roles[person] in PAYERS, dict(move)

    async def finish(self) -> None:
        """Evaluate all alerts anew: what the merges left is what a recompute finds."""
        site = self.site
        before = await site.alerts()
        await recompute_alerts(site.intake, site.pool)
        mine = {key for key, one in before.items() if one["project_id"] == site.project}
        after = await site.alerts()
        assert {key: after[key] for key in mine} == {key: before[key] for key in mine}
        await assert_alerts_told_once(site)


def test_no_interleaving_approves_or_counts_an_expense_wrongly(settings: Settings) -> None:
    """Tablets that come late, in any order and twice, and people online: the ledger stays sound."""
    play(ExpenseMachine, settings, max_examples=8, steps=25)
