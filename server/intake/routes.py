"""The intake's door: register a replica, push its change sets."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from server.context import Context
from server.errors import ProblemError
from server.intake.receiving import Sender, receive
from server.openapi import documented
from server.plain import repeats_outer_keys
from server.wire import decode, read, read_body, request_encoding, respond
from sync import errors
from sync.changes import (
    PROTOCOL_VERSION,
    PushRequest,
    PushResponse,
    Registered,
    RegisterRequest,
)
from sync.clock import SERVER_REPLICA, hybrid_time

SMALL_BODY_BYTES_MAX = 64 * 1024


_REGISTER = """
    WITH made AS (
        INSERT INTO replica (id, person_id, name, platform, app_version, last_seen_at, device_id,
            revoked_at, client_id)
        VALUES ($1, $2, $3, $4, $5, now(), $6, CASE WHEN $7 THEN now() END, $8)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, platform = excluded.platform,
            app_version = excluded.app_version, last_seen_at = now(),
            device_id = CASE WHEN replica.revoked_at IS NULL
                THEN coalesce(excluded.device_id, replica.device_id) ELSE replica.device_id END,
            revoked_at = coalesce(replica.revoked_at, excluded.revoked_at)
            WHERE replica.person_id = excluded.person_id AND NOT replica.office
                AND replica.client_id IS NOT DISTINCT FROM excluded.client_id
                AND (NOT $7 OR replica.device_id IS NULL OR replica.device_id = $6)
        RETURNING epoch, last_counter
    )
    SELECT made.epoch, made.last_counter, installation.server_epoch FROM made, installation
"""


@post(
    "/replicas",
    status_code=200,
    **documented(
        request=RegisterRequest,
        response=Registered,
        errors=(errors.PROTOCOL_UNSUPPORTED, errors.REPLICA_UNKNOWN),
    ),
)
async def register(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Register a replica for the person who is logged in, or announce it again.

    A revoked device may do so too, to hand in work that waits under an id not registered yet.
    """
    claims = await context.sync_claims(request)
    person, revoked = claims.person, await context.is_revoked(claims)
    wanted = await read(request, RegisterRequest, SMALL_BODY_BYTES_MAX)
    check_protocol(wanted.protocol)
    if wanted.replica == SERVER_REPLICA:
        raise ProblemError(errors.REPLICA_UNKNOWN, field="replica")
    record = await context.pool.fetchrow(
        _REGISTER,
        wanted.replica,
        person,
        wanted.name,
        wanted.platform,
        wanted.app_version,
        claims.device,
        revoked,
        None if claims.full or claims.hands_over else claims.client,
    )
    if record is None:
        raise ProblemError(errors.REPLICA_UNKNOWN, field="replica")
    return respond(
        request,
        Registered(
            wanted.replica,
            record["epoch"],
            record["last_counter"],
            record["server_epoch"],
            person,
            hybrid_time(context.wall_ms()),
        ),
    )


@post(
    "/push",
    status_code=200,
    limit="push",
    **documented(
        request=PushRequest,
        response=PushResponse,
        errors=(
            errors.PROTOCOL_UNSUPPORTED,
            errors.REPLICA_UNKNOWN,
            errors.REPLICA_FORKED,
            errors.COUNTER_GAP,
        ),
    ),
)
async def push(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Merge the change sets of a replica; answer each of them."""
    claims = await context.sync_claims(request, scope="write")
    encoding = request_encoding(request)
    body = await read_body(request, context.settings.push_body_bytes_max)
    wanted = decode(body, encoding, PushRequest)
    check_protocol(wanted.protocol)
    if repeats_outer_keys(body, encoding, "waiting"):
        raise ProblemError(errors.REQUEST_MALFORMED, "a key is named twice")
    await context.check_replica(claims, wanted.replica)
    sender = Sender(claims.session, claims.issued, claims.device, claims.hands_over, claims.kinds)
    received = receive(claims.person, wanted, encoding, context.settings, sender)
    return respond(request, await context.intake.push(received))


def check_protocol(number: int) -> None:
    """Refuse a protocol that this server does not speak. Raises ProblemError."""
    if number != PROTOCOL_VERSION:
        raise ProblemError(
            errors.PROTOCOL_UNSUPPORTED, f"protocol {number}, not {PROTOCOL_VERSION}"
        )


HANDLERS = (register, push)
