"""Merges of money walk along indexes at size, with statistics and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest
from msgspec import Struct

from server.budget import recompute, wrong_daily_sums
from server.store.database import BY_KEY
from sync.tables.budget import settings_id
from tests.server.budget.papers import approved_bill, approved_order, bill, payment, word
from tests.server.site import count_statements, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.conftest import Database
    from tests.server.budget.conftest import Office

EXPENSES, TASKS = 200_000, 20_000
OTHERS = 40
"""Projects among which a tenth of it lies."""
LARGE = {
    *("expense", "task", "purchase_order", "supplier_invoice", "payment", "approval"),
    *("expense_day", "expense_task", "line_month", "sync_row", "change_log"),
}

_FILL = """
    INSERT INTO expense (project_id, id, budget_line_id, task_id, date, amount, currency, supplier,
        status, author_id, amount_converted, order_id, invoice_id, receipt_hash)
    SELECT CASE WHEN number % 10 = 0 THEN md5('other' || number % $6::int)::uuid ELSE $1::uuid END,
        md5('expense' || number)::uuid, ($2::uuid[])[1 + number % cardinality($2::uuid[])],
        md5('task' || number % $5::int)::uuid, '2026-01-01'::date + number % 365,
        number % 400000, 'XAF', 'SOCOFER',
        CASE number % 4 WHEN 0 THEN 'submitted' ELSE 'approved' END,
        $3, number % 400000, CASE WHEN number % 5 = 0 THEN md5('order' || number % 9000)::uuid END,
        CASE WHEN number % 7 = 0 THEN md5('invoice' || number % 9000)::uuid END,
        CASE WHEN number % 3 = 0 THEN md5('photo' || number) END
    FROM generate_series(1, $4::int) AS number
"""
_FILL_TASKS = """
    INSERT INTO task (project_id, id, name, kind, status)
    SELECT $1::uuid, md5('task' || number)::uuid, 'T', 'task', 'todo'
    FROM generate_series(0, $2::int - 1) AS number
"""
_FILL_PAPERS = """
    INSERT INTO {table} (project_id, id, supplier, {more}, budget_line_id, date, amount, currency,
        status, author_id, amount_converted)
    SELECT $1::uuid, md5($4 || number)::uuid, 'S' || number % 50, 'R' || number,
        ($2::uuid[])[1 + number % cardinality($2::uuid[])], '2026-01-01'::date + number % 365,
        1000, 'XAF', CASE number % 3 WHEN 0 THEN 'draft' ELSE 'approved' END, $3, 1000
    FROM generate_series(1, 100000) AS number
"""
_LINES = """
    INSERT INTO line_month (project_id, line_id, month, spent, committed)
    SELECT $1::uuid, md5('line' || number % 5000)::uuid,
        make_date(2000 + number / 60000, 1 + (number / 5000) % 12, 1), 1, 1
    FROM generate_series(0, 299999) AS number
