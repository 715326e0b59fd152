"""Ids in the addresses of routes."""

from __future__ import annotations

from server.errors import ProblemError
from sync import errors
from sync.schema import is_row_id


def require_ids(*ids: str) -> None:
    """Refuse an address that names nothing that could be there. Raises ProblemError."""
    if not all(is_row_id(one) for one in ids):
        raise ProblemError(errors.NOT_FOUND)
