"""Prints what was measured of the app, beside its bounds."""

from __future__ import annotations

import asyncio
import sys

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.app import ROWS, AppFigures, Frames, measure

QUICK_ROWS = 5_000


def run(*, quick: bool, as_json: bool) -> None:
    """Measure and print."""
    people = Console(file=sys.stderr if as_json else sys.stdout)

    def tell(what: str) -> None:
        people.print(f"[dim]{what} ...[/]")

    figures = asyncio.run(measure(QUICK_ROWS if quick else ROWS, tell))
    if as_json:
        print(msgspec.json.encode(figures).decode())  # noqa: T201
    else:
        show(people, figures)


def show(console: Console, one: AppFigures) -> None:
    """Print the figures for people."""
    table = Table("measure", "Derrick", "bound", "the browser alone")
    table.add_row(
        "first load, compressed script", f"{one.first_load_script_bytes:,} B", "170,000 B"
    )
    table.add_row(
        f"first sync of {one.rows:,} rows",
        f"{one.first_sync_s:.1f} s",
        "10 s",
        f"{one.first_sync_ratio:.1f} times storing bare objects",
    )
    table.add_row("its progress was shown", "yes" if one.progress_seen else "no", "yes")
    table.add_row(
        "scrolling the list of all tasks",
        _smooth(one.scrolling),
        "60 frames/s",
        f"{_smooth(one.standing)} standing still",
    )
    table.add_row("a Gantt of 10,000 tasks, 20,000 links", _smooth(one.gantt), "60 frames/s")
    table.add_row("from the click to that Gantt", f"{one.gantt_open_ms:.0f} ms")
    table.add_row("icon to today's tasks, 4x slowed", f"{one.start_ms:.0f} ms", "1,000 ms")
    table.add_row("the same, a handful of rows", f"{one.start_small_ms:.0f} ms", "1,000 ms")
    console.print(table)


def _smooth(frames: Frames) -> str:
    return f"{frames.per_s:.0f} frames/s, p99 {frames.p99_ms:.0f} ms"
