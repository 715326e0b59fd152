"""The key that signs tokens is made once. What a bad token meets: tests/server/test_app.py."""

from pathlib import Path

import msgspec

from server.settings import load_settings
from server.users import token_secret

SECRET = "a-secret-for-tests-of-thirty-two-bytes-or-more"  # noqa: S105 -- opens nothing


def test_the_key_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    """Without a configured key one is made, kept, and readable by its owner only."""
    settings = load_settings({}, data_directory=tmp_path / "data")
    first = token_secret(settings)
    assert len(first) >= 32
    assert token_secret(settings) == first
    assert (tmp_path / "data" / "token.secret").stat().st_mode & 0o077 == 0
    assert token_secret(msgspec.structs.replace(settings, token_secret=SECRET)) == SECRET
