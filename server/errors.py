"""Refusals of a whole request; the HTTP edge turns them into RFC 9457 problem details."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from msgspec import UNSET

from sync.changes import Problem, Sentence

if TYPE_CHECKING:
    from sync.errors import ErrorCode

PROBLEM_TYPE = "urn:derrick:problem:"


class ProblemError(Exception):
    """A request is refused with an entry of the catalogue."""

    def __init__(
        self,
        error: ErrorCode,
        detail: str = "",
        *,
        field: str | None = None,
        last_counter: int | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(f"{error.code}: {detail or error.cause}")
        self.error = error
        self.detail = detail or error.cause
        self.field = field
        self.last_counter = last_counter
        self.retry_after_seconds = retry_after_seconds

    def problem(self) -> Problem:
        """Return the body of the answer."""
        return Problem(
            type=PROBLEM_TYPE + self.error.code,
            title=self.error.en,
            status=self.error.status,
            code=self.error.code,
            detail=self.detail,
            message=Sentence(fr=self.error.fr, en=self.error.en),
            field=UNSET if self.field is None else self.field,
            last_counter=UNSET if self.last_counter is None else self.last_counter,
        )


def fault_of(error: BaseException) -> dict[str, str]:
    """Return what a log may say of an error: its kind and its place, never its message.

    PostgreSQL's messages, and those of the driver, quote the rows that they are about.
    """
    found = {
        "error": type(error).__name__,
        "place": "".join(traceback.format_tb(error.__traceback__)),
    }
    for name in ("sqlstate", "constraint_name", "table_name"):
        value = getattr(error, name, None)
        if isinstance(value, str):
            found[name] = value
    return found
