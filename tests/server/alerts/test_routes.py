"""The doors of alerts: previews from history, the rules as they stand, the badge, what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import deliver_notices, evaluate_clock
from sync.changes import Change
from tests.server.site import DAY, NOON, Clock
from tests.serving import (
    Service,
    Tablet,
    budget_created,
    new_id,
    problem_of,
    serve_here,
    task_created,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.settings import Settings

HOUR = DAY // 24


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def service(settings: Settings, clock: Clock) -> AsyncIterator[Service]:
    async with serve_here(settings, clock=clock) as serving:
        yield serving


async def _post(who: Tablet, path: str, **body: Any) -> httpx.Response:
    return await who.client.post(
        f"/api/alerts/{path}", json=body, headers={"authorization": f"Bearer {who.token}"}
    )


async def _get(who: Tablet, path: str) -> Any:
    answer = await who.client.get(
        f"/api/alerts/{path}", headers={"authorization": f"Bearer {who.token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _preview(who: Tablet, project: str, rule: str, **said: Any) -> Any:
    answer = await _post(who, "preview", project=project, rule=rule, **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _go(service: Service, clock: Clock, days: int, *people: Tablet) -> None:
    """Let days pass, and log in anew."""
    clock.now_ms += days * DAY
    for who in people:
        who.token = service.token(who.person)


async def _line(chief: Tablet, project: str, amount: int) -> str:
    budget, line = new_id(), new_id()
    await chief.must(budget_created(project, budget, amount=10 * amount))
    values = {"project_id": project, "budget_id": budget, "cost_code": "A", "amount": amount}
    scope = f"finance:{project}"
    await chief.must(Change(scope, "budget_line", line, "create", after=values))
    return line


async def _spend(chief: Tablet, project: str, line: str, amount: int) -> None:
    values = {
        "project_id": project,
        "budget_line_id": line,
        "amount": amount,
        "currency": "XAF",
        "date": "2026-03-01",
        "status": "submitted",
        "author_id": chief.person,
    }
    await chief.must(Change(f"project:{project}", "expense", new_id(), "create", after=values))


async def test_a_preview_finds_what_the_rule_in_force_has_raised(
    service: Service, clock: Clock
) -> None:
    """As the rule stands, the preview of thresholds is the alerts themselves, with their times."""
    chief = await service.tablet("manager")
    project = await service.project(chief)
    line = await _line(chief, project, 1_000)
    _go(service, clock, 3, chief)
    await _spend(chief, project, line, 850)
    crossed = clock.now_ms
    _go(service, clock, 3, chief)
    await _spend(chief, project, line, 200)
    found = await _preview(chief, project, "budget_line_threshold")
    assert (found["history"], found["count"], found["standing"]) == ("kept", 2, 2)
    assert {(one["facts"]["threshold"], one["raised_at"]) for one in found["raised"]} == {
        (80, crossed),
        (100, clock.now_ms),
    }
    assert {one["subject_id"] for one in found["raised"]} == {line}
    other = await _preview(chief, project, "budget_line_threshold", thresholds=[50, 84, 120])
    assert {one["facts"]["threshold"] for one in other["raised"]} == {50, 84}
    off = await _preview(chief, project, "budget_line_threshold", enabled=False)
    assert off["count"] == 0


async def test_a_preview_of_dates_follows_the_days_and_the_changes(
    service: Service, clock: Clock
) -> None:
    """A task late for three days, then moved, was overdue from one midnight to that change."""
    chief = await service.tablet("manager")
    project, task = await service.project(chief), new_id()
    await chief.must(task_created(project, task, planned_finish="2026-03-04T17:00"))
    _go(service, clock, 6, chief)
    await chief.pull()
    moved = clock.now_ms
    change = chief.update(f"project:{project}", task, planned_finish="2026-06-01T17:00")
    await chief.must(change)
    _go(service, clock, 10, chief)
    (found,) = (await _preview(chief, project, "task_overdue"))["raised"]
    assert (found["raised_at"], found["cleared_at"]) == (NOON - 12 * HOUR + 4 * DAY, moved)
    assert found["subject_id"] == task
    due = await _preview(chief, project, "task_due", horizon_days=1)
    assert [(one["raised_at"], one["cleared_at"]) for one in due["raised"]] == [
        (NOON - 12 * HOUR + 2 * DAY, NOON - 12 * HOUR + 4 * DAY)
    ]


async def test_a_preview_says_where_no_history_is_kept(service: Service) -> None:
    """When a device was in touch is not kept: the preview raises nothing, and says so."""
    chief = await service.tablet("manager")
    project = await service.project(chief)
    found = await _preview(chief, project, "device_silent")
    assert (found["history"], found["count"]) == ("not_kept", 0)
    assert "ne garde pas" in found["notes"][0]["fr"]
    young = await _preview(chief, project, "task_overdue")
    assert any("begins later" in note["en"] for note in young["notes"])
    for rule in ("cost_index_low", "report_missing", "permit_expiring", "request_waiting"):
        assert (await _preview(chief, project, rule))["count"] == 0


async def test_previews_are_for_those_who_may_see(service: Service) -> None:
    """A stranger does not learn that the project is there; the crew sees no amounts."""
    chief, crew = await service.tablet("manager"), await service.tablet("employee")
    stranger = await service.tablet("employee")
    project = await service.project(chief)
    await service.member(chief, project, crew.person, "employee")
    hidden = await _post(stranger, "preview", project=project, rule="task_overdue")
    assert problem_of(hidden).code == "not_found"
    refused = await _post(crew, "preview", project=project, rule="budget_threshold")
    assert problem_of(refused).code == "forbidden"
    assert (await _post(crew, "preview", project=project, rule="task_overdue")).status_code == 200
    for wrong in ({"thresholds": [0]}, {"lead_days": [-1]}, {"bound": "11"}):
        answer = await _post(chief, "preview", project=project, rule="task_due", **wrong)
        assert problem_of(answer).code == "entry_invalid"
    for broken in ({"rule": "no_such_rule"}, {"roles": ["manager"]}, {"horizon_days": 1_000}):
        answer = await _post(chief, "preview", **{"project": project, "rule": "task_due", **broken})
        assert problem_of(answer).code == "request_malformed"


async def test_a_projects_manager_rules_over_that_project_alone(service: Service) -> None:
    """Manager of one project: its rules are theirs, the organisation's and others' are not."""
    chief, leader = await service.tablet("manager"), await service.tablet("employee")
    project, other = await service.project(chief), await service.project(chief)
    await service.member(chief, project, leader.person, "manager")
    await service.member(chief, other, leader.person, "supervisor")

    def rule(where: str | None, **values: Any) -> Change:
        said = {"rule": "task_due", **({"project_id": where} if where else {}), **values}
        return Change("org", "alert_rule", new_id(), "create", after=said)

    await leader.must(rule(project, horizon_days=10, thresholds=None))
    assert await leader.do(rule(other, horizon_days=10)) == "access_denied"
    assert await leader.do(rule(None, horizon_days=10)) == "access_denied"
    for wrong in ({"thresholds": [1_001]}, {"lead_days": {"x": 1}}, {"bound": "0"}):
        assert await leader.do(rule(project, **wrong)) == "value_invalid"
    assert await leader.do(rule(project, roles=["chef"])) == "value_invalid"
    await chief.must(rule(None, horizon_days=5, wait_hours=7))
    stands = {one["rule"]: one for one in await _get(leader, f"rules/{project}")}
    assert (stands["task_due"]["horizon_days"], stands["task_due"]["wait_hours"]) == (10, 7)
    stands = {one["rule"]: one for one in await _get(leader, f"rules/{other}")}
    assert stands["task_due"]["horizon_days"] == 5


async def test_reading_on_one_device_clears_the_badge_on_all(
    service: Service, clock: Clock
) -> None:
    """The badge is a count from the data; marking all as read acknowledges nothing."""
    chief, mate = await service.tablet("manager"), await service.tablet("employee")
    project = await service.project(chief)
    await service.member(chief, project, mate.person, "employee")
    for number in range(3):
        await chief.must(task_created(project, assignees=[mate.person], name=f"T{number}"))
        await _deliver(service, clock)
    grave = {
        "project_id": project,
        "kind": "fire",
        "severity": "major",
        "occurred_at": "2026-03-01T10:00",
        "author_id": chief.person,
    }
    await chief.must(Change(f"project:{project}", "incident", new_id(), "create", after=grave))
    await _deliver(service, clock)
    phone, tablet = mate, await mate.twin().register()
    mine = f"user:{mate.person}"
    for device in (phone, tablet):
        await device.pull()
        assert await _get(device, "badge") == {"unread": 4, "urgent": 1}
        assert sum(row.values.get("read_at") is None for row in device.live(mine).values()) == 4
    one = next(row for row in phone.live(mine).values() if not row.values.get("urgent"))
    await phone.must(phone.update(mine, one.row, read_at=clock.now_ms))
    assert await _get(tablet, "badge") == {"unread": 3, "urgent": 1}
    marked = (await _post(tablet, "read", until=clock.now_ms)).json()
    assert marked == {"marked": 3, "left": 0, "badge": {"unread": 0, "urgent": 1}}
    await phone.pull()
    rows = phone.live(mine).values()
    assert all(row.values.get("read_at") for row in rows)
    assert not any(row.values.get("acknowledged_at") for row in rows)
    assert (await _post(tablet, "read", until=clock.now_ms)).json()["marked"] == 0
    phone.assert_sums()


async def _deliver(service: Service, clock: Clock) -> None:
    context = service.context
    while await deliver_notices(context.intake, context.pool, clock.now_ms):
        pass


async def test_the_preview_of_a_clocked_rule_agrees_with_what_the_clock_raised(
    service: Service, clock: Clock
) -> None:
    """Days pass with the clock at work: the preview names the very alerts, raised the same day."""
    chief = await service.tablet("manager")
    project = await service.project(chief)
    for day in (3, 9, 20):
        await chief.must(task_created(project, planned_finish=f"2026-03-{day:02d}T17:00"))
    context = service.context
    for _ in range(15):
        _go(service, clock, 1, chief)
        await evaluate_clock(context.intake, context.pool, clock.now_ms)
    found = await _preview(chief, project, "task_overdue")
    alerts = await context.pool.fetch(
        "SELECT subject_id::text AS subject, raised_at FROM alert WHERE rule = 'task_overdue'"
    )
    assert found["count"] == len(alerts) == 2
    days = {one["subject_id"]: one["raised_at"] // DAY for one in found["raised"]}
    assert days == {one["subject"]: one["raised_at"] // DAY for one in alerts}
