"""The addresses that the app's router knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FRONT = ""
"""The address of the first screen."""
_ROUTER = "src/app/router.tsx"
_LISTED = re.compile(r"const SCREENS\b[^=]*= \{\n(?P<entries>.*?)\n\};", re.DOTALL)
_ENTRY = re.compile(r"^  (?:\"(?P<quoted>[^\"]+)\"|(?P<bare>\w+)):", re.MULTILINE)


class RouterUnreadableError(ValueError):
    """The router's list of screens is not where it was."""


def routed(sources: Path) -> tuple[str, ...]:
    """Return the address patterns of all screens behind the login, as the router spells them.

    Raises:
        RouterUnreadableError: the router was rewritten; this reader has to follow.

    """
    text = (sources / _ROUTER).read_text("utf-8")
    listed = _LISTED.search(text)
    found = listed and [one["quoted"] or one["bare"] for one in _ENTRY.finditer(listed["entries"])]
    if not found:
        raise RouterUnreadableError(f"{_ROUTER} lists no SCREENS")
    return (FRONT, *found)
