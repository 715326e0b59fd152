"""From when until when an alert would have stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from server.alerts.history import Moment

DAY_MS = 86_400_000


class Raised(Struct, frozen=True):
    """An alert that would have been raised."""

    subject_table: str
    subject_id: str
    level: str
    facts: dict[str, Any]
    raised_at: int
    """Milliseconds since 1970; for what stood before the period, its beginning."""
    cleared_at: int | None = None


class Span(Struct):
    """An alert, from when until when."""

    raised: Raised
    start: int
    end: int | None = None

    def shown(self) -> Raised:
        """Return the alert with its end."""
        return structs.replace(self.raised, cleared_at=self.end)


def spans_of(
    moments: Sequence[Moment],
    ticks: Iterable[int],
    judge: Callable[[Mapping[str, Any] | None, int], Iterable[Raised]],
) -> list[Span]:
    """Return the alerts on a row: judged when it changed, and when time alone may matter.

    Args:
        moments: what the row was, from the first moment on.
        ticks: further moments to judge at.
        judge: what it would have raised, of its values at a moment.

    """
    when = sorted({*(moment.at for moment in moments), *ticks})
    spans: list[Span] = []
    open_now: dict[object, Span] = {}
    place, values = 0, None
    for at in when:
        while place < len(moments) and moments[place].at <= at:
            values = moments[place].values
            place += 1
        found = {one.facts.get("threshold"): one for one in judge(values, at)}
        for key, one in found.items():
            if key not in open_now:
                open_now[key] = Span(one, at)
                spans.append(open_now[key])
        for key in [*open_now]:
            if key not in found:
                open_now.pop(key).end = at
    return spans
