"""Joins rows that are already encoded, without decoding them."""

from msgspec import Raw


def array_of(documents: bytes, count: int) -> Raw:
    """Return `count` concatenated MessagePack values as one MessagePack array."""
    return Raw(b"\xdd" + count.to_bytes(4, "big") + documents)
