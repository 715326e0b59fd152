"""What others enter appears in the office as it arrives, without a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.changes import Change
from tests.browser.conftest import OFFICE, log_in, on_device
from tests.serving import new_id

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

BEFORE_THE_TIMER_MS = 30_000
"""The app asks by itself once a minute: what comes sooner came by a poke."""


async def test_others_edits_appear_as_they_arrive(browser: Browser, site: Site) -> None:
    """An open list shows an expense from a tablet, and then its refusal, by pokes alone."""
    manager = await site.person("manager", "Paul Ndongo")
    tablet = await site.service.tablet("administrator")
    async with on_device(browser, site, OFFICE) as (_, office):
        await log_in(office, site, manager, "Bureau")
        await office.goto("/tasks")
        await office.get_by_text("Soudure de la conduite 3").wait_for()
        await office.evaluate("window.opened = 'once'")
        await tablet.pull()
        scope = f"project:{site.project}"
        (task,) = [
            row for row, one in tablet.live(scope).items() if one.values.get("code") == "ET-003"
        ]
        await tablet.must(tablet.update(scope, task, progress=4_200))
        await office.get_by_text("42 %").wait_for(timeout=BEFORE_THE_TIMER_MS)
        made = {
            "project_id": site.project,
            "name": "Épreuve hydraulique",
            "kind": "task",
            "status": "todo",
        }
        await tablet.must(Change(scope, "task", new_id(), "create", after=made))
        await office.get_by_text("Épreuve hydraulique").wait_for(timeout=BEFORE_THE_TIMER_MS)
        assert await office.evaluate("window.opened") == "once"
