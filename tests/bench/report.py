"""Runs the measures at two sizes and prints them, each beside the machine's own limit."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from typing import TYPE_CHECKING

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from server.settings import load_settings
from tests.bench import files
from tests.bench.alerts import TASKS
from tests.bench.alerts import measure as alerts_of
from tests.bench.dashboards import LARGE, QUICK_LARGE, SMALL, DashboardFigures
from tests.bench.dashboards import measure as dashboards_of
from tests.bench.installation import installation
from tests.bench.measuring import Bench, Figures, MergeFigures, Scale, percentile
from tests.bench.networks import measure as measure_schedule
from tests.bench.spending import expenses_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL_ROWS = 10_000
LARGE_ROWS = 1_000_000
QUICK_LARGE_ROWS = 100_000
QUICK_ALERT_TASKS = 20_000
SEED = 2026


class Report(msgspec.Struct, frozen=True):
    """The figures that programs read; the rest is for people."""

    merge_per_s: float
    merge_ratio_rows: float
    merge_ratio_bytes: float
    pull_rows_per_s: float
    pull_ratio: float
    access_cost_merge: float
    """How much longer a merge takes for guards, access, sessions and rates: a share."""
    access_cost_cpu: float
    """The same of processor time."""
    access_cost_push: float
    """The same of a push of one change: the medians."""
    delivery_ms_p50: float
    delivery_ms_p99: float
    growth_merge: float
    growth_pull: float
    dashboard_ms_p50: float
    """A project's figures after a merge, at the large size."""
    dashboard_ms_p99: float
    dashboard_cached_ms_p50: float
    growth_dashboard: float
    """The first to that of a small project: the medians."""
    expenses_ratio: float
    """Merging 500 expenses into a project of `large_rows` expenses, to an empty one."""
    alerts_share_expenses: float
    """What alerts take of merging 500 expenses into a project of 100,000 tasks: a share."""
    alerts_share_tasks: float
    """The same of 500 new tasks."""
    alerts_merge_ratio: float
    """Merging 500 tasks into that project, to an empty one."""
    schedule_s: float
    """A critical path of 10,000 tasks."""
    schedule_ratio: float
    """The same, to a bare pass over the network in the order of its links."""
    intake_bytes_per_s: float
    intake_ratio: float
    """To a bare file write with fsync."""
    drain_bytes_per_s: float
    drain_ratio: float
    """To a bare boto3 upload of the same files."""
    large_rows: int
    """Rows of the large size; a quick run takes fewer than the full one."""
    dashboards: list[DashboardFigures]
    figures: list[Figures]


def run(*, quick: bool, as_json: bool) -> None:
    """Measure and print."""
    people = Console(file=sys.stderr if as_json else sys.stdout)

    def tell(what: str) -> None:
        people.print(f"[dim]{what}[/]")

    report = uvloop.run(measure(quick=quick, tell=tell))
    if as_json:
        print(msgspec.json.encode(report).decode())  # noqa: T201
    else:
        show(people, report)


