"""What alerts add to a merge, in a project without tasks and in one of 100,000: `python -m` it.

Each figure is a ratio of medians in one run: of the time that the alerts take in merges of 500
changes, and of those merges as a whole.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from msgspec import Struct, structs

from server.alerts import evaluate_alerts
from server.intake import Intake
from server.rules import rules
from server.settings import load_settings
from server.stack import APP_ROLE, Stack
from server.store import migrate
from tests.bench.filling import fill
from tests.server.site import Site, new_id, open_site

if TYPE_CHECKING:
    from server.intake import MergeTransaction
    from server.settings import Settings

TASKS = 100_000
CHANGES = 500
CHANGES_A_SET = 50
TURNS = 9


class Cost(Struct):
    """Seconds of merges, and of the alerts in them."""

    merges: list[float]
    alerts: list[float]


async def measure(
    settings: Settings, superuser_url: str, full_tasks: int = TASKS
) -> dict[str, dict[str, float]]:
    """Return kind of merge -> its figures.

    Args:
        settings: of a fresh database.
        superuser_url: the same database, to fill it.
        full_tasks: how many tasks the project has that is not empty.

    """
    spent: list[float] = []
    async with open_site(settings) as site:
        _time_alerts(site, settings, spent)
        manager = await site.person("manager")
        projects = []
        for tasks in (0, full_tasks):
            site.project = new_id()
            await site.open_project(manager)
            budget, line = new_id(), new_id()
            await manager.must(
                site.create("budget", budget, name="B", currency="XAF", amount=10**12),
                site.create("budget_line", line, budget_id=budget, cost_code="A", amount=10**12),
            )
            if tasks:
                await _fill(superuser_url, site.project, tasks)
            projects.append((site.project, line))
        found: dict[str, dict[str, float]] = {}
        for kind in ("expense", "task"):
            costs = [Cost([], []) for _ in projects]
            for turn in range(TURNS + 1):
                for (project, line), cost in zip(projects, costs, strict=True):
                    site.project = project
                    seconds, alerts = await _merge(site, manager, kind, line, spent)
                    if turn:  # the first warms up
                        cost.merges.append(seconds)
                        cost.alerts.append(alerts)
            found[kind] = _figures(*costs)
    return found


def _figures(empty: Cost, full: Cost) -> dict[str, float]:
    small, large = (statistics.median(one.merges) for one in (empty, full))
    few, many = (statistics.median(one.alerts) for one in (empty, full))
    return {
        "merge_ms_empty": small * 1000,
        "merge_ms_full": large * 1000,
        "merge_ratio": large / small,
        "alerts_ms_empty": few * 1000,
        "alerts_ms_full": many * 1000,
        "alerts_share": many / large,
    }


def _time_alerts(site: Site, settings: Settings, spent: list[float]) -> None:
    """Have the site's intake say how long its alerts take."""
    known = rules(settings)
    effects = list(known.effects)
    place = [getattr(one, "func", one) for one in effects].index(evaluate_alerts)
    evaluate = effects[place]

    async def timed(transaction: MergeTransaction) -> None:
        began = time.perf_counter()
        await evaluate(transaction)
        spent.append(time.perf_counter() - began)

    effects[place] = timed
    site.intake = Intake(
        site.pool,
        structs.replace(known, effects=effects),
        settings,
        announce=lambda *_, **__: None,
        wall_ms=site.clock,
    )


async def _fill(superuser_url: str, project: str, tasks: int) -> None:
    connection = await asyncpg.connect(superuser_url)
    try:
        await fill(connection, project, tasks)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _merge(
    site: Site, who: Any, kind: str, line: str, spent: list[float]
) -> tuple[float, float]:
    values: dict[str, Any] = {
        "expense": {
            "date": "2026-03-01",
            "amount": 5,
            "currency": "XAF",
            "status": "submitted",
            "author_id": who.person,
            "budget_line_id": line,
        },
        "task": {"name": "T", "kind": "task", "planned_finish": "2026-09-01T17:00"},
    }[kind]
    sets = [
        who.change_set(*(site.create(kind, new_id(), **values) for _ in range(CHANGES_A_SET)))
        for _ in range(CHANGES // CHANGES_A_SET)
    ]
    spent.clear()
    began = time.perf_counter()
    answers = await who.push(*sets)
    seconds = time.perf_counter() - began
    assert all(one.status == "merged" for one in answers), answers[0]
    return seconds, sum(spent)


def main() -> None:
    """Measure on a fresh, durable PostgreSQL, and print."""
    directory = Path(tempfile.mkdtemp(prefix="derrick-bench-"))
    directory.chmod(0o711)
    settings = load_settings({}, data_directory=directory / "data")
    try:
        with Stack(settings, parts=["postgres", "valkey"]) as stack:
            migrate(stack.postgres_owner_url, APP_ROLE)
            resolved = structs.replace(
                settings, database_url=stack.postgres_app_url, redis_url=stack.redis_url
            )
            found = asyncio.run(measure(resolved, stack.postgres_superuser_url))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201


if __name__ == "__main__":
    main()
