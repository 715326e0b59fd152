"""Who may change an alert."""

from __future__ import annotations

from server.alerts import GUARDS
from tests.server.judging import ME, OTHER, allowed, ask

ALERT = GUARDS["alert"]
OPEN = {"status": "open"}
READERS = {"administrator", "manager", "accountant", "supervisor", "employee"}


def test_readers_acknowledge_in_their_own_name() -> None:
    """Every reader but an auditor acknowledges, and takes it back."""
    mine = {"status": "acknowledged", "acknowledged_by": ME}
    assert allowed(ALERT, mine, stored=OPEN) == READERS
    assert allowed(ALERT, {"status": "open", "acknowledged_by": None}, stored=mine) == READERS
    theirs = {"status": "acknowledged", "acknowledged_by": OTHER}
    assert ask(ALERT, "manager", theirs, stored=OPEN) == "access_denied:acknowledged_by"
    assert ask(ALERT, "manager", {"status": "acknowledged"}, stored=OPEN) == (
        "access_denied:acknowledged_by"
    )


def test_the_rest_is_the_servers() -> None:
    """Nobody makes, deletes or resolves an alert, or writes another field."""
    assert allowed(ALERT, OPEN) == set()
    assert allowed(ALERT, None, stored=OPEN) == set()
    assert allowed(ALERT, {"status": "resolved"}, stored=OPEN) == set()
    assert ask(ALERT, "manager", {"rule": "x"}, stored=OPEN) == "access_denied:rule"
    mine = {"status": "acknowledged", "acknowledged_by": ME}
    assert ask(ALERT, "manager", mine, stored={"status": "resolved"}) == (
        "transition_forbidden:status"
    )
