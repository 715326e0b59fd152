"""The record is searched by person, project, kind and period, each within their sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.store import reading_as
from server.users import record_activity
from tests.serving import new_id, problem_of

if TYPE_CHECKING:
    from tests.serving import Service, Tablet


async def _search(service: Service, tablet: Tablet, **query: Any) -> dict[str, Any]:
    answer = await service.client.get(
        "/api/users/activity",
        params=query,
        headers={"authorization": f"Bearer {tablet.token}"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _happened(service: Service, kind: str, **what: Any) -> None:
    async with service.context.pool.acquire() as connection:
        await record_activity(connection, kind, address="203.0.113.5", **what)


async def test_each_sees_what_is_theirs_to_see(service: Service) -> None:
    """One's own; as supervisor one's projects'; as administrator or auditor all."""
    administrator = await service.tablet("administrator")
    auditor = await service.tablet("auditor")
    lead = await service.tablet("employee")
    crew = await service.tablet("employee")
    project, other = await service.project(administrator), await service.project(administrator)
    await service.member(administrator, project, lead.person, "supervisor")
    await service.member(administrator, project, crew.person, "employee")
    await _happened(service, "probe", person=crew.person, project=project)
    await _happened(service, "probe", person=crew.person)
    await _happened(service, "probe", person=lead.person)
    await _happened(service, "probe", person=new_id(), project=other)

    async def seen(tablet: Tablet) -> list[tuple[str | None, str | None]]:
        found = await _search(service, tablet, kind="probe")
        return [(one["person"], one["address"]) for one in reversed(found["events"])]

    shown = "203.0.113.5"
    assert await seen(crew) == [(crew.person, shown), (crew.person, shown)]
    assert await seen(lead) == [(crew.person, None), (lead.person, shown)]
    for all_seeing in (administrator, auditor):
        assert len(await seen(all_seeing)) == 4
    spied = await _search(service, lead, person=crew.person, kind="probe")
    assert len(spied["events"]) == 1


async def test_pages_follow_one_another_without_gap_or_double(service: Service) -> None:
    """Walking by `next` finds every event once, newest first, while new ones arrive."""
    tablet = await service.tablet("employee")
    for _ in range(25):
        await _happened(service, "probe", person=tablet.person)
    found: list[int] = []
    place: dict[str, Any] = {}
    while True:
        page = await _search(service, tablet, kind="probe", limit=10, **place)
        found += [one["id"] for one in page["events"]]
        await _happened(service, "probe", person=tablet.person)
        if page["next"] is None:
            break
        place = {"before": page["next"]}
    assert len(found) == 25
    assert found == sorted({*found}, reverse=True)


async def test_a_period_and_an_actor_narrow(service: Service) -> None:
    """`since` counts, `until` does not; who acted is found like whom it concerned."""
    administrator = await service.tablet("administrator")
    actor = await service.person("manager")
    await _happened(service, "probe", person=new_id(), actor=actor)
    (event,) = (await _search(service, administrator, person=actor, kind="probe"))["events"]
    assert event["actor"] == actor
    at = event["at"]
    for query, count in (
        ({"since": at}, 1),
        ({"since": at + 1_000}, 0),
        ({"until": at}, 0),
        ({"until": at + 1_000}, 1),
    ):
        found = await _search(service, administrator, kind="probe", **query)
        assert len(found["events"]) == count, query


async def test_the_second_wall_stands_without_the_first(service: Service) -> None:
    """Reading the whole table as a person, PostgreSQL lets through what is theirs alone."""
    administrator = await service.tablet("administrator")
    lead = await service.tablet("employee")
    project = await service.project(administrator)
    await service.member(administrator, project, lead.person, "supervisor")
    await _happened(service, "probe", person=new_id())
    await _happened(service, "probe", person=new_id(), project=project)
    await _happened(service, "probe", person=lead.person)
    counts = {}
    for person in (administrator.person, lead.person, new_id()):
        async with (
            service.context.pool.acquire() as connection,
            reading_as(connection, person),
        ):
            counts[person] = await connection.fetchval(
                "SELECT count(*) FROM activity WHERE kind = 'probe'"
            )
    assert [*counts.values()] == [3, 2, 0]


@pytest.mark.parametrize(
    "query", [{"person": "x"}, {"kind": "'; DROP"}, {"limit": 501}, {"before": 0}, {"since": -1}]
)
async def test_a_search_that_makes_no_sense_is_refused(
    service: Service, query: dict[str, Any]
) -> None:
    """Every parameter has its form and its bounds."""
    tablet = await service.tablet("employee")
    headers = {"authorization": f"Bearer {tablet.token}"}
    answer = await service.client.get("/api/users/activity", params=query, headers=headers)
    assert problem_of(answer).code == "request_malformed"
