"""Fixtures of the scheduler's tests: MPXJ's schedules of files."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.projects.scheduling.agreement import MpxjSchedule

PROGRAM = Path(__file__).with_name("mpxj_schedule.py")


@contextmanager
def mpxj_schedules() -> Iterator[MpxjSchedule]:
    """Schedule files with MPXJ, in one process of its own, once per file."""
    assert shutil.which("java"), "MPXJ needs Java: ops/test installs it, or default-jre-headless"
    known: dict[Path, Mapping[str, Any]] = {}
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(  # noqa: S603  (our own program)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        asked, answered = program.stdin, program.stdout
        assert asked is not None
        assert answered is not None

        def ask(path: Path) -> Mapping[str, Any]:
            if path not in known:
                asked.write(f"{path}\n")
                asked.flush()
                answer = json.loads(answered.readline())
                assert "tasks" in answer, answer
                known[path] = answer["tasks"]
            return known[path]

        yield ask
        asked.close()


@pytest.fixture(scope="session")
def mpxj() -> Iterator[MpxjSchedule]:
    """MPXJ's schedules of files."""
    with mpxj_schedules() as ask:
        yield ask
