"""Projects over HTTP: made whole, edited, put away, deleted, brought back, copied."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from sync.changes import Change
from tests.server.projects.desk import ask, told
from tests.serving import Service, Tablet, new_id, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Serve the test's own database."""
    async with serve_here(settings) as serving:
        yield serving


BODY: dict[str, Any] = {
    "code": "MBK-3",
    "name": "Plateforme",
    "currency": "XAF",
    "start": "2026-03-01",
    "finish": "2026-09-30",
    "time_zone": "Africa/Brazzaville",
    "language": "fr",
    "site": {
        "name": "M'Boukou",
        "field_name": "Loango",
        "block": "Marine IV",
        "operator": "SNPC",
        "country": "CG",
        "latitude_microdegrees": -4_250_000,
        "longitude_microdegrees": 11_500_000,
    },
    "calendar": {"name": "28/28", "hours_per_day": "12"},
}


async def _rows(by: Tablet, scope: str) -> dict[str, Any]:
    fresh = await by.twin().register()
    await fresh.pull()
    fresh.assert_sums()
    return {row.row: row.values for row in fresh.live(scope).values()}


async def test_a_project_is_made_with_its_site_members_and_calendar(service: Service) -> None:
    """One action: a member pulls it all; what is wrong with any part refuses the whole."""
    office, crew = await service.tablet("manager"), await service.tablet("employee")
    members = [{"person_id": crew.person, "role": "employee"}]
    answer = await ask(service, office, "POST", "/", {**BODY, "members": members})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    rows = await _rows(crew, f"project:{made['project']}")
    project = rows[made["project"]]
    assert (project["calendar_id"], project["site_id"]) == (made["calendar"], made["site"])
    assert project["status"] == "draft"
    for wrong, status, code in (
        ({"time_zone": "Brazzaville"}, 400, "value_invalid"),
        ({"currency": "ZZZ"}, 400, "currency_unknown"),
        ({"finish": "2026-02-01"}, 400, "value_invalid"),
        ({"site": {"name": "S", "latitude_microdegrees": 1}}, 400, "field_missing"),
        ({"site": {**BODY["site"], "latitude_microdegrees": 91_000_000}}, 400, "value_invalid"),
        ({"members": [{"person_id": new_id(), "role": "employee"}]}, 400, "reference_missing"),
        ({"members": [{"person_id": crew.person, "role": "administrator"}]}, 403, "access_denied"),
        ({"colour": "red"}, 400, "request_malformed"),
    ):
        assert await told(service, office, "POST", "/", {**BODY, **wrong}) == (status, code), wrong
    assert await told(service, crew, "POST", "/", BODY) == (403, "access_denied")
    assert await service.context.pool.fetchval("SELECT count(*) FROM site") == 1


async def test_a_project_is_edited_archived_and_taken_out_again(service: Service) -> None:
    """By those who keep the projects; a running one is closed first."""
    office, crew = await service.tablet("manager"), await service.tablet("employee")
    project = await service.project(office)
    await service.member(office, project, crew.person, "employee")
    path = f"/{project}"
    assert await told(service, office, "PATCH", path, {"name": "N", "status": "active"}) == (
        200,
        None,
    )
    assert await told(service, crew, "PATCH", path, {"name": "X"}) == (403, "access_denied")
    assert await told(service, office, "PATCH", path, {"currency": "EUR"}) == (
        400,
        "request_malformed",
    )
    assert await told(service, office, "PATCH", path, {}) == (400, "request_malformed")
    assert await told(service, office, "PATCH", "/nonsense", {"name": "X"}) == (404, "not_found")
    assert await told(service, office, "PATCH", f"/{new_id()}", {"name": "X"}) == (
        404,
        "scope_unknown",
    )
    assert await told(service, office, "POST", f"{path}/archive") == (409, "transition_forbidden")
    assert await told(service, office, "PATCH", path, {"status": "closed"}) == (200, None)
    assert await told(service, office, "POST", f"{path}/archive") == (200, None)
    assert await told(service, office, "POST", f"{path}/unarchive") == (200, None)
    assert (await _rows(crew, f"project:{project}"))[project]["status"] == "closed"


