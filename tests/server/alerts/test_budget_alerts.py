"""Budget alerts: one per crossing, in the merge that crosses, and a function of what is stored."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import recompute_alerts
from sync.changes import Change
from tests.server.budget.conftest import Office, office
from tests.server.site import DAY, NOON, Clock, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.settings import Settings

__all__ = ["office"]

THRESHOLDS = {"budget_threshold", "budget_line_threshold"}
"""The rules of this file. What follows the mark on an expense that went over its line says how
things stood when that expense was counted: which one it is depends on who came last."""


async def _alerts(site: Site) -> dict[tuple[str, str, int | None], Mapping[str, Any]]:
    return {key: one for key, one in (await site.alerts()).items() if key[0] in THRESHOLDS}


async def _standing(site: Site) -> set[tuple[str, str, int | None]]:
    return {key for key in await site.standing() if key[0] in THRESHOLDS}


async def test_crossing_raises_one_alert_per_threshold(office: Office) -> None:
    """A line at 83 % has its first alert, with rule, values, level, and the change behind it."""
    line, expense = office.lines[0], new_id()
    await office.crew.must(office.expense(expense, 415_000, line))
    alerts = await _alerts(office.site)
    assert set(alerts) == {("budget_line_threshold", line, 80)}
    (alert,) = alerts.values()
    assert alert["facts"] == {
        "threshold": 80,
        "percent": 83,
        "amount": 500_000,
        "currency": "XAF",
    }
    assert (alert["status"], alert["level"], alert["raised_at"]) == ("open", "information", NOON)
    assert alert["cause"] == {
        "table": "expense",
        "row": expense,
        "replica": office.crew.replica,
        "counter": office.crew.counter,
        "time": NOON * 1000,
    }


async def test_a_leap_raises_all_thresholds_of_line_and_budget(office: Office) -> None:
    """One expense far over both raises three alerts on the line and three on the budget."""
    line = office.lines[0]
    await office.crew.must(office.expense(new_id(), 1_200_000, line))
    alerts = await _alerts(office.site)
    assert {(key[1], key[2], one["level"]) for key, one in alerts.items()} == {
        (subject, threshold, level)
        for subject in (line, office.budget)
        for threshold, level in ((80, "information"), (100, "warning"), (110, "critical"))
    }


async def test_alerts_on_money_stay_out_of_the_crews_scope(office: Office) -> None:
    """Budget alerts live in the finance scope, which the crew does not read."""
    await office.crew.must(office.expense(new_id(), 450_000, office.lines[0]))
    kinds = await office.site.pool.fetch("SELECT DISTINCT scope_kind FROM alert")
    assert [one["scope_kind"] for one in kinds] == ["finance"]


async def test_an_alert_is_updated_by_whole_per_cents(office: Office) -> None:
    """More spending updates the standing alert; less than a per cent writes nothing."""
    site, line = office.site, office.lines[0]
    await office.crew.must(office.expense(new_id(), 415_000, line))
    (before,) = (await _alerts(site)).values()
    seq = (await site.stored(before["id"])).seq
    await office.crew.must(office.expense(new_id(), 100, line))
    assert (await site.stored(before["id"])).seq == seq
    await office.crew.must(office.expense(new_id(), 10_000, line))
    (after,) = (await _alerts(site)).values()
    assert after["facts"]["percent"] == 85
    assert (after["raised_at"], after["cause"]) == (before["raised_at"], before["cause"])


async def test_an_acknowledgement_lasts_as_long_as_its_crossing(office: Office) -> None:
    """Hovering round a threshold keeps the acknowledgement; a true new crossing asks anew."""
    site, line, expense = office.site, office.lines[0], new_id()
    await office.crew.must(office.expense(expense, 410_000, line))
    (alert,) = (await _alerts(site)).values()

    async def spend(amount: int) -> tuple[str, Any]:
        site.clock.now_ms += DAY
        await office.crew.must(await site.update("expense", expense, amount=amount))
        values = (await site.stored(alert["id"])).values
        return values["status"], values["acknowledged_by"]

    me = office.manager.person
    await office.manager.must(_acknowledge(site, await site.stored(alert["id"]), me))
    assert await spend(420_000) == ("acknowledged", me)
    assert await spend(396_000) == ("resolved", me)
    assert await spend(405_000) == ("acknowledged", me)
    assert await spend(300_000) == ("resolved", me)
    cleared = (await site.stored(alert["id"])).values["cleared_at"]
    assert cleared == site.clock.now_ms
    assert await spend(450_000) == ("open", None)
    values = (await site.stored(alert["id"])).values
    assert (values["raised_at"], values["cleared_at"]) == (site.clock.now_ms, None)


def _acknowledge(site: Any, wire: Any, person: str, **values: Any) -> Any:
    return Change(
        site.scope("finance"),
        "alert",
        wire.row,
        "update",
        wire.vector,
        {"status": wire.values["status"]},
        {"status": "acknowledged", "acknowledged_by": person, **values},
    )


async def test_a_stale_acknowledgement_is_refused(office: Office) -> None:
    """Who acknowledges a crossing that has been replaced is told to look again."""
    site, line, expense = office.site, office.lines[0], new_id()
    await office.crew.must(office.expense(expense, 410_000, line))
    (alert,) = (await _alerts(site)).values()
    seen = await site.stored(alert["id"])
    for amount in (0, 410_000):
        await office.crew.must(await site.update("expense", expense, amount=amount))
    me = office.manager.person
    assert await office.manager.do(_acknowledge(site, seen, me)) == "transition_forbidden"


async def test_changed_thresholds_and_amounts_are_looked_at(office: Office) -> None:
    """A budget's new thresholds raise and clear on all its lines, and a raised amount clears."""
    site, line = office.site, office.lines[0]
    await office.crew.must(office.expense(new_id(), 415_000, line))
    update = site.update
    await office.manager.must(await update("budget", office.budget, thresholds=[40, 90]))
    assert await _standing(site) == {
        ("budget_line_threshold", line, 40),
        ("budget_threshold", office.budget, 40),
    }
    await office.manager.must(await update("budget_line", line, amount=5_000_000))
    assert await _standing(site) == {("budget_threshold", office.budget, 40)}
    await office.manager.must(await update("budget", office.budget, thresholds=[]))
    assert await _standing(site) == set()


