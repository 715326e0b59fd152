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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.replica.http import HttpTransport

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


def create(path: Path, *, server: str, token: str, name: str) -> Replica:
    """Make a replica and keep its token beside it, readable by its owner alone.

    Raises StorageError when the file holds one already or cannot be made.
    """
    person = person_of(token)
    path.parent.mkdir(parents=True, exist_ok=True)
    replica = Replica.create(
        path, server=server, person=person, name=name, clock=wall_milliseconds, random=os.urandom
    )
    keep_token(path, token)
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


def keep_token(path: Path, token: str) -> None:
    """Write a replica's token."""
    target = token_path(path)
    target.unlink(missing_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)


def read_token(path: Path, environment: Mapping[str, str]) -> str:
    """Return the token to log in with. Raises Mistake when there is none."""
    given = environment.get(TOKEN_VARIABLE)
    if given:
        return given.strip()
    try:
        return token_path(path).read_text().strip()
    except OSError:
        raise Mistake(
            Both(
                f"Aucun jeton : donnez --token, {TOKEN_VARIABLE} ou le fichier {token_path(path)}.",
                f"No token: give --token, {TOKEN_VARIABLE} or the file {token_path(path)}.",
            ),
            LOGIN_NEEDED,
        ) from None


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


def transport_to(replica: Replica, token: str) -> HttpTransport:
    """Return the way to a replica's server."""
    from sync.replica.http import HttpTransport  # noqa: PLC0415 - a third of a second, often unused

    return HttpTransport(replica.identity().server, token=lambda: token)
