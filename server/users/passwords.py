"""Passwords: which are accepted, and how they are kept (argon2id, RFC 9106).

A computation takes memory and time on purpose, so it runs in a thread, a few at once at most, and
those that would wait too long are asked to come back. An account that does not exist costs the
same computation as one that does.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import argon2
from msgspec import Struct

from server.errors import ProblemError
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from server.settings import Settings

PASSWORD_CHARACTERS_MAX = 256
WAITING_PER_COMPUTATION_MAX = 50
"""Computations that may wait for each that runs: a few seconds of them."""
SALT_BYTES = 16
HASH_BYTES = 32
REPEATED_CHARACTERS_MAX = 3
"""A password that only repeats so few characters is as short as they are."""

T = TypeVar("T")


class Verified(Struct, frozen=True):
    """What became of a check."""

    right: bool
    stale: bool = False
    """Right, and kept with parameters that are no longer ours: hash it again."""


class PasswordHasher:
    """Computes argon2id, a bounded number at once."""

    def __init__(self, settings: Settings) -> None:
        self._argon = argon2.PasswordHasher(
            time_cost=settings.password_hash_passes,
            memory_cost=settings.password_hash_memory_kib,
            parallelism=1,
            hash_len=HASH_BYTES,
            salt_len=SALT_BYTES,
        )
        at_once = settings.password_hashes_at_once_max
        # Threads of its own: a cancelled request leaves its computation running, and the bound
        # on memory must hold all the same.
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._begun_max = at_once * (1 + WAITING_PER_COMPUTATION_MAX)
        self._begun = 0
        self._nobody = _random_hash(settings)
        self.computed = 0
        """Computations so far."""

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password."""
        text = _plain(password)
        return await self._compute(lambda: self._argon.hash(text))

    async def verify(self, encoded: str | None, password: str) -> Verified:
        """Check a password against its hash; without one, at the same cost, it is wrong."""
        text = _plain(password)
        kept = self._nobody if encoded is None else encoded
        right = await self._compute(lambda: self._is_right(kept, text))
        if encoded is None or not right:
            return Verified(right=False)
        return Verified(right=True, stale=self._argon.check_needs_rehash(encoded))

    def _is_right(self, encoded: str, text: str) -> bool:
        try:
            return self._argon.verify(encoded, text)
        except argon2.exceptions.VerificationError:
            return False

    async def _compute(self, work: Callable[[], T]) -> T:
        if self._begun >= self._begun_max:
            raise ProblemError(errors.RATE_LIMITED, "many log in at once", retry_after_seconds=5)
        self._begun += 1
        self.computed += 1
        future = self._threads.submit(work)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._end))
        return await asyncio.wrap_future(future)

    def _end(self) -> None:
        self._begun -= 1

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _random_hash(settings: Settings) -> str:
    """Return a hash with today's parameters that no password has."""
    salt, digest = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (SALT_BYTES, HASH_BYTES)
    )
    memory, passes = settings.password_hash_memory_kib, settings.password_hash_passes
    return f"$argon2id$v=19$m={memory},t={passes},p=1${salt}${digest}"


@cache
def _common_passwords() -> frozenset[str]:
    text = Path(__file__).with_name("common_passwords.txt").read_text("utf-8")
    return frozenset(text.split("\n"))


def check_password(password: str, own_words: Iterable[str], *, characters_min: int) -> None:
    """Refuse a password that others would guess. Raises ProblemError.

    Args:
        password: the new password.
        own_words: the person's login and name, which everybody knows.
        characters_min: the shortest accepted.

    """
    fault = _weakness(_plain(password), own_words, characters_min)
    if fault is not None:
        raise ProblemError(errors.PASSWORD_WEAK, fault, field="password")


def _weakness(password: str, own_words: Iterable[str], characters_min: int) -> str | None:
    if len(password) < characters_min:
        return f"fewer than {characters_min} characters"
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return f"more than {PASSWORD_CHARACTERS_MAX} characters"
    lower = password.lower()
    if lower in _common_passwords():
        return "among the commonest passwords"
    if len(set(lower)) <= REPEATED_CHARACTERS_MAX:
        return "the same few characters, repeated"
    if lower in {word.lower() for word in own_words}:
        return "the person's own login or name"
    return None
