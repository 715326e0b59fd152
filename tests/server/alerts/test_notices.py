"""Who is told of what, in which words, by which way, how often: and of their own doing never."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import repeat_notices
from sync.changes import Change
from tests.server.alerts.telling import drain, letters, notices
from tests.server.budget.conftest import Office, office
from tests.server.site import NOON, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

__all__ = ["office"]

MINUTE = 60_000


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    async with open_site(settings) as site:
        manager = await site.person("manager")
        await site.open_project(manager, time_zone="Africa/Brazzaville")
        site.chief = manager  # type: ignore[attr-defined]
        yield site


def _chief(site: Site) -> Device:
    chief: Device = site.chief  # type: ignore[attr-defined]
    return chief


async def _set_person(site: Site, who: Device, **values: Any) -> None:
    async with site.intake.server_transaction(["org"]) as transaction:
        await transaction.load("org", [who.person])
        transaction.workspace.write("org", "person", who.person, values, intent="test")


async def _prefer(site: Site, who: Device, kind: str | None, **values: Any) -> None:
    said = {"person_id": who.person, **({"kind": kind} if kind else {}), **values}
    await who.must(site.create("notice_preference", new_id(), **said))


async def test_who_is_mentioned_or_given_work_is_told_and_why(site: Site) -> None:
    """Each gets one notice that names the thing, who did it and why; who did it gets none."""
    chief, mate = _chief(site), await site.person("employee", "employee")
    await _set_person(site, mate, language="en")
    task = new_id()
    given = {"assignees": [mate.person, chief.person], "planned_finish": "2026-03-09T17:00"}
    await chief.must(site.create("task", task, name="Soudure", kind="task", **given))
    body = "Peux-tu voir ?"
    await chief.must(
        site.create(
            "comment",
            new_id(),
            task_id=task,
            body=body,
            mentions=[mate.person],
            author_id=chief.person,
        )
    )
    await drain(site)
    assert await notices(site, chief) == []
    told = {one["kind"]: one for one in await notices(site, mate)}
    assert set(told) == {"assignment", "mention"}
    assert told["assignment"]["title"] == "Assigned to you: “Soudure”"
    assert told["mention"]["title"] == "You are mentioned: “Soudure”"
    assert "You get this notice because a comment mentions you." in told["mention"]["body"]
    assert body in told["mention"]["body"]
    for one, reason in ((told["assignment"], "assigned"), (told["mention"], "mentioned")):
        assert (one["reason"], one["actor_id"]) == (reason, chief.person)
        assert (one["subject_table"], one["subject_id"], one["count"]) == ("task", task, 1)


async def test_watchers_hear_what_became_of_a_task(site: Site) -> None:
    """A change of state reaches those who watch, and not the assignee who made it."""
    chief, mate = _chief(site), await site.person("employee", "employee")
    task = new_id()
    people = {"assignees": [mate.person], "watchers": [chief.person, mate.person]}
    await chief.must(site.create("task", task, name="Levage", kind="task", **people))
    await drain(site)
    await mate.must(await site.update("task", task, status="in_progress"))
    await drain(site)
    (told,) = await notices(site, chief)
    assert (told["kind"], told["reason"]) == ("watching", "watching")
    assert told["title"] == "La tâche « Levage » a changé"
    assert {one["kind"] for one in await notices(site, mate)} == {"assignment"}


async def test_a_bulk_edit_gives_one_notice(site: Site) -> None:
    """Sixty tasks given at once, and sixty overdue at once, are one notice each, with the list."""
    chief, mate = _chief(site), await site.person("employee", "supervisor")
    tasks = [new_id() for _ in range(60)]
    given = {"assignees": [mate.person], "planned_finish": "2026-02-20T17:00"}
    await chief.must(
        *(
            site.create("task", task, name=f"Tâche {number}", kind="task", **given)
            for number, task in enumerate(tasks)
        )
    )
    await drain(site)
    told = {one["kind"]: one for one in await notices(site, mate)}
    assert set(told) == {"assignment", "alert"}
    assert {one["count"] for one in told.values()} == {60}
    assert told["assignment"]["title"].startswith("60 nouvelles affectations")
    assert "Tâche 3" in told["assignment"]["body"]
    assert "+ 40" in told["assignment"]["body"]


async def test_amounts_are_told_to_those_who_may_see_them(office: Office) -> None:
    """A budget alert reaches managers and accountants, never the crew that caused it."""
    site = office.site
    await office.crew.must(office.expense(new_id(), 415_000, office.lines[0]))
    await drain(site)
    for who in (office.manager, office.accountant):
        (told,) = await notices(site, who)
        assert told["title"] == "Ligne « A » : 83 % dépensés (seuil de 80 %)"
        assert told["reason"] == "role"
    assert await notices(site, office.crew) == []
    assert await notices(site, office.supervisor) == []
    before = len(await notices(site, office.manager))
    await office.crew.must(office.expense(new_id(), 100, office.lines[0]))
    await drain(site)
    assert len(await notices(site, office.manager)) == before


async def test_those_are_told_whose_approval_is_awaited(office: Office) -> None:
    """By amount and category, level by level, with whoever stands in for them; no one else."""
    site, author = office.site, office.accountant
    stand_in, aide = await site.person("administrator"), await site.person("manager")
    rules: list[dict[str, Any]] = [
        {"level": 1, "role": "supervisor", "amount_below": 1_000},
        {"level": 1, "person_id": office.chief.person, "amount_from": 1_000},
        {"level": 2, "person_id": office.manager.person, "category": "Études"},
    ]
    for rule in rules:
        named = {"name": "R", "kind": "purchase_order", **rule}
        await office.manager.must(site.create("approval_rule", new_id(), **named))
    dates = {"start": "2026-02-20", "finish": "2026-03-20"}
    for of, to, more in (
        (office.manager, stand_in, {"kinds": ["purchase_order"]}),
        (office.manager, office.crew, {"kinds": ["budget_request"]}),
        (office.chief, aide, {"amount_below": 5_000}),
        (author, office.supervisor, {}),
    ):
        people = {"person_id": of.person, "delegate_id": to.person, **dates, **more}
        await of.must(site.create("delegation", new_id(), **people))
    everyone = (office.manager, office.chief, office.supervisor, office.crew, stand_in, aide)

    async def told(by: Device, amount: int, **values: Any) -> tuple[str, list[Device]]:
        before = [len(await notices(site, who)) for who in everyone]
        row, known = new_id(), {"title": "T", "supplier": "S", "date": "2026-03-01"}
        money = {"amount": amount, "currency": "XAF", "status": "submitted"}
        named = {**known, **money, "author_id": by.person, **values}
        await by.must(site.create("purchase_order", row, **named))
        await drain(site)
        after = [len(await notices(site, who)) for who in everyone]
        return row, [
            who for who, less, more in zip(everyone, before, after, strict=True) if more > less
        ]

    _, small = await told(office.manager, 900)
    assert small == [office.supervisor]
    # The supervisor stands in for whoever asks: their word would not be taken.
    _, none = await told(author, 900)
    assert none == []
    _, middle = await told(author, 4_000)
    assert middle == [office.chief, aide]
    row, large = await told(author, 9_000, category="Études")
    assert large == [office.chief]
    word = {"subject_table": "purchase_order", "subject_id": row, "round": 1, "level": 1}
    said = {**word, "amount": 9_000, "decision": "approved", "author_id": office.chief.person}
    before = [len(await notices(site, who)) for who in everyone]
    await office.chief.must(site.create("approval", new_id(), **said))
    await drain(site)
    after = [len(await notices(site, who)) for who in everyone]
    assert [more - less for less, more in zip(before, after, strict=True)] == [1, 0, 0, 0, 1, 0]


async def test_a_muted_alert_crosses_in_silence(office: Office) -> None:
    """Muted until a date, it is raised anew without anyone being told."""
    site, expense = office.site, new_id()
    await office.crew.must(office.expense(expense, 415_000, office.lines[0]))
    await drain(site)
    (alert,) = (await site.alerts()).values()
    seen, scope = await site.stored(alert["id"]), site.scope("finance")
    muted = {"muted_until": "2026-03-20"}
    await office.manager.must(
        Change(scope, "alert", alert["id"], "update", seen.vector, {"muted_until": None}, muted)
    )
    for amount in (0, 420_000):
        await office.crew.must(await site.update("expense", expense, amount=amount))
    await drain(site)
    (again,) = (await site.alerts()).values()
    assert (again["status"], again["muted_until"]) == ("open", "2026-03-20")
    assert len(await notices(site, office.manager)) == 1


async def test_grave_incidents_are_said_until_each_person_acknowledges(site: Site) -> None:
    """Everyone gets one of their own; reading is no acknowledgement; the pauses double."""
    chief = _chief(site)
    crew = [await site.person("employee", "employee") for _ in range(3)]
    await _set_person(site, crew[0], phone="+242 06 123 45 67")
    grave = {"kind": "injury", "severity": "major", "occurred_at": "2026-03-01T10:00"}
    await crew[2].must(
        site.create("incident", new_id(), place="Pont 2", author_id=crew[2].person, **grave)
    )
    await drain(site)
    (first,) = await notices(site, crew[0])
    (second,) = await notices(site, crew[1])
    assert first["urgent"]
    assert first["channels"] == ["app", "email", "sms"]
    assert first["title"] == "Incident grave : Pont 2 (01/03/2026 10:00)"
    assert await notices(site, crew[2]) == []
    await crew[0].must(await site.update("notification", first["id"], read_at=NOON))
    acknowledged = {"read_at": NOON, "acknowledged_at": NOON}
    await crew[1].must(await site.update("notification", second["id"], **acknowledged))
    said = []
    for minutes in range(0, 24 * 60, 5):
        site.clock.now_ms = NOON + minutes * MINUTE
        if await repeat_notices(site.intake, site.pool, site.clock.now_ms, minutes=30):
            said.append(minutes)
    assert said == [30, 90, 210, 450, 930]
    assert [one["kind"] for one in await letters(site, "+242061234567")] == ["notice_safety"] * 6
    repeats = {one["id"]: one.get("repeats") for one in await notices(site, crew[0])}
    assert repeats == {first["id"]: 5}
    assert (await notices(site, crew[1]))[0].get("repeats") is None
    await crew[0].must(await site.update("notification", first["id"], acknowledged_at=NOON))
    site.clock.now_ms += 10 * 24 * 60 * MINUTE
    assert not await repeat_notices(site.intake, site.pool, site.clock.now_ms, minutes=30)
    del chief


async def test_quiet_hours_hold_back_what_is_not_urgent(site: Site) -> None:
    """At night in one's own zone a letter waits for the morning, and the app does not ring."""
    chief, mate = _chief(site), await site.person("employee", "employee")
    await _set_person(site, mate, phone="+24206", time_zone="Asia/Kathmandu")
    await _prefer(site, mate, None, quiet_from="22:00", quiet_until="06:30", sms=True)
    # 22:10 in Kathmandu, which is 5:45 ahead.
    site.clock.now_ms = _at("2026-03-01T16:25")
    task = {"name": "T", "kind": "task", "assignees": [mate.person]}
    await chief.must(site.create("task", new_id(), **task))
    await drain(site)
    morning = dt.datetime(2026, 3, 2, 0, 45, tzinfo=dt.UTC)
    (told,) = await notices(site, mate)
    assert told["ring_at"] == int(morning.timestamp() * 1000)
    assert [one["next_at"] for one in await letters(site, "+24206")] == [morning]
    grave = {"kind": "fire", "severity": "serious", "occurred_at": "2026-03-01T10:00"}
    await chief.must(site.create("incident", new_id(), author_id=chief.person, **grave))
    await drain(site)
    urgent = [one for one in await notices(site, mate) if one.get("urgent")]
    assert [one.get("ring_at") for one in urgent] == [None]
    held, at_once = await letters(site, "+24206")
    assert held["words"]["subject"] == "Pour vous : « T »"
    assert at_once["next_at"].year == 1  # as early as PostgreSQL knows


