"""The figures over HTTP: right to the last franc, never stale, and hidden from who may not see."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import Struct

from sync.changes import Change
from sync.tables.budget import settings_id
from tests.server.site import Clock
from tests.serving import Tablet, new_id, project_created, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.serving import Service


class Desk(Struct):
    """A project served over HTTP: DOMAIN's worked example on one task."""

    service: Service
    manager: Tablet
    crew: Tablet
    project: str
    task: str
    line: str
    clock: Clock

    async def get(self, path: str = "", by: Tablet | None = None, **query: Any) -> Any:
        """Return a reading; it must be answered."""
        answer = await self.ask(path, by, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, path: str = "", by: Tablet | None = None, **query: Any) -> Any:
        """Ask for a reading."""
        who = by or self.manager
        return await self.service.client.get(
            f"/api/projects/{self.project}/figures{path}",
            params=query,
            headers={"authorization": f"Bearer {who.token}"},
        )

    def finance(self, table: str, row: str | None = None, **values: Any) -> Change:
        """Make a row of the finance scope."""
        after = {"project_id": self.project, **values}
        return Change(f"finance:{self.project}", table, row or new_id(), "create", after=after)

    def expense(self, amount: int, **values: Any) -> Change:
        """Record an expense of the manager's."""
        after = {
            "project_id": self.project,
            "date": "2026-02-28",
            "amount": amount,
            "currency": "XAF",
            "status": "submitted",
            "author_id": self.manager.person,
            **values,
        }
        return Change(f"project:{self.project}", "expense", new_id(), "create", after=after)


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Serve the worked example: BAC 100 000, planned 50 %, done 40 %, AC 48 000."""
    clock = Clock()
    async with serve_here(settings, clock=clock) as service:
        manager, crew = await service.tablet("manager"), await service.tablet("employee")
        for tablet in (manager, crew):
            tablet.clock = clock
        project, task, budget, line = (new_id() for _ in range(4))
        desk = Desk(service, manager, crew, project, task, line, clock)
        await manager.must(project_created(project))
        await service.member(manager, project, crew.person, "employee")
        await manager.must(
            task_created(
                project,
                task,
                planned_start="2026-02-20T07:00",
                planned_finish="2026-03-11T18:00",
            ),
            desk.finance("budget", budget, name="B", currency="XAF", amount=100_000),
            desk.finance("budget_line", line, budget_id=budget, cost_code="A", amount=100_000),
        )
        after = {"project_id": project, "name": "B0", "author_id": manager.person}
        await manager.must(
            Change(f"project:{project}", "baseline", new_id(), "create", after=after)
        )
        await manager.pull()
        await manager.must(manager.update(f"project:{project}", task, progress=4_000))
        await manager.must(desk.expense(48_000, budget_line_id=line, task_id=task))
        yield desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        yield opened


async def test_the_worked_example_through_every_door(desk: Desk) -> None:
    """Project, line and task say what DOMAIN's example says, each with its data date."""
    project = await desk.get()
    line = (await desk.get("/lines"))["lines"][0]
    task = (await desk.get("/tasks"))["tasks"][0]
    for one in (project, line, task):
        found = one["earned_value"]
        assert {name: found[name] for name in ("bac", "pv", "ev", "ac")} == {
            "bac": 100_000,
            "pv": 50_000,
            "ev": 40_000,
            "ac": 48_000,
        }
        assert (found["cv"]["value"], found["sv"]["value"]) == (-8_000, -10_000)
        assert (found["cpi"]["value"], found["spi"]["value"]) == ("0.8333", "0.8000")
        assert [found[name]["eac"]["value"] for name in ("typical", "atypical", "combined")] == [
            120_000,
            108_000,
            138_000,
        ]
        assert found["typical"]["etc"]["value"] == 72_000
        assert found["typical"]["vac"]["value"] == -20_000
        assert found["tcpi"]["value"] == "1.1538"
    assert (project["progress"], project["planned_progress"]) == (4_000, 5_000)
    reading = project["reading"]
    assert reading["data_date"] == "2026-03-01"
    assert reading["baseline"]["name"] == "B0"
    assert reading["baseline"]["tasks_added"] == 0
    assert reading["tablets"]["devices"] == 1, "the crew's; the manager is no member"
    (money,) = project["money"]
    assert money == {
        "currency": "XAF",
        "original": 100_000,
        "allocated": 100_000,
        "committed": 0,
        "spent": 48_000,
        "remaining": 52_000,
        "forecast": 100_000,
        "off_budget": 0,
    }


