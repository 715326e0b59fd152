"""A device that says nothing: an alert for each project whose people work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.alerts import evaluate_clock, recompute_alerts
from tests.server.site import DAY, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings


async def test_two_projects_have_an_alert_each(settings: Settings) -> None:
    """Whoever reads both projects holds two rows, not one that each project writes in turn."""
    async with open_site(settings) as site:
        chief = await site.person("manager")
        crew = await site.person("employee")
        for _ in range(2):
            site.project = new_id()
            await site.open_project(chief)
            member = {"person_id": crew.person, "role": "employee"}
            await chief.must(site.create("member", new_id(), **member))
        await site.pool.execute(
            "UPDATE replica SET last_seen_at = to_timestamp($1::bigint / 1000.0)",
            site.clock.now_ms - 4 * DAY,
        )
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        found = await site.pool.fetch(
            "SELECT project_id, id, subject_id, facts->>'replica' AS replica FROM alert"
            " WHERE rule = 'device_silent' AND status = 'open'"
        )
        assert {one["replica"] for one in found} == {crew.replica}
        assert len(found) == 2
        for name in ("project_id", "id", "subject_id"):
            assert len({one[name] for one in found}) == 2, name
        assert await recompute_alerts(site.intake, site.pool) == 0
