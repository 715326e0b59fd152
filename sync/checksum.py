"""The order-independent checksum of a scope: both sides keep it, and so know that they hold alike.

A live row counts the first six bytes, big-endian, of the SHA-256 of its canonical text: the JSON
array `[table, row, values]` in UTF-8, without white space, keys sorted by code point, only the
escapes that JSON demands. Rows are added modulo 2**48, so that a change costs a subtraction and an
addition; deleted rows count nothing. 48 bits stay exact in every language's double.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULUS = 1 << 48
_BYTES = 6

_encode = msgspec.json.Encoder(order="sorted").encode


def row_checksum(table: str, row: str, values: Mapping[str, Any]) -> int:
    """Return what a live row adds to its scope's checksum."""
    digest = sha256(_encode([table, row, values]), usedforsecurity=False).digest()
    return int.from_bytes(digest[:_BYTES], "big")


def add(total: int, one: int) -> int:
    """Add a row to a scope's checksum."""
    return (total + one) % MODULUS


def subtract(total: int, one: int) -> int:
    """Take a row out of a scope's checksum."""
    return (total - one) % MODULUS
