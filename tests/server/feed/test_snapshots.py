"""A prepared snapshot and the deltas after it give what a fresh fetch gives."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from server.settings import Settings
from tests.serving import (
    JSON,
    MESSAGEPACK,
    Service,
    budget_created,
    new_id,
    problem_of,
    serve_here,
    task_created,
)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Serve with small limits: snapshots from 20 rows, 10 rows a page."""
    small = msgspec.structs.replace(
        settings, snapshot_rows_min=20, snapshot_page_rows=10, snapshot_lag_rows_max=15
    )
    async with serve_here(small) as serving:
        yield serving


@pytest.mark.parametrize("media_type", [MESSAGEPACK, JSON])
async def test_a_snapshot_and_its_deltas_equal_a_fresh_fetch(
    service: Service, media_type: str
) -> None:
    """Pages in any order, edits and deletes meanwhile, then a pull: all rows, and the checksum."""
    writer = await service.tablet()
    project = await service.project(writer)
    scope = f"project:{project}"
    rows = [new_id() for _ in range(35)]
    await writer.must(*(task_created(project, row) for row in rows))
    await writer.pull()
    late = await writer.twin().register()
    late.media_type = media_type
    (offer,) = (await late.pull_once()).snapshots
    assert (offer.rows, offer.pages) == (36, 4)
    await writer.must(
        writer.delete(scope, rows[3]),
        writer.update(scope, rows[4], name="Changée"),
        task_created(project),
    )
    await late.fetch(offer, [3, 1, 0, 2])
    found = await late.pull_once()
    assert found.snapshots == []
    late.assert_sums()
    fresh = await writer.twin().register()
    await fresh.pull()
    fresh.assert_sums()
    await writer.pull()
    assert late.live(scope) == fresh.live(scope) == writer.live(scope)
    assert len(fresh.live(scope)) == 36


async def test_one_build_serves_all(service: Service) -> None:
    """Replicas that start together are offered the same build."""
    writer = await service.tablet()
    project = await service.project(writer)
    await writer.must(*(task_created(project) for _ in range(25)))
    names = set()
    for _ in range(3):
        late = await writer.twin().register()
        names |= {one.snapshot for one in (await late.pull_once()).snapshots}
    assert len(names) == 1


async def test_a_replaced_build_is_gone(service: Service) -> None:
    """Pages of a build that was replaced twice answer 410, and the client starts over."""
    writer = await service.tablet()
    project = await service.project(writer)
    await writer.must(*(task_created(project) for _ in range(25)))
    late = await writer.twin().register()
    (first,) = (await late.pull_once()).snapshots
    for _ in range(2):
        await writer.must(*(task_created(project) for _ in range(16)))
        (newer,) = (await (await writer.twin().register()).pull_once()).snapshots
        assert newer.snapshot != first.snapshot
    headers = {"authorization": f"Bearer {late.token}"}
    for page in (first.pages, 0, -1, 2**70):
        gone = await service.client.get(
            f"/api/sync/snapshots/{first.snapshot}/{page}", headers=headers
        )
        assert (gone.status_code, problem_of(gone).code) == (410, "snapshot_gone")
    gone = await service.client.get("/api/sync/snapshots/a%00b/0", headers=headers)
    assert problem_of(gone).code == "snapshot_gone"
    await late.pull()
    late.assert_sums()


async def test_a_snapshot_is_for_those_who_read_its_scope(service: Service) -> None:
    """Money is not handed to an employee by way of its snapshot: for them it does not exist."""
    office, crew = await service.tablet(), await service.tablet("employee")
    project = await service.project(office)
    await service.member(office, project, crew.person, "employee")
    await office.must(*(budget_created(project) for _ in range(25)))
    offers = (await office.pull_once()).snapshots
    (offer,) = [one for one in offers if one.scope == f"finance:{project}"]
    answer = await service.client.get(
        f"/api/sync/snapshots/{offer.snapshot}/0",
        headers={"authorization": f"Bearer {crew.token}"},
    )
    assert (answer.status_code, problem_of(answer).code) == (410, "snapshot_gone")
    assert (await crew.pull_once()).snapshots == []
    await office.pull()
    office.assert_sums()
