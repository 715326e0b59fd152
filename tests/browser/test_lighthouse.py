"""Lighthouse on a crew's Today, the office's dashboard and the welcome.

Speed is measured and printed by `derrick app lighthouse`; here it fails nothing, since the same
app is slow on a machine that is busy with other tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.cli.screens.lighthouse import VISITS, measure

if TYPE_CHECKING:
    from pathlib import Path

    from server.cli.screens import DemoSite

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(1_200)]

SCORE_MIN = 95


async def test_lighthouse_finds_next_to_nothing(demo: DemoSite, tmp_path: Path) -> None:
    """Accessibility and best practices are at 95 of a hundred or more on each screen."""
    measured = await measure(demo, tmp_path)
    assert [one.name for one in measured] == [one.name for one in VISITS]
    for one in measured:
        for category in ("accessibility", "best-practices"):
            assert one.scores[category] >= SCORE_MIN, (one.name, one.scores, one.faults)
