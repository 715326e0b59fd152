"""Ids in the addresses of routes."""

from __future__ import annotations

import re

from server.errors import ProblemError
from sync import errors
from sync.schema import UUID_PATTERN

_UUID = re.compile(UUID_PATTERN)


def require_ids(*ids: str) -> None:
    """Refuse an address that names nothing that could be there. Raises ProblemError."""
    if not all(_UUID.match(one) for one in ids):
        raise ProblemError(errors.NOT_FOUND)
