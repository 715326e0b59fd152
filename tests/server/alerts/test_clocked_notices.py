"""What the clock tells: deadlines by the project's own days, digests, what nobody acknowledged."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import escalate_alerts, prune_notices, tell_deadlines, tell_digests
from tests.server.alerts.telling import drain, letters, notices
from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

MINUTE = 60_000
HOUR = 60 * MINUTE


class Crew:
    """A project in a zone that is 5:45 ahead, its manager and a worker."""

    def __init__(self, site: Site, chief: Device, mate: Device) -> None:
        self.site, self.chief, self.mate = site, chief, mate

    def go(self, utc: str) -> None:
        """Set the clock."""
        at = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
        self.site.clock.now_ms = int(at.timestamp() * 1000)

    async def tick(self) -> None:
        """Let the clocked jobs and the workers do their part."""
        site = self.site
        now = site.clock.now_ms
        await tell_deadlines(site.intake, site.pool, now, hour=6, lead_days=3)
        await tell_digests(site.intake, now, hour=6)
        await escalate_alerts(site.intake, site.pool, now, 3)
        await drain(site)

    async def told(self, kind: str, who: Device | None = None) -> list[Any]:
        """Return the notices of a kind, and forget them."""
        who = who or self.mate
        return [one for one in await notices(self.site, who) if one["kind"] == kind]


@pytest.fixture
async def crew(settings: Settings) -> AsyncIterator[Crew]:
    async with open_site(settings) as site:
        chief = await site.person("manager")
        await site.open_project(chief, time_zone="Asia/Kathmandu", status="draft")
        mate = await site.person("employee", "employee")
        made = Crew(site, chief, mate)
        made.go("2026-03-02T03:00")
        yield made


def _task(crew: Crew, finish: str, **values: Any) -> Any:
    about = {"name": "T", "kind": "task", "planned_finish": finish, "assignees": [crew.mate.person]}
    return crew.site.create("task", new_id(), **{**about, **values})


async def test_a_deadline_is_told_at_each_lead_once_a_local_day(crew: Crew) -> None:
    """30, 7, 3, 1 and 0 days before, from six in the morning of a zone at :45, and no more."""
    await crew.chief.must(_task(crew, "2026-04-10T17:00"))
    days = []
    start = dt.datetime(2026, 3, 2, 0, 0, tzinfo=dt.UTC)
    for quarter in range(45 * 24 * 2):
        at = start + dt.timedelta(minutes=30 * quarter)
        crew.site.clock.now_ms = int(at.timestamp() * 1000)
        if await tell_deadlines(
            crew.site.intake, crew.site.pool, crew.site.clock.now_ms, hour=6, lead_days=3
        ):
            await drain(crew.site)
            assert (at.hour, at.minute) == (0, 30) or at == start
    for one in await crew.told("deadline"):
        days.append(dt.datetime.fromtimestamp(one["sent_at"] / 1000, tz=dt.UTC).date())
        assert one["reason"] == "assigned"
    # Working days: 10 April is a Friday; thirty days before it is a Wednesday.
    left = [(dt.date(2026, 4, 10) - day).days for day in days]
    assert left == [30, 7, 3, 1, 0]


async def test_what_falls_on_days_off_is_told_before_them(crew: Crew) -> None:
    """Due on a Sunday, it is told on the Friday before as if on its day; Saturday is silent."""
    await crew.chief.must(_task(crew, "2026-03-08T12:00", name="Dimanche"))
    for day in (6, 7, 8):
        crew.go(f"2026-03-{day:02d}T03:00")
        await crew.tick()
    (told,) = await crew.told("deadline")
    assert told["title"] == "Tâche à finir le 08/03/2026 : « Dimanche »"
    assert dt.datetime.fromtimestamp(told["sent_at"] / 1000, tz=dt.UTC).day == 6


async def test_public_holidays_are_days_off(crew: Crew) -> None:
    """Due on Labour Day, by a calendar of Congo, it is told on the day before as on its own."""
    site, calendar = crew.site, new_id()
    await crew.chief.must(site.create("calendar", calendar, name="Site", country="CG"))
    await crew.chief.must(await site.update("project", site.project, calendar_id=calendar))
    await crew.chief.must(_task(crew, "2026-05-01T12:00", name="Fête"))
    for day in ("2026-04-29", "2026-04-30", "2026-05-01"):
        crew.go(f"{day}T03:00")
        await crew.tick()
    days = [
        dt.datetime.fromtimestamp(one["sent_at"] / 1000, tz=dt.UTC).date().isoformat()
        for one in await crew.told("deadline")
    ]
    assert days == ["2026-04-29", "2026-04-30"]


async def test_an_absence_is_caught_up_once(crew: Crew) -> None:
    """Ten days down, then up: the nearest lead that was missed is told, once; the day's own too."""
    await crew.chief.must(_task(crew, "2026-03-20T17:00"))
    crew.go("2026-03-17T03:00")
    for _ in range(3):
        await crew.tick()
    assert len(await crew.told("deadline")) == 1
    crew.go("2026-03-19T03:00")
    await crew.tick()
    assert len(await crew.told("deadline")) == 2


async def test_all_deadlines_of_a_day_are_one_notice(crew: Crew) -> None:
    """Forty tasks due tomorrow are one notice; a moved date is not told twice on one day."""
    tasks = [_task(crew, "2026-03-05T12:00", name=f"T{number}") for number in range(40)]
    await crew.chief.must(*tasks)
    crew.go("2026-03-04T03:00")
    await crew.tick()
    (told,) = await crew.told("deadline")
    assert told["count"] == 40
    moved = await crew.site.update("task", tasks[0].row, planned_finish="2026-03-06T12:00")
    await crew.chief.must(moved)
    crew.go("2026-03-04T09:00")
    await crew.tick()
    assert len(await crew.told("deadline")) == 1


