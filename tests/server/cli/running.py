"""Running `derrick` as people do: a process of its own, its output read line by line."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_STAND_INS = Path(__file__).parent / "stand_ins"


def derrick(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with these DERRICK_* variables and no others."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "server.cli", *arguments],
        env=environment(variables),
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Running:
    """A `derrick up` whose stand-in application answers at `url`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def answer(self) -> str:
        """Return what the server answers; empty while it does not."""
        try:
            with urllib.request.urlopen(self.url, timeout=5) as response:  # noqa: S310
                return str(response.read().decode())
        except OSError:
            return ""


@contextmanager
def derrick_up(data: Path, *arguments: str) -> Iterator[Running]:
    """Run `derrick up` with the stand-ins on a free port, until the block ends."""
    process = start_up(data, *arguments)
    try:
        yield Running(process, _read_address(process))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def start_up(data: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start `derrick up` with the stand-ins, without waiting for anything."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "server.cli", "up", "--data", str(data), "--port=0", *arguments],
        env=environment({}) | {"PYTHONPATH": str(_STAND_INS)},
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with the given DERRICK_* variables alone."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}
    return others | variables


def _read_address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if found := re.search(r"Derrick is at (http://\S+)", line):
            return found[1]
    raise AssertionError(f"derrick up ended without an address:\n{seen}")
