"""What is one's own: made with the first word, read and written by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.store import reading_as
from sync.changes import Change
from tests.serving import Tablet, new_id, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.serving import Service


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with serve_here(settings) as serving:
        yield serving


def _preference(person: str, scope: str = "", **values: Any) -> Change:
    after = {"person_id": person, "kind": "alert", "email": True, **values}
    return Change(scope or f"user:{person}", "notice_preference", new_id(), "create", after=after)


async def test_the_scope_begins_with_the_first_that_one_writes(service: Service) -> None:
    """Nobody has a scope of their own before; the first choice makes it, for every device."""
    worker = await service.tablet("employee")
    mine = f"user:{worker.person}"
    assert mine not in (await worker.pull()).cursor
    await worker.must(_preference(worker.person))
    twin = await worker.twin().register()
    await twin.pull()
    (row,) = twin.live(mine).values()
    assert row.values["email"] is True
    twin.assert_sums()


async def test_what_is_refused_leaves_no_scope_behind(service: Service) -> None:
    """A first word that is wrong makes nothing: the scope is not there for the next reader."""
    worker = await service.tablet("employee")
    for wrong in ({"quiet_from": "25:00"}, {"quiet_until": "7h"}, {"quiet_from": "22:00\n"}):
        assert await worker.do(_preference(worker.person, **wrong)) == "value_invalid"
    pool = service.context.pool
    assert not await pool.fetchval("SELECT count(*) FROM scope WHERE name LIKE 'user:%'")


async def test_another_persons_scope_is_nobodys(service: Service) -> None:
    """Nobody writes there, whatever the role, nor puts a row of another's into their own."""
    worker, chief = await service.tablet("employee"), await service.tablet("administrator")
    await worker.must(_preference(worker.person))
    for who, change in (
        (chief, _preference(worker.person)),
        (chief, _preference(chief.person, f"user:{worker.person}")),
        (chief, _preference(new_id())),
    ):
        assert await who.do(change) == "access_denied"
    stray = _preference(worker.person, f"user:{chief.person}")
    assert await chief.do(stray) == "row_mismatch"
    assert f"user:{worker.person}" not in (await chief.pull()).cursor
    assert await _seen(service, worker) == 1
    assert await _seen(service, chief) == 0


async def _seen(service: Service, who: Tablet) -> int:
    async with service.context.pool.acquire() as connection, reading_as(connection, who.person):
        count: int = await connection.fetchval("SELECT count(*) FROM notice_preference")
        return count
