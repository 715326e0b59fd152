"""Who watches a row hears what becomes of it, offline or not, and only while they may read it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from server.alerts import check_watches_next, sweep_watches
from tests.server.alerts.telling import drain, letters, notices
from tests.server.budget.conftest import Office, office
from tests.server.site import Device, Site, count_statements, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from sync.changes import Change

__all__ = ["office"]


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    async with open_site(settings) as site:
        await site.open_project(await site.person("manager"))
        yield site


def _watch(site: Site, who: Device, table: str, row: str, scope: str = "") -> Change:
    subject = {"subject_table": table, "subject_id": row}
    where = scope or site.scope("project")
    return site.create("watch", new_id(), person_id=who.person, subject_scope=where, **subject)


def _incident(site: Site, row: str, who: Device) -> Change:
    facts = {"kind": "near_miss", "severity": "minor", "place": "Torche"}
    moment = {"occurred_at": "2026-03-01T08:00", "author_id": who.person, "status": "open"}
    return site.create("incident", row, **facts, **moment)


async def _check(site: Site) -> None:
    now = dt.datetime.fromtimestamp(site.clock.now_ms / 1000, tz=dt.UTC)
    while await check_watches_next(site.intake, site.pool, now):
        pass


async def _watches(site: Site, who: Device) -> int:
    found: int = await site.pool.fetchval(
        "SELECT count(*) FROM watch WHERE person_id = $1 AND NOT deleted", who.person
    )
    return found


async def test_a_watcher_hears_what_changed_and_why(site: Site) -> None:
    """One who watches an incident is told which fields moved, by whom, and why they are told."""
    author, watcher = [await site.person("employee", "employee") for _ in range(2)]
    incident = new_id()
    await author.must(_incident(site, incident, author))
    await watcher.must(_watch(site, watcher, "incident", incident))
    await drain(site)
    assert await notices(site, watcher) == []
    await author.must(await site.update("incident", incident, place="Bac 2", severity="moderate"))
    await drain(site)
    (told,) = await notices(site, watcher)
    assert (told["kind"], told["reason"], told["actor_id"]) == (
        "watching",
        "watching",
        author.person,
    )
    assert (told["subject_table"], told["subject_id"]) == ("incident", incident)
    assert told["title"] == "« n° 1 Bac 2 » a changé : gravité, lieu"
    assert "parce que vous suivez ce dont il parle" in told["body"]
    assert await notices(site, author) == []


async def test_what_is_watched_offline_with_what_is_made_offline_counts(site: Site) -> None:
    """Recorded and watched on one tablet in any order, both arrive: the first change is told."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    incident = new_id()
    made = [_watch(site, crew, "incident", incident), _incident(site, incident, crew)]
    answers = await crew.push(*(crew.change_set(one) for one in made))
    assert {one.status for one in answers} == {"merged"}
    await drain(site)
    assert await notices(site, crew) == []
    await chief.must(await site.update("incident", incident, status="investigating"))
    await drain(site)
    (told,) = await notices(site, crew)
    assert told["title"].endswith("a changé : statut")


async def test_ones_own_change_and_a_bulk_edit_give_at_most_one_notice(site: Site) -> None:
    """Who changes what they watch hears nothing of it; sixty changes at once are one notice."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    rows = [new_id() for _ in range(60)]
    await crew.must(*(_incident(site, row, crew) for row in rows))
    for who in (crew, chief):
        await who.must(*(_watch(site, who, "incident", row) for row in rows))
        await who.must(_watch(site, who, "incident", rows[0]))
    await chief.must(*[await site.update("incident", row, place="Quai") for row in rows])
    await drain(site)
    assert await notices(site, chief) == []
    (told,) = await notices(site, crew)
    assert told["count"] == 60
    assert told["title"].startswith("60 nouvelles de ce que vous suivez")


async def test_one_is_not_told_twice_of_one_thing(site: Site) -> None:
    """Who is told of a grave incident, or is given a permit to hold, gets no second notice."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    incident = new_id()
    await crew.must(_incident(site, incident, crew))
    await crew.must(_watch(site, crew, "incident", incident))
    await chief.must(await site.update("incident", incident, severity="major"))
    await drain(site)
    assert [one["kind"] for one in await notices(site, crew)] == ["safety"]


async def test_a_comment_a_deletion_and_a_restoration_are_told(site: Site) -> None:
    """What is said of a watched row is told, that it is gone, and that it is back."""
    crew, chief = await site.person("employee", "employee"), await site.person("administrator")
    incident = new_id()
    await chief.must(_incident(site, incident, chief))
    await crew.must(_watch(site, crew, "incident", incident))
    about = {"subject_table": "incident", "subject_id": incident}
    await chief.must(site.create("comment", new_id(), body="Vu.", author_id=chief.person, **about))
    await drain(site)
    await chief.must(await site.delete("incident", incident))
    await drain(site)
    await chief.must(await site.update("incident", incident, place="Torche"))
    await drain(site)
    assert {one["title"] for one in await notices(site, crew)} == {
        "Nouveau commentaire : « n° 1 Torche »",
        "« n° 1 Torche » a été supprimé",
        "« n° 1 Torche » a été rétabli",
    }


