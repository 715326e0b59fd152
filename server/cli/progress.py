"""Steps shown while they run, so that nothing is silent for over a second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def step(doing: str, done: str = "ready") -> Iterator[None]:
    """Show `doing` at once, then how it ended and after how long."""
    started = time.monotonic()
    click.echo(f"{doing} ... ", nl=False)
    try:
        yield
    except BaseException:
        click.echo("failed")
        raise
    click.echo(f"{done} ({elapsed(started)})")


def elapsed(started: float) -> str:
    """Return the time since `started`, on the monotonic clock, in words."""
    return f"{time.monotonic() - started:.1f} s"
