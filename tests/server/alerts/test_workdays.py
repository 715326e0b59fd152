"""The days on which people are told are those that the schedule is computed with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.alerts import evaluate_clock, recompute_alerts
from server.alerts.workdays import is_working_day
from server.projects.planning.calendars import calendar_of_row
from server.projects.scheduling.calendars import shifts_on
from sync.reports import report_id
from tests.server.alerts.telling import drain
from tests.server.site import Site, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings

FIRST = dt.date(2026, 1, 1)
_DAYS = st.integers(0, 400).map(lambda days: FIRST + dt.timedelta(days=days))
_SHIFTS = st.sampled_from([[], [[480, 720]], [[360, 1080]]])
_WEEKS = st.lists(_SHIFTS, min_size=7, max_size=7).filter(any)
_OTHER_WEEKS = st.lists(st.none() | _SHIFTS, min_size=7, max_size=7)


@st.composite
def _exceptions(draw: st.DrawFn) -> list[Any]:
    first = draw(_DAYS)
    last = first + dt.timedelta(days=draw(st.integers(0, 60)))
    said = draw(st.one_of(_SHIFTS, _OTHER_WEEKS.map(lambda week: {"week": week})))
    return [first.isoformat(), last.isoformat(), said]


@st.composite
def _calendars(draw: st.DrawFn) -> dict[str, Any]:
    rotation: dict[str, Any] = {}
    if draw(st.booleans()):
        rotation = {
            "rotation_start": draw(_DAYS).isoformat(),
            "rotation_days_on": draw(st.integers(1, 40)),
            "rotation_days_off": draw(st.integers(1, 40)),
        }
    return {
        "week": draw(st.none() | _WEEKS),
        "exceptions": draw(st.none() | st.lists(_exceptions(), max_size=5)),
        # Algeria rests on Friday and Saturday; FR has parts, of which none is named here.
        "country": draw(st.sampled_from([None, "DZ", "CG", "FR", "ZZ"])),
        **rotation,
    }


@settings(deadline=None)
@given(_calendars(), st.lists(_DAYS, min_size=1, max_size=30))
def test_alerts_and_the_schedule_work_the_same_days(
    calendar: dict[str, Any], days: list[dt.date]
) -> None:
    """Exceptions, other weeks, rotations, public holidays, weekends: one answer for both."""
    scheduled = calendar_of_row("calendar", calendar)
    for day in days:
        assert is_working_day(calendar, day) == bool(shifts_on(scheduled, day)), day


async def _missing(site: Site) -> set[str]:
    """Return the days whose report is missing; a recompute must find nothing else."""
    await drain(site)
    assert await recompute_alerts(site.intake, site.pool) == 0
    days = await site.pool.fetch(
        "SELECT facts->>'date' AS day FROM alert WHERE rule = 'report_missing' AND status = 'open'"
    )
    return {one["day"] for one in days}


async def test_a_site_without_a_calendar_works_the_week_of_its_country(settings: Settings) -> None:
    """Algeria rests on Friday and Saturday; a calendar of one's own, and a rotation, go before."""
    async with open_site(settings) as site:
        chief = await site.person("administrator")
        where, calendar = new_id(), new_id()
        await chief.must(site.create("site", where, name="Hassi", country="FR"))
        await site.open_project(chief, site_id=where, start="2026-02-20")
        report = {"date": "2026-02-19", "shift": "day", "status": "draft"}
        await chief.must(
            site.create("daily_report", _report(site), author_id=chief.person, **report)
        )
        await chief.must(await site.update("daily_report", _report(site), status="submitted"))
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        # 1 March 2026 is a Sunday.
        french = {f"2026-02-{day}" for day in (20, 23, 24, 25, 26, 27)}
        assert await _missing(site) == french
        await chief.must(await site.update("site", where, country="DZ"))
        algerian = {f"2026-02-{day}" for day in (22, 23, 24, 25, 26)}
        assert await _missing(site) == algerian
        rotation = {"rotation_start": "2026-02-21", "rotation_days_on": 4, "rotation_days_off": 9}
        week = [[[480, 960]]] * 7
        await chief.must(site.create("calendar", calendar, name="2/2", week=week, **rotation))
        await chief.must(await site.update("project", site.project, calendar_id=calendar))
        assert await _missing(site) == {f"2026-02-{day}" for day in (21, 22, 23, 24)}
        await chief.must(await site.update("calendar", calendar, rotation_days_on=5))
        assert await _missing(site) == {f"2026-02-{day}" for day in (21, 22, 23, 24, 25)}
        await chief.must(await site.delete("calendar", calendar))
        assert await _missing(site) == algerian


def _report(site: Site) -> str:
    return report_id(site.project, "2026-02-19", "day")
