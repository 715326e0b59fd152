"""What proving who one is needs, made once for a server: the settings, the keys, the hasher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.users.passwords import PasswordHasher
from server.users.sealing import IdentityKeys
from server.users.secret import token_secret

if TYPE_CHECKING:
    from server.settings import Settings


class Proving:
    """The parts that the handlers of people share."""

    def __init__(self, settings: Settings, keys: IdentityKeys, hasher: PasswordHasher) -> None:
        self.settings = settings
        self.keys = keys
        self.hasher = hasher

    def close(self) -> None:
        """Let the hasher's threads end."""
        self.hasher.close()

    def link(self, path: str, secret: str) -> str:
        """Return the link that a person opens; the secret stays out of logs, behind the `#`."""
        return f"{base_url(self.settings)}/{path}#{secret}"


def base_url(settings: Settings) -> str:
    """Return the address that people open."""
    return (settings.public_url or settings.http_url).rstrip("/")


def open_proving(settings: Settings) -> Proving:
    """Make the parts."""
    return Proving(settings, IdentityKeys(token_secret(settings)), PasswordHasher(settings))
