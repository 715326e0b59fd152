"""A child process that cannot outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from server.stack import launch
from server.stack.account import Account
from server.stack.errors import StackError

_LOG_BYTES_MAX = 16 * 1024 * 1024
_LOG_LINES_SHOWN = 12
_POLL_SECONDS = 0.02


class ChildSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How to start and stop one program."""

    name: str
    command: tuple[str, ...]
    directory: Path
    log: Path | None  # None: our own standard error
    account: Account = Account()
    environment: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL  # sent by the kernel when we end
    patience_seconds: float = 10.0  # from the stop signal to SIGKILL


class Child:
    """One program, started, watched and stopped.

    Start it from a thread that lives as long as it should: Linux sends the death signal when that
    thread ends.
    """

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        """Say whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs or before."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches only us."""
        spec = self.spec
        stream = None if spec.log is None else self._open_log(spec.log)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                launch_command(spec.command, spec.account, spec.death_signal),
                cwd=spec.directory,
                env=None if spec.environment is None else dict(spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=None if stream is None else subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            if stream is not None:
                os.close(stream)

    def wait_until(self, ready: Callable[[], bool], seconds_max: float) -> None:
        """Wait for `ready`. Raises StackError with the log's end if the program ends before."""
        limit = time.monotonic() + seconds_max
        while not ready():
            if not self.running:
                raise StackError(
                    f"{self.spec.name} stopped while starting (exit status {self.exit_status})."
                    f"{self.log_excerpt()}"
                )
            if time.monotonic() > limit:
                raise StackError(
                    f"{self.spec.name} was not ready after {seconds_max:.0f} seconds."
                    f"{self.log_excerpt()}"
                )
            time.sleep(_POLL_SECONDS)

    def signal_stop(self) -> None:
        """Ask the program to stop, without waiting."""
        self._send(self.spec.stop_signal)

    def wait_stopped(self) -> None:
        """Wait for the program's end; kill it with its session when patience is over."""
        process = self._process
        if process is None:
            return
        try:
            process.wait(self.spec.patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._kill_session(process.pid)

    def stop(self) -> None:
        """Stop the program and wait for its end."""
        self.signal_stop()
        self.wait_stopped()

    def kill(self) -> None:
        """End the program at once."""
        if self._process is not None:
            self._kill_session(self._process.pid)
            self._process.wait()

    def log_excerpt(self) -> str:
        """Return the last lines that this start has logged, ready to follow a sentence."""
        if self.spec.log is None:
            return ""
        try:
            with self.spec.log.open("rb") as stream:
                stream.seek(self._log_start)
                lines = stream.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        shown = "".join(f"\n  {line}" for line in lines[-_LOG_LINES_SHOWN:])
        return f" The end of {self.spec.log}:{shown}" if shown else ""

    def _open_log(self, path: Path) -> int:
        """Open the log to append, setting a grown one aside; only a start looks at its size."""
        if path.exists() and path.stat().st_size > _LOG_BYTES_MAX:
            path.replace(path.with_name(path.name + ".1"))
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._log_start = os.fstat(file).st_size
        return file

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def _kill_session(self, pid: int) -> None:
        """Kill what is left of the child's process group, itself included."""
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def launch_command(
    command: Sequence[str], account: Account, death_signal: signal.Signals
) -> list[str]:
    """Return the command that changes user, ties itself to this process and becomes `command`."""
    numbers = (os.getpid(), death_signal.value, account.uid, account.gid, account.capability)
    return [sys.executable, "-I", "-S", launch.__file__, *map(str, numbers), *command]


def run_tool(
    command: Sequence[str], *, account: Account, directory: Path, stdin: str | None = None
) -> None:
    """Run a program to its end as `account`. Raises StackError with its output when it fails."""
    done = subprocess.run(  # noqa: S603 - our own programs
        launch_command(command, account, signal.SIGKILL),
        cwd=directory,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip()
        raise StackError(f"{Path(command[0]).name} failed: {output}")
