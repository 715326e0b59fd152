"""The record of activity: appended to by what happens, changed by nobody, kept for its time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from server.jobs.clocked import purge_activity
from server.jobs.running import open_context
from server.users import record_activity
from sync.changes import Change
from tests.serving import Tablet, new_id, task_created, wall_ms

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.conftest import Database
    from tests.serving import Service


async def recorded(service: Service, kind: str) -> list[asyncpg.Record]:
    """Return the events of a kind, eldest first."""
    found: list[asyncpg.Record] = await service.context.pool.fetch(
        "SELECT person_id::text AS person, actor_id::text AS actor, project_id::text AS project, "
        "detail::text AS detail FROM activity WHERE kind = $1 ORDER BY id",
        kind,
    )
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity SET kind = 'nothing'",
        "DELETE FROM activity",
        "TRUNCATE activity",
        "INSERT INTO activity (id, kind) VALUES (1, 'forged')",
    ],
)
async def test_the_servers_role_can_only_append(database: Database, statement: str) -> None:
    """Whoever holds the server's password adds to the record, and takes nothing from it."""
    connection = await asyncpg.connect(database.app_url)
    try:
        await record_activity(connection, "login", person=new_id())
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.GeneratedAlwaysError)):
            await connection.execute(statement)
        assert await connection.fetchval("SELECT count(*) FROM activity") == 1
    finally:
        await connection.close()


async def test_retention_takes_what_is_past_its_time_and_nothing_young(
    settings: Settings, database: Database
) -> None:
    """The job purges by the setting; even asked directly, nothing under a month goes."""
    owner = await asyncpg.connect(database.owner_url)
    for days in (1, 29, 31, 399, 401, 900):
        await owner.execute(
            "INSERT INTO activity (at, kind) VALUES (now() - $1::interval, 'login')",
            dt.timedelta(days=days),
        )
    async with open_context(settings, wall_ms) as context:
        assert await purge_activity(context) == {"events": 2}
    app = await asyncpg.connect(database.app_url)
    assert await app.fetchval("SELECT purge_activity(now() + interval '1 year')") == 2
    assert await owner.fetchval("SELECT count(*) FROM activity") == 2
    await app.close()
    await owner.close()


async def test_roles_and_memberships_are_recorded_from_the_merge(service: Service) -> None:
    """Who gave whom which role, where, from what to what; once, however often it is sent."""
    boss = await service.tablet("administrator")
    worker = await service.person("employee")
    project = await service.project(boss)
    membership = await service.member(boss, project, worker, "employee")
    await boss.pull()
    change = boss.edit(boss.update(f"project:{project}", membership, role="supervisor"))
    await boss.push(change)
    await boss.push(change)
    await boss.pull()
    await boss.must(boss.delete(f"project:{project}", membership))
    await boss.must(boss.update("org", worker, role="manager"))
    (added,) = await recorded(service, "member_added")
    assert (added["person"], added["actor"], added["project"]) == (worker, boss.person, project)
    (changed,) = await recorded(service, "member_role_changed")
    assert msgspec.json.decode(changed["detail"]) == {"before": "employee", "after": "supervisor"}
    (removed,) = await recorded(service, "member_removed")
    assert removed["actor"] == boss.person
    (risen,) = await recorded(service, "role_changed")
    assert (risen["person"], risen["actor"], risen["project"]) == (worker, boss.person, None)


async def test_approvals_are_recorded_from_the_merge(service: Service) -> None:
    """An expense and a daily report that are approved, by whom and whose; entering is not."""
    boss = await service.tablet("administrator")
    worker = await service.tablet("employee")
    project = await service.project(boss)
    await service.member(boss, project, worker.person, "supervisor")
    expense, report = await _entered(worker, project)
    assert not await recorded(service, "expense_approved")
    await boss.pull()
    await boss.must(boss.update(f"project:{project}", expense, status="approved"))
    await boss.must(boss.update(f"project:{project}", report, status="approved"))
    (approved,) = await recorded(service, "expense_approved")
    assert (approved["actor"], approved["person"]) == (boss.person, worker.person)
    assert approved["project"] == project
    detail = {"table": "expense", "row": expense, "before": "submitted"}
    assert msgspec.json.decode(approved["detail"]) == detail
    (signed,) = await recorded(service, "report_approved")
    assert signed["actor"] == boss.person


async def test_an_import_is_recorded_and_other_work_is_not(service: Service) -> None:
    """One event for the change sets of an import that merge together; none for plain tasks."""
    boss = await service.tablet("manager")
    project = await service.project(boss)
    before = await service.context.pool.fetchval("SELECT count(*) FROM activity")
    await boss.push(*(boss.edit(task_created(project)) for _ in range(20)))
    assert await service.context.pool.fetchval("SELECT count(*) FROM activity") == before
    imported = [
        msgspec.structs.replace(boss.edit(task_created(project)), intent="schedule.import")
        for _ in range(300)
    ]
    await boss.push(*imported)
    (event,) = await recorded(service, "schedule_imported")
    assert (event["actor"], event["project"]) == (boss.person, project)


async def _entered(worker: Tablet, project: str) -> tuple[str, str]:
    """Enter an expense and a submitted report; return their ids."""
    expense, report = new_id(), new_id()
    scope = f"project:{project}"
    known: dict[str, Any] = {"project_id": project, "date": "2026-11-02"}
    known["author_id"] = worker.person
    spent = {
        **known,
        "amount": 100,
        "currency": "XAF",
        "description": "fuel",
        "status": "submitted",
    }
    day = {**known, "shift": "day", "status": "draft"}
    await worker.must(Change(scope, "expense", expense, "create", after=spent))
    await worker.must(Change(scope, "daily_report", report, "create", after=day))
    await worker.pull()
    await worker.must(worker.update(scope, report, status="submitted"))
    return expense, report
