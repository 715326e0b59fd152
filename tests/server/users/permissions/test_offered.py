"""What the app offers by role is asked of the same table that the guards read."""

from __future__ import annotations

import re

from server.intake import RIGHTS
from server.web import sources_directory


def test_the_app_asks_for_rights_that_there_are() -> None:
    """Each right that a screen of the app names is one of the permission table's."""
    text = (sources_directory() / "src" / "session" / "rights.ts").read_text("utf-8")
    declared = text.partition("export const RIGHTS = [")[2].partition("]")[0]
    named = re.findall(r'"([a-z_.]+)"', declared)
    assert len(named) > 20
    assert [one for one in named if one not in RIGHTS] == []
