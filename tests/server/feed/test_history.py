"""The past, read from the log: any row at any moment, by those who may read it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from sync.changes import Change
from tests.server.site import Clock
from tests.serving import Service, Tablet, new_id, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.settings import Settings

WALL = Clock(1_795_000_000_000)
MINUTE = 60_000


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Serve the test's own database, by a clock that the test moves."""
    async with serve_here(settings, clock=WALL) as serving:
        yield serving


async def _ask(service: Service, by: Tablet, path: str, **query: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {by.token}", "accept": "application/json"}
    return await service.client.get(f"/api/{path}", params=query or None, headers=headers)


async def _tablet(service: Service, role: str = "manager") -> Tablet:
    tablet = await service.tablet(role)
    tablet.clock = WALL
    return tablet


async def _state(by: Tablet, scope: str) -> dict[str, tuple[bool, dict[str, Any]]]:
    fresh = by.twin()
    fresh.clock = WALL
    await (await fresh.register()).pull()
    return {
        row.row: (row.deleted, row.values)
        for (where, _), row in fresh.rows.items()
        if where == scope
    }


async def _edit(by: Tablet, scope: str, row: str, chance: random.Random) -> None:
    """Make one edit, deletion or restoration, sometimes not having seen the others'."""
    if chance.random() < 0.6:
        await by.pull()
    if (scope, row) not in by.rows:
        return
    wanted = chance.choice(["name", "progress", "tags", "notes", "hours", "delete", "status"])
    match wanted:
        case "delete":
            change = by.delete(scope, row)
        case "status":
            change = by.update(scope, row, status=chance.choice(["in_progress", "done"]))
        case "hours":
            change = by.update(scope, row, hours_spent_minutes=chance.randint(0, 99))
        case "progress":
            change = by.update(scope, row, progress=chance.randint(0, 10_000))
        case "tags":
            change = by.update(scope, row, tags=sorted(chance.sample("abcdef", 2)))
        case _:
            change = by.update(scope, row, **{wanted: f"{wanted} {chance.randint(0, 99)}"})
    await by.do(change)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_moment_of_a_random_history_is_read_back(service: Service, seed: int) -> None:
    """Three tablets edit, delete, restore and race; the log replays to each minute's state."""
    chance = random.Random(seed)
    tablets = [await _tablet(service) for _ in range(3)]
    project = await service.project(tablets[0])
    scope = f"project:{project}"
    rows = [new_id() for _ in range(4)]
    for row in rows:
        await tablets[0].must(task_created(project, row))
    for tablet in tablets:
        await tablet.pull()
    moments: dict[int, dict[str, tuple[bool, dict[str, Any]]]] = {}
    for _ in range(12):
        WALL.now_ms += MINUTE
        for _ in range(4):
            await _edit(chance.choice(tablets), scope, chance.choice(rows), chance)
        moments[WALL.now_ms] = await _state(tablets[0], scope)
    for at, state in moments.items():
        path = f"projects/{project}/tables/task"
        found = (await _ask(service, tablets[1], path, at=at)).json()
        assert found["next"] is None
        told = {row["row"]: (row["deleted"], row["values"]) for row in found["rows"]}
        assert told == {row: state[row] for row in rows}
    row = rows[0]
    now = (await _ask(service, tablets[0], f"sync/rows/{row}")).json()
    assert (now["deleted"], now["values"]) == moments[WALL.now_ms][row]


async def test_history_says_who_what_when_where_in_both_languages(service: Service) -> None:
    """A line names the person, the device, and each field as people call it."""
    office = await _tablet(service)
    project, row = await service.project(office), new_id()
    scope = f"project:{project}"
    await office.must(task_created(project, row))
    await office.pull()
    WALL.now_ms += MINUTE
    await office.must(office.update(scope, row, planned_finish="2027-01-10T17:00"))
    await office.pull()
    await office.must(office.delete(scope, row))
    told = await office.get("history", row=row)
    moved, gone = told[-2:]
    assert moved["changes"] == {"planned_finish": [None, "2027-01-10T17:00"]}
    assert moved["labels"] == {"planned_finish": {"fr": "fin prévue", "en": "planned finish"}}
    assert moved["person_name"].startswith("manager")
    assert (moved["device"], moved["at"]) == ("tablet", WALL.now_ms)
    assert gone["changes"] == {"deleted": [False, True]}
    later = await office.get("history", row=row, after=moved["seq"])
    assert [one["seq"] for one in later] == [gone["seq"]]


async def test_a_projects_history_goes_by_person_table_and_period_in_parts(
    service: Service,
) -> None:
    """Newest first, each entry once over all parts."""
    office, other = await _tablet(service), await _tablet(service)
    project = await service.project(office)
    for turn in range(6):
        WALL.now_ms += MINUTE
        by = office if turn % 2 else other
        await by.must(task_created(project))
    path = f"projects/{project}/history"
    whole: list[int] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        part = (await _ask(service, office, path, **query)).json()
        whole += [one["seq"] for one in part["changes"]]
        if part["next"] is None:
            break
        query["before"] = part["next"]
    assert whole == sorted({*whole}, reverse=True)
    assert len(whole) == await service.context.pool.fetchval(
        "SELECT count(*) FROM change_log JOIN scope ON scope.id = scope_id WHERE name = $1",
        f"project:{project}",
    )
    mine = (await _ask(service, office, path, person=other.person, table="task")).json()["changes"]
    assert [one["person"] for one in mine] == [other.person] * 3
    recent = (
        await _ask(service, office, path, table="task", person=office.person, since=WALL.now_ms)
    ).json()["changes"]
    assert [one["at"] for one in recent] == [WALL.now_ms]
    past = (await _ask(service, office, path, until=WALL.now_ms - 5 * MINUTE - 1)).json()["changes"]
    assert {one["table"] for one in past} == {"project"}


async def test_the_past_is_read_by_those_who_may_read_the_present(service: Service) -> None:
    """Strangers are refused, crews see no money, nonsense is not found."""
    office, crew = await _tablet(service), await _tablet(service, "employee")
    stranger = await _tablet(service, "employee")
    project, budget = await service.project(office), new_id()
    await service.member(office, project, crew.person, "employee")
    values = {"project_id": project, "name": "B", "currency": "XAF", "amount": 5}
    await office.must(Change(f"finance:{project}", "budget", budget, "create", after=values))
    for by, path, status in (
        (stranger, f"projects/{project}/history", 403),
        (stranger, f"projects/{project}/tables/task", 403),
        (crew, f"projects/{project}/history", 200),
        (crew, f"projects/{project}/history?finance=true", 403),
        (crew, f"projects/{project}/tables/budget", 403),
        (office, f"projects/{project}/tables/budget", 200),
        (office, f"projects/{project}/tables/person", 404),
        (office, f"projects/{project}/tables/pg_class", 404),
        (office, "projects/x/history", 404),
        (office, f"projects/{project}/history?since=x", 400),
        (crew, f"sync/rows/{budget}", 404),
        (stranger, f"sync/rows/{project}", 404),
        (office, f"sync/rows/{budget}", 200),
        (office, f"sync/rows/{budget}?at=5", 404),
        (office, "sync/rows/x", 404),
    ):
        assert (await _ask(service, by, path)).status_code == status, path
