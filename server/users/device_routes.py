"""The doors of devices: see, rename, revoke; and the receipt of a device that wiped itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users import devices as known
from server.users.devices import LEADERS, DeviceView, only_user, read_devices
from server.users.session_routes import BODY_BYTES_MAX, Ended
from server.wire import read, respond
from sync import errors
from sync.changes import ReplicaId  # noqa: TC001 -- read at run time
from sync.schema import is_row_id

if TYPE_CHECKING:
    from server.store import Connection
    from server.users.identity import Identity


class Rename(Struct, frozen=True, forbid_unknown_fields=True):
    """A device's new name."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]


class Wiped(Struct, frozen=True, forbid_unknown_fields=True):
    """A revoked device's word that it has erased these replicas."""

    replicas: Annotated[list[ReplicaId], Meta(max_length=100)] = []


@get("/devices/mine", **documented(response=list[DeviceView]))
async def mine(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return the devices that the person who asks works on."""
    who = await context.identity(request)
    return respond(request, await read_devices(context.pool, person=who.person))


@get("/devices", **documented(response=list[DeviceView]))
async def everyone(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return all devices, the last seen first, to those who lead."""
    _lead(await context.identity(request))
    return respond(request, await read_devices(context.pool))


@patch(
    "/devices/{device:str}",
    **documented(request=Rename, response=DeviceView, errors=(errors.NOT_FOUND,)),
)
async def rename(
    request: Request[Any, Any, Any], context: NamedDependency[Context], device: FromPath[str]
) -> Response[bytes]:
    """Give a device another name: one of one's own, or any for those who lead."""
    who = await context.identity(request)
    wanted = await read(request, Rename, BODY_BYTES_MAX)
    async with context.pool.acquire() as connection, connection.transaction():
        await _may_manage(connection, who, device)
        await known.rename(connection, device, wanted.name)
        (view,) = await read_devices(connection, device=device)
    return respond(request, view)


@post(
    "/devices/{device:str}/revoke",
    status_code=200,
    **documented(response=DeviceView, errors=(errors.NOT_FOUND,)),
)
async def revoke(
    request: Request[Any, Any, Any], context: NamedDependency[Context], device: FromPath[str]
) -> Response[bytes]:
    """Revoke a device: its tokens are dead at once, and it is told to wipe itself.

    It comes back only as a new one, by a new login.
    """
    who = await context.identity(request)
    async with context.pool.acquire() as connection, connection.transaction():
        await _may_manage(connection, who, device)
        ended = await known.revoke(connection, device, who.person, context.now())
        (view,) = await read_devices(connection, device=device)
    context.hub.end_sessions(ended, errors.DEVICE_REVOKED.code)
    return respond(request, view)


@post(
    "/devices/{device:str}/people/{person:str}/reset-pin",
    status_code=200,
    **documented(response=Ended, errors=(errors.NOT_FOUND,)),
)
async def reset_pin(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    device: FromPath[str],
    person: FromPath[str],
) -> Response[bytes]:
    """Void a forgotten PIN: the person logs in again on that device and chooses another."""
    who = await context.identity(request)
    if not (is_row_id(device) and is_row_id(person)):
        raise ProblemError(errors.NOT_FOUND)
    if who.person != person:
        _lead(who)
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await known.reset_pin(connection, device, person, who.person, context.now())
    context.hub.end_sessions(ended)
    return respond(request, Ended(len(ended)))


@post("/devices/wiped", status_code=204, **documented(request=Wiped))
async def wiped(request: Request[Any, Any, Any], context: NamedDependency[Context]) -> None:
    """Record that a revoked device has wiped itself; its hand-over token, or a dead one, tells."""
    claims = await context.claims(request)
    said = await read(request, Wiped, BODY_BYTES_MAX)
    if claims.device is None:
        raise ProblemError(errors.FORBIDDEN, "the token is of no device")
    async with context.pool.acquire() as connection, connection.transaction():
        await known.record_wiped(
            connection, claims.device, claims.person, context.now(), said.replicas
        )


def _lead(who: Identity) -> None:
    if who.role not in LEADERS:
        raise ProblemError(errors.FORBIDDEN)


async def _may_manage(connection: Connection, who: Identity, device: str) -> None:
    """Let those who lead manage any device, and others what is theirs alone."""
    if not is_row_id(device):
        raise ProblemError(errors.NOT_FOUND)
    if who.role not in LEADERS and not await only_user(connection, device, who.person):
        raise ProblemError(errors.NOT_FOUND, "no such device, or it is not yours alone")


HANDLERS = (mine, everyone, rename, revoke, reset_pin, wiped)
