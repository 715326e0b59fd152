"""What follows a merge that touched money, in order: its totals, its approvals, its balances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.balances import settle_balances
from server.budget.billing import bill_clients
from server.budget.daily import move_daily_sums
from server.budget.duplicates import mark_duplicates
from server.budget.marking import mark_over_budget
from server.budget.matching import match_invoices
from server.budget.reviews.settling import NOTHING_SMALL, settle_reviews
from server.budget.totals import move_totals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import MergeTransaction


async def follow_money(
    transaction: MergeTransaction,
    *,
    small_below: Mapping[str, int] = NOTHING_SMALL,
    held: bool = False,
) -> None:
    """Bring all that follows from a project's money to where it should be: an effect.

    Approvals look at the totals as the merge leaves them, and may move them once more.

    Args:
        transaction: the merge.
        small_below: currency -> what an amount must be below to need few signatures.
        held: look also at what all have approved and something else held up, in all projects whose
            scopes are locked.

    """
    await move_totals(transaction)
    await match_invoices(transaction)
    while await settle_reviews(transaction, small_below=small_below, held=held):
        await move_totals(transaction)
        await match_invoices(transaction)
    await bill_clients(transaction)
    await mark_over_budget(transaction)
    await settle_balances(transaction)
    await mark_duplicates(transaction)
    await move_daily_sums(transaction)
