"""Laws of the money: what holds after any history, whoever did what in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from server.budget import recompute, wrong_daily_sums
from sync.tables.budget import settings_id
from tests.server.budget.histories import Play, Step, steps
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office

ANY_HISTORY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ANY_HISTORY
@given(history=steps)
async def test_totals_by_delta_equal_totals_from_scratch(
    office: Office, history: list[Step]
) -> None:
    """After any history, no stored total differs from a full sum over the documents."""
    site = office.site
    fresh = await office.begin_anew()
    play = Play(fresh, [office.manager, office.accountant, office.chief])
    rate = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "655.957"}
    await office.accountant.must(site.create("exchange_rate", new_id(), **rate))
    await play.begin()
    rules = {"fiscal_year_month": 1 + len(history) % 12, "annual_sum": "stop"}
    row = settings_id(site.project)
    await office.accountant.must(site.create("finance_settings", row, **rules))
    for step in history:
        await play.play(step)
    assert await recompute(site.pool, site.project) == []
    assert await wrong_daily_sums(site.pool, site.project) == []
