"""Requests and orders under any interleaving of people on and offline.

None is approved by whoever may not, for themselves or for whom they stand in; none beyond what the
budget has; and the budget moves once for each request that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.server.budget.soundness import (
    assert_budget_sound,
    assert_legal_moves,
    assert_reviewed,
    assert_totals,
)
from tests.server.interleaving import Interleaving, Tablet, choices, moments, play
from tests.server.site import new_id

if TYPE_CHECKING:
    from server.settings import Settings
    from sync.changes import Change

authors = st.sampled_from((1, 2, 3, 3, 5, 0))
deciders = st.sampled_from((1, 2, 3, 4, 4, 5))
tables = st.sampled_from(("budget_request", "purchase_order"))
OPEN = ("submitted", "in_review")


class ReviewMachine(Interleaving):
    """A locked budget of two lines, those who ask of it, those who approve, those who stand in."""

    async def prepare(self) -> None:
        """Lock the budget, say who approves, let the accountant stand in for a manager."""
        site, manager = self.site, self.managers[0]
        must = manager.device.must
        self.budget, self.lines = new_id(), (new_id(), new_id())
        money = {"name": "B", "currency": "XAF", "amount": 1_000, "status": "draft"}
        await must(site.create("budget", self.budget, **money))
        line = {"budget_id": self.budget, "cost_code": "A", "amount": 500}
        await must(*(site.create("budget_line", one, **line) for one in self.lines))
        await must(await site.update("budget", self.budget, status="locked"))
        for kind, level, role, least in (
            ("budget_request", 1, "supervisor", None),
            ("budget_request", 2, "manager", 200),
            ("purchase_order", 1, "manager", None),
            ("purchase_order", 1, "accountant", 300),
        ):
            named = {"name": f"{kind} {level}", "kind": kind, "level": level, "role": role}
            row = site.create("approval_rule", new_id(), **named, amount_from=least)
            await must(row)
        dates = {"start": "2026-01-01", "finish": "2027-12-31", "project_id": site.project}
        people = {"person_id": manager.person, "delegate_id": self.accountant.person}
        await must(site.create("delegation", new_id(), **people, **dates))
        for by, amount in ((self.supervisor, 100), (self.accountant, 250), (manager, 250)):
            asked = {"title": "Avenant", "budget_id": self.budget, "budget_line_id": self.lines[0]}
            asked |= {"kind": "increase", "status": "submitted"}
            await by.device.must(self.make(by, "budget_request", amount=amount, **asked))
            await by.device.must(self._order(by, amount, 0))

    @rule(
        who=authors,
        amount=st.sampled_from((100, 250, 400)),
        kind=st.sampled_from(("increase", "transfer")),
        status=st.sampled_from(("draft", "submitted", "submitted")),
        when=moments,
    )
    def asks(self, who: int, amount: int, kind: str, status: str, when: str) -> None:
        """Ask for more money on a line, or for another line's."""
        by = self.who(who)
        lines = {"budget_line_id": self.lines[0]}
        if kind == "transfer":
            lines["source_line_id"] = self.lines[1]
        asked = {"title": "Avenant", "budget_id": self.budget, "kind": kind, "amount": amount}
        self.does(by, when, self.make(by, "budget_request", status=status, **asked, **lines))

    @rule(who=authors, amount=st.sampled_from((150, 350)), line=st.integers(0, 1), when=moments)
    def orders(self, who: int, amount: int, line: int, when: str) -> None:
        """Order something, for approval."""
        by = self.who(who)
        self.does(by, when, self._order(by, amount, line))

    def _order(self, by: Tablet, amount: int, line: int) -> Change:
        known = {"supplier": "SOCOFER", "title": "Acier", "date": "2026-03-01", "currency": "XAF"}
        money = {"amount": amount, "budget_line_id": self.lines[line], "status": "submitted"}
        return self.make(by, "purchase_order", **known, **money)

    @rule(
        who=deciders,
        table=tables,
        choice=choices,
        decision=st.sampled_from(("approved",) * 6 + ("rejected", "returned")),
        stands_in=st.booleans(),
        when=moments,
    )
    def decides(  # noqa: PLR0917 - what a word is made of
        self,
        who: int,
        table: str,
        choice: int,
        decision: str,
        stands_in: bool,  # noqa: FBT001 - drawn by name
        when: str,
    ) -> None:
        """Say one's word on what a tablet shows, at times in the manager's name."""
        by = self.who(who)
        word = self.word(by, self.standing(by, table, choice, *OPEN), decision, choice)
        if word is not None and stands_in and by is not self.managers[0]:
            word.after["on_behalf_of"] = self.managers[0].person
        self.does(by, when, word)

    @rule(who=st.sampled_from((1, 2, 3)), table=tables, when=moments)
    def approves_own(self, who: int, table: str, when: str) -> None:
        """Approve what one asked for oneself, or what the manager did whom one stands in for."""
        by = self.who(who)
        names = {by.person, *((self.managers[0].person,) if by is self.accountant else ())}
        for row, known in self.rows.items():
            shown = (by.shown(row) or {}) if known == table else {}
            if shown.get("author_id") in names and shown.get("status") in OPEN:
                self.does(by, when, self.word(by, row, "approved", 1))
                return

    @rule(
        who=authors,
        table=tables,
        choice=choices,
        status=st.sampled_from(
            ("submitted", "submitted", "withdrawn", "cancelled", "closed", "draft", "approved")
        ),
        when=moments,
    )
    def moves(self, who: int, table: str, choice: int, status: str, when: str) -> None:
        """Move something to another state, allowed or not."""
        by = self.who(who)
        states = {"submitted": ("draft", "returned"), "closed": ("approved",)}
        row = self.standing(by, table, choice, *states.get(status, OPEN))
        self.does(by, when, self.edit(by, row, status=status))

    @rule(
        who=authors, table=tables, choice=choices, amount=st.sampled_from((90, 260)), when=moments
    )
    def mends(self, who: int, table: str, choice: int, amount: int, when: str) -> None:
        """Ask for another amount, also while it is under review."""
        by = self.who(who)
        row = self.standing(by, table, choice, "draft", "returned", *OPEN)
        self.does(by, when, self.edit(by, row, amount=amount))

    @rule(who=authors, table=tables, choice=choices, when=moments)
    def deletes(self, who: int, table: str, choice: int, when: str) -> None:
        """Delete a request or an order."""
        by = self.who(who)
        self.does(by, when, self.drop(by, self.standing(by, table, choice, "draft")))

    async def check(self) -> None:
        """Hold what was approved against who approved it, and the budget against its versions."""
        site = self.site
        await assert_legal_moves(site)
        await assert_totals(site)
        await assert_reviewed(site, {one.person: one.role for one in self.tablets})
        await assert_budget_sound(site, self.budget)
        principals = await site.pool.fetch(
            "SELECT author_id::text AS author, on_behalf_of::text AS person FROM approval"
            " WHERE project_id = $1 AND on_behalf_of IS NOT NULL",
            site.project,
        )
        allowed = (self.accountant.person, self.managers[0].person)
        assert all((one["author"], one["person"]) == allowed for one in principals)
        # Nothing is spent here: what was ordered always found room, by the grid's defaults.
        over = await site.pool.fetch(
            "SELECT id FROM budget_line WHERE project_id = $1 AND committed > amount", site.project
        )
        assert not over


def test_no_interleaving_approves_what_must_not_be(settings: Settings) -> None:
    """Tablets that come late, in any order and twice, and people online: the reviews stay sound."""
    play(ReviewMachine, settings, max_examples=8, steps=25)
