"""A tablet that a crew shares: everyone's own replica behind everyone's own PIN, without a link."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sync.replica import Crew, Edit, PinNeededError, PinWeakError, PinWrongError, Replica
from sync.replica.crew import TRIES_MAX, UnknownMemberError
from sync.replica.replica import UnsentWorkError

if TYPE_CHECKING:
    from pathlib import Path

ANN, BEN = "0190a0de-0000-7000-8000-0000000000aa", "0190a0de-0000-7000-8000-0000000000bb"


class Clock:
    """The tablet's clock, moved by hand."""

    def __init__(self) -> None:
        self.ms = 1_772_366_400_000

    def __call__(self) -> int:
        """Return milliseconds since 1970."""
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crew(tmp_path: Path, clock: Clock) -> Crew:
    """Let two people work on the tablet."""
    made = Crew(tmp_path / "crew", clock=clock, random=os.urandom)
    for person, name, pin in ((ANN, "ann", "2580"), (BEN, "ben", "1379")):
        path = made.add(person, name)
        Replica.create(
            path, server="http://x", person=person, name=name, clock=clock, random=os.urandom
        ).close()
        made.set_pin(person, pin)
    return made


def enter(path: Path, clock: Clock, code: str) -> None:
    """Enter a project."""
    values = {"code": code, "name": "Plateforme", "currency": "XAF", "status": "draft"}
    with closing(Replica.open(path, clock=clock, random=os.urandom)) as replica:
        replica.edit("project.create", [Edit("project", operation="create", after=values)])


def codes(path: Path, clock: Clock) -> list[str]:
    """Return the codes of the projects that a replica shows."""
    with closing(Replica.open(path, clock=clock, random=os.urandom)) as replica:
        return [str(one.values["code"]) for one in replica.rows("project")]


def test_everyone_opens_their_own_replica_and_no_other(crew: Crew, clock: Clock) -> None:
    """Switching back and forth, each finds what they entered, unsent, and nothing of another."""
    enter(crew.unlock(ANN, "2580"), clock, "A-1")
    enter(crew.unlock("ben", "1379"), clock, "B-1")
    assert codes(crew.unlock(ANN, "2580"), clock) == ["A-1"]
    assert codes(crew.unlock(BEN, "1379"), clock) == ["B-1"]
    with pytest.raises(PinWrongError):
        crew.unlock(ANN, "1379")
    with pytest.raises(UnknownMemberError):
        crew.unlock("zoe", "1379")


def test_guessing_is_slowed_and_then_ends(crew: Crew, clock: Clock) -> None:
    """Three tries are free; then waits double; after ten the PIN is dead, but no work is."""
    enter(crew.unlock(ANN, "2580"), clock, "A-1")
    waits = []
    for _ in range(TRIES_MAX - 1):
        with pytest.raises(PinWrongError) as wrong:
            crew.unlock(ANN, "0000")
        waits.append(wrong.value.wait_ms)
        if wrong.value.wait_ms:
            with pytest.raises(PinWrongError):
                crew.unlock(ANN, "2580")  # right, but too early
        clock.ms += wrong.value.wait_ms
    assert waits[:5] == [0, 0, 0, 30_000, 60_000]
    for pin in ("0000", "2580"):
        with pytest.raises(PinNeededError):
            crew.unlock(ANN, pin)
    assert crew.unlock(BEN, "1379").exists()
    # A login proves who it is; then another PIN opens what was there.
    crew.set_pin(ANN, "9051")
    assert codes(crew.unlock(ANN, "9051"), clock) == ["A-1"]


def test_the_right_pin_forgives_the_wrong_ones(crew: Crew) -> None:
    """Two wrong, one right, and the count begins anew."""
    for _ in range(5):
        for _ in range(2):
            with pytest.raises(PinWrongError):
                crew.unlock(ANN, "0000")
        crew.unlock(ANN, "2580")


def test_a_clock_set_back_locks_nobody_for_years(crew: Crew, clock: Clock) -> None:
    """The wait is at most an hour, whatever the clock says."""
    for _ in range(4):
        with pytest.raises(PinWrongError):
            crew.unlock(ANN, "0000")
    clock.ms -= 400 * 24 * 3_600_000
    assert crew.unlock(ANN, "2580").exists()


def test_a_pin_that_was_reset_opens_nothing(crew: Crew, clock: Clock) -> None:
    """What the server voided is void here once its word arrives; a later PIN is not."""
    crew.void_pin(ANN, None)
    crew.void_pin(ANN, clock.ms - 1)
    assert crew.unlock(ANN, "2580").exists()
    clock.ms += 60_000
    crew.void_pin(ANN, clock.ms)
    with pytest.raises(PinNeededError):
        crew.unlock(ANN, "2580")
    crew.set_pin(ANN, "9051")
    crew.void_pin(ANN, clock.ms)
    assert crew.unlock(ANN, "9051").exists()


@pytest.mark.parametrize("pin", ["", "123", "1234", "9876", "0000", "12a5", "²²²²", "1" * 13])
def test_what_is_tried_first_is_no_pin(crew: Crew, pin: str) -> None:
    """Too short, in a row, all the same, or not digits."""
    with pytest.raises(PinWeakError):
        crew.set_pin(ANN, pin)
    assert crew.unlock(ANN, "2580").exists()


def test_nobody_is_taken_off_with_unsent_work(crew: Crew, clock: Clock, tmp_path: Path) -> None:
    """Removing drops no entry; and it leaves the colleague's alone."""
    enter(crew.unlock(ANN, "2580"), clock, "A-1")
    with pytest.raises(UnsentWorkError):
        crew.remove(ANN)
    assert codes(crew.unlock(ANN, "2580"), clock) == ["A-1"]
    crew.remove(BEN)
    assert [one.name for one in crew.members()] == ["ann"]
    assert len([one for one in (tmp_path / "crew").iterdir() if one.is_dir()]) == 1


def test_the_pin_is_not_on_the_disk(crew: Crew, tmp_path: Path) -> None:
    """Only a salted digest is, readable by the owner alone."""
    path = tmp_path / "crew" / "crew.json"
    assert b"2580" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert crew.member(ANN).digest != crew.member(BEN).digest
