"""One small function per merge policy: what concurrent writes of one field give.

Each is a function of the set of writes that no other write has seen ("siblings"), never of their
order of arrival. Siblings come sorted by dot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.clock import dominates
from sync.text import merge_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.schema import Field, Workflow


class Sibling(Struct, frozen=True, array_like=True, omit_defaults=True):
    """One live write of a field: no other write known here has seen it."""

    replica: str
    counter: int
    time: int
    value: Any
    unseen: dict[str, int] | None = None
    """What the writer had seen beyond the row's vector: writes that will arrive late."""
    before: Any = None
    """For `text`: the value the writer started from."""
    context: dict[str, int] | None = None
    """For `text`: all that the writer had seen, to find the common ancestor of two texts."""


class Settled(Struct, frozen=True):
    """What a policy made of the siblings."""

    value: Any
    review: bool = False
    """Whether a person should look at it."""


def _order(sibling: Sibling) -> tuple[int, str, int]:
    return (sibling.time, sibling.replica, sibling.counter)


def latest(siblings: Sequence[Sibling]) -> Settled:
    """Keep the later hybrid time; ties go to the higher replica id, then the higher counter."""
    return Settled(max(siblings, key=_order).value)


def review(siblings: Sequence[Sibling]) -> Settled:
    """Show the latest, and ask a person when the values differ."""
    first = siblings[0].value
    differ = any(sibling.value != first for sibling in siblings)
    return Settled(max(siblings, key=_order).value, review=differ)


def maximum(siblings: Sequence[Sibling]) -> Settled:
    """Keep the larger value; an erased value counts as the least."""
    values = [sibling.value for sibling in siblings if sibling.value is not None]
    return Settled(max(values, default=None))


def write_once(siblings: Sequence[Sibling]) -> Settled:
    """Keep the earlier hybrid time."""
    return Settled(min(siblings, key=_order).value)


def workflow(siblings: Sequence[Sibling], machine: Workflow) -> Settled:
    """Keep the state that the workflow declares stronger."""
    rank = {state: position for position, state in enumerate(machine.precedence)}
    strongest = max(siblings, key=lambda sibling: (rank.get(sibling.value, -1), _order(sibling)))
    return Settled(strongest.value)


def text(siblings: Sequence[Sibling]) -> Settled:
    """Merge three ways over the common ancestor; where that fails, do as `review` does.

    The ancestor is the text that the sibling which had seen least started from, if every other
    sibling had seen all that it had.
    """
    if len(siblings) == 1:
        return Settled(siblings[0].value)
    least = next(
        (
            one
            for one in siblings
            if all(dominates(other.context or {}, one.context or {}) for other in siblings)
        ),
        None,
    )
    if least is None:
        return review(siblings)
    ancestor = least.before or ""
    merged = siblings[0].value or ""
    for sibling in siblings[1:]:
        attempt = merge_texts(ancestor, merged, sibling.value or "")
        if attempt is None:
            return review(siblings)
        merged = attempt
    return Settled(merged)


def settle(field: Field | None, siblings: Sequence[Sibling]) -> Settled:
    """Apply the field's policy; a field that only a newer client knows is `latest`."""
    if field is None:
        return latest(siblings)
    match field.policy:
        case "review":
            return review(siblings)
        case "maximum":
            return maximum(siblings)
        case "write_once":
            return write_once(siblings)
        case "text":
            return text(siblings)
        case "workflow" if field.workflow is not None:
            return workflow(siblings, field.workflow)
        case _:
            return latest(siblings)


def counter(total: int | None, before: int | None, after: int | None) -> int:
    """Add the writer's delta to the total; an absent value counts as zero."""
    return (total or 0) + (after or 0) - (before or 0)


class Members(Struct, frozen=True, array_like=True, omit_defaults=True):
    """The state of a `set` field: an observed-remove set.

    Source: Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data
    Types" (2011), with the row's version vector in place of tombstones.
    """

    dots: dict[str, list[tuple[str, int]]]
    """Element -> the dots that added it and that no remover had seen."""
    removed: dict[str, dict[str, int]] = {}
    """Element -> what its removers had seen beyond the row's vector: adds that will come late."""

    def values(self) -> list[str]:
        """Return the elements present, sorted."""
        return sorted(self.dots)


def members(
    state: Members,
    *,
    before: Sequence[str],
    after: Sequence[str],
    replica: str,
    number: int,
    context: dict[str, int],
    unseen: dict[str, int] | None,
) -> Members:
    """Apply one writer's additions and removals to a set.

    An element that the writer removed loses the additions that the writer had seen; one that
    another added meanwhile stays.
    """
    dots = dict(state.dots)
    removed = dict(state.removed)
    for element in set(before) - set(after):
        kept = [
            (maker, count)
            for maker, count in dots.pop(element, ())
            if maker != replica and context.get(maker, 0) < count
        ]
        if kept:
            dots[element] = kept
        if unseen:
            known = removed.get(element, {})
            removed[element] = {
                key: max(known.get(key, 0), unseen.get(key, 0)) for key in {*known, *unseen}
            }
    for element in set(after) - set(before):
        if removed.get(element, {}).get(replica, 0) < number:
            dots[element] = sorted([*dots.get(element, ()), (replica, number)])
    return Members(dots, removed)
