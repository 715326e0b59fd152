"""The laws of a review: what words come to does not depend on the way they took."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budget.reviews.deciding import Need, Word, decide, meets
from sync.tables.approvals import REQUEST_STATUS
from tests.server.budget.soundness import assert_budget_sound
from tests.server.site import new_id

if TYPE_CHECKING:
    from sync.changes import Change
    from tests.server.budget.reviews.conftest import Board
    from tests.server.site import Device

ROLES = ("supervisor", "accountant", "manager", "administrator")
PEOPLE = {f"p{place}": ROLES[place % 4] for place in range(6)}

needs = st.lists(
    st.builds(
        Need,
        st.integers(1, 3),
        st.sampled_from([None, *ROLES]),
        st.none() | st.sampled_from([*PEOPLE]),
    ),
    min_size=1,
    max_size=5,
)


@st.composite
def words(draw: st.DrawFn, decisions: tuple[str, ...]) -> list[Word]:
    """Draw what people say, each for themselves or for somebody else."""
    found = []
    for place in range(draw(st.integers(0, 8))):
        author, authority = draw(st.sampled_from([*PEOPLE])), draw(st.sampled_from([*PEOPLE]))
        authority = author if draw(st.booleans()) else authority
        found.append(
            Word(
                id=str(place),
                level=draw(st.integers(1, 3)),
                author=author,
                decision=draw(st.sampled_from(decisions)),
                role=PEOPLE[authority],
                authority=authority,
                reason=f"r{place}",
            )
        )
    return found


any_words = words(("approved", "rejected", "returned"))


@given(needs, any_words, st.randoms())
def test_any_order_of_words_comes_to_the_same(
    needed: list[Need], said: list[Word], order: random.Random
) -> None:
    """Where a review stands is a function of the set of words, and of the set of needs."""
    shuffled, other = list(said), list(needed)
    order.shuffle(shuffled)
    order.shuffle(other)
    assert decide(other, shuffled) == decide(needed, said)


@st.composite
def granted(draw: st.DrawFn) -> tuple[list[Need], list[Word]]:
    """Draw needs, and the approvals that meet them: each another person's."""
    needed, said = [], []
    for place, person in enumerate(draw(st.permutations([*PEOPLE]))[: draw(st.integers(1, 5))]):
        level, role = draw(st.integers(1, 3)), PEOPLE[person]
        asked = draw(st.sampled_from([(None, None), (role, None), (None, person)]))
        needed.append(Need(level, *asked))
        said.append(Word(f"g{place}", level, person, "approved", role, person))
    return needed, said


@given(granted(), any_words, st.randoms())
def test_what_was_approved_stays_approved(
    met: tuple[list[Need], list[Word]], more: list[Word], order: random.Random
) -> None:
    """No word takes an approval back, whether it came before the last one or after it."""
    needed, said = met
    assert decide(needed, said).state == "approved"
    together = [*said, *more]
    order.shuffle(together)
    assert decide(needed, together).state == "approved"


@given(needs, any_words, any_words)
def test_no_word_moves_a_level_down(needed: list[Need], said: list[Word], more: list[Word]) -> None:
    """What more people say never reopens a level that was met."""
    assert decide(needed, [*said, *more]).level >= decide(needed, said).level


@given(needs, any_words)
def test_a_no_stops_what_is_not_approved(needed: list[Need], said: list[Word]) -> None:
    """Short of all approvals, one refusal refuses, and one return sends back."""
    state = decide(needed, said).state
    decisions = {word.decision for word in said}
    if state != "approved":
        strongest = next((one for one in ("rejected", "returned") if one in decisions), None)
        assert state == (strongest or ("reviewing" if said else "waiting"))


@given(needs, any_words)
def test_approved_means_that_different_people_met_every_need(
    needed: list[Need], said: list[Word]
) -> None:
    """Held against trying all ways to give each need a person of its own."""
    yes = [word for word in said if word.decision == "approved"]
    people = sorted({word.author for word in yes})

    def can(need: Need, person: str) -> bool:
        return any(
            word.author == person and meets(need, word.level, word.role, word.authority)
            for word in yes
        )

    possible = len(needed) <= len(people) and any(
        all(can(need, person) for need, person in zip(needed, chosen, strict=True))
        for chosen in itertools.permutations(people, len(needed))
    )
    assert (decide(needed, said).state == "approved") == possible


