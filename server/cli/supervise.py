"""Keeping children alive: restart what crashes, with growing pauses, and stop all in order."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from server.stack.child import Child
from server.stack.errors import StackError

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 0.25
_PAUSE_SECONDS_FIRST = 0.5
_PAUSE_SECONDS_MAX = 30.0
_STEADY_SECONDS = 60.0  # alive this long, a child's next pause is the first again


class Watched:
    """A child and how to start it again, with the pause that its crashes have earned."""

    def __init__(self, child: Child, restart: Callable[[], None]) -> None:
        self.child = child
        self._restart = restart
        self._pause_seconds = _PAUSE_SECONDS_FIRST
        self._started = time.monotonic()
        self._due: float | None = None

    def look(self, now: float) -> None:
        """Plan a restart when the child has ended; make it when its pause is over."""
        if self._due is None:
            if not self.child.running:
                self._plan(now)
        elif now >= self._due:
            self._due = None
            self._started = now
            try:
                self._restart()
                click.echo(f"{self.child.spec.name} runs again.", err=True)
            except (OSError, StackError) as error:
                click.echo(f"{self.child.spec.name} could not be started again: {error}", err=True)
                self._plan(now)

    def _plan(self, now: float) -> None:
        if now - self._started > _STEADY_SECONDS:
            self._pause_seconds = _PAUSE_SECONDS_FIRST
        click.echo(
            f"{self.child.spec.name} ended ({_ending(self.child.exit_status)}); "
            f"starting it again in {self._pause_seconds:g} s.",
            err=True,
        )
        self._due = now + self._pause_seconds
        self._pause_seconds = min(self._pause_seconds * 2, _PAUSE_SECONDS_MAX)


class Supervisor:
    """Children started in order, watched until a signal, and stopped in the opposite order."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._watched: list[Watched] = []
        self._own: list[Child] = []

    @property
    def has_children(self) -> bool:
        """Say whether a child was started here."""
        return bool(self._own)

    def add(self, child: Child) -> None:
        """Start a child, to be watched and, in the end, stopped."""
        child.start()
        self._own.append(child)
        self._watched.append(Watched(child, child.start))

    def watch(self, child: Child, restart: Callable[[], None]) -> None:
        """Watch a running child that someone else stops."""
        self._watched.append(Watched(child, restart))

    def run(self) -> None:
        """Watch the children until SIGINT, SIGTERM or SIGHUP."""
        with _signals(self._stopping.set):
            while not self._stopping.wait(_POLL_SECONDS):
                now = time.monotonic()
                for watched in self._watched:
                    watched.look(now)

    def stop(self) -> None:
        """Stop the added children, the last first."""
        for child in reversed(self._own):
            child.signal_stop()
        for child in reversed(self._own):
            child.wait_stopped()


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn every signal that asks to stop into KeyboardInterrupt."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with _signals(interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore further signals that ask to stop, while stopping."""
    with _signals(lambda: click.echo("Already stopping, a moment please.", err=True)):
        yield


@contextmanager
def _signals(react: Callable[[], None]) -> Iterator[None]:
    def handle(_: int, __: FrameType | None) -> None:
        react()

    numbers = [number for number in _STOP_SIGNALS if not _kept_from_us(number)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kept_from_us(number: signal.Signals) -> bool:
    """Say whether nohup had us ignore the end of the terminal."""
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
