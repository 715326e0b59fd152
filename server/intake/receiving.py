"""Turns a push as it came over the wire into entries that can be merged, one by one.

A change set that cannot be read is refused alone: it becomes an entry with its rejection.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.plain import repeats_keys
from sync import errors
from sync.changes import ChangeSet, PushRequest, Rejection, digestible
from sync.schema import INTEGER_MAX, SCHEMA_VERSION
from sync.tables import TABLES
from sync.upgrades import upgrade

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from server.settings import Settings

DIGEST_BYTES = 8

Encoding = Literal["msgpack", "json"]


class _Numbered(Struct):
    counter: int


_DECODE = {
    "msgpack": msgspec.msgpack.Decoder(ChangeSet).decode,
    "json": msgspec.json.Decoder(ChangeSet).decode,
}
_DECODE_NUMBER = {
    "msgpack": msgspec.msgpack.Decoder(_Numbered).decode,
    "json": msgspec.json.Decoder(_Numbered).decode,
}


class Entry(Struct, frozen=True, gc=False):
    """One change set of a push: readable, or refused already."""

    counter: int
    digest: bytes
    change_set: ChangeSet | None
    rejection: Rejection | None = None
    raw: bytes | None = None
    """The bytes as received, when they cannot be read."""

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes that its changes name."""
        changes = () if self.change_set is None else self.change_set.changes
        return frozenset(change.scope for change in changes)


class Sender(Struct, frozen=True):
    """What a push's token says of the session that it comes from."""

    session: str | None
    """None for tokens that have none."""
    issued_at: dt.datetime
    device: str | None = None
    hands_over: bool = False
    """Whether the token allows no more than to hand in a revoked device's work."""
    kinds: frozenset[str] | None = None
    """The kinds of scopes that another system's token is kept to."""


class Push(Struct, frozen=True):
    """A push, ready to be merged."""

    person: str
    request: PushRequest
    entries: list[Entry]
    scopes: frozenset[str]
    """All scopes that its changes touch, and the sisters that totals and alerts go to."""
    changes: int
    sender: Sender | None = None
    """None for pushes of our own, which come from no session."""
    acted: bool = False
    """Made by a route as someone asked: numbered and completed when it is merged."""
    kept: Mapping[tuple[str, str], tuple[str, ...]] = {}
    """Row -> the fields that an act writes again as they stand."""


def receive(
    person: str,
    request: PushRequest,
    encoding: Encoding,
    settings: Settings,
    sender: Sender | None = None,
) -> Push:
    """Read the change sets of a push. Raises ProblemError when the request itself is refused."""
    if len(request.change_sets) > settings.push_change_sets_max:
        raise ProblemError(
            errors.BODY_TOO_LARGE, f"more than {settings.push_change_sets_max} change sets"
        )
    waiting = request.waiting
    for field, number in (
        ("sent_at", request.sent_at),
        ("waiting.change_sets", waiting.change_sets),
        ("waiting.upload_bytes", waiting.upload_bytes),
    ):
        if number > INTEGER_MAX:
            raise ProblemError(errors.REQUEST_MALFORMED, "the number is too large", field=field)
    entries = []
    expected = None
    for raw in request.change_sets:
        entry = _read(bytes(raw), encoding, settings, expected)
        if expected is not None and entry.counter != expected:
            raise ProblemError(
                errors.REQUEST_MALFORMED, "counters are not contiguous", field="change_sets"
            )
        expected = entry.counter + 1
        entries.append(entry)
    return Push(
        person,
        request,
        entries,
        push_scopes(entries),
        sum(len(one.change_set.changes) for one in entries if one.change_set is not None),
        sender,
    )


def _read(raw: bytes, encoding: Encoding, settings: Settings, expected: int | None) -> Entry:
    try:
        change_set = _DECODE[encoding](raw)
        content = digestible(change_set)
        sound = not _has_nul(change_set) and (content == raw or not repeats_keys(raw, encoding))
    except (ValueError, TypeError, RecursionError, OverflowError):
        sound = False
    if not sound:
        counter = _number(raw, encoding, expected)
        rejection = errors.rejection(errors.CHANGE_SET_MALFORMED)
        return Entry(counter, _digest(raw), None, rejection, raw)
    digest = _digest(content)
    if len(change_set.changes) > settings.change_set_changes_max:
        rejection = errors.rejection(errors.CHANGE_SET_TOO_LARGE)
        return Entry(change_set.counter, digest, None, rejection, raw)
    current = upgrade(change_set)
    if current is None:
        rejection = errors.rejection(errors.SCHEMA_UNSUPPORTED)
        return Entry(change_set.counter, digest, None, rejection, raw)
    return Entry(change_set.counter, digest, current)


def _number(raw: bytes, encoding: Encoding, expected: int | None) -> int:
    try:
        counter = _DECODE_NUMBER[encoding](raw).counter
    except (ValueError, TypeError, RecursionError):
        counter = expected or 0
    if not 1 <= counter < 2**53:
        raise ProblemError(errors.REQUEST_MALFORMED, "a change set has no counter")
    return counter


def _has_nul(change_set: ChangeSet) -> bool:
    """Whether a NUL stands where no table's declaration looks for one."""
    if "\x00" in change_set.intent:
        return True
    newer = change_set.schema > SCHEMA_VERSION
    return any(
        "\x00" in change.scope or (newer and any("\x00" in name for name in change.after))
        for change in change_set.changes
    )


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST_BYTES).digest()


def push_scopes(entries: list[Entry]) -> frozenset[str]:
    """Return the scopes that entries touch, and the sisters that totals and alerts go to."""
    found: set[str] = set()
    sisters: set[tuple[str, str]] = set()
    for entry in entries:
        if entry.change_set is None:
            continue
        for change in entry.change_set.changes:
            found.add(change.scope)
            if change.table in _SISTERED:
                sisters.add((change.table, change.scope))
    for name, scope in sisters:
        _, _, key = scope.partition(":")
        found.update(f"{kind}:{key}" for kind in TABLES[name].also_locks)
    return frozenset(found)


_SISTERED = frozenset(name for name, table in TABLES.items() if table.also_locks)