async def measure(*, quick: bool, tell: Callable[[str], None]) -> Report:
    """Measure a small installation and a large one, each fresh."""
    large = QUICK_LARGE_ROWS if quick else LARGE_ROWS
    found = []
    empty_s, full_s = 0.0, 0.0
    for rows in (SMALL_ROWS, large):
        scale = Scale(rows, 16 if quick else 48, 100 if quick else 300, 12 if quick else 32)
        loop = asyncio.get_running_loop()
        context = installation()
        at = await loop.run_in_executor(None, context.__enter__)
        try:
            found.append(await Bench(at, random.Random(SEED), scale, tell).run())
            if rows == large:
                tell(f"{rows:,} expenses: merging 500 more")
                empty_s, full_s = await expenses_seconds(
                    at.database_url, at.owner_url, rows, random.Random(SEED)
                )
        finally:
            await loop.run_in_executor(None, context.__exit__, None, None, None)
    small, grown = found
    dashboards = await measure_dashboards(quick=quick, tell=tell)
    alerts = await measure_alerts(quick=quick, tell=tell)
    tell("A critical path of 10,000 tasks ...")
    scheduling_s, passing_s = measure_schedule()
    tell("Files in and out ...")
    filed = await files.measure(4 if quick else 16)
    best = _best(small)
    return Report(
        merge_per_s=best.merge_per_s,
        merge_ratio_rows=best.merge_per_s / best.rows_limit_per_s,
        merge_ratio_bytes=best.merge_per_s / best.bytes_limit_per_s,
        pull_rows_per_s=grown.bootstrap_rows_per_s,
        pull_ratio=grown.bootstrap_rows_per_s / grown.read_limit_rows_per_s,
        access_cost_merge=small.access.merge_cost,
        access_cost_cpu=small.access.cpu_cost,
        access_cost_push=percentile(small.access.checked_push_ms, 50)
        / percentile(small.access.open_push_ms, 50)
        - 1,
        delivery_ms_p50=percentile(small.delivery_ms, 50),
        delivery_ms_p99=percentile(small.delivery_ms, 99),
        growth_merge=best.merge_per_s / _best(grown).merge_per_s,
        growth_pull=small.pull_rows_per_s / grown.pull_rows_per_s,
        dashboard_ms_p50=percentile(dashboards[-1].fresh_ms, 50),
        dashboard_ms_p99=percentile(dashboards[-1].fresh_ms, 99),
        dashboard_cached_ms_p50=percentile(dashboards[-1].cached_ms, 50),
        growth_dashboard=percentile(dashboards[-1].fresh_ms, 50)
        / percentile(dashboards[0].fresh_ms, 50),
        expenses_ratio=full_s / empty_s,
        alerts_share_expenses=alerts["expense"]["alerts_share"],
        alerts_share_tasks=alerts["task"]["alerts_share"],
        alerts_merge_ratio=alerts["task"]["merge_ratio"],
        schedule_s=scheduling_s,
        schedule_ratio=scheduling_s / passing_s,
        intake_bytes_per_s=filed.intake_bytes_per_s,
        intake_ratio=filed.intake_ratio,
        drain_bytes_per_s=filed.drain_bytes_per_s,
        drain_ratio=filed.drain_ratio,
        large_rows=large,
        dashboards=dashboards,
        figures=found,
    )


async def measure_dashboards(*, quick: bool, tell: Callable[[str], None]) -> list[DashboardFigures]:
    """Measure the dashboards of a small project and of a large one, on one installation."""
    loop = asyncio.get_running_loop()
    context = installation()
    at = await loop.run_in_executor(None, context.__enter__)
    try:
        return await dashboards_of(at, (SMALL, QUICK_LARGE if quick else LARGE), tell)
    finally:
        await loop.run_in_executor(None, context.__exit__, None, None, None)


