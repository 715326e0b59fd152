"""The plan over HTTP: the schedule, a calendar's days, baselines; hidden from who may not see."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.projects import recompute_next
from sync.changes import Change
from tests.server.site import Clock
from tests.serving import Tablet, new_id, project_created, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.serving import Service


class Desk(Struct):
    """A project served over HTTP."""

    service: Service
    manager: Tablet
    project: str
    clock: Clock

    async def ask(self, path: str, by: Tablet | None = None, **query: Any) -> Any:
        """Ask for a reading."""
        who = by or self.manager
        return await self.service.client.get(
            f"/api/projects/{self.project}/{path}",
            params=query or None,
            headers={"authorization": f"Bearer {who.token}"},
        )

    async def get(self, path: str, by: Tablet | None = None, **query: Any) -> Any:
        """Return a reading; it must be answered."""
        answer = await self.ask(path, by, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, table: str, row: str, **values: Any) -> Change:
        """Make a row of the project."""
        after = {"project_id": self.project, **values}
        return Change(f"project:{self.project}", table, row, "create", after=after)

    async def task(self, name: str, minutes: int, **values: Any) -> str:
        """Make a task."""
        row = new_id()
        known = {"name": name, "kind": "task", "duration_minutes": minutes}
        await self.manager.must(self.create("task", row, **{**known, **values}))
        return row

    async def update(self, row: str, **values: Any) -> None:
        """Change a task as it stands."""
        await self.manager.pull()
        await self.manager.must(self.manager.update(f"project:{self.project}", row, **values))

    async def compute(self) -> None:
        """Do what a worker does."""
        context = self.service.context
        while await recompute_next(
            context.pool, context.intake, context.settings, context.wall_ms()
        ):
            pass


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Serve a project with a data date."""
    clock = Clock()
    async with serve_here(settings, clock=clock) as service:
        manager = await service.tablet("manager")
        manager.clock = clock
        project = new_id()
        await manager.must(project_created(project, data_date="2026-03-02T08:00"))
        yield Desk(service, manager, project, clock)


async def test_the_schedule_of_a_project(settings: Settings) -> None:
    """Critical and longest path, float, slips against the baseline; due until it is computed."""
    async with open_desk(settings) as desk:
        empty = await desk.get("schedule")
        assert (empty["computed_at"], empty["tasks"], empty["critical"]) == (None, 0, [])
        dates = {"planned_start": "2026-03-02T08:00", "planned_finish": "2026-03-03T17:00"}
        first = await desk.task("Fouille", 960, **dates)
        second = await desk.task("Béton", 480)
        await desk.task("Peinture", 480)
        link = {"predecessor_id": first, "successor_id": second, "kind": "finish_start"}
        await desk.manager.must(desk.create("task_link", new_id(), **link))
        baseline = {"name": "Contrat", "author_id": desk.manager.person}
        await desk.manager.must(desk.create("baseline", new_id(), **baseline))
        assert (await desk.get("schedule"))["due"]
        await desk.compute()
        await desk.update(first, duration_minutes=1_440)
        await desk.compute()
        found = await desk.get("schedule")
        assert not found["due"]
        assert (found["tasks"], found["critical_tasks"]) == (3, 2)
        assert found["finish"] == "2026-03-05T17:00:00"
        assert [one["id"] for one in found["longest_path"]] == [first, second]
        assert [one["total_float_minutes"] for one in found["critical"]] == [0, 0]
        assert [(one["id"], one["slip_minutes"]) for one in found["slips"]] == [(first, 1_440)]
        assert found["baseline"]["number"] == 1
        assert (found["baseline_finish"], found["slip_minutes"]) == ("2026-03-03T17:00:00", 2_880)
        assert (found["cycles"], found["faults"]) == ([], [])
        assert len((await desk.get("schedule", limit=1))["critical"]) == 1


async def test_a_ring_is_named_with_its_tasks(settings: Settings) -> None:
    """What waits for itself is told by the names that people know."""
    async with open_desk(settings) as desk:
        first, second = await desk.task("Fouille", 60), await desk.task("Béton", 60)
        for ends in ((first, second), (second, first)):
            link = {"predecessor_id": ends[0], "successor_id": ends[1], "kind": "finish_start"}
            await desk.manager.must(desk.create("task_link", new_id(), **link))
        await desk.compute()
        (ring,) = (await desk.get("schedule"))["cycles"]
        assert {one["name"] for one in ring} == {"Fouille", "Béton"}


async def test_a_calendar_day_by_day(settings: Settings) -> None:
    """Holidays by name, rotations, exceptions and the rest, and the default of a project."""
    async with open_desk(settings) as desk:
        calendar = new_id()
        values = {
            "name": "Hassi",
            "country": "DZ",
            "exceptions": [["2026-07-06", "2026-07-06", [[480, 720]]]],
        }
        await desk.manager.must(desk.create("calendar", calendar, **values))
        found = await desk.get(f"calendars/{calendar}/days", first="2026-07-03", days=5)
        assert [(one["minutes"], one["because"]) for one in found["days"]] == [
            (0, "usual"),
            (0, "usual"),
            (0, "holiday"),
            (240, "exception"),
            (480, "usual"),
        ]
        assert found["days"][2]["holiday"] == "Fête de l'Indépendance"
        usual = await desk.get("calendars/default/days", first="2026-07-03", days=2)
        assert [one["minutes"] for one in usual["days"]] == [480, 0]
        last = await desk.get("calendars/default/days", first="9999-12-30", days=400)
        assert len(last["days"]) == 2


