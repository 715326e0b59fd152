"""Daily reports: one a day and shift however many tablets write it, locked once approved."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from sync.reports import prefilled, report_id, shift_at
from tests.server.projects.fieldwork import Crew, open_crew, refusal
from tests.server.site import Device, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings
    from sync.changes import Change

DAY = "2026-03-01"
FIRST = dt.datetime(2026, 1, 1)  # noqa: DTZ001 -- local to the site


def _report(crew: Crew, by: Device, row: str | None = None, **values: Any) -> tuple[str, Change]:
    project = crew.site.project
    given_values = {
        "date": DAY,
        "shift": "day",
        "status": "draft",
        "author_id": by.person,
        "contributors": [by.person],
        **values,
    }
    made = row or report_id(project, given_values["date"], given_values["shift"])
    return made, crew.site.create("daily_report", made, **given_values)


async def _line(crew: Crew, by: Device, report: str, **values: Any) -> str:
    given_values = {"report_id": report, "kind": "labour", "label": "Soudeurs", **values}
    return await by.do(crew.site.create("report_line", new_id(), **given_values))


async def test_two_tablets_offline_write_one_report(settings: Settings) -> None:
    """Both entries are in it, the race is reported, both go on writing, all lines count."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        one, two = crew.workers
        row, mine = _report(crew, one, work_done="Soudure du manifold.", weather="Pluie")
        _, theirs = _report(crew, two, safety="Causerie à 7 h.", weather="Orage")
        assert await one.do(mine) == "merged"
        assert await two.do(theirs) == "merged_with_conflicts"
        stored = (await site.stored(row)).values
        assert (stored["work_done"], stored["safety"]) == (
            "Soudure du manifold.",
            "Causerie à 7 h.",
        )
        assert {*stored["contributors"]} == {one.person, two.person}
        for by, count in ((one, 4), (two, 3)):
            assert await _line(crew, by, row, count=count, minutes=count * 600) == "merged"
            assert await crew.step(by, "daily_report", row, delays=f"{count}") == "merged"
        stored = (await site.stored(row)).values
        assert (stored["lines_headcount"], stored["lines_minutes"]) == (7, 4200)
        assert await site.pool.fetchval("SELECT count(*) FROM daily_report") == 1


async def test_a_second_report_under_another_id_is_refused_and_names_the_first(
    settings: Settings,
) -> None:
    """Even in one push; another shift, day or a deleted report is no obstacle."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        by = crew.workers[0]
        row, first = _report(crew, by)
        _, second = _report(crew, by, new_id())
        answers = await by.push(by.change_set(first), by.change_set(second))
        assert refusal(answers) == ("report_exists", "date", row)
        assert await by.do(_report(crew, by, shift="night")[1]) == "merged"
        assert await by.do(_report(crew, by, date="2026-03-02")[1]) == "merged"
        await by.must(await site.delete("daily_report", row))
        assert await by.do(_report(crew, by, new_id())[1]) == "merged"


async def test_an_approved_report_is_locked_with_its_lines_and_signed_by_the_server(
    settings: Settings,
) -> None:
    """What follows is a revision that names what it revises; any other is refused."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        by, chief = crew.workers[0], crew.chiefs[0]
        row, made = _report(crew, by)
        await by.must(made)
        revised = report_id(site.project, DAY, "day", 2)
        early = _report(crew, by, revised, revision=2, revises_id=row)[1]
        assert await by.do(early) == "transition_forbidden"
        await crew.steps("daily_report", row, (by, "submitted"), (chief, "approved"))
        stored = (await site.stored(row)).values
        assert (stored["approved_by"], stored["approved_at"]) == (chief.person, site.clock.now_ms)
        assert await _line(crew, by, row, count=1) == "report_locked"
        assert await crew.step(chief, "daily_report", row, weather="Sec") == "report_locked"
        assert await chief.do(await site.delete("daily_report", row)) == "report_locked"
        assert await by.do(_report(crew, by, revised, revision=2)[1]) == "field_missing"
        wrong = _report(crew, by, new_id(), revision=3, revises_id=row)[1]
        assert await by.do(wrong) == "value_invalid"
        right = _report(crew, by, revised, revision=2, revises_id=row)[1]
        assert await by.do(right) == "merged"


async def test_who_approves_has_read_what_they_approve(settings: Settings) -> None:
    """A line that came meanwhile from another tablet stands in the way until it was pulled."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        by, chief = crew.workers[0], crew.chiefs[0]
        row, made = _report(crew, by)
        await by.must(made)
        await crew.steps("daily_report", row, (by, "submitted"))
        approval = await site.update("daily_report", row, status="approved")
        assert await _line(crew, crew.workers[1], row, count=5) == "merged"
        assert await chief.do(approval) == "report_changed"
        assert await crew.step(chief, "daily_report", row, status="approved") == "merged"


async def test_lines_that_go_leave_the_totals(settings: Settings) -> None:
    """Lines edited, deleted, restored; the report too: the sum is of what stands."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        by = crew.workers[0]
        row, made = _report(crew, by)
        line = new_id()
        values = {"report_id": row, "kind": "labour", "label": "Grutiers", "count": 2}
        await by.must(made, site.create("report_line", line, **values, minutes=1200))
        await by.must(await site.update("report_line", line, count=3))
        assert await site.value(row, "lines_headcount") == 3
        await by.must(await site.delete("report_line", line))
        assert await site.value(row, "lines_headcount") == 0
        await by.must(await site.delete("daily_report", row))
        await by.must(await site.update("report_line", line, label="Grutiers"))
        await by.must(await site.update("daily_report", row, status="draft"))
        stored = (await site.stored(row)).values
        assert (stored["lines_headcount"], stored["lines_minutes"]) == (3, 1200)


@given(st.datetimes(FIRST, FIRST.replace(month=12)))
def test_a_night_shift_belongs_to_the_date_it_began(local: dt.datetime) -> None:
    """Twelve hours of day, twelve of night, and the small hours are the evening's before."""
    date, shift = shift_at(local)
    if shift == "day":
        assert date == local.date()
        assert 6 <= local.hour < 18
    else:
        began = dt.datetime.combine(date, dt.time(18))
        assert began <= local < began + dt.timedelta(hours=12)


def test_a_report_begins_with_what_was_planned() -> None:
    """Tasks of the day and those under way, in order; a line for each that is measured."""
    tasks = [
        (
            "b",
            {
                "name": "Fouille",
                "kind": "task",
                "planned_start": "2026-03-01T08:00",
                "planned_finish": "2026-03-02T18:00",
                "quantity_unit": "m3",
            },
        ),
        (
            "a",
            {
                "name": "Piquetage",
                "code": "A1",
                "kind": "task",
                "status": "in_progress",
                "planned_start": "2026-02-20T08:00",
                "planned_finish": "2026-02-21T18:00",
            },
        ),
        (
            "c",
            {
                "name": "Faite",
                "kind": "task",
                "status": "done",
                "planned_start": "2026-03-01T08:00",
            },
        ),
        ("d", {"name": "Demain", "kind": "task", "planned_start": "2026-03-02T08:00"}),
        ("e", {"name": "Lot", "kind": "summary", "planned_start": "2026-03-01T08:00"}),
    ]
    words, lines = prefilled(tasks, DAY)
    assert words == "A1 Piquetage\nFouille"
    assert lines == [{"kind": "quantity", "label": "Fouille", "task_id": "b", "unit": "m3"}]
