"""Each rule at its very bound, one step before it and one behind it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import (
    escalate_alerts,
    evaluate_alerts,
    evaluate_clock,
    recompute_alerts,
    tell_deadlines,
    tell_digests,
)
from sync.reports import report_id
from tests.server.alerts.telling import drain, notices
from tests.server.budget.conftest import Office, office
from tests.server.site import NOON, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

__all__ = ["office"]

MINUTE = 60_000
HOUR = 60 * MINUTE
TODAY = dt.date(2026, 3, 1)
"""A Sunday; the sites of these tests live in UTC, where it is noon."""


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    async with open_site(settings) as site:
        site.chief = await site.person("administrator")  # type: ignore[attr-defined]
        await site.open_project(site.chief)  # type: ignore[attr-defined]
        yield site


def _chief(site: Site) -> Device:
    chief: Device = site.chief  # type: ignore[attr-defined]
    return chief


def _day(days: int) -> str:
    return (TODAY + dt.timedelta(days=days)).isoformat()


async def _levels(site: Site) -> dict[tuple[str, str], str]:
    """Return which alerts stand, and how grave; a recompute must find the same."""
    assert await recompute_alerts(site.intake, site.pool) == 0
    return {
        (rule, subject): one["level"]
        for (rule, subject, _), one in (await site.alerts()).items()
        if one["status"] != "resolved"
    }


async def _write(site: Site, scope: str, table: str, row: str, **values: Any) -> None:
    """Write as the server does, and evaluate: what only it may write is brought to a bound."""
    scopes = [site.scope("project"), site.scope("finance")]
    async with site.intake.server_transaction(scopes) as transaction:
        await transaction.load(scope, [row])
        transaction.workspace.write(scope, table, row, values, intent="test")
        await evaluate_alerts(transaction)


async def test_tasks(site: Site) -> None:
    """Late from the day after; due from three days before; beyond the end from the next day on."""
    rows = {days: new_id() for days in (-1, 0, 3, 4, 20, 21)}
    await _chief(site).must(await site.update("project", site.project, finish=_day(20)))
    await _chief(site).must(
        *(
            site.create("task", row, name="T", kind="task", planned_finish=f"{_day(days)}T17:00")
            for days, row in rows.items()
        )
    )
    assert await _levels(site) == {
        ("task_overdue", rows[-1]): "warning",
        ("task_due", rows[0]): "information",
        ("task_due", rows[3]): "information",
        ("task_past_project_end", rows[21]): "warning",
    }


async def test_forecasts(site: Site) -> None:
    """Some hours later is the same day; the next day is at risk, for what is critical."""
    agreed = {"planned_finish": f"{_day(9)}T08:00"}
    rows = [new_id() for _ in range(4)]
    for row, kind in zip(rows, ("milestone", "milestone", "task", "task"), strict=True):
        await _chief(site).must(site.create("task", row, name="T", kind=kind, **agreed))
    scope = site.scope("project")
    same, next_day = f"{_day(9)}T17:00", f"{_day(10)}T08:00"
    baseline = {"baseline_finish": f"{_day(9)}T08:00", "critical": True}
    await _write(site, scope, "task", rows[0], early_finish=same)
    await _write(site, scope, "task", rows[1], early_finish=next_day)
    await _write(site, scope, "task", rows[2], early_finish=same, **baseline)
    await _write(site, scope, "task", rows[3], early_finish=next_day, **baseline)
    assert await _levels(site) == {
        ("milestone_at_risk", rows[1]): "critical",
        ("task_critical_slip", rows[3]): "warning",
    }


async def test_permits(site: Site) -> None:
    """Said from two hours before the end, to the minute; expired at the end itself."""
    chief, permit, mate = _chief(site), new_id(), await site.person("employee", "employee")
    words = {"kind": "hot_work", "title": "P", "place": "L", "work": "W", "status": "requested"}
    span = {"valid_from": f"{_day(0)}T11:00", "valid_until": f"{_day(0)}T20:00"}
    await mate.must(site.create("permit", permit, author_id=mate.person, **words, **span))
    for status in ("assessed", "authorised", "issued"):
        await chief.must(await site.update("permit", permit, status=status))
    found = []
    for minutes in (6 * 60 - 1, 6 * 60, 8 * 60 - 1, 8 * 60):
        site.clock.now_ms = NOON + minutes * MINUTE
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        found.append((await _levels(site)).get(("permit_expiring", permit)))
    assert found == [None, "warning", "warning", "critical"]


async def test_actions(site: Site) -> None:
    """An action is late from the day after its date."""
    rows = {days: new_id() for days in (-1, 0)}
    author = {"author_id": _chief(site).person, "status": "todo"}
    for days, row in rows.items():
        action = site.create("follow_up", row, title="A", due=_day(days), **author)
        await _chief(site).must(action)
    assert await _levels(site) == {("follow_up_overdue", rows[-1]): "warning"}


async def test_reports(site: Site) -> None:
    """A day's report is missing six hours after its day, unless one was handed in."""
    chief = _chief(site)
    for days, status in ((-6, "draft"), (-5, "submitted"), (-4, "draft")):
        row = report_id(site.project, _day(days), "day")
        values = {"date": _day(days), "shift": "day", "author_id": chief.person}
        await chief.must(site.create("daily_report", row, status="draft", **values))
        if status == "submitted":
            await chief.must(await site.update("daily_report", row, status=status))

    async def missing(hours: float) -> set[str]:
        site.clock.now_ms = NOON - 12 * HOUR + round(hours * HOUR)
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        records = await site.pool.fetch(
            "SELECT facts->>'date' AS day FROM alert"
            " WHERE rule = 'report_missing' AND status = 'open'"
        )
        return {one["day"] for one in records}

    # Monday to Friday of the week before; the Tuesday's was handed in.
    week = {_day(-6), _day(-4), _day(-3), _day(-2)}
    assert await missing(12) == week
    # The Monday after is over at midnight, and late six hours on.
    assert await missing(48 + 6 - 1 / 60) == week
    assert await missing(48 + 6) == {*week, _day(1)}
    # Two weeks back, and no further.
    assert _day(-6) in await missing(24 * 8)
    assert _day(-6) not in await missing(24 * 9)


