"""What a pull brings: everything once, in order, and only to those who may read it."""

import msgspec
import pytest

from server.settings import Settings
from tests.serving import (
    Service,
    budget_created,
    new_id,
    serve_here,
    task_created,
)


@pytest.mark.parametrize("limits", [{"pull_page_rows_max": 3}, {"pull_page_bytes_max": 900}])
async def test_small_pages_bring_the_same(settings: Settings, limits: dict[str, int]) -> None:
    """Whether rows or bytes end a page, all pages together are a fresh fetch, in seq order."""
    async with serve_here(msgspec.structs.replace(settings, **limits)) as service:
        writer = await service.tablet()
        project = await service.project(writer)
        scope = f"project:{project}"
        await writer.must(*(task_created(project, notes="x" * 100) for _ in range(20)))
        await writer.must(*(budget_created(project) for _ in range(4)))
        seqs: list[int] = []
        turns = 0
        while True:
            found = await writer.pull_once()
            turns += 1
            seqs += [row.seq for page in found.pages if page.scope == scope for row in page.rows]
            if not found.more:
                break
        writer.assert_sums()
        assert turns > 5
        assert seqs == sorted(seqs)
        assert len({*seqs}) == len(seqs)
        assert len(writer.live(scope)) == 21
        assert len(writer.live(f"finance:{project}")) == 4


async def test_an_idle_pull_is_empty(service: Service) -> None:
    """Who has everything is told nothing."""
    tablet = await service.tablet()
    await service.project(tablet)
    await tablet.pull()
    found = await tablet.pull_once()
    assert (found.pages, found.withdrawn, found.snapshots, found.more) == ([], [], [], False)


async def test_a_removed_member_loses_the_scope_and_a_new_one_gets_it(service: Service) -> None:
    """A withdrawn scope is named by the next pull; a granted one arrives, however old."""
    office, crew = await service.tablet(), await service.tablet("employee")
    project = await service.project(office)
    scope = f"project:{project}"
    await office.must(*(task_created(project) for _ in range(3)))
    await crew.pull()
    assert crew.live(scope) == {}
    membership = await service.member(office, project, crew.person, "employee")
    await crew.pull()
    crew.assert_sums()
    assert len(crew.live(scope)) == 5
    await office.pull()
    await office.must(office.delete(scope, membership))
    found = await crew.pull_once()
    assert found.withdrawn == [scope]
    assert found.pages == []
    assert crew.live(scope) == {}
    assert await crew.do(task_created(project)) == "access_denied"


async def test_money_is_invisible_to_employees(service: Service) -> None:
    """Not by pull, not by a cursor that names it, not by history or conflicts."""
    office, other = await service.tablet(), await service.tablet()
    crew = await service.tablet("employee")
    project = await service.project(office)
    scope = f"finance:{project}"
    await service.member(office, project, crew.person, "employee")
    budget = new_id()
    await office.must(budget_created(project, budget))
    for one in (office, other):
        await one.pull()
    await office.must(office.update(scope, budget, amount=2))
    assert await other.do(other.update(scope, budget, amount=3)) == "merged_with_conflicts"
    await crew.pull()
    assert scope not in {where for where, _ in crew.rows}
    crew.cursor[scope] = 1
    found = await crew.pull_once()
    assert found.withdrawn == [scope]
    assert found.pages == []
    assert await crew.get("history", row=budget) == []
    assert await crew.get("conflicts", scope=scope) == []
    assert await crew.get("conflicts") == []
    assert len(await office.get("conflicts", scope=scope)) == 1


async def test_a_supervisor_of_the_project_reads_its_money(service: Service) -> None:
    """A role held in the project opens its finance scope, and no other's."""
    office, lead = await service.tablet(), await service.tablet("employee")
    project, elsewhere = await service.project(office), await service.project(office)
    await service.member(office, project, lead.person, "supervisor")
    for one in (project, elsewhere):
        await office.must(budget_created(one))
    await lead.pull()
    assert len(lead.live(f"finance:{project}")) == 1
    assert lead.live(f"finance:{elsewhere}") == {}
    assert lead.live(f"project:{elsewhere}") == {}


async def test_a_restored_server_says_so_and_sends_no_rows(service: Service) -> None:
    """A pull with the old server epoch gets the new one and nothing else; then all comes anew."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    await tablet.pull()
    await tablet.must(task_created(project))
    await service.context.pool.execute("UPDATE installation SET server_epoch = 2")
    found = await tablet.pull_once()
    assert (found.server_epoch, found.pages) == (2, [])
    answer = tablet.decode(await tablet.send(), dict)
    assert answer["server_epoch"] == 2
    await tablet.register()
    assert tablet.server_epoch == 2
    tablet.rows, tablet.cursor, tablet.heads = {}, {}, {}
    await tablet.pull()
    tablet.assert_sums()
    assert len(tablet.live(f"project:{project}")) == 2


async def test_a_cursor_ahead_of_the_head_starts_afresh(service: Service) -> None:
    """A cursor of another history gets the whole scope."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    scope = f"project:{project}"
    await tablet.must(task_created(project))
    tablet.cursor = {scope: 1_000}
    found = await tablet.pull_once()
    (page,) = [one for one in found.pages if one.scope == scope]
    assert len(page.rows) == 2
    # The project and the task, and the number given: on the task, and in the project.
    assert page.seq == page.head == 4
    tablet.assert_sums()
