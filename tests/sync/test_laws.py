"""Laws of the small parts: clocks, vectors, checksums, sets of wire structs."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import changes, checksum, clock
from sync.causes import Causes, Row

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
REPLICAS = st.sampled_from(["a" * 16, "b" * 16, "c" * 16, "d" * 16])
VECTORS = st.dictionaries(REPLICAS, st.integers(1, 5), max_size=4)
WALLS = st.integers(0, 4 * 10**12)
TIMES = st.integers(0, 4 * 10**15)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(VECTORS, VECTORS, VECTORS)
def test_join_is_a_least_upper_bound(one: Any, two: Any, three: Any) -> None:
    """Join is commutative, associative, idempotent, and dominates both sides."""
    joined = clock.join(one, two)
    assert joined == clock.join(two, one)
    assert clock.join(joined, three) == clock.join(one, clock.join(two, three))
    assert clock.join(one, one) == one
    assert clock.dominates(joined, one)
    assert clock.dominates(joined, two)


@given(VECTORS, VECTORS)
def test_beyond_is_what_is_missing(one: Any, two: Any) -> None:
    """Nothing lies beyond exactly when the other side dominates; the rest closes the gap."""
    rest = clock.beyond(one, two)
    assert (not rest) == clock.dominates(two, one)
    assert clock.join(two, rest) == clock.join(two, one)


@given(VECTORS, REPLICAS, st.integers(1, 6))
def test_a_vector_covers_every_dot_up_to_its_counter(one: Any, replica: str, count: int) -> None:
    """Covering a dot and dominating the vector of that one dot are the same."""
    assert clock.covers(one, replica, count) == clock.dominates(one, {replica: count})


@given(TIMES, TIMES, WALLS)
def test_a_clock_never_goes_back(previous: int, seen: int, wall: int) -> None:
    """A local event is after everything seen, and not before the wall clock."""
    after = clock.tick(clock.receive(previous, seen, wall), wall)
    assert after > max(previous, seen)
    assert clock.wall_milliseconds(after) >= wall


@given(TIMES, WALLS, st.integers(0, 10**9))
def test_a_wild_time_is_pulled_back_and_a_sane_one_is_not(time: int, wall: int, drift: int) -> None:
    """Clamping leaves what is within the drift, and otherwise gives the server's own time."""
    clamped = clock.clamp(time, wall, drift)
    ahead = clock.wall_milliseconds(time) > wall + drift
    assert clamped == (clock.hybrid_time(wall) if ahead else time)
    assert clock.clamp(clamped, wall, drift) == clamped


@given(
    st.lists(
        st.tuples(st.text(max_size=5), st.dictionaries(st.text(max_size=3), JSON, max_size=2)),
        max_size=5,
    )
)
def test_a_scope_checksum_does_not_depend_on_order(rows: Any) -> None:
    """Rows added in any order give one sum, and taking them out again gives nothing."""
    ones = [checksum.row_checksum("t", row, values) for row, values in rows]
    forward = backward = 0
    for one in ones:
        forward = checksum.add(forward, one)
    for one in reversed(ones):
        backward = checksum.add(backward, one)
    assert forward == backward < checksum.MODULUS
    for one in ones:
        forward = checksum.subtract(forward, one)
    assert forward == 0


@given(st.text(max_size=5), st.dictionaries(st.text(max_size=6), JSON, max_size=4))
def test_a_row_checksum_is_what_the_protocol_says(row: str, values: Any) -> None:
    """Computed with the standard library alone from the protocol's words, it is the same."""
    text = json.dumps(["t", row, values], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    assert checksum.row_checksum("t", row, values) == int.from_bytes(digest[:6], "big")


ROWS = st.builds(
    changes.WireRow,
    st.text(max_size=9),
    st.text(max_size=36),
    st.integers(0, 2**53 - 1),
    st.booleans(),
    VECTORS,
    st.dictionaries(st.text(max_size=6), JSON, max_size=4),
    st.lists(st.text(max_size=6), max_size=2),
)
CHANGE_SETS = st.builds(
    changes.ChangeSet,
    counter=st.integers(1, 2**53 - 1),
    time=st.integers(0, 2**53 - 1),
    intent=st.text(min_size=1, max_size=9),
    schema=st.integers(1, 9),
    changes=st.lists(
        st.builds(
            changes.Change,
            scope=st.text(min_size=1, max_size=9),
            table=st.text(min_size=1, max_size=9),
            row=st.uuids().map(str),
            operation=st.sampled_from(("create", "update", "delete")),
            context=VECTORS,
            before=st.dictionaries(st.text(max_size=6), JSON, max_size=3),
            after=st.dictionaries(st.text(max_size=6), JSON, max_size=3),
        ),
        min_size=1,
        max_size=3,
    ),
)
PAGES = st.builds(
    changes.ScopePage,
    st.text(max_size=9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 2**48 - 1),
    st.lists(ROWS, max_size=3),
)
ANSWERS = st.builds(
    changes.Answer,
    st.integers(1, 9),
    st.sampled_from(("merged", "merged_with_conflicts", "rejected", "duplicate")),
    st.none() | st.just("merged"),
    st.none()
    | st.builds(changes.Rejection, st.text(), st.builds(changes.Sentence, st.text(), st.text())),
    st.lists(
        st.builds(
            changes.ConflictNotice,
            st.text(),
            st.text(),
            st.none() | st.text(),
            st.text(),
            JSON,
            JSON,
        ),
        max_size=2,
    ),
)
LIVE = st.one_of(
    st.builds(changes.LiveHello, st.text(max_size=9)),
    st.builds(changes.LiveReady, st.dictionaries(st.text(max_size=5), st.integers(0, 9))),
    st.builds(changes.Poke, st.dictionaries(st.text(max_size=5), st.integers(0, 9))),
    st.builds(changes.LiveBye, st.text(max_size=5)),
)


@given(st.one_of(ROWS, CHANGE_SETS, PAGES, ANSWERS, LIVE))
def test_wire_structs_survive_both_encodings(message: msgspec.Struct) -> None:
    """What MessagePack and JSON give back is what was sent."""
    kind = changes.LiveMessage if isinstance(message, changes.LiveMessage) else type(message)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind) == message
    assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message


@given(CHANGE_SETS)
def test_a_change_set_has_one_digest_in_both_encodings(change_set: changes.ChangeSet) -> None:
    """A retry in the other encoding is still the same change set, not a forked replica."""
    by_json = msgspec.json.decode(msgspec.json.encode(change_set), type=changes.ChangeSet)
    assert changes.digestible(by_json) == changes.digestible(change_set)


@pytest.mark.parametrize(
    "replica", ["A" * 16, "a" * 15, "a" * 17, "a" * 16 + "\n", "g" * 16, "", "0" * 16]
)
def test_a_replica_id_is_sixteen_hexadecimal_digits(replica: str) -> None:
    """Anything else, and the server's own, is refused when the message is decoded."""
    body = msgspec.json.encode({"replica": replica, "name": "tablet"})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=changes.RegisterRequest)


def test_a_row_survives_the_store() -> None:
    """An empty row with its causes is read back as it was written."""
    row = Row("t", "r", {}, {}, Causes())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=Row) == row
