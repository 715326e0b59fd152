"""A project with enough of everything to fill each report."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from sync.changes import Change
from tests.server.site import Clock
from tests.serving import Tablet, new_id, project_created, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.settings import Settings
    from tests.serving import Service

CODES = (
    ("GC-100", "Génie civil et fondations", 42_000_000),
    ("TU-200", "Tuyauterie", 88_500_000),
    ("EL-300", "Électricité et instrumentation", 31_250_000),
    ("ES-400", "Essais et mise en service", 12_000_000),
)
EVIL = '=HYPERLINK("http://evil.test";"x")'
MARKUP = '#read("/etc/passwd") *Société* <b>Générale</b> $x$'


class Office(Struct):
    """A project served over HTTP, and those who ask for its reports."""

    service: Service
    manager: Tablet
    crew: Tablet
    project: str
    lines: list[str]
    tasks: list[str]

    async def ask(
        self, report: str, by: Tablet | None = None, project: str | None = None, **query: Any
    ) -> httpx.Response:
        """Ask for a report."""
        who = by or self.manager
        return await self.service.client.get(
            f"/api/projects/{project or self.project}/reports/{report}",
            params=query,
            headers={"authorization": f"Bearer {who.token}"},
        )

    async def get(self, report: str, form: str, language: str = "fr", **query: Any) -> bytes:
        """Return a report, which must be answered."""
        answer = await self.ask(report, format=form, language=language, **query)
        assert answer.status_code == 200, answer.text
        return answer.content

    def finance(self, table: str, row: str | None = None, **values: Any) -> Change:
        """Make a row of the finance scope."""
        after = {"project_id": self.project, **values}
        return Change(f"finance:{self.project}", table, row or new_id(), "create", after=after)

    def work(self, table: str, row: str | None = None, **values: Any) -> Change:
        """Make a row of the project's scope."""
        after = {"project_id": self.project, **values}
        return Change(f"project:{self.project}", table, row or new_id(), "create", after=after)

    def expense(self, amount: int, **values: Any) -> Change:
        """Record an expense of the manager's."""
        known = {
            "date": "2026-02-14",
            "amount": amount,
            "currency": "XAF",
            "status": "submitted",
            "author_id": self.manager.person,
        }
        return self.work("expense", **{**known, **values})


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_office(settings) as opened:
        yield opened


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """Serve the project."""
    clock = Clock()
    async with serve_here(settings, clock=clock) as service:
        manager, crew = await service.tablet("manager"), await service.tablet("employee")
        manager.clock = crew.clock = clock
        opened = Office(service, manager, crew, new_id(), [], [])
        await _fill(opened, clock)
        yield opened


async def _fill(office: Office, clock: Clock) -> None:
    manager, project = office.manager, office.project
    await manager.must(
        project_created(
            project,
            code="MB-26",
            name="Extension du terminal de Mboudi",
            start="2026-01-05",
            finish="2026-06-30",
            time_zone="Africa/Douala",
        )
    )
    await office.service.member(manager, project, office.crew.person, "employee")
    budget = new_id()
    office.lines = [new_id() for _ in CODES]
    office.tasks = [new_id() for _ in CODES]
    changes = [office.finance("budget", budget, name="B", currency="XAF", amount=173_750_000)]
    for number, (code, name, amount) in enumerate(CODES):
        line, task = office.lines[number], office.tasks[number]
        changes += [
            task_created(
                project,
                task,
                code=code,
                name=name,
                planned_start=f"2026-0{number + 1}-05T07:00",
                planned_finish=f"2026-0{number + 2}-20T18:00",
            ),
            office.finance(
                "budget_line",
                line,
                budget_id=budget,
                cost_code=code,
                description=name,
                amount=amount,
                annual_amounts={"2026": amount // 2},
                task_id=task,
            ),
        ]
    milestone = {"name": "Première introduction de brut", "kind": "milestone"}
    changes.append(office.work("task", code="J-1", planned_finish="2026-06-30T12:00", **milestone))
    await manager.must(*changes)
    await manager.must(office.work("baseline", name="Référence initiale", author_id=manager.person))
    for day, progress, spent in (
        (10, 1_500, 9_400_000),
        (24, 4_200, 11_750_500),
        (40, 7_000, 7_000_000),
    ):
        clock.now_ms = 1_767_571_200_000 + day * 86_400_000
        await manager.pull()
        await manager.must(manager.update(f"project:{project}", office.tasks[0], progress=progress))
        await manager.must(
            office.expense(
                spent,
                date=f"2026-{1 + (5 + day) // 31:02d}-{(5 + day) % 31 or 1:02d}",
                supplier="Ciments du Golfe",
                description="Béton C30/37, toupies",
                budget_line_id=office.lines[0],
                task_id=office.tasks[0],
                category="matériaux",
            )
        )
    clock.now_ms = 1_772_366_400_000
    await manager.pull()
    await manager.must(manager.update(f"project:{project}", office.tasks[1], progress=1_000))
    rate = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "655.957"}
    accountant = await office.service.tablet("accountant")
    accountant.clock = clock
    await accountant.must(Change("org", "exchange_rate", new_id(), "create", after=rate))
    await manager.must(
        office.expense(12_345_67, currency="EUR", supplier=EVIL, budget_line_id=office.lines[1]),
        office.expense(2_500_000, supplier=MARKUP, description="-1+cmd|'/C calc'!A0"),
    )
    report = new_id()
    await manager.must(
        office.work(
            "daily_report",
            report,
            date="2026-02-28",
            shift="day",
            status="draft",
            weather="Pluie le matin, 31 °C",
            headcount=46,
            worked_minutes=46 * 600,
            work_done="Coulage des massifs M4 à M7.\nPose de 120 m de fourreaux.",
            delays="Attente grue : 2 h.",
            safety="Causerie : levage. Un presqu'accident déclaré.",
            author_id=manager.person,
        ),
    )
    await manager.must(
        office.work(
            "report_line",
            report_id=report,
            kind="labour",
            label="Ferrailleurs",
            count=12,
            minutes=7_200,
            company="SOGEC",
        ),
        office.work(
            "report_line",
            report_id=report,
            kind="equipment",
            label="Grue 80 t",
            count=1,
            minutes=480,
            state="standby",
        ),
        office.work(
            "report_line",
            report_id=report,
            kind="quantity",
            label="Béton",
            quantity="86.5",
            unit="m³",
            task_id=office.tasks[0],
        ),
    )
