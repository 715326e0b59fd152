"""The proof has teeth: each broken promise is named."""

from __future__ import annotations

import msgspec
import pytest

from server.simulation.device import Receipt
from server.simulation.proof import Held, differences
from server.simulation.truth import ScopeTruth, Truth

REPLICA = "a" * 16
SCOPE = ScopeTruth(
    name="org",
    head=2,
    checksum=77,
    rows=2,
    counted_checksum=77,
    counted_rows=2,
    log_rows=2,
    log_seqs=2,
    log_last=2,
    tables={"person": 2},
)
TRUTH = Truth(
    scopes={"org": SCOPE},
    merged={(REPLICA, 1): (2, 2)},
    twice=[],
    rejected={(REPLICA, 2): "access_denied"},
    last_counters={REPLICA: 2},
    typed={},
    conflicts={},
    alerts={},
)
HELD = Held(
    name="tablette",
    checksums={"org": 77},
    cursor={"org": 2},
    shown={"org": 2},
    readable=frozenset({"org"}),
    waiting=0,
    receipts={
        (REPLICA, 1): Receipt(2, rejected=False),
        (REPLICA, 2): Receipt(1, rejected=True),
    },
)


def scope(**values: object) -> Truth:
    """Return the truth with other values of its scope."""
    return msgspec.structs.replace(TRUTH, scopes={"org": msgspec.structs.replace(SCOPE, **values)})


def test_agreement_is_silent() -> None:
    """Where all agrees there is no difference."""
    assert differences(TRUTH, [HELD]) == []


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        ("server checksum", scope(checksum=78)),
        ("server rows", scope(rows=3)),
        ("change log", scope(log_rows=1)),
        ("change log", scope(head=3)),
        ("checksum", scope(checksum=78, counted_checksum=78)),
        ("rows shown", scope(rows=3, counted_rows=3)),
        ("cursor", scope(head=3, log_rows=3, log_seqs=3, log_last=3)),
        ("acknowledged", msgspec.structs.replace(TRUTH, merged={})),
        ("acknowledged", msgspec.structs.replace(TRUTH, merged={(REPLICA, 1): (1, 1)})),
        ("acknowledged", msgspec.structs.replace(TRUTH, merged={(REPLICA, 1): (4, 2)})),
        ("acknowledged", msgspec.structs.replace(TRUTH, rejected={})),
        ("counter", msgspec.structs.replace(TRUTH, last_counters={REPLICA: 3})),
        ("merged twice", msgspec.structs.replace(TRUTH, twice=["task.hours"])),
        ("typed rows", msgspec.structs.replace(TRUTH, typed={"task": 1})),
        ("money", msgspec.structs.replace(TRUTH, money=["spent"])),
    ],
)
def test_what_the_server_lost_or_doubled_is_named(kind: str, truth: Truth) -> None:
    """Each fault in the server's books or against what it acknowledged gives its difference."""
    assert kind in {one.kind for one in differences(truth, [HELD])}


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("outbox", {"waiting": 1}),
        ("pages skipped a row", {"refetched": 1}),
        ("scope missing", {"cursor": {}, "checksums": {}, "shown": {}}),
        ("scope not its own", {"readable": frozenset()}),
        ("checksum", {"checksums": {"org": 76}}),
        ("cursor", {"cursor": {"org": 1}}),
        ("rows shown", {"shown": {"org": 1}}),
    ],
)
def test_what_a_device_holds_otherwise_is_named(kind: str, held: dict[str, object]) -> None:
    """Each way in which a device differs gives its difference, and its name."""
    found = differences(TRUTH, [msgspec.structs.replace(HELD, **held)])
    assert kind in {one.kind for one in found}
    assert all("tablette" in one.where for one in found)
