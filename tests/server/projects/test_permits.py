"""Permits to work: each step by one entitled, activation online or on the authority's device."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from server.errors import ProblemError
from server.intake import Proposal
from sync.tables.fieldwork import PERMIT_STATUS
from tests.server.projects.fieldwork import DRAFTS, Crew, another_site, open_crew
from tests.server.site import NOON, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings

HOUR = 3_600_000


async def _act(crew: Crew, by: Device, permit: str, status: str) -> str:
    """Make a step through a route; return `merged`, or the code it was refused with."""
    proposal = Proposal(crew.site.scope("project"), "permit", permit, {"status": status})
    try:
        return (await crew.site.intake.act(by.person, [proposal], intent="test")).status
    except ProblemError as problem:
        return problem.error.code


async def _issued(crew: Crew, **with_issue: Any) -> str:
    """Request a permit and have it issued; return its id."""
    requester, (chief, other) = crew.workers[0], crew.chiefs
    permit = await crew.make("permit", requester, holder_id=requester.person)
    await crew.steps("permit", permit, (other, "assessed"), (chief, "authorised"))
    assert await crew.step(other, "permit", permit, status="issued", **with_issue) == "merged"
    return permit


async def test_a_permit_goes_through_its_steps_and_the_server_signs_each(
    settings: Settings,
) -> None:
    """From request to close, by those entitled; who made each step is written by the server."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        worker, (chief, other) = crew.workers[0], crew.chiefs
        permit = await _issued(crew)
        assert await _act(crew, worker, permit, "active") == "access_denied"
        assert await _act(crew, chief, permit, "active") == "merged"
        assert await _act(crew, crew.workers[1], permit, "suspended") == "merged"
        assert await _act(crew, other, permit, "active") == "merged"
        assert await crew.step(crew.workers[1], "permit", permit, status="handed_back") == (
            "access_denied"
        )
        assert await crew.step(worker, "permit", permit, status="handed_back") == "merged"
        await crew.steps("permit", permit, (chief, "closed"))
        values = (await site.stored(permit)).values
        signed = {name: values[name] for name in values if name.endswith("_by")}
        assert signed == {
            "assessed_by": other.person,
            "authorised_by": chief.person,
            "issued_by": other.person,
            "activated_by": other.person,
            "handed_back_by": worker.person,
            "closed_by": chief.person,
        }
        assert (values["number"], values["activated_at"]) == (1, NOON)


async def test_who_requests_neither_authorises_nor_issues(settings: Settings) -> None:
    """Not even a supervisor, in any order of pushes."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, other = crew.chiefs
        permit = await crew.make("permit", chief)
        await crew.steps("permit", permit, (chief, "assessed"))
        assert await crew.step(chief, "permit", permit, status="authorised") == "same_person"
        await crew.steps("permit", permit, (other, "authorised"))
        assert await crew.step(chief, "permit", permit, status="issued") == "same_person"


async def test_no_offline_change_activates_a_permit(settings: Settings) -> None:
    """Not even a supervisor's that has seen all; the one device that its issuer named may."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, other = crew.chiefs
        permit = await _issued(crew)
        assert await crew.step(chief, "permit", permit, status="active") == "permit_offline"
        assert await site.value(permit, "status") == "issued"
        named = await _issued(crew, authority_replica=chief.replica)
        assert await crew.step(other, "permit", named, status="active") == "permit_offline"
        assert await crew.step(chief, "permit", named, status="active") == "merged"
        await crew.steps("permit", named, (other, "suspended"))
        assert await crew.step(other, "permit", named, status="active") == "permit_offline"
        moved = await crew.step(other, "permit", named, authority_replica=other.replica)
        assert moved == "access_denied"


async def test_whoever_has_not_heard_of_a_suspension_does_not_lift_it(settings: Settings) -> None:
    """The authority's device suspends and resumes offline, the office suspends: it stays so."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, other = crew.chiefs
        permit = await _issued(crew, authority_replica=chief.replica)
        await crew.steps("permit", permit, (chief, "active"))
        seen = await site.stored(permit)
        assert await _act(crew, other, permit, "suspended") == "merged"
        late = [
            site.create("permit", permit, status=status).__class__(
                site.scope("project"),
                "permit",
                permit,
                "update",
                seen.vector,
                {"status": before},
                {"status": status},
            )
            for before, status in (("active", "suspended"), ("suspended", "active"))
        ]
        answers = await chief.push(*(chief.change_set(one) for one in late))
        assert [one.status for one in answers] == ["rejected", "rejected"]
        assert await site.value(permit, "status") == "suspended"


async def test_two_who_activate_at_once_one_wins(settings: Settings) -> None:
    """Ten times over, two supervisors and the authority's device at the same moment: one merged."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, other = crew.chiefs
        for _ in range(10):
            permit = await _issued(crew, authority_replica=chief.replica)
            change = await site.update("permit", permit, status="active")
            found = await asyncio.gather(
                _act(crew, chief, permit, "active"),
                _act(crew, other, permit, "active"),
                chief.do(change),
            )
            assert sorted(found) == ["merged", "transition_forbidden", "transition_forbidden"]


