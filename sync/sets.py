"""The `set` policy: an observed-remove set of texts.

An element is present while some addition of it has been seen by no removal of it. Source: Shapiro
et al., "A comprehensive study of Convergent and Commutative Replicated Data Types" (2011), with the
row's version vector in place of tombstones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync.clock import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Additions = dict[str, list[tuple[str, int]]]
"""Element -> the dots that added it and that no remover had seen."""
Removals = dict[str, dict[str, int]]
"""Element -> what its removers had seen beyond the row's vector: additions that will come late."""


class Writer(NamedTuple):
    """Who writes a set, and what it had seen."""

    replica: str
    counter: int
    context: Mapping[str, int]
    unseen: Mapping[str, int]
    """The part of the context that lies beyond the row's vector."""


def members(elements: Iterable[str]) -> list[str]:
    """Return the elements, each once, in code point order."""
    return sorted(set(elements))


def write_set(
    additions: Additions,
    removals: Removals,
    *,
    before: Sequence[str],
    after: Sequence[str],
    writer: Writer,
) -> tuple[Additions, Removals]:
    """Apply one writer's additions and removals: what it left against what it saw.

    A removed element loses the additions that the writer had seen; one that another replica made
    meanwhile stays.
    """
    additions, removals = dict(additions), dict(removals)
    replica, counter, context, unseen = writer
    for element in sorted(set(before) - set(after)):
        kept = [
            (maker, count)
            for maker, count in additions.pop(element, ())
            if maker != replica and context.get(maker, 0) < count
        ]
        if kept:
            additions[element] = kept
        if unseen:
            removals[element] = join(removals.get(element, {}), unseen)
    for element in sorted(set(after) - set(before)):
        if removals.get(element, {}).get(replica, 0) < counter:
            additions[element] = sorted([*additions.get(element, ()), (replica, counter)])
    return additions, removals