async def test_money(office: Office) -> None:
    """Per cents to the unit: a threshold is reached, not passed, and from 110 on it is critical."""
    site, row = office.site, new_id()
    await office.crew.must(office.expense(row, 399_999, office.lines[0]))
    for amount, levels in (
        (399_999, []),
        (400_000, ["information"]),
        (499_999, ["information"]),
        (500_000, ["information", "warning"]),
        (549_999, ["information", "warning"]),
        (550_000, ["critical", "information", "warning"]),
    ):
        await office.crew.must(await site.update("expense", row, amount=amount))
        found = [
            one["level"]
            for key, one in (await site.alerts()).items()
            if key[0] == "budget_line_threshold" and one["status"] != "resolved"
        ]
        assert sorted(found) == levels, amount


async def test_papers(office: Office) -> None:
    """A request waits too long at forty-eight hours; an invoice is due from seven days before."""
    site, scope = office.site, office.site.scope("finance")
    order, bills = new_id(), {days: new_id() for days in (-1, 0, 7, 8)}
    paper: dict[str, Any] = {"supplier": "S", "date": _day(0), "currency": "XAF", "amount": 5}
    paper["author_id"] = office.accountant.person
    order_values = {**paper, "title": "A", "budget_line_id": office.lines[1]}
    await office.accountant.must(
        site.create("purchase_order", order, status="submitted", **order_values)
    )
    for days, row in bills.items():
        bill = {**paper, "reference": new_id(), "due": _day(days), "status": "draft"}
        await office.accountant.must(site.create("supplier_invoice", row, **bill))
        await _write(site, scope, "supplier_invoice", row, status="pending")
        await _write(site, scope, "supplier_invoice", row, status="approved")
    levels = await _levels(site)
    assert {row: levels.get(("invoice_due", row)) for row in bills.values()} == {
        bills[-1]: "warning",
        bills[0]: "information",
        bills[7]: "information",
        bills[8]: None,
    }
    since = await site.value(order, "waiting_since")
    for wait, stands in ((48 * HOUR - 1, False), (48 * HOUR, True)):
        site.clock.now_ms = since + wait
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        assert (("request_waiting", order) in await _levels(site)) == stands


