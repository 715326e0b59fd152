"""Devices: what is known of each, and what revoking one does.

A device may be shared by a crew: each person has a session and a replica of their own on it. What
replicas say of themselves at every push (unsent work, clock) is kept with them; a device's figures
are drawn from its replicas when they are asked for, so that a push writes nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.sessions import end_sessions
from sync import errors

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.store import Connection

LEADERS = frozenset({"administrator", "manager"})
"""Who sees and revokes every device."""

DEVICES_MAX = 1_000

_DEVICES = """
    SELECT device.id::text AS id, device.name, device.platform, device.app_version,
        (extract(epoch FROM device.registered_at) * 1000)::bigint AS registered_at,
        (extract(epoch FROM greatest(device.last_seen_at, own.synced_at)) * 1000)::bigint
            AS last_seen_at,
        (extract(epoch FROM own.synced_at) * 1000)::bigint AS last_sync_at,
        coalesce(own.waiting, 0)::bigint AS waiting_change_sets, own.oldest AS waiting_oldest,
        coalesce(own.upload_bytes, 0)::bigint AS waiting_upload_bytes,
        coalesce(own.clock_offset_ms, 0) AS clock_offset_ms,
        coalesce(own.clock_flagged, false) AS clock_flagged,
        (extract(epoch FROM device.revoked_at) * 1000)::bigint AS revoked_at,
        device.revoked_by::text AS revoked_by,
        (extract(epoch FROM device.wipe_requested_at) * 1000)::bigint AS wipe_requested_at,
        (extract(epoch FROM device.wiped_at) * 1000)::bigint AS wiped_at,
        device.replaces::text AS replaces,
        (SELECT count(*) FROM held_change_set AS held WHERE held.device_id = device.id
            AND held.outcome IS NULL AND held.decision IS DISTINCT FROM 'discard') AS held,
        (SELECT json_agg(json_build_object('person', here.person_id, 'name', person.name,
                'pin_set', here.pin_set_at > coalesce(here.pin_reset_at, '-infinity'))
                ORDER BY here.last_at DESC)
            FROM device_person AS here LEFT JOIN person ON person.id = here.person_id
            WHERE here.device_id = device.id)::text AS people
    FROM device
    CROSS JOIN LATERAL (
        SELECT max(replica.last_seen_at) AS synced_at, sum(replica.waiting_change_sets) AS waiting,
            min(replica.waiting_oldest) AS oldest,
            sum(replica.waiting_upload_bytes) AS upload_bytes,
            bool_or(replica.clock_flagged) AS clock_flagged,
            (array_agg(replica.clock_offset_ms ORDER BY replica.last_seen_at DESC NULLS LAST))[1]
                AS clock_offset_ms
        FROM replica WHERE replica.device_id = device.id
    ) AS own
    WHERE ($1::uuid IS NULL OR EXISTS (
            SELECT FROM device_person AS mine
            WHERE mine.device_id = device.id AND mine.person_id = $1))
        AND ($2::uuid IS NULL OR device.id = $2)
    ORDER BY last_seen_at DESC LIMIT $3
"""
_LOCK = "SELECT revoked_at, wiped_at FROM device WHERE id = $1 FOR UPDATE"
_PEOPLE = "SELECT person_id::text AS person FROM device_person WHERE device_id = $1"
_REVOKE = """
    WITH gone AS (UPDATE replica SET revoked_at = $2 WHERE device_id = $1 AND revoked_at IS NULL)
    UPDATE device SET revoked_at = $2, revoked_by = $3, wipe_requested_at = $2 WHERE id = $1
"""
_WIPED = "UPDATE device SET wiped_at = coalesce(wiped_at, $2) WHERE id = $1"
_RENAME = "UPDATE device SET name = $2 WHERE id = $1 RETURNING id"
_RESET_PIN = """
    UPDATE device_person SET pin_reset_at = $3, pin_reset_by = $4
    WHERE device_id = $1 AND person_id = $2 RETURNING person_id