@pytest.mark.parametrize("seed", range(4))
async def test_words_given_offline_end_the_same_in_any_order(board: Board, seed: int) -> None:
    """Requests on which the same words arrive in every order, alone or together, end the same."""
    draw = random.Random(seed)
    await board.rule(1, role="supervisor")
    await board.rule(2, role="manager")
    people: list[Device] = [
        board.supervisor,
        board.other_supervisor,
        board.manager,
        board.other_manager,
    ]
    spoken = [
        (who, level, draw.choice(("approved", "approved", "approved", "rejected", "returned")))
        for who in draw.sample(people, draw.randint(2, 4))
        for level in ((1,) if who in people[:2] else draw.choice(((2,), (1,), (1, 2))))
    ]
    copies = [await board.submitted(7) for _ in range(6)]
    given_words: list[list[tuple[Device, Change]]] = []
    for request in copies:
        made = [
            (who, await board.word(who, request, decision, level=level))
            for who, level, decision in spoken
        ]
        draw.shuffle(made)
        given_words.append(made)
    # All were given before any of them was sent.
    made_at = [[(who, who.change_set(one)) for who, one in made] for made in given_words]
    board.site.clock.now_ms += 3_600_000
    ends: set[tuple[Any, ...]] = set()
    for request, pushes in zip(copies, made_at, strict=True):
        if draw.random() < 0.5:
            by_device: dict[str, list[Any]] = {}
            devices = {who.replica: who for who, _ in pushes}
            for who, one in pushes:
                by_device.setdefault(who.replica, []).append(one)
            answers = await asyncio.gather(
                *(devices[one].push(*_in_order(sets)) for one, sets in by_device.items())
            )
        else:
            answers = [await who.push(one) for who, one in _legal(pushes)]
        assert {one.status for batch in answers for one in batch} == {"merged"}
        values = (await board.site.stored(request)).values
        ends.add((values["status"], values["level"], values["round"]))
    assert len(ends) == 1
    # Each approved copy moved the budget once.
    approved = sum([await board.status(one) == "approved" for one in copies])
    assert (await board.amounts())[0] == 500_000 + 7 * approved
    await assert_sound(board)


def _in_order(sets: list[Any]) -> list[Any]:
    return sorted(sets, key=lambda one: one.counter)


def _legal(pushes: list[tuple[Device, Any]]) -> list[tuple[Device, Any]]:
    """Keep each replica's own order, whatever the order between them."""
    queues: dict[str, list[Any]] = {}
    for who, one in pushes:
        queues.setdefault(who.replica, []).append(one)
    for queue in queues.values():
        queue.sort(key=lambda one: one.counter)
    return [(who, queues[who.replica].pop(0)) for who, _ in pushes]


async def assert_sound(board: Board) -> None:
    """Assert that the budget is what its versions made of it."""
    await assert_budget_sound(board.site, board.budget)


@pytest.mark.parametrize("seed", range(3))
async def test_no_history_leads_to_a_forbidden_state(board: Board, seed: int) -> None:
    """People ask, mend, withdraw and decide at random, on and offline: the books stay sound."""
    draw = random.Random(seed)
    await board.rule(1, role="supervisor", amount_below=400_000)
    await board.rule(1, role="manager", amount_from=200_000)
    requests: list[str] = []
    late: list[tuple[Device, Change]] = []
    everyone = [
        board.manager,
        board.other_manager,
        board.supervisor,
        board.other_supervisor,
        board.accountant,
    ]
    authors: dict[str, Device] = {}
    seen: dict[str, str] = {}
    for _ in range(60):
        board.site.clock.now_ms += 60_000
        who = draw.choice(everyone)
        if not requests or draw.random() < 0.2:
            request = new_id()
            kind, source = draw.choice(
                (
                    ("increase", None),
                    ("transfer", board.lines[1]),
                    ("contingency", board.contingency),
                )
            )
            lines = {"kind": kind, "source_line_id": source}
            status = draw.choice(("draft", "submitted"))
            amount = draw.choice((1_000, 60_000, 250_000, 450_000))
            change = board.request(request, amount, who, status=status, **lines)
            await who.must(change)
            requests.append(request)
            authors[request] = who
        elif draw.random() < 0.3:
            request = draw.choice(requests)
            name, value = draw.choice(
                (
                    ("status", "submitted"),
                    ("status", "withdrawn"),
                    ("status", "approved"),
                    ("amount", draw.choice((1_000, 250_000))),
                )
            )
            values: dict[str, Any] = {name: value}
            author = authors[request] if draw.random() < 0.8 else who
            await author.do(await board.site.update("budget_request", request, **values))
        else:
            request = draw.choice(requests)
            decision = draw.choice(("approved",) * 4 + ("rejected", "returned"))
            word = await board.word(who, request, decision)
            if draw.random() < 0.3:
                late.append((who, word))
            else:
                await who.do(word)
        if late and draw.random() < 0.2:
            sender, word = late.pop(draw.randrange(len(late)))
            await sender.do(word)
        await _assert_allowed(board, requests, seen)
    await assert_sound(board)


FINAL = {"approved", "withdrawn"}


async def _assert_allowed(board: Board, requests: list[str], seen: dict[str, str]) -> None:
    for request in requests:
        now = await board.status(request)
        before = seen.get(request)
        # A merge may take two steps at once: submitted, and reviewed.
        assert before not in FINAL or now == before
        assert now in REQUEST_STATUS.precedence
        seen[request] = now
        values = (await board.site.stored(request)).values
        assert (values.get("waiting_since") is not None) == (now in {"submitted", "in_review"})
        if now == "approved":
            authors = await board.site.pool.fetch(
                "SELECT author_id::text FROM approval WHERE subject_id = $1 AND round = $2"
                " AND decision = 'approved'",
                request,
                values["round"],
            )
            needed = len(values["approvals_needed"])
            people = {one["author_id"] for one in authors}
            assert len(people) >= needed
            assert values["author_id"] not in people