async def test_a_past_data_date_reads_what_was_known_to_have_happened(desk: Desk) -> None:
    """At the end of 20 February one day of twenty was planned, and nothing done or spent."""
    found = (await desk.get(at="2026-02-20"))["earned_value"]
    assert (found["pv"], found["ev"], found["ac"]) == (5_000, 0, 0)
    assert found["cpi"] == {
        "value": None,
        "reason": "nothing_spent",
        "message": {
            "fr": "Rien n'a été dépensé à cette date.",
            "en": "Nothing was spent by this date.",
        },
    }
    task = (await desk.get("/tasks", at="2026-02-20"))["tasks"][0]
    assert task["earned_value"]["ev"] == 0


async def test_the_curve_runs_from_the_first_plan_to_the_last(desk: Desk) -> None:
    """Weeks end on Sundays; what is earned and spent stops at the data date."""
    points = (await desk.get("/curve"))["points"]
    assert points == [
        {"day": "2026-02-22", "pv": 15_000, "ev": 0, "ac": 0},
        {"day": "2026-03-01", "pv": 50_000, "ev": 40_000, "ac": 48_000},
        {"day": "2026-03-08", "pv": 85_000, "ev": None, "ac": None},
        {"day": "2026-03-15", "pv": 100_000, "ev": None, "ac": None},
    ]


async def test_amounts_are_absent_for_those_who_may_not_see_them(desk: Desk) -> None:
    """The crew gets no key that holds an amount, and no other reading; a stranger gets nothing."""
    found = await desk.get(by=desk.crew)
    assert found.keys() == {"reading"}
    for path in ("/curve", "/tasks", "/lines", "/cash-flow", "/ageing"):
        assert (await desk.ask(path, desk.crew)).status_code == 403
    stranger = await desk.service.tablet("employee")
    for path in ("", "/curve"):
        assert (await desk.ask(path, stranger)).status_code == 404
    nothing = msgspec.structs.replace(desk, project=new_id())
    assert (await nothing.ask()).status_code == 404
    assert (await msgspec.structs.replace(desk, project="x").ask()).status_code == 400
    assert (await desk.ask(at="2026-02-31")).status_code == 400


async def test_a_reading_is_never_older_than_a_merge(desk: Desk) -> None:
    """Asked before and after each of many merges, the dashboard always tells the latest."""
    spent = 48_000
    assert (await desk.get())["money"][0]["spent"] == spent
    for number in range(5):
        await desk.manager.must(desk.expense(100 + number, budget_line_id=desk.line))
        spent += 100 + number
        for _ in range(2):
            found = await desk.get()
            assert found["money"][0]["spent"] == spent
            assert found["earned_value"]["ac"] == spent


async def test_without_redis_the_figures_are_the_same(settings: Settings) -> None:
    """With Redis unreachable every reading is worked out, and right."""
    away = msgspec.structs.replace(settings, redis_url="redis://127.0.0.1:1/0")
    async with open_desk(away) as desk:
        for _ in range(2):
            assert (await desk.get())["earned_value"]["cpi"]["value"] == "0.8333"


async def test_without_a_baseline_the_figures_say_so(desk: Desk) -> None:
    """No baseline: money is told, earned value has its reason instead of a 0."""
    other = new_id()
    await desk.manager.must(project_created(other))
    found = await msgspec.structs.replace(desk, project=other).get()
    assert found["reading"]["baseline"] is None
    assert found["progress"] is None
    for name in ("cv", "sv", "cpi", "spi", "tcpi"):
        assert (found["earned_value"][name]["value"], found["earned_value"][name]["reason"]) == (
            None,
            "no_baseline",
        )


async def test_what_is_retained_without_a_date_is_owed_and_not_due(desk: Desk) -> None:
    """It ages as not due, however old, until it is paid; no month of the cash flow has it."""
    await desk.service.context.pool.execute(
        """
        INSERT INTO supplier_invoice (project_id, id, reference, supplier, date, due, amount,
            currency, status, retention_basis_points, author_id)
        VALUES ($1::text::uuid, gen_random_uuid(), 'F', 'Forex', '2025-01-01', '2025-02-01',
            10_000, 'XAF', 'approved', 500, $2)
        """,
        desk.project,
        desk.manager.person,
    )
    (row,) = (await desk.get("/ageing"))["rows"]
    assert (row["not_due"], row["older"], row["total"]) == (500, 9_500, 10_000)
    months = (await desk.get("/cash-flow"))["months"]
    assert sum(one["to_pay"] for one in months) == 9_500


