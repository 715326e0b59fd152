"""A rate of requests, and where one key stands with it."""

from __future__ import annotations

from msgspec import Struct

MICROSECONDS = 1_000_000


class Rate(Struct, frozen=True):
    """How often one key may ask: so many a minute, and as many at once."""

    key: str
    per_minute: int

    @property
    def interval(self) -> int:
        """Microseconds between two requests at this rate."""
        return 60 * MICROSECONDS // self.per_minute


class Standing(Struct, frozen=True):
    """Where one key stands after a request."""

    limit: int
    remaining: int
    wait: int
    """Microseconds until the refused request could pass; 0 when it passed."""
    rest: int
    """Microseconds until the key is back to rest."""

    @property
    def refused(self) -> bool:
        """Whether this key's rate forbids the request."""
        return self.wait > 0
