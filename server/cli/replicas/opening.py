"""Where the replica's file is, who is logged in, and the way to its server."""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from server.cli.replicas.saying import LOGIN_NEEDED, Both, Mistake
from sync.replica import Replica
from sync.replica.session import Session, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.replica.http import HttpTransport
    from sync.replica.session import TokenStore

PATH_VARIABLE = "DERRICK_REPLICA"
TOKEN_VARIABLE = "DERRICK_TOKEN"  # noqa: S105 - the variable's name


class _Claims(msgspec.Struct):
    sub: str


def default_path(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return where a replica is kept when nobody says otherwise: the user's data directory."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or ".")
    if platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform == "win32":
        folder = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        folder = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "derrick" / "replica.sqlite"


def wall_milliseconds() -> int:
    """Return the wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def create(path: Path, *, server: str, tokens: Tokens, name: str) -> Replica:
    """Make a replica and keep its tokens beside it, readable by its owner alone.

    Raises StorageError when the file holds one already or cannot be made.
    """
    person = tokens.person or person_of(tokens.access_token)
    path.parent.mkdir(parents=True, exist_ok=True)
    replica = Replica.create(
        path, server=server, person=person, name=name, clock=wall_milliseconds, random=os.urandom
    )
    TokenFile(path).write(tokens)
    return replica


def open_file(path: Path) -> Replica:
    """Open the replica that a file holds. Raises StorageError, and Mistake when there is none."""
    if not path.is_file():
        raise Mistake(
            Both(
                f"Il n'y a pas de réplique dans {path}. Créez-la : "
                "derrick replica init --server URL --token JETON",
                f"There is no replica at {path}. Make one: "
                "derrick replica init --server URL --token TOKEN",
            )
        )
    return Replica.open(path, clock=wall_milliseconds, random=os.urandom)


def token_path(path: Path) -> Path:
    """Return the file that keeps the token of a replica."""
    return path.with_name(path.name + ".token")


class TokenFile:
    """The tokens beside a replica's file: JSON, or a token alone that an operator put there."""

    def __init__(self, path: Path) -> None:
        self._path = token_path(path)

    def read(self) -> Tokens:
        """Return what the file holds; nothing where there is none."""
        try:
            content = self._path.read_bytes().strip()
        except OSError:
            return Tokens()
        if not content.startswith(b"{"):
            return Tokens(access_token=content.decode("utf-8", "replace"))
        try:
            return msgspec.json.decode(content, type=Tokens)
        except msgspec.DecodeError:
            return Tokens()

    def write(self, tokens: Tokens) -> None:
        """Replace the file: whole, or not at all."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(tokens))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class GivenToken:
    """A token of the environment: used as it is, and never kept."""

    def __init__(self, token: str) -> None:
        self._tokens = Tokens(access_token=token)

    def read(self) -> Tokens:
        """Return it."""
        return self._tokens

    def write(self, tokens: Tokens) -> None:
        """Forget it."""
        self._tokens = tokens


def read_tokens(path: Path, environment: Mapping[str, str]) -> TokenStore:
    """Return what to log in with. Raises Mistake when there is nothing."""
    given = environment.get(TOKEN_VARIABLE)
    if given:
        return GivenToken(given.strip())
    store = TokenFile(path)
    if not store.read().access_token:
        raise Mistake(
            Both(
                f"Aucune connexion : derrick replica login, ou {TOKEN_VARIABLE}.",
                f"Nobody is logged in: derrick replica login, or {TOKEN_VARIABLE}.",
            ),
            LOGIN_NEEDED,
        )
    return store


def person_of(token: str) -> str:
    """Return whom a token was made for; the server alone can tell whether it is genuine."""
    try:
        payload = token.split(".")[1]
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(raw, type=_Claims).sub
    except (IndexError, ValueError, msgspec.DecodeError):
        raise Mistake(
            Both("Ce jeton n'en est pas un.", "This token is not one."), LOGIN_NEEDED
        ) from None


def transport_to(replica: Replica, store: TokenStore) -> HttpTransport:
    """Return the way to a replica's server, logged in for as long as its session lasts."""
    from sync.replica.http import HttpTransport  # noqa: PLC0415 - a third of a second, often unused

    session = Session(store, wall_milliseconds)
    return HttpTransport(replica.identity().server, session=session)