"""


# The parameters of what is explained are not those of the statement that asks for it.
_EXPLAINED = """
    CREATE FUNCTION pg_temp.explained(statement text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE told text;
    BEGIN
        EXECUTE 'EXPLAIN (GENERIC_PLAN, FORMAT JSON) ' || statement INTO told;
        RETURN told;
    END $$
"""


_ASKS = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b")


class Step(Struct, frozen=True):
    """One step of a plan."""

    node: str = msgspec.field(name="Node Type")
    relation: str = msgspec.field(name="Relation Name", default="")
    condition: str = msgspec.field(name="Index Cond", default="")
    within: list[Step] = msgspec.field(name="Plans", default=[])

    def steps(self) -> Iterator[Step]:
        """Yield it and all within."""
        yield self
        for one in self.within:
            yield from one.steps()


class Explained(Struct, frozen=True):
    """A plan as PostgreSQL tells it."""

    plan: Step = msgspec.field(name="Plan")


@pytest.fixture
async def planner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner, planning as the merge's connections do."""
    connection = await asyncpg.connect(database.owner_url, server_settings={**BY_KEY, "jit": "off"})
    await connection.execute(_EXPLAINED)
    yield connection
    await connection.close()


async def _fill(planner: asyncpg.Connection, office: Office) -> None:
    project, lines, person = office.site.project, list(office.lines), office.crew.person
    await planner.execute(_FILL, project, lines, person, EXPENSES, TASKS, OTHERS, timeout=300)
    await planner.execute(_FILL_TASKS, project, TASKS, timeout=300)
    papers = (("purchase_order", "title", "order"), ("supplier_invoice", "reference", "invoice"))
    for table, more, salt in papers:
        await planner.execute(
            _FILL_PAPERS.format(table=table, more=more), project, lines, person, salt, timeout=300
        )
    await planner.execute(_LINES, project, timeout=300)


async def _sent(office: Office) -> list[str]:
    """Do all that is done with money, and return what was asked of the database for it."""
    site, crew, books = office.site, office.crew, office.accountant
    async with count_statements(site) as seen:
        rules = {"fiscal_year_month": 4, "match_tolerance_basis_points": 100, "control_sum": "warn"}
        await office.manager.must(
            site.create("finance_settings", settings_id(site.project), **rules)
        )
        line = await site.update("budget_line", office.lines[0], annual_amounts={"2026": 5})
        await office.manager.must(line)
        over, like = new_id(), new_id()
        await crew.must(office.expense(over, 900_000, office.lines[0], receipt_hash="a" * 64))
        await crew.must(office.expense(like, 900_000, office.lines[0], receipt_hash="a" * 64))
        await books.must(await site.update("expense", like, status="approved"))
        order = await approved_order(office, 10_000, budget_line_id=office.lines[1])
        await crew.must(office.expense(new_id(), 500, office.lines[1], order_id=order))
        invoice = new_id()
        await crew.must(office.expense(new_id(), 700, office.lines[1], invoice_id=invoice))
        await books.must(bill(office, invoice, 700, books, budget_line_id=office.lines[1]))
        await office.chief.must(await word(office, office.chief, invoice))
        await approved_bill(office, 800, order_id=order, budget_line_id=office.lines[1])
        await books.must(payment(office, new_id(), invoice, 300))
        await crew.must(await site.update("expense", over, amount=800_000))
        grid = {"control_sum": "ignore"}
        await office.manager.must(
            await site.update("finance_settings", settings_id(site.project), **grid)
        )
        await office.manager.must(await site.update("purchase_order", order, status="closed"))
    # One at a time: asyncpg tidies a session up with several at once.
    return sorted({one for one in seen if _ASKS.match(one) and ";" not in one})


async def _scans(planner: asyncpg.Connection, statements: list[str]) -> list[str]:
    """Return which statements would read a large table whole, or an index from end to end."""
    found = []
    for statement in statements:
        told = await planner.fetchval("SELECT pg_temp.explained($1)", statement)
        for one in msgspec.json.decode(told, type=list[Explained])[0].plan.steps():
            table = re.sub(r"_(p?\d+|default|y\d+m\d+)$", "", one.relation)
            whole = one.node == "Seq Scan" or (one.node.startswith("Index") and not one.condition)
            if table in LARGE and whole and "Bitmap" not in one.node:
                found.append(f"{one.node} of {one.relation}: {' '.join(statement.split())[:300]}")
    return found


async def test_merges_of_money_walk_along_indexes_at_size(
    office: Office, planner: asyncpg.Connection
) -> None:
    """Marks, totals, duplicates, matches and approvals, at a million expenses: no table is read.

    Neither as it has just grown, when the statistics say that it is empty, nor when they are right.
    """
    statements = await _sent(office)
    asked = ("waiting AS", "receipt_hash", "line_month", "subject_id", "order_id = ANY")
    for name in asked:
        assert any(name in one for one in statements), name
    await _fill(planner, office)
    assert await _scans(planner, statements) == []
    await planner.execute("ANALYZE", timeout=300)
    assert await _scans(planner, statements) == []


async def test_one_projects_check_reads_no_other(
    office: Office, planner: asyncpg.Connection
) -> None:
    """What is put right while a project stands still is added up from its own documents alone."""
    async with count_statements(office.site) as seen:
        await recompute(office.site.pool, office.site.project)
        await wrong_daily_sums(office.site.pool, office.site.project)
    checks: list[Any] = [one for one in seen if "WITH" in one]
    await _fill(planner, office)
    assert await _scans(planner, checks) == []
    await planner.execute("ANALYZE", timeout=300)
    assert await _scans(planner, checks) == []
