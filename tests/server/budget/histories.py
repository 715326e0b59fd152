"""Random histories of a project's money: people with and without a link, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from sync.changes import Change, WireRow
from sync.tables import TABLES
from tests.server.site import SCOPES, new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office
    from tests.server.site import Device

MADE = ("expense", "purchase_order", "supplier_invoice", "budget_line", "budget")
"""Tables that a history adds to and edits."""
LATE = 8
PLACES = 2
"""Rows of each table: few, so that steps meet."""


class Step(Struct, frozen=True):
    """One thing that somebody does."""

    who: int
    action: str
    """`make`, `move` to another state, `edit`, `delete`, `see` (their tablet hears of a row)."""
    table: str
    row: int
    choices: tuple[int, ...]
    """What is drawn on to fill the fields."""


steps = st.lists(
    st.builds(
        Step,
        who=st.integers(0, 2),
        action=st.sampled_from(("make", "move", "move", "edit", "edit", "delete", "see")),
        table=st.sampled_from(MADE),
        row=st.integers(0, PLACES - 1),
        choices=st.tuples(*(st.integers(0, 11) for _ in range(8))),
    ),
    min_size=10,
    max_size=40,
)


class Play:
    """Plays a history over a fresh project of the office's site."""

    def __init__(self, office: Office, people: list[Device]) -> None:
        self.office = office
        self.people = people
        self.rows: dict[str, list[str]] = {
            "budget": [office.budget],
            "budget_line": [*office.lines, new_id()],
            **{
                table: [new_id() for _ in range(PLACES)]
                for table in ("expense", "purchase_order", "supplier_invoice")
            },
        }
        self.rows["budget"].append(new_id())
        self.seen: list[dict[str, WireRow]] = [{} for _ in people]

    async def stored(self, row: str) -> WireRow | None:
        """Return a row as the server holds it."""
        site = self.office.site
        document = await site.pool.fetchval(
            "SELECT document FROM sync_row JOIN scope ON scope.id = scope_id "
            "WHERE row_id = $1 AND name = ANY($2::text[])",
            row,
            [site.scope("project"), site.scope("finance")],
        )
        return None if document is None else msgspec.msgpack.decode(document, type=WireRow)

    async def play(self, step: Step) -> str | None:
        """Do one step; return what became of it, if anything was pushed."""
        rows = self.rows[step.table]
        row = rows[step.row % len(rows)]
        seen = self.seen[step.who]
        if step.action == "see":
            found = await self.stored(row)
            if found is not None:
                seen[row] = found
            return None
        change = self._change(step, row, seen.get(row))
        if change is None:
            return None
        person = self.people[step.who]
        outcome = await person.do(change)
        for who, memory in enumerate(self.seen):
            # Most of what happens is heard of by most; the rest are offline.
            if step.choices[-1] % 4 != who and (found := await self.stored(row)):
                memory[row] = found
        return outcome

    async def begin(self) -> None:
        """Make an approved order, with an expense and a pending invoice on it; all hear of them."""
        for place, table in enumerate(("purchase_order", "supplier_invoice", "expense")):
            choices = (1, 5 + place, 1, 0, 0, 0 if table == "supplier_invoice" else 3, 0, 3)
            assert await self.play(Step(2, "make", table, 0, choices)) == "merged"
        for who, table in ((0, "purchase_order"), (0, "supplier_invoice"), (0, "purchase_order")):
            assert await self.play(Step(who, "move", table, 0, (0,) * 7 + (3,))) == "merged"
        for known in (self.office.budget, *self.office.lines):
            found = await self.stored(known)
            assert found is not None
            for memory in self.seen:
                memory[known] = found

    def _change(  # noqa: PLR0911 - one for each kind of step
        self, step: Step, row: str, known: WireRow | None
    ) -> Change | None:
        scope = self.office.site.scope(SCOPES.get(step.table, "project"))
        if step.action == "make":
            if known is not None:
                return None
            after = {"project_id": self.office.site.project, **self._values(step)}
            return Change(scope, step.table, row, "create", after=after)
        if known is None:
            return None
        if step.action == "delete":
            return Change(scope, step.table, row, "delete", known.vector)
        values = self._move(step, known) if step.action == "move" else self._edit(step)
        if not values:
            return None
        if values.get("status") == "approved" and step.table != "expense":
            return self._word(step, known)
        before = {name: known.values.get(name) for name in values}
        return Change(scope, step.table, row, "update", known.vector, before, values)

    def _values(self, step: Step) -> dict[str, Any]:
        a, b, c, d, e, f, *_ = step.choices
        author = self.people[step.who].person
        money = {
            # In two years, whichever month they begin with.
            "date": f"2025-02-{1 + a:02d}" if c > LATE else f"2026-03-{1 + a:02d}",
            "amount": 100 * b,
            "currency": "EUR" if c == 0 else "XAF",
            "budget_line_id": self._named("budget_line", d),
            "author_id": author,
        }
        paper = {**money, "supplier": "S", "status": "draft"}
        order = self._named("purchase_order", e)
        values: dict[str, dict[str, Any]] = {
            "expense": {
                **money,
                "status": "draft" if b == 0 else "submitted",
                "order_id": order,
                "invoice_id": self._named("supplier_invoice", f),
            },
            "purchase_order": {**paper, "amount": 100 * b + 1, "title": "T"},
            "supplier_invoice": {
                **paper,
                "reference": new_id(),
                "order_id": order,
                "kind": "credit_note" if f == 1 else "invoice",
            },
            "budget_line": {
                "budget_id": self.rows["budget"][0 if c < 9 else 1],
                "cost_code": "X",
                "amount": 100 * b,
                "estimate_to_complete": None if e < 8 else 50 * e,
                "annual_amounts": None if f < 4 else {"2025": 100 * d, "2026": 100 * f},
            },
            "budget": {"name": "B", "currency": "EUR" if a < 6 else "XAF", "amount": 1_000},
        }
        return values[step.table]

    def _named(self, table: str, choice: int) -> str | None:
        rows = [*self.rows[table], None]
        return rows[choice % len(rows)]

    def _word(self, step: Step, known: WireRow) -> Change:
        """Approve, as this person last saw it."""
        after = {
            "project_id": self.office.site.project,
            "subject_table": known.table,
            "subject_id": known.row,
            "round": known.values.get("round") or 1,
            "level": 1,
            "amount": known.values.get("amount") or 0,
            "decision": "approved",
            "author_id": self.people[step.who].person,
        }
        scope = self.office.site.scope("finance")
        return Change(scope, "approval", new_id(), "create", after=after)

    def _move(self, step: Step, known: WireRow) -> dict[str, Any]:
        machine = TABLES[step.table].workflows.get("status")
        if machine is None:
            return {}
        moves = machine.transitions[known.values.get("status") or machine.initial]
        # The first moves lead on, the others back or away.
        return {"status": moves[step.choices[1] % len(moves)]} if moves else {}

    def _edit(self, step: Step) -> dict[str, Any]:
        table = TABLES[step.table]
        free = {
            name: value
            for name, value in self._values(step).items()
            if name not in table.once and name != "status"
        }
        names = sorted(free)
        first = step.choices[6] % len(names)
        return {name: free[name] for name in names[first : first + 3]}