async def test_a_finished_task_and_a_closed_project_tell_nothing(crew: Crew) -> None:
    """What is done, or lies in a project that is closed, has no deadline any more."""
    await crew.chief.must(_task(crew, "2026-03-05T12:00", status="in_progress"))
    await crew.chief.must(_task(crew, "2026-03-05T12:00", status="done"))
    for status in ("active", "closed"):
        change = await crew.site.update("project", crew.site.project, status=status)
        await crew.chief.must(change)
    crew.go("2026-03-04T03:00")
    await crew.tick()
    assert await crew.told("deadline") == []


async def test_a_person_gets_one_digest_for_all_projects(crew: Crew) -> None:
    """Monday at six: one digest, in one's language, with amounts for those who may see them."""
    site = crew.site
    first = site.project
    await crew.chief.must(_task(crew, "2026-03-06T12:00"))
    await crew.chief.must(site.create("budget", new_id(), name="B", currency="XAF", amount=1_000))
    site.project = new_id()
    await site.open_project(crew.chief, name="Second", time_zone="Asia/Kathmandu")
    for who in (crew.mate, crew.chief):
        member = {"person_id": who.person, "role": "employee"}
        await crew.chief.must(site.create("member", new_id(), **member))
    site.project = first
    await crew.chief.must(
        site.create("member", new_id(), person_id=crew.chief.person, role="manager")
    )
    crew.go("2026-03-02T03:00")
    await crew.tick()
    assert await crew.told("digest") == []
    for at in ("2026-03-09T00:10", "2026-03-09T00:20", "2026-03-09T09:00", "2026-03-11T03:00"):
        crew.go(at)
        await crew.tick()
    (mine,) = await crew.told("digest")
    assert mine["title"] == "Synthèse de la semaine"
    assert "P Plateforme\n• 1 tâches en retard" in mine["body"]
    assert "P Second" in mine["body"]
    assert "XAF" not in mine["body"]
    (theirs,) = await crew.told("digest", crew.chief)
    assert "B : 0\N{NO-BREAK SPACE}XAF dépensés" in theirs["body"]
    assert theirs["reason"] == "subscribed"
    crew.go("2026-03-18T03:00")
    await crew.tick()
    assert len(await crew.told("digest")) == 2


async def test_what_nobody_acknowledges_goes_up_three_times_at_most(crew: Crew) -> None:
    """Each 72 hours those above are told, until someone takes it on; muted, it rests."""
    site = crew.site
    await crew.chief.must(_task(crew, "2026-02-20T12:00"))
    ((_, alert),) = (await site.alerts()).items()
    counts = []
    for hour in range(0, 24 * 20, 6):
        crew.go("2026-03-02T03:00")
        site.clock.now_ms += hour * HOUR
        if await escalate_alerts(site.intake, site.pool, site.clock.now_ms, 3):
            counts.append(hour)
        await drain(site)
    assert counts == [72, 144, 216]
    told = await crew.told("escalation", crew.chief)
    assert len(told) == 3
    assert told[0]["reason"] == "escalated"
    assert (await site.stored(alert["id"])).values["escalation"] == 3
    taken = {"status": "acknowledged", "acknowledged_by": crew.chief.person}
    await crew.chief.must(_task(crew, "2026-02-21T12:00"))
    second = next(one for one in (await site.alerts()).values() if one["id"] != alert["id"])
    await crew.chief.must(await site.update("alert", second["id"], **taken))
    site.clock.now_ms += 100 * HOUR
    assert not await escalate_alerts(site.intake, site.pool, site.clock.now_ms, 3)
    assert not [one for one in await letters(site) if one["kind"] == "notice_safety"]


async def test_what_was_read_long_ago_is_forgotten(crew: Crew) -> None:
    """Unread ones stay, and urgent ones until they were acknowledged; devices drop the rest."""
    site, mate = crew.site, crew.mate
    crew.go("2026-03-01T12:00")
    for number in range(3):
        task = {"name": f"T{number}", "kind": "task", "assignees": [mate.person]}
        await crew.chief.must(site.create("task", new_id(), **task))
        await drain(site)
    grave = {"kind": "injury", "severity": "major", "occurred_at": "2026-03-01T10:00"}
    incident = {"place": "Pont 2", "author_id": crew.chief.person, **grave}
    await crew.chief.must(site.create("incident", new_id(), **incident))
    await drain(site)
    first, second, third, urgent = sorted(
        await notices(site, mate), key=lambda one: (bool(one.get("urgent")), one["title"])
    )
    now = site.clock.now_ms
    for one in (first, second, urgent):
        await mate.must(await site.update("notification", one["id"], read_at=now))
    crew.go("2026-03-02T12:00")
    assert await prune_notices(site.intake, site.pool, now) == 0
    assert await prune_notices(site.intake, site.pool, now + 1) == 2
    gone = {one["id"]: (await site.stored(one["id"])).deleted for one in (first, second)}
    assert all(gone.values())
    acknowledged = {"acknowledged_at": now}
    await mate.must(await site.update("notification", urgent["id"], **acknowledged))
    assert await prune_notices(site.intake, site.pool, now + 1) == 1
    assert not (await site.stored(third["id"])).deleted
    assert await prune_notices(site.intake, site.pool, now + 1) == 0