async def test_indices(office: Office) -> None:
    """At its bound an index is well; two hundredths over it the next fall is another crossing."""
    site = office.site
    await site.pool.execute(
        "INSERT INTO figure_state (project_id, baseline_id, currency, added)"
        " VALUES ($1, $2, 'XAF', 0)",
        site.project,
        new_id(),
    )
    await site.pool.execute(
        "INSERT INTO figure_day (project_id, figure, day, amount)"
        " VALUES ($1, 'planned', $2, 1000), ($1, 'earned', $2, 900)",
        site.project,
        TODAY,
    )
    key = ("schedule_index_low", site.project)
    raised: list[Any] = []
    for earned in (900, 899, 900, 919, 899, 920, 899):
        await site.pool.execute(
            "UPDATE figure_day SET amount = $2 WHERE project_id = $1 AND figure = 'earned'",
            site.project,
            earned,
        )
        site.clock.now_ms += MINUTE
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        alerts = await site.alerts()
        one = alerts.get((*key, None))
        stands = one is not None and one["status"] != "resolved"
        raised.append(one["raised_at"] if stands and one is not None else None)
    assert raised[0] is raised[2] is raised[3] is raised[5] is None
    # Between 0.90 and 0.92 nothing new has happened: the same crossing stands again.
    assert raised[1] is not None
    assert raised[1] == raised[4] < raised[6]


async def test_an_approved_invoice_asks_for_the_index(office: Office) -> None:
    """What is invoiced counts as spent: the merge that approves it has the worker look."""
    site, row = office.site, new_id()
    await site.pool.execute(
        "INSERT INTO figure_state (project_id, baseline_id, currency, added)"
        " VALUES ($1, $2, 'XAF', 0)",
        site.project,
        new_id(),
    )
    rule = {"name": "R", "kind": "supplier_invoice", "level": 1, "role": "manager"}
    await office.manager.must(site.create("approval_rule", new_id(), **rule))
    bill = {"supplier": "S", "date": _day(0), "currency": "XAF", "amount": 5, "status": "pending"}
    bill |= {"reference": "F", "author_id": office.accountant.person}
    line = {"budget_line_id": office.lines[1]}
    await office.accountant.must(site.create("supplier_invoice", row, **bill, **line))
    await site.pool.execute("DELETE FROM alert_recheck")
    word = {"subject_table": "supplier_invoice", "subject_id": row, "round": 1, "level": 1}
    word |= {"amount": 5, "decision": "approved", "author_id": office.manager.person}
    await office.manager.must(site.create("approval", new_id(), **word))
    assert await site.value(row, "status") == "approved"
    asked = await site.pool.fetch("SELECT project_id::text AS project FROM alert_recheck")
    assert {one["project"] for one in asked} == {site.project}


async def test_devices(site: Site) -> None:
    """Silent past three days; put away past thirty, unless something waits on it."""
    crew = await site.person("employee", "employee")

    async def said(hours: float, waiting: int) -> str | None:
        await site.pool.execute(
            "UPDATE replica SET waiting_change_sets = $2,"
            " last_seen_at = to_timestamp(($3::bigint - $4::bigint) / 1000.0) WHERE id = $1",
            crew.replica,
            waiting,
            site.clock.now_ms,
            round(hours * HOUR),
        )
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        found = [
            level for (rule, _), level in (await _levels(site)).items() if rule == "device_silent"
        ]
        return found[0] if found else None

    month = 30 * 24
    assert await said(72, 0) is None
    assert await said(72 + 1 / 60, 0) == "information"
    assert await said(72 + 1 / 60, 2) == "warning"
    assert await said(month, 0) == "information"
    assert await said(month + 1 / 60, 0) is None
    assert await said(month + 1 / 60, 1) == "warning"


@pytest.mark.parametrize(("until", "heard"), [(0, False), (-1, True)])
async def test_mutes(site: Site, until: int, *, heard: bool) -> None:
    """Muted until a date is muted on that date, in the project's own days, and not after."""
    chief, task, late = _chief(site), new_id(), f"{_day(-2)}T17:00"
    mate = await site.person("employee", "supervisor")
    await chief.must(site.create("task", task, name="T", kind="task", planned_finish=late))
    (alert,) = [one["id"] for one in (await site.alerts()).values()]
    await chief.must(await site.update("alert", alert, muted_until=_day(until)))
    await drain(site)
    before = len(await notices(site, mate))
    await chief.must(await site.update("task", task, planned_finish=f"{_day(9)}T17:00"))
    await chief.must(await site.update("task", task, planned_finish=late))
    await drain(site)
    assert (len(await notices(site, mate)) > before) == heard


