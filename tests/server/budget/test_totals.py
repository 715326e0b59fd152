"""Running totals follow every merge, by delta, and always equal what a full sum gives."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from server.budget import recompute
from tests.server.site import count_statements, new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def test_an_expense_is_counted_in_its_line_and_its_budget(office: Office) -> None:
    """An expense moves its line and its budget; its amount stands converted beside it."""
    expense = new_id()
    await office.crew.must(office.expense(expense, 120_000, office.lines[0]))
    assert await office.totals() == (120_000, 0, 120_000, 0)
    assert await office.site.value(expense, "amount_converted") == 120_000
    assert await office.site.value(expense, "rate") is None


async def test_an_expense_without_a_line_is_visible_off_budget(office: Office) -> None:
    """Spending without a line, or on a line nobody knows, shows as the project's off budget."""
    await office.crew.must(office.expense(new_id(), 7_000))
    await office.crew.must(office.expense(new_id(), 5_000, new_id()))
    assert await office.totals() == (0, 0, 0, 12_000)


async def test_moving_an_expense_moves_both_lines(office: Office) -> None:
    """An expense that goes to another line leaves the first; its budget stays as it is."""
    expense = new_id()
    await office.crew.must(office.expense(expense, 90_000, office.lines[0]))
    await office.crew.must(
        await office.site.update("expense", expense, budget_line_id=office.lines[1])
    )
    assert await office.totals() == (0, 90_000, 90_000, 0)
    await office.crew.must(await office.site.update("expense", expense, budget_line_id=None))
    assert await office.totals() == (0, 0, 0, 90_000)


async def test_refused_and_deleted_expenses_count_nothing(office: Office) -> None:
    """Refusing or deleting gives the money back; submitting anew takes it again."""
    expense, other = new_id(), new_id()
    await office.crew.must(office.expense(expense, 90_000, office.lines[0]))
    await office.crew.must(office.expense(other, 10_000, office.lines[0]))
    update = office.site.update
    await office.supervisor.must(
        await update("expense", expense, status="refused", refusal_reason="Pas de reçu")
    )
    assert await office.totals() == (10_000, 0, 10_000, 0)
    await office.crew.must(await update("expense", expense, amount=80_000))
    assert await office.totals() == (10_000, 0, 10_000, 0)
    await office.crew.must(await update("expense", expense, status="submitted"))
    assert await office.totals() == (90_000, 0, 90_000, 0)
    await office.crew.must(await office.site.delete("expense", other))
    assert await office.totals() == (80_000, 0, 80_000, 0)


async def test_a_line_that_arrives_after_its_expenses_takes_them(office: Office) -> None:
    """Expenses that name a line before it is there count off budget, and in it once it is."""
    line = new_id()
    await office.crew.must(office.expense(new_id(), 30_000, line))
    assert (await office.totals())[3] == 30_000
    await office.manager.must(
        office.site.create(
            "budget_line", line, budget_id=office.budget, cost_code="C", amount=100_000
        )
    )
    assert await office.site.value(line, "spent") == 30_000
    assert await office.totals() == (0, 0, 30_000, 0)


async def test_money_survives_the_deletion_of_its_line(office: Office) -> None:
    """Money on a deleted line shows off budget, and in the line again once that is back."""
    site, line = office.site, office.lines[0]
    deletion = await site.delete("budget_line", line)
    expense = new_id()
    await office.manager.must(deletion)
    await office.crew.must(office.expense(expense, 40_000, line))
    assert await office.totals() == (0, 0, 0, 40_000)
    await office.manager.must(await site.update("budget_line", line, amount=600_000))
    assert await office.totals() == (40_000, 0, 40_000, 0)
    assert await recompute(site.pool) == []


async def test_a_line_or_budget_that_was_spent_from_is_not_deleted(office: Office) -> None:
    """Deleting spent money is refused, with the field that says why."""
    await office.crew.must(office.expense(new_id(), 1, office.lines[0]))
    for table, row in (("budget_line", office.lines[0]), ("budget", office.budget)):
        assert await office.manager.do(await office.site.delete(table, row)) == "constraint_failed"


