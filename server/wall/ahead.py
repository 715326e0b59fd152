"""Lets a request pass before Redis has counted it, where its keys are far from their limits.

Asking Redis costs a request half a millisecond, and nearly every key has more than half of its rate
left. Such a request passes by what this process knows of its keys, and Redis is told a moment
later, of all such requests together. What is told is counted in full, and in the lower half of a
rate every request waits for Redis: so the limit itself stays exact, unless more than 32 processes
at once pass their share of one key within that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.wall.standing import MICROSECONDS, Rate, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PER_MINUTE_MIN = 300
"""Smaller rates are always counted first: there is little to be had ahead of them."""
SHARE = 64
"""Of a rate, the part that a process lets pass before it has told Redis."""
KEYS_MAX = 50_000


class Ahead:
    """What this process knows of keys, and what it has let pass and not told yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the clock, in seconds."""
        self._clock = clock
        self._rests: dict[str, int] = {}
        self._untold: dict[Rate, int] = {}

    def take(self, rates: Sequence[Rate]) -> list[Standing] | None:
        """Let a request pass, if all its keys are far from their limits; None: ask Redis."""
        now = int(self._clock() * MICROSECONDS)
        standings = []
        for rate in rates:
            rest = self._rests.get(rate.key)
            if rest is None or rate.per_minute < PER_MINUTE_MIN:
                return None
            ahead = max(rest, now) + rate.interval - now
            burst = rate.interval * rate.per_minute
            if 2 * ahead > burst or self._untold.get(rate, 0) >= rate.per_minute // SHARE:
                return None
            standings.append(Standing(rate.per_minute, (burst - ahead) // rate.interval, 0, ahead))
        for rate, standing in zip(rates, standings, strict=True):
            self._rests[rate.key] = now + standing.rest
            self._untold[rate] = self._untold.get(rate, 0) + 1
        return standings

    def learn(self, rate: Rate, rest: int) -> None:
        """Note in how many microseconds a key is back to rest, as Redis told."""
        if rate.per_minute < PER_MINUTE_MIN:
            return
        if len(self._rests) >= KEYS_MAX:
            self._rests.clear()
        now = int(self._clock() * MICROSECONDS)
        self._rests[rate.key] = now + rest + self._untold.get(rate, 0) * rate.interval

    def untold(self) -> dict[Rate, int]:
        """Take what Redis has not been told: how many requests passed, by rate."""
        taken, self._untold = self._untold, {}
        return taken
