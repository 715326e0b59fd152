"""Lets the workers tell people, and reads what they were told."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from server.alerts import deliver_notices, recheck_next

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.server.site import Device, Site

URL = "https://derrick.example"


async def drain(site: Site) -> None:
    """Let the workers do all that waits for them."""
    now = dt.datetime.fromtimestamp(site.clock.now_ms / 1000, tz=dt.UTC)
    while await recheck_next(site.intake, site.pool, now):
        pass
    while await deliver_notices(site.intake, site.pool, site.clock.now_ms, URL):
        pass


async def notices(site: Site, who: Device) -> list[Mapping[str, Any]]:
    """Return a person's notices as their devices see them, in the order in which they came."""
    records = await site.pool.fetch(
        "SELECT id::text FROM notification WHERE person_id = $1 ORDER BY sent_at, id", who.person
    )
    found: list[Mapping[str, Any]] = []
    for one in records:
        wire = await site.stored(one["id"])
        found.append({**wire.values, "id": one["id"]})
    return found


async def letters(site: Site, to: str | None = None) -> list[Mapping[str, Any]]:
    """Return the letters that wait to be sent."""
    records = await site.pool.fetch(
        "SELECT kind, login, language, words::text, made_at, next_at FROM message_outbox"
        " WHERE $1::text IS NULL OR login = $1 ORDER BY id",
        to,
    )
    return [{**one, "words": msgspec.json.decode(one["words"])} for one in records]
