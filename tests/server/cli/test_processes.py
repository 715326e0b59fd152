"""The processes of an installation, each by itself, around a stand-in application."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.stack import free_port
from tests.server.cli.running import Running, environment
from tests.server.observing import alive, descendants, eventually

_STAND_INS = Path(__file__).parent / "stand_ins"


def test_serve_mounts_the_services_named(stack_variables: dict[str, str]) -> None:
    """The serving processes get the services of the command line, in as many workers as asked."""
    port = free_port()
    arguments = ("serve", f"--port={port}", "--services=sync,budget", "--workers=2")
    with _derrick(*arguments, variables=stack_variables) as process:
        running = Running(process, f"http://127.0.0.1:{port}")
        assert eventually(lambda: running.answer() != "")
        assert running.answer().split()[1] == "sync,budget"
        workers: set[int] = set()
        assert eventually(lambda: len(_noting(workers, running)) == 2)
        process.kill()  # leaves no time to tell the workers
        assert eventually(lambda: not any(map(alive, workers)))


@pytest.mark.parametrize("command", ["serve", "worker", "scheduler"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_process(
    stack_variables: dict[str, str], command: str, number: signal.Signals
) -> None:
    """SIGTERM and SIGINT end each process with status 0 and without its children."""
    variables = stack_variables | {"DERRICK_HTTP_PORT": str(free_port())}
    with _derrick(command, variables=variables) as process:
        assert eventually(lambda: _catches(process.pid, number))
        children = descendants(process.pid)
        process.send_signal(number)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert not any(map(alive, children))


def _noting(workers: set[int], running: Running) -> set[int]:
    """Add the process that answers now to those seen."""
    workers.add(int(running.answer().split()[0]))
    return workers


def _derrick(command: str, *options: str, variables: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "server.cli", command, *options],
        env=environment(variables) | {"PYTHONPATH": str(_STAND_INS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _catches(pid: int, number: signal.Signals) -> bool:
    """Say whether the process has set a handler of its own for SIGTERM, which comes last."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")), 0)
    both = (1 << signal.SIGTERM - 1) | (1 << number - 1)
    return caught & both == both