"""


class DevicePerson(Struct, frozen=True):
    """Someone who works on a device."""

    person: str
    name: str | None
    pin_set: bool | None


class DeviceView(Struct, frozen=True):
    """What is known of a device. Times in milliseconds since 1970."""

    id: str
    name: str
    platform: str
    app_version: str
    registered_at: int
    last_seen_at: int
    last_sync_at: int | None
    waiting_change_sets: int
    """Unsent work, as its replicas last reported."""
    waiting_oldest: int | None
    """Hybrid time of the oldest of it."""
    waiting_upload_bytes: int
    clock_offset_ms: int
    """How far its clock is ahead of ours."""
    clock_flagged: bool
    revoked_at: int | None
    revoked_by: str | None
    wipe_requested_at: int | None
    wiped_at: int | None
    """When it said that it had wiped itself."""
    replaces: str | None
    """The revoked device that came back as this one."""
    held: int
    """Change sets handed in after it was revoked, which wait for a supervisor."""
    people: list[DevicePerson]


async def read_devices(
    source: Connection | asyncpg.Pool, *, person: str | None = None, device: str | None = None
) -> list[DeviceView]:
    """Return devices, the last seen first: of one person, one alone, or all."""
    found = await source.fetch(_DEVICES, person, device, DEVICES_MAX)
    return [
        msgspec.convert(
            {**dict(one), "people": msgspec.json.decode(one["people"] or "[]")}, DeviceView
        )
        for one in found
    ]


async def revoke(connection: Connection, device: str, by: str, now: dt.datetime) -> list[str]:
    """Revoke a device; return the sessions that this ended, to announce them.

    Its replicas are revoked with it: what they still push is held, and the next pull of each tells
    it to wipe. Raises ProblemError when there is no such device.
    """
    record = await connection.fetchrow(_LOCK, device)
    if record is None:
        raise ProblemError(errors.NOT_FOUND)
    if record["revoked_at"] is not None:
        return []
    await connection.execute(_REVOKE, device, now, by)
    ended = await end_sessions(connection, "device_revoked", now, device=device)
    for one in await connection.fetch(_PEOPLE, device):
        await record_activity(
            connection, "device_revoked", person=one["person"], actor=by, device=device
        )
    return ended


async def record_wiped(
    connection: Connection, device: str, person: str, now: dt.datetime, replicas: list[str]
) -> None:
    """Record a revoked device's word that it has wiped itself. Raises ProblemError."""
    record = await connection.fetchrow(_LOCK, device)
    if record is None or record["revoked_at"] is None:
        raise ProblemError(errors.FORBIDDEN, "nobody told this device to wipe itself")
    await connection.execute(_WIPED, device, now)
    await record_activity(
        connection, "device_wiped", person=person, device=device, detail={"replicas": replicas}
    )


async def rename(connection: Connection, device: str, name: str) -> None:
    """Give a device another name. Raises ProblemError when there is none."""
    if await connection.fetchval(_RENAME, device, name) is None:
        raise ProblemError(errors.NOT_FOUND)


async def reset_pin(
    connection: Connection, device: str, person: str, by: str, now: dt.datetime
) -> list[str]:
    """Void a person's PIN on a device: they log in again there, then choose another.

    Returns the sessions that this ended. Raises ProblemError when the person does not work there.
    """
    if await connection.fetchval(_RESET_PIN, device, person, now, by) is None:
        raise ProblemError(errors.NOT_FOUND)
    await record_activity(connection, "pin_reset", person=person, actor=by, device=device)
    return await end_sessions(connection, "pin_reset", now, person=person, device=device)


async def only_user(connection: Connection, device: str, person: str) -> bool:
    """Whether a device is a person's own: nobody else has ever worked on it."""
    return [one["person"] for one in await connection.fetch(_PEOPLE, device)] == [person]