async def test_spending_without_an_amount_is_over_every_threshold(office: Office) -> None:
    """Any spending on a line of nothing is over all its thresholds."""
    site, line = office.site, office.lines[0]
    await office.manager.must(await site.update("budget_line", line, amount=0))
    await office.crew.must(office.expense(new_id(), 1, line))
    assert {key[2] for key in await _standing(site)} == {80, 100, 110}


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_of_arrival_raises_the_same_alerts(settings: Settings, seed: int) -> None:
    """Four crews' entries, in any order, alone or together, leave the same alerts standing."""
    draw = random.Random(seed)
    async with open_site(settings, Clock()) as site:
        manager = await site.person("manager")
        await site.open_project(manager)
        crews = [await site.person("employee", "employee") for _ in range(4)]
        budget, line = new_id(), new_id()
        await manager.must(
            site.create("budget", budget, name="B", currency="XAF", amount=1_000),
            site.create("budget_line", line, budget_id=budget, cost_code="A", amount=500),
        )

        def spend(crew: Device, amount: int) -> Any:
            return crew.must(
                site.create(
                    "expense",
                    new_id(),
                    amount=amount,
                    currency="XAF",
                    date="2026-03-01",
                    status="submitted",
                    budget_line_id=line,
                    author_id=crew.person,
                )
            )

        entries = list(zip(crews, (380, 40, 5, 120), strict=True))
        draw.shuffle(entries)
        together = draw.randint(0, 4)
        for crew, amount in entries[together:]:
            await spend(crew, amount)
        await asyncio.gather(*(spend(crew, amount) for crew, amount in entries[:together]))
        assert await _standing(site) == {
            ("budget_line_threshold", line, 80),
            ("budget_line_threshold", line, 100),
        }
        facts = {key[2]: one["facts"]["percent"] for key, one in (await _alerts(site)).items()}
        assert facts == {80: 109, 100: 109}


@pytest.mark.parametrize("seed", range(3))
async def test_incremental_alerts_equal_a_full_recompute(office: Office, seed: int) -> None:
    """After any history of money, the alerts are those of the totals, and nothing is put right."""
    site, draw = office.site, random.Random(seed)
    expenses: list[str] = []
    for _ in range(25):
        line = draw.choice(office.lines)
        match draw.randrange(7):
            case 0 | 1 | 2:
                expenses.append(new_id())
                await office.crew.must(office.expense(expenses[-1], draw.randint(1, 250_000), line))
            case 3 if expenses:
                change = await site.update("expense", draw.choice(expenses), budget_line_id=line)
                await office.crew.do(change)
            case 4 if expenses:
                change = await site.update("expense", draw.choice(expenses), status="refused")
                await office.supervisor.do(change)
            case 5:
                some = draw.choice([None, [], [50], [80, 100, 110], [90, 95]])
                await office.manager.must(
                    await site.update("budget", office.budget, thresholds=some)
                )
            case _:
                amount = draw.choice([0, 200_000, 500_000, 900_000])
                await office.manager.must(await site.update("budget_line", line, amount=amount))
        assert await _standing(site) == await _expected(office)
    before = await site.alerts()
    assert await recompute_alerts(site.intake, site.pool) == 0
    assert await site.alerts() == before


async def _expected(office: Office) -> set[tuple[str, str, int | None]]:
    """Say, from the plain tables alone, which alerts should stand."""
    budget = (await office.site.stored(office.budget)).values
    thresholds = budget.get("thresholds")
    found: set[tuple[str, str, int | None]] = set()
    for table, row in (("budget", office.budget), *(("budget_line", one) for one in office.lines)):
        values = (await office.site.stored(row)).values
        spent = values.get("spent") or 0
        for threshold in [80, 100, 110] if thresholds is None else thresholds:
            if spent and spent * 100 >= values["amount"] * threshold:
                found.add((f"{table}_threshold", row, threshold))
    return found
