"""Registration: the server learns of a replica id, the replica what the server holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync import errors
from sync.changes import RegisterRequest
from sync.replica import identity, view
from sync.replica.forking import fork
from sync.replica.transport import RefusedByServerError, TransportError

if TYPE_CHECKING:
    from sync.changes import Registered
    from sync.replica.replica import Replica
    from sync.replica.transport import Transport


class WrongPersonError(TransportError):
    """Another person is logged in than the one this replica belongs to; nothing was sent."""


async def announce(replica: Replica, transport: Transport, replica_id: str) -> Registered:
    """Register a replica id for the logged-in user.

    Raises:
        WrongPersonError: the login is not that of the replica's person.
        TransportError: the server could not be asked, or refused.

    """
    with replica.database.reading() as connection:
        mine = identity.require(connection)
    request = RegisterRequest(
        replica=replica_id,
        name=mine.name,
        platform=replica.platform,
        app_version=replica.app_version,
    )
    answer = await transport.register(request)
    if mine.person_id is not None and answer.person != mine.person_id:
        raise WrongPersonError(f"this replica belongs to {mine.person}, who is not logged in")
    with replica.database.writing() as connection:
        connection.execute("UPDATE sync_identity SET person_id = ?", (answer.person,))
        connection.execute(
            "UPDATE sync_replica SET registered = 1, epoch = ? WHERE replica = ?",
            (answer.epoch, replica_id),
        )
        identity.see_time(connection, answer.server_time, replica.clock())
    return answer


async def ensure_registered(replica: Replica, transport: Transport, replica_id: str) -> bool:
    """Register an id that is not registered yet; False when the id had to be given up.

    An id that is not the present one may belong to someone else (an imported outbox): its change
    sets then go under the present id.
    """
    with replica.database.reading() as connection:
        found = connection.execute(
            "SELECT registered FROM sync_replica WHERE replica = ?", (replica_id,)
        ).fetchone()
        present = identity.require(connection).replica == replica_id
    if found is not None and found[0]:
        return True
    try:
        await announce(replica, transport, replica_id)
    except RefusedByServerError as error:
        taken = error.problem.code in {errors.REPLICA_UNKNOWN.code, errors.FORBIDDEN.code}
        if present or not taken:
            raise
        with replica.database.writing() as connection:
            rows = fork(connection, replica_id, replica.random)
            view.refresh(connection, replica.tables, rows)
        return False
    return True


def forget_registration(replica: Replica, replica_id: str) -> None:
    """Register again before the next request: the server does not know the id."""
    with replica.database.writing() as connection:
        connection.execute(
            "UPDATE sync_replica SET registered = 0 WHERE replica = ?", (replica_id,)
        )
