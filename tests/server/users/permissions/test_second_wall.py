"""PostgreSQL itself refuses to show what a person may not see, whatever the handler forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from server.store import reading_as
from server.users import load_access
from sync.tables import TABLES
from tests.server.users.permissions.subjects import open_ground, subject
from tests.serving import new_id, task_created

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.server.users.permissions.subjects import Ground
    from tests.serving import Service

READABLE = {
    *TABLES,
    *("scope", "conflict", "rejection", "replica", "activity"),
    *("document_search", "share_link"),
    *("expense_day", "expense_task", "line_month", "progress_day"),
    *("baseline_value", "figure_day", "figure_state"),
    *("project_schedule", "baseline_task"),
}
VIEWS = {"readable_change_log", "device_name"}
TRUSTED_ALONE = {"sync_row", "change_log", "receipt", "snapshot", "snapshot_page", "permission"}

_GRANTS = """
    SELECT c.relname AS name, c.relkind::text AS kind, c.relrowsecurity AS enabled,
        c.relforcerowsecurity AS forced, c.relispartition AS part,
        has_table_privilege('derrick_reader', c.oid, 'SELECT')
            OR has_any_column_privilege('derrick_reader', c.oid, 'SELECT') AS reads,
        has_table_privilege('derrick_reader', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


async def _read(service: Service, person: str, statement: str, *arguments: Any) -> list[Any]:
    async with service.context.pool.acquire() as connection, reading_as(connection, person):
        found: list[Any] = await connection.fetch(statement, *arguments)
        return found


async def test_every_table_that_the_reader_reaches_has_row_level_security(
    database: Database,
) -> None:
    """A table of the catalogue is either closed to the reader, or enabled and forced."""
    connection = await asyncpg.connect(database.app_url)
    try:
        records = await connection.fetch(_GRANTS)
    finally:
        await connection.close()
    assert {one["name"] for one in records if one["reads"]} == READABLE | VIEWS
    for one in records:
        assert not one["writes"], one
        if one["reads"] and one["name"] not in VIEWS:
            assert (one["enabled"], one["forced"], one["part"]) == (True, True, False), one
    assert {one["name"] for one in records} >= TRUSTED_ALONE


async def test_the_server_is_bound_by_the_wall(database: Database) -> None:
    """The server's role owns no table and passes no rule; the reader cannot log in."""
    connection = await asyncpg.connect(database.app_url)
    try:
        roles = await connection.fetch(
            """
            SELECT rolname, rolsuper OR rolbypassrls AS passes, rolcanlogin AS logs_in,
                EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns
            FROM pg_roles WHERE rolname IN (current_user, 'derrick_reader')
            """
        )
    finally:
        await connection.close()
    assert len(roles) == 2
    assert not any(one["passes"] or one["owns"] for one in roles)
    assert {one["rolname"] for one in roles if not one["logs_in"]} == {"derrick_reader"}


async def test_a_handler_that_asks_for_everything_gets_what_the_person_may_see(
    service: Service,
) -> None:
    """With the first wall gone, a stranger sees nothing of a project, and a member sees it all."""
    ground = await open_ground(service)
    member = await subject(ground, "employee", by_membership=True)
    stranger = await service.tablet("employee")
    await member.pull()
    await member.must(member.update(f"project:{ground.project}", ground.seeds["task"], notes="vu"))
    for name in TABLES:
        everything = f"SELECT * FROM {name}"
        mine = await _read(service, member.person, everything)
        theirs = await _read(service, stranger.person, everything)
        shared = ground.scope(name) == "org"
        assert bool(theirs) == shared, name
        assert bool(mine) == (not ground.scope(name).startswith(("finance:", "user:"))), name
        projects = {str(one["project_id"]) for one in mine if "project_id" in one}
        assert projects <= {ground.project}
    log = "SELECT DISTINCT table_name FROM readable_change_log"
    seen = {one["table_name"] for one in await _read(service, member.person, log)}
    assert "task" in seen
    assert "budget" not in seen
    others = {one["table_name"] for one in await _read(service, stranger.person, log)}
    assert others == {one for one in TABLES if ground.scope(one) == "org"}
    assert not await _read(service, stranger.person, "SELECT * FROM rejection")
    names = [one["name"] for one in await _read(service, stranger.person, "SELECT * FROM scope")]
    assert names == ["org"]


@pytest.mark.parametrize("table", sorted(TRUSTED_ALONE))
async def test_what_only_the_merge_and_the_pull_touch_is_closed(
    service: Service, table: str
) -> None:
    """Documents, receipts and snapshots hold every scope: the reader may not open them at all."""
    someone = await service.person("administrator")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _read(service, someone, f"SELECT * FROM {table}")


async def test_nobody_named_sees_nothing_and_the_role_does_not_stick(service: Service) -> None:
    """Without a person the reader sees no row; after the transaction the server is itself."""
    await open_ground(service)
    async with service.context.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE derrick_reader")
            for name in TABLES:
                assert not await connection.fetchval(f"SELECT count(*) FROM {name}")
        async with reading_as(connection, new_id()):
            assert not await connection.fetchval("SELECT count(*) FROM person")
        with pytest.raises(asyncpg.PostgresError):
            async with reading_as(connection, new_id()):
                await connection.execute("UPDATE person SET role = 'administrator'")
        assert await connection.fetchval("SELECT current_user") == "derrick_app"
        assert await connection.fetchval("SELECT count(*) FROM person")


async def test_sql_and_the_guards_agree_on_who_reads_what(service: Service) -> None:
    """For every role, held either way, PostgreSQL shows the very scopes that the code grants."""
    ground = await open_ground(service)
    tablets = [
        await subject(ground, role, by_membership=how)
        for role in ("administrator", "manager", "accountant", "supervisor", "employee", "auditor")
        for how in (False, True)
    ]
    people = [one.person for one in tablets]
    await _assert_agreement(service, people)
    chief = service.context.intake
    async with chief.server_transaction(["org", f"project:{ground.elsewhere}"]) as transaction:
        await transaction.load("org", people)
        for person in people[::3]:
            transaction.workspace.write("org", "person", person, {"active": False}, intent="test")
    await _assert_agreement(service, people)
    deleter = await service.tablet("administrator")
    await deleter.pull()
    await deleter.must(deleter.delete(f"project:{ground.project}", ground.project))
    await _assert_agreement(service, people)


async def _assert_agreement(service: Service, people: list[str]) -> None:
    async with service.context.pool.acquire() as connection:
        scopes = {one["name"] for one in await connection.fetch("SELECT name FROM scope")}
        access = await load_access(connection, people)
    for person in people:
        shown = await _read(service, person, "SELECT name FROM scope")
        granted = {name for name in scopes if access[person].reads(name)}
        assert {one["name"] for one in shown} == granted


async def test_rejections_show_themselves_to_those_who_lead_the_project(service: Service) -> None:
    """A refused entry is its author's and the project's leaders'; in SQL as over HTTP."""
    ground = await open_ground(service)
    author = await subject(ground, "employee", by_membership=True)
    leader = await subject(ground, "supervisor", by_membership=True)
    mate = await subject(ground, "employee", by_membership=True)
    assert await author.do(task_created(ground.project)) == "access_denied"
    everything = "SELECT replica FROM rejection"
    for person, sees in ((author, True), (leader, True), (mate, False)):
        assert bool(await _read(service, person.person, everything)) == sees
        assert bool(await person.get("rejections", mine=False)) == sees
    await _assert_hidden_elsewhere(ground)


async def _assert_hidden_elsewhere(ground: Ground) -> None:
    service = ground.service
    away = await service.tablet("employee")
    chief = await service.tablet("administrator")
    await service.member(chief, ground.elsewhere, away.person, "manager")
    assert not await _read(service, away.person, "SELECT replica FROM rejection")
    assert not await away.get("rejections", mine=False)