async def test_a_baseline_beside_the_plan(settings: Settings) -> None:
    """What was moved, added and removed since is listed and counted, and how far the end slips."""
    async with open_desk(settings) as desk:
        dates = {"planned_start": "2026-03-02T08:00", "planned_finish": "2026-03-02T17:00"}
        moved = await desk.task("Fouille", 480, **dates)
        await desk.task("Béton", 480, **dates)
        removed = await desk.task("Peinture", 480, **dates)
        baseline = new_id()
        author = {"name": "Contrat", "author_id": desk.manager.person}
        await desk.manager.must(desk.create("baseline", baseline, **author))
        later = {"planned_start": "2026-03-05T08:00", "planned_finish": "2026-03-05T17:00"}
        await desk.update(moved, **later)
        added = await desk.task("Essai", 480)
        await desk.manager.pull()
        scope = f"project:{desk.project}"
        await desk.manager.must(desk.manager.delete(scope, removed))
        await desk.compute()
        found = await desk.get(f"baselines/{baseline}/comparison")
        assert [one["id"] for one in found["moved"]] == [moved]
        assert [one["id"] for one in found["added"]] == [added]
        assert [one["id"] for one in found["removed"]] == [removed]
        assert (found["moved_count"], found["added_count"], found["removed_count"]) == (1, 1, 1)
        assert (found["compared"], found["slip_minutes"]) == (2, 3 * 1_440)
        (listed,) = await desk.get("baselines")
        assert (listed["id"], listed["tasks"]) == (baseline, 3)


async def test_two_baselines_beside_one_another(settings: Settings) -> None:
    """Each way round says what the other moved, by how much, and which tasks it alone froze."""
    async with open_desk(settings) as desk:
        dates = {"planned_start": "2026-03-02T08:00", "planned_finish": "2026-03-02T17:00"}
        moved = await desk.task("Fouille", 480, **dates)
        await desk.task("Béton", 480, **dates)
        removed = await desk.task("Peinture", 480, **dates)
        author = {"author_id": desk.manager.person}
        first, second = new_id(), new_id()
        await desk.manager.must(desk.create("baseline", first, name="Contrat", **author))
        later = {"planned_start": "2026-03-05T08:00", "planned_finish": "2026-03-05T17:00"}
        await desk.update(moved, **later)
        added = await desk.task("Essai", 480, **dates)
        await desk.manager.pull()
        await desk.manager.must(desk.manager.delete(f"project:{desk.project}", removed))
        await desk.manager.must(desk.create("baseline", second, name="Avenant", **author))
        # What the plan became since is in neither.
        await desk.update(
            moved, planned_start="2026-04-01T08:00", planned_finish="2026-04-01T17:00"
        )
        forth = await desk.get(f"baselines/{first}/comparison", against=second)
        back = await desk.get(f"baselines/{second}/comparison", against=first)
        for found, sign, gone, come in ((forth, 1, removed, added), (back, -1, added, removed)):
            (one,) = found["moved"]
            assert (one["id"], one["slip_minutes"]) == (moved, sign * 3 * 1_440)
            assert [task["id"] for task in found["added"]] == [come]
            assert [task["id"] for task in found["removed"]] == [gone]
            assert (found["moved_count"], found["added_count"], found["removed_count"]) == (1, 1, 1)
            assert (found["compared"], found["slip_minutes"]) == (2, sign * 3 * 1_440)
        assert forth["moved"][0]["planned_finish"].startswith("2026-03-05T17:00")
        assert (forth["baseline"]["name"], forth["against"]["name"]) == ("Contrat", "Avenant")
        same = await desk.get(f"baselines/{first}/comparison", against=first)
        assert (same["moved"], same["added"], same["removed"], same["compared"]) == ([], [], [], 3)
        unknown = await desk.ask(f"baselines/{first}/comparison?against={new_id()}")
        assert unknown.status_code == 404
        malformed = await desk.ask(f"baselines/{first}/comparison?against=x")
        assert malformed.status_code == 400


async def test_a_plan_is_for_those_who_see_the_project(settings: Settings) -> None:
    """A stranger, a project that is not there, and malformed questions get a clear refusal."""
    async with open_desk(settings) as desk:
        stranger = await desk.service.tablet("employee")
        paths = (
            "schedule",
            "baselines",
            f"baselines/{new_id()}/comparison",
            "calendars/default/days?first=2026-01-01",
        )
        for path in paths:
            assert (await desk.ask(path, by=stranger)).status_code == 404, path
        assert (await desk.ask(f"baselines/{new_id()}/comparison")).status_code == 404
        assert (await desk.ask(f"calendars/{new_id()}/days?first=2026-01-01")).status_code == 404
        for path in (
            "schedule?limit=0",
            "schedule?limit=5000",
            "baselines/x/comparison",
            "calendars/x/days?first=2026-01-01",
            "calendars/default/days",
            "calendars/default/days?first=demain",
            "calendars/default/days?first=2026-01-01&days=100000",
        ):
            answer = await desk.ask(path)
            assert answer.status_code == 400, path
            assert answer.json()["code"] == "request_malformed"
