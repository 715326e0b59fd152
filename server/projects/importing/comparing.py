"""Three ways: what the file said last time, what it says now, what people have. Pure.

A row keeps a mark of each value as the file gave it last (the field `imported`): six characters
of a digest, in the order of `TRACKED`. So a re-import can tell who has changed a value: the file,
people, or both; and it never undoes what people did without saying so.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from sync.tables.planning import TASK_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.projects.importing.plan import ConflictReason

TRACKED: Final[dict[str, tuple[str, ...]]] = {
    "project": ("name", "start", "finish", "data_date"),
    "calendar": ("name", "week", "exceptions", "hours_per_day"),
    "resource": ("name", "kind", "unit"),
    "task": (
        "parent_id",
        "code",
        "name",
        "kind",
        "status",
        "progress",
        "planned_start",
        "planned_finish",
        "actual_start",
        "actual_finish",
        "duration_minutes",
        "float_minutes",
        "calendar_id",
        "notes",
        "tags",
        "progress_by",
        "remaining_minutes",
        "constraint_kind",
        "constraint_date",
        "milestone_at",
    ),
    "task_link": ("kind", "lag_minutes", "lag_calendar"),
    "assignment": ("planned_units", "actual_units"),
    "budget": ("name", "amount"),
    "budget_line": ("cost_code", "description", "amount", "task_id"),
}
"""Table -> the compared fields. Only ever append: marks are kept by position."""

PROGRESS: Final = ("status", "progress", "actual_start", "actual_finish", "remaining_minutes")
"""How far the work is, told as one thing: half of it from the file would contradict the rest."""

MARK_CHARACTERS: Final = 6
_NO_MARK: Final = "." * MARK_CHARACTERS
_BEHIND: Final = {status: rank for rank, status in enumerate(("todo", "in_progress", "done"))}
_encode = msgspec.json.Encoder(order="deterministic").encode


class FieldConflict(NamedTuple):
    """A field that both sides changed."""

    field: str
    here: Any
    file: Any
    reason: ConflictReason


class Comparison(NamedTuple):
    """What becomes of a row that is there already."""

    take: dict[str, Any]
    """Fields that get the file's value."""
    conflicts: list[FieldConflict]
    imported: str
    """The marks to keep from now on."""


def mark(value: Any) -> str:
    """Return the mark of a value."""
    digest = blake2b(_encode(value), digest_size=MARK_CHARACTERS).digest()
    return urlsafe_b64encode(digest)[:MARK_CHARACTERS].decode()


def marks(table: str, values: Mapping[str, Any]) -> str:
    """Return the marks of a row that the file has just made."""
    return "".join(
        mark(values[name]) if name in values else _NO_MARK for name in TRACKED[table]
    ).rstrip(".")


def touched(table: str, current: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that people have changed since the last import."""
    known = _read(table, current)
    return frozenset(
        name for name, seen in known.items() if seen and mark(current.get(name)) != seen
    )


def compare(
    table: str, wanted: Mapping[str, Any], current: Mapping[str, Any], *, take_file: bool
) -> Comparison:
    """Decide, field by field, between what the file says and what people have.

    `take_file` settles conflicts for the file, but never sets progress back.
    """
    known = _read(table, current)
    take: dict[str, Any] = {}
    conflicts: dict[str, FieldConflict] = {}
    for name in TRACKED[table]:
        file, here = wanted.get(name), current.get(name)
        if name not in wanted or file == here or mark(file) == known[name]:
            continue
        unknown = not known[name] and here is not None
        if unknown or (known[name] and mark(here) != known[name]):
            conflicts[name] = FieldConflict(name, here, file, "both_changed")
        else:
            take[name] = file
    if take_file:
        take |= {name: one.file for name, one in conflicts.items()}
        conflicts = {}
    if table == "task":
        _settle_progress(take, conflicts, current, touched(table, current), take_file=take_file)
    # Progress in conflict keeps all its old marks: half of them would hide it the next time.
    held = PROGRESS if not conflicts.keys().isdisjoint(PROGRESS) else ()
    kept = {name: known[name] or _NO_MARK for name in TRACKED[table]}
    for name in TRACKED[table]:
        agreed = name in wanted and wanted[name] == current.get(name)
        if name in take or (agreed and name not in held):
            kept[name] = mark(wanted[name])
    return Comparison(take, list(conflicts.values()), "".join(kept.values()).rstrip("."))


def _settle_progress(
    take: dict[str, Any],
    conflicts: dict[str, FieldConflict],
    current: Mapping[str, Any],
    people: frozenset[str],
    *,
    take_file: bool,
) -> None:
    """Take the file's word on progress whole or not at all."""
    moved = [name for name in PROGRESS if name in take or name in conflicts]
    taken = [name for name in moved if name in take]
    by_people = not people.isdisjoint(PROGRESS)
    before = current.get("status")
    status: str | None = take.get("status", before)
    refused = by_people and taken and (not take_file or _sets_back(take, current))
    reason: ConflictReason
    if status is not None and not TASK_STATUS.allows(before, status):
        reason = "status_move"
    elif refused or any(name in conflicts for name in moved):
        reason = "progress_kept"
    else:
        return
    for name in taken:
        conflicts[name] = FieldConflict(name, current.get(name), take.pop(name), reason)
    for name in moved:
        conflicts[name] = conflicts[name]._replace(reason=reason)


def _sets_back(take: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    if take.get("progress", current.get("progress") or 0) < (current.get("progress") or 0):
        return True
    here = _BEHIND.get(current.get("status") or "todo", len(_BEHIND))
    if _BEHIND.get(take.get("status") or current.get("status") or "todo", len(_BEHIND)) < here:
        return True
    return any(
        name in take and take[name] is None and current.get(name) is not None
        for name in ("actual_start", "actual_finish")
    )


def _read(table: str, current: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> mark; empty where the file has never said anything."""
    text = current.get("imported") or ""
    found = {}
    for position, name in enumerate(TRACKED[table]):
        seen = text[position * MARK_CHARACTERS : (position + 1) * MARK_CHARACTERS]
        found[name] = seen if len(seen) == MARK_CHARACTERS and seen != _NO_MARK else ""
    return found
