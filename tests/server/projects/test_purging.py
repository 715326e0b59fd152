"""What was deleted is there for ninety days, and then it is gone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.projects import purge_deleted
from tests.server.projects.fieldwork import DRAFTS, open_crew
from tests.server.site import DAY, Site, new_id, open_site

if TYPE_CHECKING:
    from server.projects import Purged
    from server.settings import Settings


async def _night(site: Site) -> Purged:
    """Run the purge as its job does."""
    now = dt.datetime.fromtimestamp(site.clock.now_ms / 1000, tz=dt.UTC)
    return await purge_deleted(site.intake, site.pool, now - dt.timedelta(days=90))


async def _holds(site: Site, row: str) -> bool:
    found = await site.pool.fetchval("SELECT count(*) FROM sync_row WHERE row_id = $1", row)
    return bool(found)


async def test_a_year_of_nights_purges_each_row_ninety_days_after_its_deletion(
    settings: Settings,
) -> None:
    """A row deleted every thirty days is there until day 90, never after 91; the living stay."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief = crew.chiefs[0]
        alive = await crew.task()
        deleted: dict[str, int] = {}
        for day in range(365):
            site.clock.now_ms += DAY
            if day % 30 == 0:
                row = await crew.task()
                await chief.must(await site.delete("task", row))
                deleted[row] = day
            if day % 7 == 0 or any(day - when in {89, 91} for when in deleted.values()):
                await _night(site)
                for row, when in deleted.items():
                    if day - when < 90:
                        assert await _holds(site, row), (day, when)
                    elif day - when > 90 and (day - when) == 91:
                        assert not await _holds(site, row), (day, when)
        assert await _holds(site, alive)
        count = await site.pool.fetchval("SELECT count(*) FROM task WHERE deleted")
        assert count == sum(365 - when <= 91 for when in deleted.values())
        told = await site.pool.fetchval(
            "SELECT count(*) FROM change_log WHERE row_id = $1", min(deleted)
        )
        assert told >= 2


async def test_what_was_restored_stays_and_what_was_not_is_missing(settings: Settings) -> None:
    """The ninety days begin anew with each deletion; a late edit of a purged row is refused."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief = crew.chiefs[0]
        task = await crew.task()
        await chief.must(await site.delete("task", task))
        late = await site.update("task", task, name="Soudure")
        site.clock.now_ms += 80 * DAY
        await chief.must(late)
        await chief.must(await site.delete("task", task))
        late = await site.update("task", task, name="Soudure")
        site.clock.now_ms += 80 * DAY
        assert (await _night(site)).rows == 0
        site.clock.now_ms += 11 * DAY
        assert (await _night(site)).rows == 1
        assert await chief.do(late) == "row_mismatch"
        assert await chief.do(site.create("task", new_id(), name="T", kind="task")) == "merged"


async def test_a_deleted_project_goes_whole_and_leaves_others_alone(settings: Settings) -> None:
    """Ninety days later nothing of it is left in any table but the record of activity."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        boss = await site.person("administrator")
        incident = await crew.make("incident", crew.workers[0])
        other = new_id()
        scope = f"project:{other}"
        made = site.create("project", other, code="Q", name="Autre", currency="XAF", status="draft")
        await boss.must(made.__class__(scope, "project", other, "create", after=made.after))
        values = {**DRAFTS["incident"], "project_id": other, "author_id": boss.person}
        theirs = new_id()
        await boss.must(made.__class__(scope, "incident", theirs, "create", after=values))
        await boss.must(await site.delete("project", site.project))
        site.clock.now_ms += 89 * DAY
        assert (await _night(site)).projects == 0
        assert await _holds(site, incident)
        site.clock.now_ms += 2 * DAY
        assert (await _night(site)).projects == 1
        assert not await _holds(site, incident)
        assert await _holds(site, theirs)
        names = await site.pool.fetch("SELECT name FROM scope ORDER BY name")
        assert not any(site.project in one["name"] for one in names)
        left = {}
        for record in await site.pool.fetch(
            """
            SELECT table_name FROM information_schema.columns
            WHERE column_name = 'project_id' AND table_schema = 'public'
            """
        ):
            name = record["table_name"]
            count = await site.pool.fetchval(
                f"SELECT count(*) FROM {name} WHERE project_id = $1", site.project
            )
            if count:
                left[name] = count
        assert left.keys() <= {"activity"}
