"""What the app shows of the ways of being told is what the server goes by."""

from __future__ import annotations

import re

from server.alerts.preferences import DEFAULT_CHANNELS
from server.web import sources_directory


def test_the_app_knows_the_default_channels() -> None:
    """Where nobody chose, the app ticks the ways by which the server tells."""
    source = sources_directory() / "src" / "screens" / "crew" / "telling.ts"
    table = source.read_text("utf-8").partition("DEFAULT_CHANNELS")[2].partition("};")[0]
    shown = {
        kind: frozenset(re.findall(r'"([a-z]+)"', channels))
        for kind, channels in re.findall(r"^  ([a-z]+): \[(.*)\],$", table, re.MULTILINE)
    }
    assert shown == dict(DEFAULT_CHANNELS)
