"""What the record of activity says is read by people: each kind of event has its words."""

from __future__ import annotations

import ast
from pathlib import Path

import server
from server.web import sources_directory


def _recorded_kinds() -> set[str]:
    """Return the kinds that the server's code names where it records an event."""
    kinds = set()
    for path in Path(server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record_activity":
                kinds |= {
                    one.value
                    for one in node.args[1:2]
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return kinds


def test_every_kind_of_event_has_its_words_in_the_app() -> None:
    """The office's record of activity shows no machine's name where a sentence should be."""
    words = (sources_directory() / "src" / "locales" / "people" / "fr.ts").read_text("utf-8")
    told = words.partition("\n  kind: {\n")[2]
    kinds = _recorded_kinds()
    assert {"login", "device_revoked", "permission_changed"} <= kinds
    assert sorted(one for one in kinds if f"    {one}: " not in told) == []