async def test_an_answer_is_given_to_one_crossing(site: Site) -> None:
    """Who acknowledged an alert did so for that crossing: the next is open again, for everyone."""
    chief, task, late = _chief(site), new_id(), f"{_day(-2)}T17:00"
    await chief.must(site.create("task", task, name="T", kind="task", planned_finish=late))
    (alert,) = [one["id"] for one in (await site.alerts()).values()]
    answer = {"status": "acknowledged", "acknowledged_by": chief.person}
    await chief.must(await site.update("alert", alert, **answer))
    await chief.must(await site.update("task", task, planned_finish=f"{_day(9)}T17:00"))
    await chief.must(await site.update("task", task, planned_finish=late))
    values = (await site.stored(alert)).values
    assert (values["status"], values.get("acknowledged_by")) == ("open", None)


async def test_escalations(site: Site) -> None:
    """Up at seventy-two hours to the millisecond; what is muted waits for the day after."""
    chief, late = _chief(site), f"{_day(-2)}T17:00"
    tasks = [new_id() for _ in range(2)]
    for task in tasks:
        await chief.must(site.create("task", task, name="T", kind="task", planned_finish=late))
    alerts = {one["subject_id"]: one["id"] for one in (await site.alerts()).values()}
    await chief.must(await site.update("alert", alerts[tasks[1]], muted_until=_day(3)))
    found = []
    for after in (72 * HOUR - 1, 72 * HOUR, 96 * HOUR):
        site.clock.now_ms = NOON + after
        await escalate_alerts(site.intake, site.pool, site.clock.now_ms, 3)
        found.append([await site.value(alerts[task], "escalation") or 0 for task in tasks])
    assert found == [[0, 0], [1, 0], [1, 1]]


async def test_quiet_hours(site: Site) -> None:
    """Quiet to the last minute before the hour at which they end; at that hour it rings."""
    mate = await site.person("employee", "employee")
    hours = {"quiet_from": "11:00", "quiet_until": "12:00"}
    await mate.must(
        site.create("notice_preference", new_id(), person_id=mate.person, **hours),
    )
    ends = []
    for at in (NOON - HOUR - MINUTE, NOON - HOUR, NOON - MINUTE, NOON):
        site.clock.now_ms = at
        given = {"name": "T", "kind": "task", "assignees": [mate.person]}
        await _chief(site).must(site.create("task", new_id(), **given))
        await drain(site)
        ends.append((await notices(site, mate))[-1].get("ring_at"))
    assert ends == [None, NOON, NOON, None]


async def test_digests(site: Site) -> None:
    """A week is told once, from its Monday's hour on and not before."""
    monday = NOON + 24 * HOUR + 7 * 24 * HOUR - 12 * HOUR
    told = []
    for at in (NOON, monday + 6 * HOUR - 1, monday + 6 * HOUR, monday + 20 * HOUR):
        site.clock.now_ms = at
        told.append(await tell_digests(site.intake, at, hour=6))
    assert told == [0, 0, 1, 0]


async def test_deadlines_beyond_days_off(site: Site) -> None:
    """On Friday, what ends on Tuesday is two days away, as on Sunday: it is told by that lead."""
    mate = await site.person("employee", "employee")
    # The Tuesday of the week after.
    given = {"planned_finish": f"{_day(9)}T17:00", "assignees": [mate.person]}
    await _chief(site).must(site.create("task", new_id(), name="T", kind="task", **given))
    told = []
    for days in (4, 5, 6, 7, 8, 9):
        site.clock.now_ms = NOON + days * 24 * HOUR
        await tell_deadlines(site.intake, site.pool, site.clock.now_ms, hour=6, lead_days=3)
        await drain(site)
        found = [one for one in await notices(site, mate) if one["kind"] == "deadline"]
        told.append(len(found))
    # Thursday by the lead of seven days, Friday by that of three, nothing on the days off.
    assert told == [1, 2, 2, 2, 3, 4]
