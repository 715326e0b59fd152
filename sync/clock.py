"""Dots, version vectors and hybrid logical clocks.

A dot is (replica, counter). A version vector maps replica -> highest counter seen. A hybrid time is
one integer, `milliseconds since 1970 * 1000 + logical`, exact in every language's double.

Sources: Parker et al., "Detection of Mutual Inconsistency in Distributed Systems" (1983), for
version vectors; Preguiça et al., "Dotted Version Vectors" (2010), for dots; Kulkarni et al.,
"Logical Physical Clocks" (2014), for hybrid clocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

REPLICA_ID_PATTERN = r"^[0-9a-f]{16}$(?!\n)"
"""The last part refuses a closing line feed, which a bare `$` lets through in Python."""
SERVER_REPLICA = "0" * 16
"""The server's own replica id; in a scope its counter is the scope's seq, so it needs no other."""

LOGICAL_PER_MILLISECOND = 1000

VersionVector = dict[str, int]


class Dot(NamedTuple):
    """The name of one change set: which replica made it, and its place in that replica's order."""

    replica: str
    counter: int


def covers(vector: Mapping[str, int], replica: str, counter: int) -> bool:
    """Whether `vector` has seen the dot (replica, counter)."""
    return vector.get(replica, 0) >= counter


def dominates(left: Mapping[str, int], right: Mapping[str, int]) -> bool:
    """Whether `left` has seen everything `right` has."""
    get = left.get
    return all(get(replica, 0) >= counter for replica, counter in right.items())


def join(left: Mapping[str, int], right: Mapping[str, int]) -> VersionVector:
    """Return the least vector that has seen what either has."""
    joined = dict(left)
    for replica, counter in right.items():
        if joined.get(replica, 0) < counter:
            joined[replica] = counter
    return joined


def beyond(vector: Mapping[str, int], seen: Mapping[str, int]) -> VersionVector:
    """Return the entries of `vector` that `seen` does not cover."""
    get = seen.get
    return {replica: counter for replica, counter in vector.items() if counter > get(replica, 0)}


def hybrid_time(wall_ms: int, logical: int = 0) -> int:
    """Build a hybrid time from wall milliseconds and a logical count below 1000."""
    return wall_ms * LOGICAL_PER_MILLISECOND + logical


def wall_milliseconds(time: int) -> int:
    """Return the wall part of a hybrid time, in milliseconds since 1970."""
    return time // LOGICAL_PER_MILLISECOND


def tick(previous: int, wall_ms: int) -> int:
    """Return the time of a new local event: after `previous`, and not before the wall clock.

    When a thousand events share a millisecond the logical part carries into the wall part, which
    keeps the order and moves the clock ahead by a millisecond.
    """
    return max(previous + 1, hybrid_time(wall_ms))


def receive(previous: int, seen: int, wall_ms: int) -> int:
    """Return the clock's new reading after seeing another replica's time `seen`."""
    return max(previous, seen, hybrid_time(wall_ms))


def clamp(time: int, wall_ms: int, drift_ms_max: int) -> int:
    """Pull a time that runs more than `drift_ms_max` ahead of the server back to the server's."""
    if time > hybrid_time(wall_ms + drift_ms_max, LOGICAL_PER_MILLISECOND - 1):
        return hybrid_time(wall_ms)
    return time
