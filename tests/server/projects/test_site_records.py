"""Punch items, incidents, checklists and comments: who may say what, and what waits for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.server.projects.fieldwork import DRAFTS, another_site, open_crew, refusal
from tests.server.site import new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings


async def test_who_mended_a_defect_does_not_verify_it(settings: Settings) -> None:
    """Not in the next push, not in the same one, not by claiming that another resolved it."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, other = crew.chiefs
        item = await crew.make("punch_item", crew.workers[0])
        assert await crew.step(chief, "punch_item", item, status="verified") == (
            "transition_forbidden"
        )
        stored = await site.stored(item)
        scope = site.scope("project")
        claimed = (await site.update("punch_item", item, status="verified")).__class__(
            scope, "punch_item", item, "update", {}, {"status": "resolved"}, {"status": "verified"}
        )
        assert await chief.do(claimed) == "transition_forbidden"
        moves = [
            claimed.__class__(
                scope,
                "punch_item",
                item,
                "update",
                stored.vector,
                {"status": before},
                {"status": after},
            )
            for before, after in (("open", "resolved"), ("resolved", "verified"))
        ]
        answers = await chief.push(*(chief.change_set(one) for one in moves))
        assert refusal(answers)[0] == "same_person"
        assert await crew.step(crew.workers[0], "punch_item", item, status="verified") == (
            "access_denied"
        )
        assert await crew.step(other, "punch_item", item, status="verified") == "merged"
        values = (await site.stored(item)).values
        assert (values["resolved_by"], values["verified_by"]) == (chief.person, other.person)
        await crew.steps("punch_item", item, (other, "closed"))
        assert await crew.step(chief, "punch_item", item, title="X") == "transition_forbidden"


@hypothesis_settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["open", "in_progress", "resolved", "verified", "closed"]),
            st.booleans(),
        ),
        max_size=20,
    )
)
async def test_no_interleaving_lets_one_verify_what_they_resolved(
    settings: Settings, steps: list[tuple[int, str, bool]]
) -> None:
    """Fresh or stale, in any order: whoever verified is never the one who last resolved."""
    async with another_site(settings) as site:
        crew = await open_crew(site)
        people = [*crew.chiefs, *crew.workers]
        item = await crew.make("punch_item", people[2])
        stale = await site.stored(item)
        for person, status, fresh in steps:
            change = await site.update("punch_item", item, status=status)
            if not fresh:
                change = change.__class__(
                    change.scope,
                    "punch_item",
                    item,
                    "update",
                    stale.vector,
                    {"status": stale.values["status"]},
                    change.after,
                )
            await people[person].do(change)
        records = await site.pool.fetch(
            """
            SELECT changes #>> '{status,1}' AS status, person_id FROM change_log
            WHERE row_id = $1 AND changes::jsonb ? 'status'
                -- A stale word that loses to a stronger state is logged, and moves nothing.
                AND changes #>> '{status,0}' IS DISTINCT FROM changes #>> '{status,1}'
            ORDER BY seq
            """,
            item,
        )
        resolver = None
        for record in records:
            if record["status"] == "resolved":
                resolver = record["person_id"]
            if record["status"] == "verified":
                assert resolver is not None
                assert record["person_id"] != resolver


