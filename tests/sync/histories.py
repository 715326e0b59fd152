"""Random honest histories: replicas that edit one row and see each other in part, in any order."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from sync.changes import Change
from sync.merge import Merged, Row, canonical, merge
from sync.schema import Table
from tests.sync import model
from tests.sync.follower import Follower
from tests.sync.model import ROW, Write

REPLICAS = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)
EDIT_SHARE = 0.75
ACT_SHARE = 0.5
AGAIN_SHARE = 0.1
HALF = 0.5
TEXTS = ("", "one two three four", "one 2 three four", "one two three 4", "zero one two three four")

_NUMBERS = (*range(10), None)
_TAGS = ((), ("p",), ("q",), ("p", "q"), ("p", "q", "r"))
CHOICES: dict[str, tuple[Any, ...]] = {
    "title": ("x", "y", "z", None),
    "cost": _NUMBERS,
    "progress": _NUMBERS,
    "stock": _NUMBERS,
    "tags": _TAGS,
    "notes": (*TEXTS, None),
    "status": ("a", "b", "c"),
    "label": ("m", "n", None),
    "later_field": (0, 1, 2),
}
"""Field -> values that a writer may leave. The last field is one that only a newer app knows."""
VALUES = {name: st.sampled_from(choices) for name, choices in CHOICES.items()}

FOCUS = st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=2, unique=True)
"""The fields that one history is about: few, so that writes meet."""


def vector_of(writes: list[Write]) -> dict[str, int]:
    """Return the vector of a set of writes."""
    vector: dict[str, int] = {}
    for one in writes:
        vector[one.replica] = max(vector.get(one.replica, 0), one.number)
    return vector


class Intent(NamedTuple):
    """What a person is about to do: fields to leave (None deletes), at which time."""

    after: dict[str, Any] | None
    time: int
    skip: int
    """Counters that other rows took meanwhile."""
    lists_own: bool
    """Whether the context repeats the writer's own dots, as one that was pulled does."""


def intents(focus: list[str]) -> st.SearchStrategy[Intent]:
    """Draw what a person does to some of the fields that a history is about."""
    one = st.sampled_from(focus).flatmap(lambda name: st.fixed_dictionaries({name: VALUES[name]}))
    every = st.fixed_dictionaries({name: VALUES[name] for name in focus})
    after = st.one_of(one, one, every, every, st.none())
    return st.builds(Intent, after, st.integers(0, 4), st.integers(0, 2), st.booleans())


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def act(table: Table, replica: str, known: list[Write], intent: Intent) -> Write:
    """Make the write of a person who sees what the known writes come to."""
    vector = vector_of(known)
    number = vector.get(replica, 0) + 1 + intent.skip
    shown = model.state(model.knows_later(table), known).values
    context = {key: count for key, count in vector.items() if intent.lists_own or key != replica}
    after = intent.after or {}
    change = Change(
        scope="org",
        table=table.name,
        row=ROW,
        operation="delete" if not after else "update" if known else "create",
        context=context,
        before={name: shown[name] for name in after if name in shown},
        after={name: _listed(value) for name, value in after.items()},
    )
    return Write(replica, number, intent.time, change)


def apply(table: Table, row: Row | None, write: Write) -> Merged:
    """Merge a write for real."""
    return merge(
        table, row, write.change, replica=write.replica, number=write.number, time=write.time
    )


class History(NamedTuple):
    """Every write that was made, by replica, in each replica's own order."""

    table: Table
    by_replica: dict[str, list[Write]]

    @property
    def writes(self) -> list[Write]:
        """Return all writes."""
        return [one for made in self.by_replica.values() for one in made]


@st.composite
def histories(draw: st.DrawFn, *, writes_max: int = 10) -> History:
    """Draw a history: at each step a replica acts, or hears more of what another one made."""
    table = model.every_policy(draw(st.sampled_from(("edit_wins", "delete_wins"))))
    replicas = REPLICAS[: draw(st.integers(2, 4))]
    made: dict[str, list[Write]] = {replica: [] for replica in replicas}
    heard: dict[str, dict[str, int]] = {replica: dict.fromkeys(replicas, 0) for replica in replicas}
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(replicas),
                intents(draw(FOCUS)) | st.tuples(st.sampled_from(replicas), st.integers(1, 3)),
            ),
            min_size=2,
            max_size=2 * writes_max,
        )
    )
    for replica, step in steps:
        if not isinstance(step, Intent):
            maker, count = step
            heard[replica][maker] = min(len(made[maker]), heard[replica][maker] + count)
        elif sum(map(len, made.values())) < writes_max:
            known = [one for maker in replicas for one in made[maker][: heard[replica][maker]]]
            made[replica].append(act(table, replica, known, step))
            heard[replica][replica] = len(made[replica])
    return History(table, made)


@st.composite
def deliveries(draw: st.DrawFn, history: History, *, repeats: bool = True) -> list[Write]:
    """Draw an order that keeps each replica's own; writes may come again at any later time."""
    left = {replica: list(made) for replica, made in history.by_replica.items() if made}
    order: list[Write] = []
    while left:
        replica = draw(st.sampled_from(sorted(left)))
        order.append(left[replica].pop(0))
        if not left[replica]:
            del left[replica]
        if repeats and draw(st.integers(0, 3)) == 0:
            order.append(draw(st.sampled_from(order)))
    return order


def play(rng: Random, start: Callable[[Table], Follower]) -> None:
    """Play a dense random history on three replicas and a server, each held against the model."""
    table = model.every_policy(rng.choice(("edit_wins", "delete_wins")))
    focus = rng.sample(sorted(CHOICES), rng.randint(1, 2))
    made = {replica: list[Write]() for replica in REPLICAS[:3]}
    followers = {replica: start(table) for replica in made}

    def hear(follower: Follower, maker: str) -> None:
        heard = sum(one.replica == maker for one in follower.known)
        for write in made[maker][heard : heard + 1]:
            follower.hear(write)

    def some_values() -> dict[str, Any] | None:
        names = rng.sample(focus, rng.randint(1, len(focus)))
        left = {name: rng.choice(CHOICES[name]) for name in names}
        return left if rng.random() < EDIT_SHARE else None

    for _ in range(rng.randint(4, 18)):
        replica = rng.choice(REPLICAS[:3])
        if rng.random() < ACT_SHARE:
            intent = Intent(
                some_values(), rng.randint(0, 4), rng.randint(0, 2), rng.random() < HALF
            )
            write = act(table, replica, followers[replica].known, intent)
            made[replica].append(write)
            followers[replica].hear(write)
        else:
            hear(followers[replica], rng.choice(REPLICAS[:3]))
        if followers[replica].known and rng.random() < AGAIN_SHARE:
            followers[replica].hear(rng.choice(followers[replica].known))
    followers["server"] = start(table)
    total = sum(map(len, made.values()))
    for follower in followers.values():
        while len(follower.known) < total:
            hear(follower, rng.choice(REPLICAS[:3]))
    rows = [follower.row for follower in followers.values() if follower.row is not None]
    assert all(canonical(row) == canonical(rows[0]) for row in rows)
    assert all(row.causes.awaited is None for row in rows)
