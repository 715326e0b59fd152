"""Who may change the directory."""

from __future__ import annotations

from server.users import GUARDS
from tests.server.judging import ME, allowed, ask

PERSON = GUARDS["person"]
STORED = {"name": "Aïcha", "login": "aicha", "role": "employee", "active": True}


def test_only_administrators_keep_the_directory() -> None:
    """Making, changing and deleting people is the administrators'."""
    administrators = {"administrator"}
    assert allowed(PERSON, STORED) == administrators
    assert allowed(PERSON, {"name": "B"}, stored=STORED) == administrators
    assert allowed(PERSON, None, stored=STORED) == administrators


def test_people_keep_their_own_name_phone_and_language() -> None:
    """Of themselves anyone changes these three, and never the role."""
    own = {"name": "A. Diallo", "phone": "+242", "language": "fr"}
    assert ask(PERSON, "employee", own, stored=STORED, row=ME) is None
    assert ask(PERSON, "manager", {"role": "administrator"}, stored=STORED, row=ME) == (
        "access_denied:role"
    )
    assert ask(PERSON, "employee", {"name": "A", "active": True}, stored=STORED, row=ME) == (
        "access_denied:active"
    )
    assert ask(PERSON, "employee", None, stored=STORED, row=ME) == "access_denied"