async def measure_alerts(
    *, quick: bool, tell: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Measure what alerts add to merges, on an installation of their own."""
    tasks = QUICK_ALERT_TASKS if quick else TASKS
    tell(f"{tasks:,} tasks: what alerts add to merges ...")
    loop = asyncio.get_running_loop()
    context = installation()
    at = await loop.run_in_executor(None, context.__enter__)
    try:
        settings = load_settings({}, database_url=at.database_url, redis_url=at.redis_url)
        return await alerts_of(settings, at.owner_url, tasks)
    finally:
        await loop.run_in_executor(None, context.__exit__, None, None, None)


def _best(figures: Figures) -> MergeFigures:
    """Return the merge figures at the most connections: a camp syncing."""
    return figures.merges[-1]


def show(console: Console, report: Report) -> None:
    """Print the report for people."""
    table = Table("rows stored", "measure", "Derrick", "the machine's limit", "ratio")
    for one in report.figures:
        stored = f"{one.rows:,}"
        for merge in one.merges:
            name = f"merge, {merge.connections} connection(s), changes/s"
            table.add_row(
                stored,
                f"{name}: business rows alone",
                f"{merge.merge_per_s:,.0f}",
                f"{merge.rows_limit_per_s:,.0f}",
                f"{merge.merge_per_s / merge.rows_limit_per_s:.3f}",
            )
            table.add_row(
                stored,
                f"{name}: same bytes, same tables",
                f"{merge.merge_per_s:,.0f}",
                f"{merge.bytes_limit_per_s:,.0f}",
                f"{merge.merge_per_s / merge.bytes_limit_per_s:.3f}",
            )
        checked, bare = one.access.checked_per_s, one.access.open_per_s
        table.add_row(
            stored,
            "the same in turns (limit: without access checks)",
            f"{statistics.median(checked):,.0f}",
            f"{statistics.median(bare):,.0f}",
            f"{1 / (1 + one.access.merge_cost):.3f}",
        )
        pushed = percentile(one.access.checked_push_ms, 50)
        unchecked = percentile(one.access.open_push_ms, 50)
        table.add_row(
            stored,
            "push of one change, p50, ms (limit: without access checks)",
            f"{pushed:.2f}",
            f"{unchecked:.2f}",
            f"{pushed / unchecked:.2f}",
        )
        for name, ours in (
            ("bootstrap, rows/s", one.bootstrap_rows_per_s),
            ("pull, rows/s", one.pull_rows_per_s),
        ):
            table.add_row(
                stored,
                name,
                f"{ours:,.0f}",
                f"{one.read_limit_rows_per_s:,.0f}",
                f"{ours / one.read_limit_rows_per_s:.2f}",
            )
        for percent in (50, 99):
            took = percentile(one.delivery_ms, percent)
            commit = percentile(one.commit_ms, percent)
            table.add_row(
                stored,
                f"push to poke to pull, p{percent}, ms (limit: a commit)",
                f"{took:.2f}",
                f"{commit:.2f}",
                f"{took / commit:.1f}",
            )
    for dashboard in report.dashboards:
        size = f"{dashboard.tasks:,} tasks, {dashboard.expenses:,} expenses"
        for percent in (50, 99):
            fresh = percentile(dashboard.fresh_ms, percent)
            kept = percentile(dashboard.cached_ms, percent)
            table.add_row(
                size,
                f"dashboard after a merge, p{percent}, ms (limit: when cached)",
                f"{fresh:.1f}",
                f"{kept:.1f}",
                f"{fresh / kept:.1f}",
            )
    console.print(table)
    console.print(
        f"growth from {report.figures[0].rows:,} to {report.large_rows:,} rows stored: "
        f"merge {report.growth_merge:.2f}, pull {report.growth_pull:.2f} (1 is none); "
        f"dashboard, small project to large: {report.growth_dashboard:.2f}"
    )
    console.print(
        f"500 expenses into a project of {report.large_rows:,}: {report.expenses_ratio:.2f} times "
        "an empty one"
    )
    console.print(
        "access checks (guards, access, sessions, rates) add to a merge of 500 changes "
        f"{report.access_cost_merge:.1%} of time and {report.access_cost_cpu:.1%} of processor "
        f"time, to a push of one change {report.access_cost_push:.1%} of time"
    )
    console.print(
        f"alerts take {report.alerts_share_expenses:.1%} of merging 500 expenses and "
        f"{report.alerts_share_tasks:.1%} of 500 tasks into a full project, a merge of which takes "
        f"{report.alerts_merge_ratio:.2f} times one into an empty project"
    )
    console.print(
        f"critical path of 10,000 tasks: {report.schedule_s:.2f} s of a processor, "
        f"{report.schedule_ratio:.1f} times a bare pass over the network"
    )
    console.print(
        f"files: intake {report.intake_bytes_per_s / 1e6:,.0f} MB/s, {report.intake_ratio:.2f} of "
        f"a bare write with fsync; drain {report.drain_bytes_per_s / 1e6:,.0f} MB/s, "
        f"{report.drain_ratio:.2f} of a bare boto3 upload"
    )