@pytest.mark.parametrize(
    ("table", "kind", "code"),
    [
        ("incident", "elsewhere", "access_denied"),
        ("expense", "finance", "value_invalid"),
        ("budget_request", "finance", "access_denied"),
        ("budget_request", "project", "value_invalid"),
        ("incident", "org", "value_invalid"),
        ("task", "project", "value_invalid"),
        ("document", "folder", "access_denied"),
        ("incident", "nonsense", "value_invalid"),
    ],
)
async def test_what_one_may_not_read_cannot_be_watched(
    site: Site, table: str, kind: str, code: str
) -> None:
    """Another project, the money without the right, a restricted folder, no scope: refused."""
    crew = await site.person("employee", "employee")
    scopes = {
        "elsewhere": f"project:{new_id()}",
        "folder": f"folder:{new_id()}",
        "nonsense": "project:",
        "org": "org",
    }
    scope = scopes.get(kind) or site.scope(kind)
    assert await crew.do(_watch(site, crew, table, new_id(), scope)) == code
    assert await _watches(site, crew) == 0


async def test_a_lie_about_where_a_row_lives_tells_nothing(site: Site) -> None:
    """A row of another project, said to be in one's own, is accepted unseen and never told of."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    home, site.project = site.project, new_id()
    await site.open_project(chief)
    incident = new_id()
    await chief.must(_incident(site, incident, chief))
    await crew.must(_watch(site, crew, "incident", incident, f"project:{home}"))
    await chief.must(await site.update("incident", incident, place="Ailleurs"))
    await drain(site)
    assert await notices(site, crew) == []
    assert await letters(site) == []


async def test_watches_go_with_membership(site: Site) -> None:
    """Out of the project, one hears nothing at once, and the watch itself goes; others' stay."""
    chief = await site.person("manager")
    gone, stays = [await site.person("employee", "employee") for _ in range(2)]
    incident = new_id()
    await chief.must(_incident(site, incident, chief))
    for who in (gone, stays):
        await who.must(_watch(site, who, "incident", incident))
    find = "SELECT id::text FROM member WHERE person_id = $1"
    member = await site.pool.fetchval(find, gone.person)
    await chief.must(await site.delete("member", member))
    await chief.must(await site.update("incident", incident, place="Quai"))
    await drain(site)
    assert await notices(site, gone) == []
    assert len(await notices(site, stays)) == 1
    await _check(site)
    assert (await _watches(site, gone), await _watches(site, stays)) == (0, 1)


async def test_the_sweep_finds_what_no_merge_brought_about(site: Site) -> None:
    """A right that is withdrawn for all ends the watches it let one have; the sweep does it."""
    chief = await site.person("supervisor", "supervisor")
    request = new_id()
    await chief.must(_watch(site, chief, "budget_request", request, site.scope("finance")))
    await chief.must(_watch(site, chief, "incident", new_id()))
    assert await sweep_watches(site.intake, site.pool) == 0
    await site.pool.execute(
        """UPDATE permission SET overrides = '{"supervisor": {"finance.read": false}}'"""
    )
    assert await sweep_watches(site.intake, site.pool) == 1
    assert await _watches(site, chief) == 1
    assert await sweep_watches(site.intake, site.pool) == 0


async def test_who_stops_watching_hears_no_more(site: Site) -> None:
    """A watch deleted on one device is over, whoever else watches on."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    incident, watch = new_id(), _watch(site, crew, "incident", "")
    await chief.must(_incident(site, incident, chief))
    watch.after["subject_id"] = incident
    await crew.must(watch)
    await crew.must(await site.delete("watch", watch.row))
    await chief.must(await site.update("incident", incident, place="Quai"))
    await drain(site)
    assert await notices(site, crew) == []


async def test_money_papers_and_decisions_reach_those_who_watch(office: Office) -> None:
    """An expense that someone approves is told to who watches it, and not to who approved it."""
    site, expense = office.site, new_id()
    await office.crew.must(office.expense(expense, 1_000, office.lines[0]))
    watchers = (office.supervisor, office.accountant)
    for who in watchers:
        await who.must(_watch(site, who, "expense", expense))
    await office.supervisor.must(await site.update("expense", expense, status="approved"))
    await drain(site)
    watching = [
        [one["title"] for one in await notices(site, who) if one["kind"] == "watching"]
        for who in watchers
    ]
    assert watching[0] == []
    assert len(watching[1]) == 1
    assert watching[1][0].endswith("a changé : statut")


async def test_new_rows_cost_no_look_for_watchers(site: Site) -> None:
    """Nobody watches what is new: five hundred new rows ask nothing, a changed one asks once."""
    crew = await site.person("employee", "employee")
    rows = [new_id() for _ in range(3)]
    async with count_statements(site) as seen:
        await crew.must(*(_incident(site, row, crew) for row in rows))
    assert not [one for one in seen if "FROM watch" in one]
    changes = [await site.update("incident", row, place="Quai") for row in rows]
    async with count_statements(site) as seen:
        await crew.must(*changes)
    assert len([one for one in seen if "FROM watch" in one]) == 1


async def test_a_new_version_of_a_watched_document_is_told(site: Site) -> None:
    """As soon as it is sent, by whoever; not to who sent it."""
    crew, chief = await site.person("employee", "employee"), await site.person("manager")
    document = new_id()
    mine = {"author_id": crew.person, "home_id": site.project}
    await crew.must(site.create("document", document, title="Plan de pose", **mine))
    for who in (crew, chief):
        await who.must(_watch(site, who, "document", document))
    version = {"document_id": document, "file_name": "plan.pdf", "size_bytes": 5}
    theirs = {"author_id": chief.person, "home_id": site.project}
    change = site.create("document_version", new_id(), **version, **theirs)
    change.after.pop("project_id")
    await chief.must(change)
    await drain(site)
    (told,) = await notices(site, crew)
    assert told["title"] == "Nouvelle version de « Plan de pose »"
    assert told["project_id"] == site.project
    assert await notices(site, chief) == []