async def _deleted(service: Service, tablet: Tablet) -> list[dict[str, Any]]:
    """Return the deleted projects that a person is told of."""
    headers = {"authorization": f"Bearer {tablet.token}"}
    answer = await service.client.get("/api/projects/deleted", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_what_is_deleted_comes_back_with_all_it_held(service: Service) -> None:
    """A row, and a whole project: its members lose it and have it again."""
    chief, crew = await service.tablet("administrator"), await service.tablet("employee")
    project, task = await service.project(chief), new_id()
    scope = f"project:{project}"
    await service.member(chief, project, crew.person, "employee")
    await chief.must(task_created(project, task))
    before = await _rows(crew, scope)
    await chief.pull()
    await chief.must(chief.delete(scope, task))
    path = f"/{project}/rows/task/{task}/restore"
    assert await told(service, crew, "POST", path) == (403, "access_denied")
    assert await told(service, chief, "POST", path) == (200, None)
    assert await _rows(crew, scope) == before
    assert await told(service, chief, "DELETE", f"/{project}") == (200, None)
    assert await _rows(crew, scope) == {}
    assert await _deleted(service, crew) == []
    (gone,) = await _deleted(service, chief)
    assert (gone["project"], gone["author"]) == (project, chief.person)
    assert gone["restorable_until"] - gone["deleted_at"] == 90 * 86_400_000
    assert await told(service, crew, "POST", f"/{project}/restore") == (403, "access_denied")
    assert await told(service, chief, "POST", f"/{project}/restore") == (200, None)
    assert await _rows(crew, scope) == before
    assert await _deleted(service, chief) == []
    assert await told(service, chief, "POST", f"/{project}/rows/nothing/{task}/restore") == (
        404,
        "not_found",
    )


async def test_a_row_comes_back_through_the_merge_too(service: Service) -> None:
    """Offline, its author writes again what it held: a comment, which nobody may edit."""
    office, crew = await service.tablet("manager"), await service.tablet("employee")
    project, comment = await service.project(office), new_id()
    scope = f"project:{project}"
    await service.member(office, project, crew.person, "employee")
    values = {"project_id": project, "body": "Vu.", "author_id": crew.person}
    await crew.must(Change(scope, "comment", comment, "create", after=values))
    await crew.pull()
    await crew.must(crew.delete(scope, comment))
    await crew.pull()
    assert await crew.do(crew.update(scope, comment, body="Autre")) == "access_denied"
    assert await crew.do(crew.update(scope, comment, body="Vu.")) == "merged"
    assert (await _rows(crew, scope))[comment]["body"] == "Vu."


async def test_a_copy_has_the_plan_and_nothing_that_was_done(service: Service) -> None:
    """Rows name each other's copies, dates move with the start; what was done stays behind."""
    office, crew = await service.tablet("manager"), await service.tablet("employee")
    made = (await ask(service, office, "POST", "/", {**BODY, "template": True})).json()
    source = made["project"]
    await service.member(office, source, crew.person, "employee")
    parent, task, milestone, item, link, budget, line = (new_id() for _ in range(7))
    finance = f"finance:{source}"
    home = {"project_id": source}
    await office.must(
        task_created(source, parent, kind="summary", name="Lot"),
        task_created(
            source,
            task,
            parent_id=parent,
            planned_start="2026-03-10T07:00",
            planned_finish="2026-03-20T17:00",
            calendar_id=made["calendar"],
            progress=4_000,
            assignees=[crew.person],
        ),
        task_created(source, milestone, kind="milestone", name="Mise en service"),
    )
    await office.must(
        Change(
            f"project:{source}",
            "task_link",
            link,
            "create",
            after={
                **home,
                "predecessor_id": task,
                "successor_id": milestone,
                "kind": "finish_start",
            },
        ),
        Change(
            f"project:{source}",
            "checklist_item",
            item,
            "create",
            after={**home, "task_id": task, "label": "Gaz", "mandatory": True},
        ),
        Change(
            finance,
            "budget",
            budget,
            "create",
            after={**home, "name": "B", "currency": "XAF", "amount": 100},
        ),
        Change(
            finance,
            "budget_line",
            line,
            "create",
            after={**home, "budget_id": budget, "cost_code": "C", "amount": 100, "task_id": task},
        ),
    )
    order = {"code": "MBK-4", "name": "Copie", "start": "2026-04-01"}
    answer = await ask(service, office, "POST", f"/{source}/copy", order)
    assert answer.status_code == 201, answer.text
    copy = answer.json()["project"]
    rows = await _rows(office, f"project:{copy}")
    project = rows[copy]
    assert (project["start"], project["finish"]) == ("2026-04-01", "2026-10-31")
    assert (project["copied_from"], project["code"]) == (source, "MBK-4")
    tasks = {values["name"]: (row, values) for row, values in rows.items() if "number" in values}
    row, copied = tasks["Soudure"]
    assert copied["parent_id"] == tasks["Lot"][0]
    assert copied["planned_start"] == "2026-04-10T07:00"
    assert copied["planned_finish"] == "2026-04-20T17:00"
    assert copied["calendar_id"] == project["calendar_id"] != made["calendar"]
    assert not copied.get("progress")
    assert not copied.get("assignees")
    assert sorted(values["number"] for _, values in tasks.values()) == [1, 2, 3]
    (item_values,) = [values for values in rows.values() if values.get("label") == "Gaz"]
    assert item_values["task_id"] == row
    assert [one for one in rows.values() if one.get("person_id")] == []
    money = await _rows(office, f"finance:{copy}")
    (line_values,) = [values for values in money.values() if "cost_code" in values]
    assert (line_values["task_id"], line_values["amount"]) == (row, 100)
    assert await told(service, crew, "POST", f"/{source}/copy", order) == (403, "access_denied")
    stranger = await service.tablet("employee")
    assert await told(service, stranger, "POST", f"/{source}/copy", order) == (403, "forbidden")
    assert await told(service, office, "POST", f"/{source}/copy", {**order, "start": "x"}) == (
        400,
        "request_malformed",
    )


async def test_a_permit_is_activated_once_over_http(service: Service) -> None:
    """Two browsers at the same moment: one is told that it stands otherwise."""
    office, crew = await service.tablet("manager"), await service.tablet("employee")
    other = await service.tablet("manager")
    project, permit = await service.project(office), new_id()
    scope, path = f"project:{project}", f"/{project}/permits/{permit}"
    await service.member(office, project, crew.person, "employee")
    now = service.context.now()
    values = {
        "project_id": project,
        "kind": "hot_work",
        "status": "requested",
        "title": "T",
        "place": "P",
        "work": "W",
        "valid_from": f"{now:%Y-%m-%dT00:00}",
        "valid_until": f"{now:%Y-%m-%dT12:00}",
        "author_id": crew.person,
    }
    if now.hour >= 12:
        values |= {
            "valid_from": f"{now:%Y-%m-%dT12:00}",
            "valid_until": f"{now:%Y-%m-%dT23:59}",
        }
    await crew.must(Change(scope, "permit", permit, "create", after=values))
    for status in ("assessed", "authorised", "issued"):
        await office.pull()
        await office.must(office.update(scope, permit, status=status))
    assert await told(service, crew, "POST", f"{path}/activate", {}) == (403, "access_denied")
    found = await asyncio.gather(
        *(told(service, by, "POST", f"{path}/activate", {}) for by in (office, other))
    )
    assert sorted(found) == [(200, None), (409, "transition_forbidden")]
    assert await told(service, crew, "POST", f"{path}/suspend", {"reason": "Gaz"}) == (200, None)
    assert await told(service, other, "POST", f"{path}/resume", {}) == (200, None)
    assert await told(service, office, "POST", f"{path}/hand-back", {}) == (200, None)
    assert await told(service, office, "POST", f"/{project}/permits/x/activate", {}) == (
        404,
        "not_found",
    )
    assert await told(service, office, "POST", f"/%00/permits/{permit}/activate", {}) == (
        404,
        "not_found",
    )
