"""Watching processes from outside: who lives, who is whose child, and waiting for a change."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def eventually(condition: Callable[[], bool], seconds_max: float = 30.0) -> bool:
    """Wait until `condition` holds; return whether it did in time."""
    limit = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    """Say whether a process runs: a zombie does not."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below `pid`, whatever session they made of their own."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except OSError:
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def program(pid: int) -> str:
    """Return the name of a process's executable; empty once it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/exe").rsplit("/", 1)[-1]  # noqa: PTH115
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """Return the state, the parent and the rest of /proc/PID/stat."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
