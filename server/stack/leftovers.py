"""Clearing away the server processes that an earlier life left behind."""

import os
import signal
import time
from pathlib import Path

from server.stack.errors import StackError

_POLL_SECONDS = 0.1


def end_leftovers(directory: Path, program: str, patience_seconds: float = 5.0) -> None:
    """End the processes of `program` that an earlier life left working inside `directory`.

    They are told by their working directory and executable, never by a kept process id, which may
    by now be anyone's. Only Linux lets us look; elsewhere the servers' own pid files must do.
    """
    limit = time.monotonic() + patience_seconds
    while leftovers := _processes_in(directory, program):
        late = time.monotonic() > limit
        for pid in leftovers:
            _end(pid, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(_POLL_SECONDS)


def _end(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise StackError(
            f"Process {pid} of an earlier start still runs and belongs to another user; end it."
        ) from None


def _processes_in(directory: Path, program: str) -> list[int]:
    proc = Path("/proc")
    if not proc.is_dir():
        return []
    place = directory.resolve()
    return [
        int(entry.name)
        for entry in proc.iterdir()
        if entry.name.isdigit() and _works_in(entry, place, program)
    ]


def _works_in(entry: Path, place: Path, program: str) -> bool:
    try:
        working, executable = (entry / "cwd").readlink(), (entry / "exe").readlink()
        state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    name = executable.name.removesuffix(" (deleted)")
    return working == place and name == program and state != "Z"