async def test_a_task_is_verified_when_its_checklist_is_complete(settings: Settings) -> None:
    """Two ticks of one item both count; a mandatory one without any names itself."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief = crew.chiefs[0]
        task = await crew.task()
        items = [new_id(), new_id()]
        for item, mandatory in zip(items, (True, False), strict=True):
            await chief.must(
                site.create("checklist_item", item, task_id=task, label="Gaz", mandatory=mandatory)
            )
        await crew.steps("task", task, (crew.workers[0], "done"))
        verify = chief.change_set(await site.update("task", task, status="verified"))
        assert refusal(await chief.push(verify)) == ("checklist_open", "status", items[0])
        ticks = [new_id(), new_id()]
        for by, tick in zip(crew.workers, ticks, strict=True):
            values = {"item_id": items[0], "author_id": by.person, "ticked_at": 5}
            assert await by.do(site.create("checklist_tick", tick, **values)) == "merged"
        assert await site.pool.fetchval("SELECT count(*) FROM checklist_tick") == 2
        await crew.workers[0].must(await site.delete("checklist_tick", ticks[0]))
        theirs = await site.delete("checklist_tick", ticks[1])
        assert await crew.workers[0].do(theirs) == "access_denied"
        await crew.steps("task", task, (chief, "verified"))


async def test_a_tick_in_the_same_push_counts(settings: Settings) -> None:
    """Item, tick and verification that were made offline arrive together."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief = crew.chiefs[0]
        task = await crew.task()
        await crew.steps("task", task, (chief, "done"))
        item = new_id()
        answers = await chief.push(
            *(
                chief.change_set(one)
                for one in (
                    site.create("checklist_item", item, task_id=task, label="Gaz", mandatory=True),
                    site.create(
                        "checklist_tick",
                        new_id(),
                        item_id=item,
                        author_id=chief.person,
                        ticked_at=5,
                    ),
                    await site.update("task", task, status="verified"),
                )
            )
        )
        assert [one.status for one in answers] == ["merged"] * 3


async def test_an_incident_closes_when_its_follow_ups_are_settled(settings: Settings) -> None:
    """Anyone reports one; a supervisor closes it; an open action names itself; another verifies."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        worker, (chief, other) = crew.workers[0], crew.chiefs
        incident = await crew.make("incident", worker)
        assert await crew.step(worker, "incident", incident, root_cause="Sol glissant") == "merged"
        assert await crew.step(crew.workers[1], "incident", incident, place="X") == "access_denied"
        about = {"subject_table": "incident", "subject_id": incident}
        action = await crew.make("follow_up", chief, **about, owner_id=worker.person)
        close = chief.change_set(await site.update("incident", incident, status="closed"))
        assert refusal(await chief.push(close)) == ("follow_up_open", "status", action)
        assert await crew.step(worker, "follow_up", action, title="X") == "access_denied"
        await crew.steps("follow_up", action, (worker, "done"), (other, "verified"))
        await crew.steps("incident", incident, (chief, "closed"))
        assert await crew.step(chief, "incident", incident, place="X") == "transition_forbidden"
        missing = {"subject_table": "incident", "subject_id": new_id()}
        values = {**DRAFTS["follow_up"], **missing, "author_id": worker.person}
        assert await worker.do(site.create("follow_up", new_id(), **values)) == "reference_missing"


async def test_only_those_who_may_read_the_project_are_mentioned_or_watch(
    settings: Settings,
) -> None:
    """Members, and those whose role holds everywhere; a comment is about any row of the project."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        worker, chief = crew.workers[0], crew.chiefs[0]
        stranger, manager = await site.person("employee"), await site.person("manager")
        punch = await crew.make("punch_item", worker)
        about = {"subject_table": "punch_item", "subject_id": punch}
        await crew.make("comment", worker, **about, mentions=[chief.person, manager.person])
        values = {**DRAFTS["comment"], "author_id": worker.person}
        for wrong, code in (
            ({"mentions": [stranger.person]}, "mention_unreadable"),
            ({"mentions": [new_id()]}, "mention_unreadable"),
            ({**about, "subject_table": "task"}, "reference_missing"),
            ({**about, "subject_table": "budget"}, "value_invalid"),
            ({"subject_id": punch}, "field_missing"),
        ):
            made = site.create("comment", new_id(), **{**values, **wrong})
            assert await worker.do(made) == code, wrong
        task = await crew.task()
        for by, watchers, code in (
            (worker, [worker.person], "merged"),
            (worker, [worker.person, chief.person], "access_denied"),
            (chief, [worker.person, chief.person], "merged"),
            (chief, [stranger.person], "mention_unreadable"),
            (worker, [chief.person], "merged"),
        ):
            assert await crew.step(by, "task", task, watchers=watchers) == code
