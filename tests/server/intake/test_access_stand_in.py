"""The stand-in that the benchmark measures access checks by is the server without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import bookkeeping
from tests.bench.open_server import look_at_no_session, open_rules
from tests.serving import new_id, project_created, serve_here, task_created

if TYPE_CHECKING:
    import pytest

    from server.settings import Settings


async def test_what_the_server_refuses_the_stand_in_merges(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's task is refused by the one and merged by the other, with all that follows."""
    async with serve_here(settings) as service:
        office, stranger = await service.tablet(), await service.tablet("employee")
        project = await service.project(office)
        assert await stranger.do(task_created(project)) == "access_denied"
    # Put back when the test ends.
    monkeypatch.setattr(bookkeeping, "_LOCK_REPLICAS", bookkeeping._LOCK_REPLICAS)
    look_at_no_session()
    async with serve_here(settings, services=open_rules(settings)) as service:
        stranger = await service.tablet("employee")
        await stranger.must(task_created(project))
        await stranger.must(project_created(new_id()))
        office = await (await service.tablet()).pull()
        assert len(office.live(f"project:{project}")) == 2
