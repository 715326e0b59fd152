"""235 real major projects: what the rules raise is what their own figures say is over budget."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from server.alerts import recompute_alerts
from tests.server.site import new_id, open_site

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

PENCE = 100 * 1_000_000
"""The file is in millions of pounds."""
BUDGETS_A_PUSH = 40


def _comparable(realdata: Path) -> list[tuple[str, int, int]]:
    """Return (name, budget, forecast) of the projects that publish both, in pence."""
    path = realdata / "gmpp" / "uk_2022.csv"
    with path.open(encoding="cp1252", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    named = {name: place for place, name in enumerate(header)}
    found = []
    for row in rows:
        budget, forecast = (
            _amount(row[named[name]]) for name in ("total_baseline", "forecast_incl_NGC")
        )
        if budget and forecast is not None:
            found.append((row[named["project_name"]], budget, forecast))
    return found


def _amount(text: str) -> int | None:
    """Read `£1,234.56`; words in a cell of numbers are no number."""
    found = re.fullmatch(r"£?(-?[0-9,]+(?:\.[0-9]+)?)", text.strip())
    return None if found is None else int(Decimal(found[1].replace(",", "")) * PENCE)


async def test_alerts_count_what_the_published_figures_say(
    settings: Settings, realdata: Path
) -> None:
    """Over budget, by five and by ten per cent: 28, 22 and 19 projects, and no other."""
    projects = _comparable(realdata)
    over = Counter(
        threshold
        for _, budget, forecast in projects
        for threshold in (100, 105, 110)
        if forecast * 100 > budget * threshold
    )
    assert over == {100: 28, 105: 22, 110: 19}
    async with open_site(settings) as site:
        manager = await site.person("manager")
        await site.open_project(manager, currency="GBP")
        budgets: dict[str, tuple[int, int]] = {}
        changes = []
        for name, amount, forecast in projects:
            budget = new_id()
            budgets[budget] = (amount, forecast)
            line = {"cost_code": "A", "amount": amount, "estimate_to_complete": forecast}
            changes += [
                site.create("budget", budget, name=name[:200], currency="GBP", amount=amount),
                site.create("budget_line", new_id(), budget_id=budget, **line),
            ]
        for start in range(0, len(changes), 2 * BUDGETS_A_PUSH):
            await manager.must(*changes[start : start + 2 * BUDGETS_A_PUSH])
        raised = {
            key[1:]: one["facts"]["percent"]
            for key, one in (await site.alerts()).items()
            if key[0] == "budget_forecast" and key[1] in budgets
        }
        assert Counter(threshold for _, threshold in raised) == over
        for (budget, _), percent in raised.items():
            amount, forecast = budgets[budget]
            assert percent == forecast * 100 // amount
        before = await site.standing()
        assert await recompute_alerts(site.intake, site.pool) == 0
        assert await site.standing() == before
