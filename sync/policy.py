"""One small function per merge policy: what concurrent writes of one field give.

Each is a function of the set of writes that no other write has seen ("siblings"), never of their
order of arrival. Siblings come sorted by dot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.text import merge_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.schema import Field, Workflow


class Sibling(Struct, frozen=True, array_like=True):
    """One live write of a field: no other write known here has seen it."""

    replica: str
    counter: int
    time: int
    value: Any
    before: Any = None
    """For `text`: the value the writer started from."""
    context: dict[str, int] = {}
    """For `text`: what the writer had seen, to find the common ancestor of two texts."""


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


def write_once(siblings: Sequence[Sibling]) -> Sibling:
    """Keep the write of the earlier hybrid time; an absent value is not yet written."""
    return min(siblings, key=lambda sibling: (sibling.value is None, *_order(sibling)))


def workflow(siblings: Sequence[Sibling], machine: Workflow) -> Settled:
    """Keep the state that the workflow declares stronger."""
    rank = {state: position for position, state in enumerate(machine.precedence)}
    strongest = max(siblings, key=lambda sibling: (rank.get(sibling.value, -1), _order(sibling)))
    return Settled(strongest.value)


def _had_seen(sibling: Sibling, context: Mapping[str, int]) -> bool:
    """Whether the writer had seen all of `context`; its own earlier writes it always had."""
    seen = sibling.context
    return all(
        seen.get(maker, 0) >= count or maker == sibling.replica for maker, count in context.items()
    )


def text(siblings: Sequence[Sibling]) -> Settled:
    """Merge three ways over the common ancestor; where that fails, do as `review` does.

    The ancestor is the text that the sibling which had seen least started from, if every other
    sibling had seen all that it had.
    """
    if len(siblings) == 1:
        return Settled(siblings[0].value)
    for least in siblings:
        if all(_had_seen(other, least.context) for other in siblings):
            break
    else:
        return review(siblings)
    ancestor = least.before or ""
    merged = siblings[0].value or ""
    for sibling in siblings[1:]:
        attempt = merge_texts(ancestor, merged, sibling.value or "")
        if attempt is None:
            return review(siblings)
        merged = attempt
    return Settled(merged)


_SIMPLE = {"review": review, "maximum": maximum, "text": text}


def settle(field: Field | None, siblings: Sequence[Sibling]) -> Settled:
    """Apply the field's policy; a field that only a newer client knows is `latest`."""
    if field is None:
        return latest(siblings)
    if field.workflow is not None:
        return workflow(siblings, field.workflow)
    return _SIMPLE.get(field.policy, latest)(siblings)


def counter(total: int | None, before: int | None, after: int | None) -> int:
    """Add the writer's delta to the total; an absent value counts as zero."""
    return (total or 0) + (after or 0) - (before or 0)