async def test_the_wording_of_a_permit_never_changes(settings: Settings) -> None:
    """Not by one who saw it, nor by an earlier clock that claims to have seen nothing."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        requester = crew.workers[0]
        permit = await crew.make("permit", requester)
        assert await crew.step(requester, "permit", permit, work="Autre") == "write_once_written"
        assert await crew.step(requester, "permit", permit, hazards="Gaz") == "write_once_written"
        values = {**DRAFTS["permit"], "author_id": requester.person, "work": "Autre"}
        again = site.create("permit", permit, **values)
        early = requester.change_set(again)
        answers = await requester.push(
            early.__class__(early.counter, 1, early.intent, early.schema, early.changes)
        )
        assert answers[0].status == "rejected"
        assert await site.value(permit, "work") == DRAFTS["permit"]["work"]


async def test_a_permit_holds_for_a_shift_at_most_and_only_in_its_hours(
    settings: Settings,
) -> None:
    """Too long, backwards, too early, too late by the clock of the site: refused."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        by = crew.workers[0]
        for begins, ends in (
            ("2026-03-01T08:00", "2026-03-01T20:01"),
            ("2026-03-01T08:00", "2026-03-01T08:00"),
        ):
            values = {**DRAFTS["permit"], "valid_from": begins, "valid_until": ends}
            made = site.create("permit", new_id(), **values, author_id=by.person)
            assert await by.do(made) == "permit_hours"
        permit = await _issued(crew)
        site.clock.now_ms = NOON - 5 * HOUR
        assert await _act(crew, crew.chiefs[0], permit, "active") == "permit_hours"
        site.clock.now_ms = NOON + 6 * HOUR
        assert await _act(crew, crew.chiefs[0], permit, "active") == "permit_hours"
        manager = await site.person("manager")
        await manager.must(await site.update("project", site.project, time_zone="Africa/Douala"))
        site.clock.now_ms = NOON + 5 * HOUR - 60_000
        assert await _act(crew, crew.chiefs[0], permit, "active") == "merged"


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(sorted(PERMIT_STATUS.transitions)),
        st.sampled_from(["offline", "online", "stale"]),
    ),
    max_size=25,
)


@hypothesis_settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, authority=st.booleans())
async def test_no_interleaving_reaches_a_forbidden_state(
    settings: Settings, steps: list[tuple[int, str, str]], *, authority: bool
) -> None:
    """Any mix of online and offline, fresh or stale: `active` comes online or from the authority.

    Each entry of the log is a legal step, by one who is entitled.
    """
    async with another_site(settings) as site:
        await _play(site, steps, authority=authority)


async def _play(site: Site, steps: list[tuple[int, str, str]], *, authority: bool) -> None:
    crew = await open_crew(site)
    people = [*crew.chiefs, *crew.workers]
    named = {"authority_replica": people[0].replica} if authority else {}
    permit = await _issued(crew, **named)
    stale = await site.stored(permit)
    for person, status, way in steps:
        by = people[person]
        if way == "online":
            await _act(crew, by, permit, status)
            continue
        change = await site.update("permit", permit, status=status)
        if way == "stale":
            before = {"status": stale.values["status"]}
            change = change.__class__(
                change.scope, "permit", permit, "update", stale.vector, before, change.after
            )
        with suppress(AssertionError):
            await by.do(change)
    records = await site.pool.fetch(
        """
        SELECT change.changes #>> '{status,0}' AS before, change.changes #>> '{status,1}' AS after,
            change.replica, replica.office, member.role
        FROM change_log AS change JOIN replica ON replica.id = change.replica
        JOIN member ON member.person_id = change.person_id
        WHERE change.row_id = $1 AND change.changes::jsonb ? 'status' ORDER BY change.seq
        """,
        permit,
    )
    assert records
    for record in records:
        assert PERMIT_STATUS.allows(record["before"], record["after"])
        if record["after"] == "active":
            on_site = authority and record["replica"] == people[0].replica
            assert record["office"] or on_site
            assert record["role"] == "supervisor"