async def test_each_chooses_the_ways_for_each_kind(site: Site) -> None:
    """Nothing of a kind, by no way, is nothing at all; what is urgent reaches the app anyhow."""
    chief, mate = _chief(site), await site.person("employee", "employee")
    await _set_person(site, mate, phone="+24207")
    for kind in ("assignment", "safety"):
        await _prefer(site, mate, kind, app=False, email=False, sms=False)
    await _prefer(site, mate, "mention", sms=True)
    task, about = new_id(), {"name": "T", "kind": "task", "assignees": [mate.person]}
    await chief.must(site.create("task", task, **about))
    mention = {"task_id": task, "body": "b", "mentions": [mate.person], "author_id": chief.person}
    await chief.must(site.create("comment", new_id(), **mention))
    grave = {"kind": "fire", "severity": "major", "occurred_at": "2026-03-01T10:00"}
    await chief.must(site.create("incident", new_id(), author_id=chief.person, **grave))
    await drain(site)
    told = {one["kind"]: one["channels"] for one in await notices(site, mate)}
    assert told == {"mention": ["app", "email", "sms"], "safety": ["app"]}
    assert [one["kind"] for one in await letters(site, "+24207")] == ["notice_mention"]


async def test_who_left_the_project_is_told_nothing_more(site: Site) -> None:
    """What was put down before someone lost access is not told to them after."""
    chief, mate = _chief(site), await site.person("employee", "employee")
    task = {"name": "T", "kind": "task", "assignees": [mate.person]}
    await chief.must(site.create("task", new_id(), **task))
    row = await site.pool.fetchval("SELECT id::text FROM member WHERE person_id = $1", mate.person)
    await chief.must(await site.delete("member", row))
    await drain(site)
    assert await notices(site, mate) == []


def _at(utc: str) -> int:
    return int(dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC).timestamp() * 1000)
