"""Processor time of what the benchmark has started: others on the machine add little to it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NANOSECONDS = 1_000_000_000
_PROC = Path("/proc")


def descendants_seconds() -> float:
    """Return the processor time of all running descendants so far; 0 where /proc has none."""
    if not (_PROC / "self" / "schedstat").exists():
        return 0.0
    parents = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, ValueError):
                # After the name, which may hold anything, in brackets: the state, the parent.
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
    mine: set[int] = set()
    found = {os.getpid()}
    while found - mine:
        mine |= found
        found = {one for one, parent in parents.items() if parent in mine}
    return sum(map(_seconds, mine - {os.getpid()}))


def _seconds(process: int) -> float:
    total = 0
    with suppress(OSError):
        for task in (_PROC / str(process) / "task").iterdir():
            with suppress(OSError, ValueError):
                total += int((task / "schedstat").read_text().split()[0])
    return total / NANOSECONDS
