"""What becomes of passwords in memory: bounded, and never waited for too long."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from server.errors import ProblemError
from server.settings import load_settings
from server.users.passwords import PasswordHasher, check_password
from sync import errors

GOOD = "un puits bien gardé"


class SlowArgon:
    """Computes nothing, slowly, and counts how many do so at once."""

    def __init__(self) -> None:
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def hash(self, _text: str) -> str:
        """Wait a little."""
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        time.sleep(0.02)
        with self._lock:
            self._running -= 1
        return "hash"


@pytest.mark.parametrize(
    "weak",
    [
        "neuf-chars",
        "motdepasse123",
        "MotDePasse123",
        "azertyuiop",
        "1234567890",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "aicha@example.com",
        "AICHA NGOMA",
        "x" * 257,
        "",
    ],
)
def test_what_others_would_guess_is_refused(weak: str) -> None:
    """Too short, too long, common, repeated, one's own name; the sentence is French first."""
    with pytest.raises(ProblemError) as caught:
        check_password(weak, ("aicha@example.com", "Aicha Ngoma"), characters_min=11)
    assert caught.value.error is errors.PASSWORD_WEAK
    assert caught.value.problem().message.fr.startswith("Choisissez un mot de passe")


@pytest.mark.parametrize("good", [GOOD, "correcthorse", "só letras", "0123456788", "🛢️🔥⚙️🧰🚧"])
def test_no_composition_is_asked_for(good: str) -> None:
    """Neither digits nor signs: length, and not among the commonest."""
    check_password(good, ("aicha@example.com",), characters_min=5)


async def test_no_more_computations_run_at_once_than_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each takes its memory: ten logins at once take that of two, also when clients hang up."""
    settings = load_settings({}, password_hash_memory_kib=64, password_hash_passes=1)
    hasher = PasswordHasher(settings)
    argon = SlowArgon()
    monkeypatch.setattr(hasher, "_argon", argon)
    tasks = [asyncio.create_task(hasher.hash(GOOD)) for _ in range(10)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert done.count("hash") == 9
    assert argon.most <= 2
    hasher.close()


async def test_who_would_wait_too_long_is_told_to_come_back() -> None:
    """A storm of logins is bounded in memory and in time."""
    settings = load_settings(
        {}, password_hash_memory_kib=64, password_hash_passes=1, password_hashes_at_once_max=1
    )
    hasher = PasswordHasher(settings)
    results = await asyncio.gather(
        *(hasher.verify(None, GOOD) for _ in range(80)), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, ProblemError)]
    assert len(refused) == 29
    assert {one.error for one in refused} == {errors.RATE_LIMITED}
    assert all(one.retry_after_seconds for one in refused)
    assert not (await hasher.verify(None, GOOD)).right
    hasher.close()
