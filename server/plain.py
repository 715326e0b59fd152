"""What the protocol demands of a body and the decoders let pass: no key twice, no NUL, no float.

The values of declared fields are checked by their tables (`sync.validation`); this is for the rest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from sync import validation

if TYPE_CHECKING:
    from server.wire import Encoding

DEPTH_MAX = 32
"""Levels of a request: more than the deepest document within a change set needs."""

_SMALL_MAPS = range(0x80, 0x90)
_MAPS = {0xDE: 3, 0xDF: 5}
"""First byte of a MessagePack map with its size behind it -> where its content starts."""
_ARRAYS = frozenset({*range(0x90, 0xA0), 0xDC, 0xDD})

_packed = msgspec.msgpack.Encoder().encode
_unpacked = msgspec.msgpack.Decoder().decode
_parts = msgspec.msgpack.Decoder(list[Raw]).decode


class _RepeatedError(ValueError):
    """A JSON object names a key twice."""


def is_plain(value: Any) -> bool:
    """Whether a decoded request is one that every client reads alike, and not nested too deep."""
    return validation.is_plain(value, DEPTH_MAX + 1)


def repeats_keys(body: bytes, encoding: Encoding) -> bool:
    """Whether any map in an encoded value names a key twice, or is nested beyond reason.

    The body was decoded before, so it is well formed.
    """
    if encoding == "json":
        try:
            _load(body, _refuse_repeated)
        except _RepeatedError:
            return True
        return False
    # Encoded anew, a value that repeats nothing and is in its shortest form is the same.
    return _packed(_unpacked(body)) != body and _repeats(body, DEPTH_MAX)


def repeats_outer_keys(body: bytes, encoding: Encoding, within: str) -> bool:
    """Whether the outermost map, or that under its key `within`, names a key twice: see above."""
    if encoding == "json":
        try:
            outer = _load(body, _mark_repeated)
        except RecursionError:
            return True
        return outer is _RepeatedError or outer.get(within) is _RepeatedError
    parts = _map_parts(body) or []
    names = [_unpacked(one) for one in parts[::2]]
    if len({*names}) < len(names):
        return True
    return any(
        name == within and _repeats(bytes(one), DEPTH_MAX)
        for name, one in zip(names, parts[1::2], strict=True)
    )


def _repeats(body: bytes, depth: int) -> bool:
    if depth == 0:
        return True
    first = body[0]
    if first in _ARRAYS:
        return any(_repeats(bytes(one), depth - 1) for one in _parts(body))
    parts = _map_parts(body)
    if parts is None:
        return False
    names = {_unpacked(one) for one in parts[::2]}
    if len(names) * 2 < len(parts):
        return True
    return any(_repeats(bytes(one), depth - 1) for one in parts[1::2])


def _map_parts(body: bytes) -> list[Raw] | None:
    """Return the keys and values of an encoded map in turn; None when it is no map.

    A MessagePack map differs from the array of its keys and values by nothing but its head.
    """
    first = body[0]
    if first in _SMALL_MAPS:
        count, start = first & 0x0F, 1
    elif first in _MAPS:
        start = _MAPS[first]
        count = int.from_bytes(body[1:start], "big")
    else:
        return None
    return _parts(b"\xdd" + (count * 2).to_bytes(4, "big") + body[start:])


def _load(body: bytes, hook: Any) -> Any:
    # Broken text is found where it stands, by who decodes that part.
    text = body.decode("utf-8", "replace")
    return json.loads(text, object_pairs_hook=hook, parse_int=len, parse_float=len)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _RepeatedError


def _mark_repeated(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _RepeatedError
