"""Records what people and devices did, in the transaction in which they did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.store import Connection

_RECORD = """
    INSERT INTO activity (kind, person_id, actor_id, project_id, device_id, address, detail)
    VALUES ($1, $2::text::uuid, $3::text::uuid, $4::text::uuid, $5::text::uuid, $6,
        $7::text::jsonb)
"""


async def record_activity(
    connection: Connection,
    kind: str,
    *,
    person: str | None = None,
    actor: str | None = None,
    project: str | None = None,
    device: str | None = None,
    address: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one event.

    Args:
        connection: of the transaction that does what is recorded.
        kind: a static name: `login`, `login_failed`, `device_revoked`, `role_changed`, ...
        person: whom it concerns.
        actor: who did it, when it is another.
        project: the project it happened in.
        device: the device it happened on.
        address: the network address it came from.
        detail: what else there is to say; never a secret, never more personal data than ids.

    """
    await connection.execute(
        _RECORD,
        kind,
        person,
        actor,
        project,
        device,
        address,
        msgspec.json.encode(detail or {}).decode(),
    )
