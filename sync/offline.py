"""Which versions a tablet keeps offline: a rule of the project, the same on every client. Pure.

Rows come first, to everyone who may read them; of the bytes a tablet keeps what the rule names, the
most useful first, until the room is used up. The rest is fetched when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAY_MS = 86_400_000


class OfflineRule(Struct, frozen=True):
    """What a project's tablets keep; the defaults hold where no rule was made."""

    recent_days: int = 14
    mine: bool = True
    pinned: bool = True
    file_bytes_max: int = 20 * 1024 * 1024
    total_bytes_max: int = 1024 * 1024 * 1024


def rule_of(values: Mapping[str, Any] | None) -> OfflineRule:
    """Return the rule that an `offline_rule` row says; what it leaves out is as by default."""
    said = {} if values is None else {name: values.get(name) for name in _NAMES}
    return OfflineRule(**{name: value for name, value in said.items() if value is not None})


_NAMES = OfflineRule.__struct_fields__


def kept_versions(
    documents: Iterable[tuple[str, Mapping[str, Any]]],
    versions: Mapping[str, Mapping[str, Any]],
    rule: OfflineRule,
    *,
    person: str,
    now_ms: int,
) -> list[str]:
    """Return the versions to keep, in the order in which to fetch them.

    Pinned documents come first, then one's own, then the recent, each from the newest; a file over
    the limit is never kept unasked, and one for which the room is too small leaves it to others.

    Args:
        documents: (id, values) of those on the tablet.
        versions: the newest version of each, by id; of the others nothing is kept.
        rule: the project's.
        person: whose tablet it is.
        now_ms: the time.

    """
    ranked = []
    for document, values in documents:
        version = values.get("version_id")
        stored = versions.get(str(version), {})
        if values.get("trashed_at") is not None or stored.get("state") != "stored":
            continue
        rank = _rank(values, stored, rule, person, now_ms)
        if rank is not None and int(stored["stored_bytes"]) <= rule.file_bytes_max:
            ranked.append((rank, -int(stored.get("stored_at") or 0), document, str(version)))
    room, kept = rule.total_bytes_max, []
    for *_, version in sorted(ranked):
        size = int(versions[version]["stored_bytes"])
        if size <= room:
            room -= size
            kept.append(version)
    return kept


def _rank(
    values: Mapping[str, Any],
    stored: Mapping[str, Any],
    rule: OfflineRule,
    person: str,
    now_ms: int,
) -> int | None:
    """Return how useful a document is to have, the smallest first; None when it is not kept."""
    if rule.pinned and values.get("pinned"):
        return 0
    if rule.mine and values.get("author_id") == person:
        return 1
    recent = now_ms - int(stored.get("stored_at") or 0) <= rule.recent_days * DAY_MS
    return 2 if rule.recent_days and recent else None