async def test_what_a_client_is_asked_to_release_counts_once(desk: Desk) -> None:
    """An invoice for what was retained takes the place of the retentions, the oldest first."""
    await desk.service.context.pool.execute(
        """
        INSERT INTO client_invoice (project_id, id, kind, client, title, date, due, currency,
            status, author_id, amount, retention_basis_points, retention_due)
        SELECT $1::text::uuid, gen_random_uuid(), kind, 'Compagnie', 'S', day, '2026-12-01', 'XAF',
            'approved', $2, amount, points, '2027-01-01'
        FROM (VALUES ('progress', date '2026-01-01', 10_000, 500),
            ('progress', date '2026-01-02', 10_000, 500), ('retention', date '2026-02-01', 700, 0))
            AS made (kind, day, amount, points)
        """,
        desk.project,
        desk.manager.person,
    )
    (row,) = (await desk.get("/ageing"))["rows"]
    assert row["total"] == 20_000
    months = {one["month"]: one["expected"] for one in (await desk.get("/cash-flow"))["months"]}
    assert (months["2026-12"], months["2027-01"]) == (2 * 9_500 + 700, 300)


async def test_a_line_tells_what_its_years_have_left(desk: Desk) -> None:
    """By the fiscal year, whichever month it begins with; a line without amounts has no years."""
    await desk.manager.pull()
    scope, settings = f"finance:{desk.project}", settings_id(desk.project)
    annual = {"2025": 60_000, "2026": 30_000}
    await desk.manager.must(desk.manager.update(scope, desk.line, annual_amounts=annual))
    await desk.service.context.pool.execute(
        "INSERT INTO line_month VALUES ($1::text::uuid, $2::text::uuid, '2026-01-01', 0, 7_000)",
        desk.project,
        desk.line,
    )

    async def years() -> list[tuple[int, ...]]:
        found = (await desk.get("/lines"))["years"]
        names = ("year", "amount", "committed", "spent", "remaining")
        return [tuple(one[name] for name in names) for one in found]

    assert await years() == [(2025, 60_000, 0, 0, 60_000), (2026, 30_000, 7_000, 48_000, -25_000)]
    await desk.manager.must(desk.finance("finance_settings", settings, fiscal_year_month=4))
    assert await years() == [(2025, 60_000, 7_000, 48_000, 5_000), (2026, 30_000, 0, 0, 30_000)]


async def test_invoices_age_and_cash_flows_by_month(desk: Desk) -> None:
    """Unpaid invoices fall into their columns; paid, scheduled and due money into its months."""
    await desk.service.context.pool.execute(
        """
        INSERT INTO supplier_invoice (project_id, id, reference, supplier, date, due, amount,
            tax_amount, currency, status, retention_basis_points, retention_due, author_id)
        SELECT $1::text::uuid, gen_random_uuid(), 'F' || number, 'Forex', '2025-11-01',
            date '2026-03-01' - late, 10_000, 1_925, 'XAF', 'approved', 500, '2026-12-31', $2
        FROM (VALUES (1, -5), (2, 0), (3, 1), (4, 30), (5, 31), (6, 60), (7, 90), (8, 91))
            AS made (number, late)
        """,
        desk.project,
        desk.manager.person,
    )
    (row,) = (await desk.get("/ageing"))["rows"]
    kept = 596  # 5 % of the amount with its tax
    due = 10_000 + 1_925 - kept
    assert row == {
        "side": "payable",
        "party": "Forex",
        "currency": "XAF",
        "invoices": 8,
        "not_due": 2 * due + 8 * kept,
        "days_30": 2 * due,
        "days_60": 2 * due,
        "days_90": due,
        "older": due,
        "total": 8 * (due + kept),
    }
    months = {one["month"]: one for one in (await desk.get("/cash-flow"))["months"]}
    assert months["2026-02"]["paid"] == 48_000, "what the crew spent"
    assert months["2026-12"]["to_pay"] == 8 * kept
    assert months["2026-12"]["balance"] == -48_000 - 8 * (due + kept)
