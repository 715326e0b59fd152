"""Progress of a long command, on standard error: a bar or a spinner, and what took how long."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from server.cli.replicas.desk import Desk
    from server.cli.replicas.saying import Both
    from sync.replica import SnapshotProgress

SILENCE_SECONDS_MAX = 1.0


class Work:
    """The steps of one command; `seconds` has how long each took, by its English name."""

    def __init__(self, desk: Desk) -> None:
        self.seconds: dict[str, str] = {}
        self._desk = desk
        self._console = Console(file=sys.stderr, quiet=desk.as_json)
        self._status: Status | None = None

    @contextmanager
    def step(self, doing: Both) -> Iterator[None]:
        """Show that something is being done."""
        if not self._console.is_terminal:
            with self._timed(doing):
                yield
            return
        with self._timed(doing), self._console.status(doing.to(self._desk.language)) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    @contextmanager
    def bytes(self, doing: Both) -> Iterator[Callable[[int, int | None], None]]:
        """Show how far a file is read."""
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        bar = Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True)
        bar.disable = not self._console.is_terminal
        with self._timed(doing), bar:
            task = bar.add_task(doing.to(self._desk.language), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def pages(self, progress: SnapshotProgress) -> None:
        """Show how far a snapshot is fetched."""
        if self._status is not None:
            self._status.update(f"{progress.scope} {progress.pages_done}/{progress.pages}")

    def note(self, sentence: Both) -> None:
        """Say something in passing, to people."""
        if not self._desk.as_json:
            click.echo(sentence.to(self._desk.language), err=True)

    @contextmanager
    def _timed(self, doing: Both) -> Iterator[None]:
        started = time.monotonic()
        yield
        took = time.monotonic() - started
        self.seconds[doing.en.lower()] = f"{took:.3f}"
        if not self._console.is_terminal and took > SILENCE_SECONDS_MAX:
            self._console.print(f"{doing.to(self._desk.language)} : {took:.1f} s", markup=False)
