"""Fixtures of the schedule readers' tests: real files, and MPXJ's reading of files."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DUMP = Path(__file__).with_name("mpxj_dump.py")

Oracle = Callable[[Path, str, int], dict[str, Any]]


@pytest.fixture(scope="session")
def real_schedule(realdata: Path) -> Callable[[str], Path]:
    """Find a real file by its path below the folder of real data."""
    return realdata.joinpath


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    """Read a file's first project with MPXJ, in one process of its own, once per file."""
    assert shutil.which("java"), "MPXJ needs Java: ops/test installs it, or default-jre-headless"
    known: dict[tuple[Path, str, int], dict[str, Any]] = {}
    command = [sys.executable, str(DUMP)]
    with subprocess.Popen(  # noqa: S603  (our own program)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        asked, answered = program.stdin, program.stdout
        assert asked is not None
        assert answered is not None

        def read(path: Path, first_day: str, days: int) -> dict[str, Any]:
            key = path, first_day, days
            if key not in known:
                print(path, first_day, days, sep="\t", file=asked, flush=True)
                known[key] = json.loads(answered.readline())[0]
            return known[key]

        yield read
