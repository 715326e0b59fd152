"""People from the server's own machine: what `derrick user` does, without a server running.

Who sits at the console holds the installation's secret and its database: nothing is refused them
but what would break the installation. It is recorded without an actor.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from server.intake import Intake, Rules
from server.store import open_pool
from server.users.access import load_access
from server.users.accounts import (
    DirectoryEntry,
    activate,
    add_person,
    deactivate,
    directory,
    set_role,
)
from server.users.activity import record_activity
from server.users.code_deadlines import require_codes_of_role
from server.users.directory import (
    FIRST_LOGIN,
    PersonUnknownError,
    keep_administrator_token,
)
from server.users.invitations import Invited, invite
from server.users.lockout import release
from server.users.logins import normalise, person_name, reachable_login
from server.users.one_time_codes import (
    codes_state,
    forget_codes,
    requiring_roles,
)
from server.users.outbox import Message, mark_sent, waiting_messages
from server.users.proving import open_proving
from server.users.resets import ResetCode, make_reset_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    import asyncpg

    from server.settings import Settings
    from server.users.proving import Proving

RECENT_EVENTS = 10

_RECENT = """
    SELECT at, kind, address FROM activity WHERE person_id = $1 ORDER BY id DESC LIMIT $2
"""


class Console:
    """The directory, worked on from the server's machine. Raises PersonUnknownError, ProblemError.

    People are named by their login.
    """

    def __init__(self, pool: asyncpg.Pool, intake: Intake, proving: Proving) -> None:
        self._pool = pool
        self._intake = intake
        self._proving = proving

    async def people(self) -> list[DirectoryEntry]:
        """Return everyone."""
        return await directory(self._pool)

    async def find(self, login: str) -> DirectoryEntry:
        """Return whoever has a login, active or not."""
        found = await directory(self._pool, login, normalise(login))
        if not found:
            raise PersonUnknownError(login)
        return found[0]

    async def show(self, login: str) -> dict[str, Any]:
        """Return what there is to say of a person, and what they did last."""
        found = await self.find(login)
        state = await codes_state(self._pool, found.person)
        recent = await self._pool.fetch(_RECENT, found.person, RECENT_EVENTS)
        events = [f"{one['at']:%Y-%m-%d %H:%M} {one['kind']}" for one in recent]
        return {**msgspec.structs.asdict(found), **msgspec.structs.asdict(state), "recent": events}

    async def add(self, login: str, *, name: str, role: str, language: str | None) -> str:
        """Make a person without a password; return their id."""
        return await add_person(
            self._intake,
            login=normalise(login),
            name=person_name(name),
            role=role,
            language=language,
            by=None,
        )

    async def invite(
        self,
        login: str,
        *,
        name: str,
        role: str,
        language: str | None,
        projects: Mapping[str, str],
        form: Literal["link", "code"],
    ) -> Invited:
        """Invite someone."""
        async with self._pool.acquire() as connection, connection.transaction():
            return await invite(
                connection,
                self._proving,
                login=reachable_login(login),
                name=person_name(name),
                role=role,
                language=language,
                projects=projects,
                form=form,
                by=None,
                address=None,
                now=_now(),
            )

    async def reset_code(self, login: str) -> ResetCode:
        """Make a code for a new password."""
        found = await self.find(login)
        async with self._pool.acquire() as connection, connection.transaction():
            return await make_reset_code(
                connection,
                self._proving,
                person=found.person,
                login=found.login,
                by=None,
                address=None,
                now=_now(),
            )

    async def first_code(self, login: str) -> ResetCode | None:
        """Make a code for someone who never had a password; None for everyone else."""
        found = await self.find(login)
        return None if found.has_password else await self.reset_code(login)

    async def set_role(self, login: str, role: str) -> None:
        """Give a person another role in the organisation."""
        found = await self.find(login)
        hours = self._proving.settings.one_time_codes_grace_hours
        await set_role(self._intake, found.person, role, by=None, address=None, grace_hours=hours)

    async def deactivate(self, login: str) -> int:
        """Take a person's access away; return how many sessions that ended."""
        found = await self.find(login)
        ended = await deactivate(self._intake, found.person, by=None, address=None, now=_now())
        return len(ended)

    async def activate(self, login: str) -> None:
        """Let a person in again."""
        found = await self.find(login)
        await activate(self._intake, found.person, by=None, address=None)

    async def unlock(self, login: str) -> int:
        """Take the brakes off a login, whoever has it; return how many there were."""
        keys = self._proving.keys
        account = keys.digest("account", normalise(login))
        async with self._pool.acquire() as connection, connection.transaction():
            places = await release(connection, account)
            for one in await directory(connection, login, normalise(login)):
                places += await release(connection, keys.digest("person", one.person))
                await record_activity(connection, "person_unlocked", person=one.person)
        return places

    async def require_codes(self, role: str, *, required: bool) -> list[str]:
        """Say whether a role must log in with one-time codes; return the roles that must."""
        async with self._pool.acquire() as connection, connection.transaction():
            hours = self._proving.settings.one_time_codes_grace_hours
            if await require_codes_of_role(
                connection, role, required=required, now=_now(), grace_hours=hours
            ):
                detail = {"role": role, "required": required}
                await record_activity(connection, "one_time_codes_required", detail=detail)
            return await requiring_roles(connection)

    async def forget_codes(self, login: str) -> bool:
        """Turn a person's one-time codes off; return whether they were in use."""
        found = await self.find(login)
        async with self._pool.acquire() as connection, connection.transaction():
            held = await forget_codes(connection, found.person)
            if held:
                await record_activity(connection, "one_time_codes_disabled", person=found.person)
        return held

    async def outbox(self, *, sent: bool) -> list[Message]:
        """Return the messages that wait; with `sent`, they wait no more."""
        async with self._pool.acquire() as connection, connection.transaction():
            waiting = await waiting_messages(connection, self._proving.keys, _now())
            if sent:
                await mark_sent(connection, [one.id for one in waiting], _now())
        return waiting


@asynccontextmanager
async def open_console(settings: Settings) -> AsyncIterator[Console]:
    """Open the directory; the database must be there, a server need not."""
    pool = await open_pool(settings)
    proving = open_proving(settings)
    try:
        intake = Intake(
            pool,
            Rules(guards={}, effects=(), load_access=load_access),
            settings,
            announce=_silent,
            wall_ms=lambda: time.time_ns() // 1_000_000,
        )
        yield Console(pool, intake, proving)
    finally:
        proving.close()
        await pool.close()


def bootstrap(settings: Settings) -> str:
    """Make sure there is an administrator; return the sentences that tell how to log in."""
    path = keep_administrator_token(settings)
    code = asyncio.run(_first_code(settings))
    first = ""
    if code is not None:
        first = (
            f"Première connexion / First login: {settings.http_url}\n"
            f"  « J'ai un code » / “I have a code”: {FIRST_LOGIN}, {code.code}\n"
        )
    return (
        f"{first}Jeton de l'administrateur / Administrator's token: {path}\n"
        f"  derrick replica init --server {settings.http_url} --token \"$(cat '{path}')\"\n"
        "Jeton d'une autre personne / Another person's token: derrick token LOGIN"
    )


async def _first_code(settings: Settings) -> ResetCode | None:
    """Return the code with which the first administrator sets a password, until they have one."""
    async with open_console(settings) as console:
        try:
            return await console.first_code(FIRST_LOGIN)
        except PersonUnknownError:
            # Taken out since, by another administrator.
            return None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _silent(heads: Mapping[str, int], *, access_changed: bool, ended: Collection[str]) -> None:
    """Tell nobody: the apps learn of it at their next pull."""
