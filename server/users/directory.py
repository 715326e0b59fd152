"""The directory's first steps: the first administrator, and tokens for people by their login."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
import uuid
from typing import TYPE_CHECKING

from server.intake import Intake, Rules
from server.store import open_pool
from server.users.access import load_access
from server.users.secret import token_secret
from server.users.tokens import issue_token

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from server.settings import Settings

FIRST_LOGIN = "admin"
TOKEN_FILE = "administrator.token"  # noqa: S105 -- a file's name
_NAMESPACE = uuid.UUID("5f0b0f5e-2f0c-5c55-9a0a-6f1f0f9b6a10")


class PersonUnknownError(LookupError):
    """No active person has this login."""


def _first_administrator() -> str:
    """Return the id that the first administrator has in every installation."""
    return str(uuid.uuid5(_NAMESPACE, "first administrator"))


async def ensure_administrator(settings: Settings) -> str:
    """Make the first administrator through the merge, unless there is one; return their id."""
    pool = await open_pool(settings)
    try:
        intake = Intake(
            pool,
            Rules(guards={}, effects=(), load_access=load_access),
            settings,
            announce=_silent,
            wall_ms=lambda: time.time_ns() // 1_000_000,
        )
        person = _first_administrator()
        async with intake.server_transaction(["org"]) as transaction:
            await transaction.load("org", [person])
            if transaction.workspace.row("org", person) is None:
                transaction.workspace.write(
                    "org",
                    "person",
                    person,
                    {
                        "name": "Administrateur",
                        "login": FIRST_LOGIN,
                        "role": "administrator",
                        "language": "fr",
                        "active": True,
                    },
                    intent="installation.start",
                )
        return person
    finally:
        await pool.close()


def _silent(heads: Mapping[str, int], *, access_changed: bool, ended: Collection[str]) -> None:
    """Tell nobody: no one is connected yet."""


async def person_by_login(settings: Settings, login: str) -> str:
    """Return the id of an active person. Raises PersonUnknownError."""
    pool = await open_pool(settings)
    try:
        found = await pool.fetchval(
            "SELECT id::text FROM person WHERE login = $1 AND coalesce(active, true) "
            "AND NOT deleted",
            login,
        )
    finally:
        await pool.close()
    if found is None:
        raise PersonUnknownError(login)
    return str(found)


def token_for(settings: Settings, person: str, *, now: dt.datetime | None = None) -> str:
    """Return a console token of full length for a person, from now or from another moment."""
    return issue_token(
        token_secret(settings),
        person,
        now=now or dt.datetime.now(dt.UTC),
        seconds=settings.token_seconds_max,
    )


def _keep(path: Path, token: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)


def keep_administrator_token(settings: Settings) -> Path:
    """Make sure there is an administrator, keep a token of theirs in a file; return its path."""
    person = asyncio.run(ensure_administrator(settings))
    path = settings.data_directory / TOKEN_FILE
    _keep(path, token_for(settings, person))
    return path
