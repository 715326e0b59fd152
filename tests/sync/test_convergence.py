"""The state of a row is a function of the set of changes merged into it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sync.merge import Row, canonical
from tests.sync import model
from tests.sync.histories import History, apply, deliveries, histories
from tests.sync.model import Write


def deliver(history: History, order: list[Write], *, stored: bool = False) -> Row | None:
    """Merge writes one after the other; `stored` puts the row away and reads it back each time."""
    row: Row | None = None
    for write in order:
        row = apply(history.table, row, write).row
        if stored:
            row = msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=Row)
    return row


@given(st.data(), histories())
def test_any_order_gives_the_same_row(data: st.DataObject, history: History) -> None:
    """Two orders that keep each replica's own, with repetitions, end in one canonical row."""
    one = deliver(history, data.draw(deliveries(history)))
    other = deliver(history, data.draw(deliveries(history)), stored=True)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert canonical(one) == canonical(other)


@given(st.data(), histories())
def test_final_state_is_the_models(data: st.DataObject, history: History) -> None:
    """However the writes came, the values are those that the naive model computes from the set."""
    row = deliver(history, data.draw(deliveries(history)))
    if row is not None:
        expected = model.state(model.knows_later(history.table), history.writes)
        assert (row.values, row.deleted, row.review) == (
            expected.values,
            expected.deleted,
            expected.review,
        )


@given(st.data(), histories())
def test_nothing_is_awaited_once_all_has_come(data: st.DataObject, history: History) -> None:
    """What late arrivals need is forgotten when none can come: the state does not grow for ever."""
    row = deliver(history, data.draw(deliveries(history)))
    if row is not None:
        assert row.causes.awaited is None
        assert not any(one.unseen for one in row.causes.tombstones)


@given(st.data(), histories())
def test_loss_and_redelivery_change_nothing(data: st.DataObject, history: History) -> None:
    """Batches that are lost and sent again from the start end in the same row as one that came."""
    whole = deliver(history, data.draw(deliveries(history, repeats=False)))
    order = data.draw(deliveries(history, repeats=False))
    row: Row | None = None
    cuts = data.draw(st.lists(st.integers(0, len(order)), max_size=3))
    for cut in sorted(cuts):
        for write in order[:cut]:
            row = apply(history.table, row, write).row
    for write in order:
        row = apply(history.table, row, write).row
    if row is not None and whole is not None:
        assert canonical(row) == canonical(whole)
