"""A device that a crew shares: each person has a replica of their own, and a PIN that opens it.

Switching needs no link: the PIN is checked here and never leaves the device. It is a lock against a
colleague's quick hand, not a login: the server asks for a session as always, and whoever forgot a
PIN, or tried too often, logs in and chooses another. Nobody's switch, lock or login touches what
another person has entered.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import os
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from sync.replica.replica import Replica, UnsentWorkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "crew.json"
REPLICA_FILE = "replica.sqlite"
PIN_DIGITS_MIN, PIN_DIGITS_MAX = 4, 12
TRIES_FREE = 3
TRIES_MAX = 10
"""Wrong PINs in a row after which only a login helps."""
WAIT_MS_MIN = 30_000
WAIT_MS_MAX = 3_600_000
SALT_BYTES = 16
# About 50 ms and 16 MiB on a tablet: slow to guess, quick to use.
_COST = {"n": 2**14, "r": 8, "p": 1}


class PinError(Exception):
    """The replica stays locked."""


class PinWeakError(PinError):
    """Not a PIN: too short, not digits, or one that is tried first."""


class PinNeededError(PinError):
    """There is no PIN, or it was voided or tried too often: log in, and choose one."""


class PinWrongError(PinError):
    """The PIN is not right, or it is too early to try again."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(f"wrong; wait {wait_ms} ms")
        self.wait_ms = wait_ms
        """How long the next try must wait."""


class UnknownMemberError(LookupError):
    """Nobody of that name works on this device."""


class Member(Struct, frozen=True, kw_only=True):
    """A person of the crew, as the device knows them."""

    person: str
    """The server's id of the person."""
    name: str
    folder: str
    salt: bytes = b""
    digest: bytes = b""
    """Empty: no PIN is set."""
    pin_set_at: int = 0
    failures: int = 0
    next_at: int = 0
    """When the next try may come, by this device's clock."""

    @property
    def has_pin(self) -> bool:
        """Whether a PIN opens the replica."""
        return bool(self.digest)


class Crew:
    """The people of one device. Everything is read from the folder anew: processes share it."""

    def __init__(
        self, folder: Path, *, clock: Callable[[], int], random: Callable[[int], bytes]
    ) -> None:
        """Take the folder, the clock in milliseconds, and the source of randomness."""
        self._folder = folder
        self._clock = clock
        self._random = random

    def members(self) -> list[Member]:
        """Return everyone who works on this device."""
        try:
            content = (self._folder / FILE).read_bytes()
        except FileNotFoundError:
            return []
        return msgspec.json.decode(content, type=list[Member])

    def member(self, person: str) -> Member:
        """Return a member by their id or name. Raises UnknownMemberError."""
        for one in self.members():
            if person in (one.person, one.name):
                return one
        raise UnknownMemberError(person)

    def replica_path(self, person: str) -> Path:
        """Return where a member's replica is kept. Raises UnknownMemberError."""
        return self._folder / self.member(person).folder / REPLICA_FILE

    def add(self, person: str, name: str) -> Path:
        """Add a person who has logged in, or rename one; return where their replica is kept."""
        known = {one.person: one for one in self.members()}
        found = known.get(person)
        if found is None:
            found = Member(person=person, name=name, folder=self._random(8).hex())
        known[person] = structs.replace(found, name=name)
        (self._folder / found.folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write([*known.values()])
        return self._folder / found.folder / REPLICA_FILE

    def set_pin(self, person: str, pin: str) -> None:
        """Set the PIN of someone who has just logged in. Raises PinWeakError."""
        _check(pin)
        salt = self._random(SALT_BYTES)
        self._change(
            person,
            salt=salt,
            digest=_digest(pin, salt),
            pin_set_at=self._clock(),
            failures=0,
            next_at=0,
        )

    def void_pin(self, person: str, reset_at: int | None) -> None:
        """Void a PIN that was set before a moment: it was reset on the server."""
        found = self.member(person)
        if reset_at is not None and found.has_pin and found.pin_set_at < reset_at:
            self._change(person, salt=b"", digest=b"")

    def unlock(self, person: str, pin: str) -> Path:
        """Return the path of a person's replica, for the right PIN.

        Raises PinNeededError, PinWrongError. A try is written down before it is checked: pulling
        the plug gains none.
        """
        found = self.member(person)
        if not found.has_pin or found.failures >= TRIES_MAX:
            raise PinNeededError(found.name)
        now = self._clock()
        # A clock that was set back must not lock for years.
        if now < found.next_at <= now + WAIT_MS_MAX:
            raise PinWrongError(found.next_at - now)
        failures = found.failures + 1
        wait = 0
        if failures > TRIES_FREE:
            wait = min(WAIT_MS_MIN * 2 ** (failures - TRIES_FREE - 1), WAIT_MS_MAX)
        self._change(person, failures=failures, next_at=now + wait)
        if not hmac.compare_digest(_digest(pin, found.salt), found.digest):
            if failures >= TRIES_MAX:
                raise PinNeededError(found.name)
            raise PinWrongError(wait)
        self._change(person, failures=0, next_at=0)
        return self._folder / found.folder / REPLICA_FILE

    def remove(self, person: str) -> None:
        """Take a person off this device, and what is kept of them.

        Raises UnsentWorkError: the server has not got all that they entered; nothing is removed.
        """
        found = self.member(person)
        path = self._folder / found.folder / REPLICA_FILE
        if path.exists():
            replica = Replica.open(path, clock=self._clock, random=self._random)
            try:
                if replica.waiting():
                    raise UnsentWorkError("work waits here that the server has not got: export it")
                replica.wipe()
            finally:
                replica.close()
        self._write([one for one in self.members() if one.person != found.person])
        for file in (self._folder / found.folder).glob("*"):
            file.unlink()
        (self._folder / found.folder).rmdir()

    def _change(self, person: str, **changes: object) -> None:
        found = self.member(person)
        self._write(
            [
                structs.replace(one, **changes) if one.person == found.person else one
                for one in self.members()
            ]
        )

    def _write(self, members: list[Member]) -> None:
        """Replace the file, whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._folder / f"{FILE}.{os.getpid()}"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(members))
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o600)
        fresh.replace(self._folder / FILE)


def _check(pin: str) -> None:
    """Refuse what is no PIN. Raises PinWeakError."""
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX):
        raise PinWeakError(f"{PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits")
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise PinWeakError("not all the same, nor in a row")


def _digest(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, **_COST)
