"""BI tools read typed views with the rights of one person, and cannot become another."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.conftest import run_sql
from tests.serving import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import Database
    from tests.server.reports.conftest import Office

VIEWS = (
    *("project", "task", "budget_line", "expense", "purchase_order", "invoice", "payment"),
    *("spending_day", "value_day", "daily_report", "incident"),
)
MONEY = {"budget_line", "purchase_order", "invoice", "payment", "spending_day", "value_day"}


@asynccontextmanager
async def _reader(database: Database, person: str) -> AsyncIterator[Any]:
    """Let a login in for a person, as an administrator of PostgreSQL does, and connect as it."""
    login = f"bi_{new_id()[:8]}"
    run_sql(database.superuser_url, f"CREATE ROLE {login} LOGIN PASSWORD 'secret-for-a-test'")
    run_sql(database.superuser_url, f"SELECT reporting.let_in('{login}', '{person}')")
    scheme, _, rest = database.superuser_url.partition("://")
    url = f"{scheme}://{login}:secret-for-a-test@{rest.rpartition('@')[2]}"
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
        run_sql(database.superuser_url, f"REVOKE derrick_reader FROM {login}")
        run_sql(database.superuser_url, f"DROP ROLE {login}")


async def test_the_views_are_typed_and_say_what_the_app_says(
    office: Office, database: Database
) -> None:
    """Every view answers; amounts are exact numbers in units, with their comments beside them."""
    async with _reader(database, office.manager.person) as bi:
        for view in VIEWS:
            assert await bi.fetch(f"SELECT * FROM reporting.{view}") is not None
        lines = await bi.fetch("SELECT * FROM reporting.budget_line ORDER BY cost_code")
        assert [one["revised"] for one in lines] == [31_250_000, 12_000_000, 42_000_000, 88_500_000]
        euros = await bi.fetchval("SELECT amount FROM reporting.expense WHERE currency = 'EUR'")
        assert euros == Decimal("12345.67")
        spent = await bi.fetchval("SELECT sum(amount) FROM reporting.spending_day")
        assert spent == 38_748_729
        value = await bi.fetchval(
            "SELECT so_far FROM reporting.value_day WHERE figure = 'planned' "
            "ORDER BY day DESC LIMIT 1"
        )
        assert value == 173_750_000
        silent = await bi.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'reporting'::regnamespace "
            "AND relkind = 'v' AND obj_description(oid, 'pg_class') IS NULL"
        )
        assert silent == []


async def test_a_login_sees_what_its_person_sees_and_no_more(
    office: Office, database: Database
) -> None:
    """The crew's login sees its project without its money; a stranger's sees nothing of it."""
    async with _reader(database, office.crew.person) as bi:
        for view in VIEWS:
            rows = await bi.fetch(f"SELECT * FROM reporting.{view}")
            if view in MONEY:
                assert rows == [], view
        assert len(await bi.fetch("SELECT * FROM reporting.task")) == 5
    stranger = await office.service.person("employee")
    async with _reader(database, stranger) as bi:
        for view in VIEWS:
            assert await bi.fetch(f"SELECT * FROM reporting.{view}") == [], view


async def test_a_login_cannot_become_another_person(office: Office, database: Database) -> None:
    """Neither the setting that the server uses nor a role opens another's rows; none may write."""
    stranger = await office.service.person("employee")
    async with _reader(database, stranger) as bi:
        await bi.execute("SELECT set_config('derrick.person', $1, false)", office.manager.person)
        assert await bi.fetch("SELECT * FROM reporting.project") == []
        await bi.execute("SET ROLE derrick_reader")
        assert await bi.fetch("SELECT * FROM project") == []
        await bi.execute("SET default_transaction_read_only = off")
        for statement in (
            "UPDATE reporting.login SET person_id = gen_random_uuid()",
            "SELECT * FROM reporting.login",
            "DELETE FROM expense",
            "SELECT * FROM sync_row",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await bi.execute(statement)