async def test_foreign_amounts_are_converted_at_the_latest_rate(office: Office) -> None:
    """The latest rate dated on or before the expense counts, and is kept with its date."""
    site = office.site
    for date, rate in (("2026-01-01", "655.957"), ("2026-02-01", "660"), ("2026-04-01", "700")):
        await office.accountant.must(
            site.create(
                "exchange_rate", new_id(), currency="EUR", quote="XAF", date=date, rate=rate
            )
        )
    expense = new_id()
    await office.crew.must(office.expense(expense, 10_050, office.lines[0], currency="EUR"))
    wire = await site.stored(expense)
    assert wire.values["amount_converted"] == 66_330
    assert (wire.values["rate"], wire.values["rate_date"]) == ("660", "2026-02-01")
    early = await site.update("expense", expense, date="2026-01-15")
    await office.crew.must(early)
    assert await site.value(expense, "amount_converted") == 65_924
    assert await office.totals() == (65_924, 0, 65_924, 0)


async def test_an_inverse_quote_serves(office: Office) -> None:
    """A rate quoted the other way round converts exactly; a direct one of the same day wins."""
    site = office.site
    await office.accountant.must(
        site.create(
            "exchange_rate",
            new_id(),
            currency="XAF",
            quote="EUR",
            date="2026-01-01",
            rate="0.0015244902",
        )
    )
    expense = new_id()
    await office.crew.must(office.expense(expense, 100_00, currency="EUR"))
    assert await site.value(expense, "amount_converted") == 65_596
    assert (await office.totals())[3] == 65_596


async def test_a_missing_rate_refuses_the_entry(office: Office) -> None:
    """Without a rate the entry is refused with its code, kept, and counts nothing."""
    (answer,) = await office.crew.push(
        office.crew.change_set(office.expense(new_id(), 100, office.lines[0], currency="USD"))
    )
    assert answer.rejection is not None
    assert (answer.rejection.code, answer.rejection.field) == ("rate_missing", "currency")
    assert await office.totals() == (0, 0, 0, 0)


async def test_a_rate_pushed_with_its_expense_serves_it(office: Office) -> None:
    """A rate that comes in the same push, before the expense, is found."""
    site, accountant = office.site, office.accountant
    expense = new_id()
    answers = await accountant.push(
        accountant.change_set(
            site.create(
                "exchange_rate",
                new_id(),
                currency="USD",
                quote="XAF",
                date="2026-03-01",
                rate="600",
            )
        ),
        accountant.change_set(
            office.expense(expense, 2_00, currency="USD", author_id=accountant.person)
        ),
    )
    assert [one.status for one in answers] == ["merged", "merged"]
    assert await site.value(expense, "amount_converted") == 1_200


async def test_a_hundred_expenses_cost_the_statements_of_one(office: Office) -> None:
    """Totals and alerts are read and written at once, whatever the number of expenses."""
    await office.crew.must(office.expense(new_id(), 450_000, office.lines[0]))

    async def cost(number: int) -> int:
        changes = [office.expense(new_id(), 10, office.lines[0]) for _ in range(number)]
        async with count_statements(office.site) as seen:
            await office.crew.must(*changes)
        return len(seen)

    assert await cost(60) == await cost(10)


async def test_totals_equal_a_full_sum_after_any_history(office: Office) -> None:
    """After a long random history of every kind of change, nothing differs from the full sum."""
    site, crew, draw = office.site, office.crew, random.Random(7)
    places = [*office.lines, None, new_id()]
    expenses: list[str] = []
    for _ in range(40):
        batch = []
        for _ in range(draw.randint(1, 4)):
            what = draw.random()
            if what < 0.5 or not expenses:
                expenses.append(new_id())
                batch.append(
                    crew.change_set(
                        office.expense(expenses[-1], draw.randint(0, 9_999), draw.choice(places))
                    )
                )
            elif what < 0.8:
                values = {"amount": draw.randint(0, 9_999), "budget_line_id": draw.choice(places)}
                some = dict(draw.sample(sorted(values.items()), draw.randint(1, 2)))
                batch.append(crew.change_set(await _update(office, draw.choice(expenses), **some)))
            else:
                row = draw.choice(expenses)
                batch.append(
                    crew.change_set(
                        await site.delete("expense", row)
                        if row in await _stored(office)
                        else office.expense(row, 5)
                    )
                )
        await crew.push(*batch)
        assert await recompute(site.pool) == []


async def _stored(office: Office) -> set[str]:
    return {one["id"] for one in await office.site.pool.fetch("SELECT id::text FROM expense")}


async def _update(office: Office, expense: str, **values: Any) -> Any:
    if expense in await _stored(office):
        return await office.site.update("expense", expense, **values)
    return office.expense(expense, 77)
