"""The server without access checks: what the merge costs where everybody may do everything.

A stand-in for measuring alone. Guards let all pass, access is loaded from nowhere, requests are not
counted, and no session is looked at; merge, effects and writes are the real ones.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import msgspec

from server import users
from server.app import GARBAGE_THRESHOLDS, create_app
from server.intake import Access, Rules, bookkeeping
from server.logs import configure_logging
from server.rules import rules
from server.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar import Litestar

    from server.intake import Judgement
    from server.settings import Settings
    from server.store import Connection
    from sync.validation import Fault

# What locked the replicas before there were sessions to look at.
PLAIN_LOCK = """
    SELECT replica.id, replica.person_id::text AS person, replica.epoch, replica.last_counter,
        false AS revoked, NULL AS device, false AS sender_revoked, false AS ended, false AS office,
        (SELECT server_epoch FROM installation) AS server_epoch
    FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS asked (replica, session, issued_at)
    JOIN replica ON replica.id = asked.replica
    ORDER BY replica.id FOR NO KEY UPDATE OF replica
"""


def _pass(_: Judgement) -> Fault | None:
    return None


async def _everything(_: Connection, people: Iterable[str]) -> dict[str, Access]:
    return {one: Access(one, active=True, role="administrator", projects={}) for one in people}


def open_rules(settings: Settings) -> Rules:
    """Return the services' rules without those that judge who may do what."""
    real = rules(settings)
    return Rules(
        guards=dict.fromkeys(real.guards, _pass),
        prepare=[one for one in real.prepare if one is not users.prepare_people],
        effects=real.effects,
        load_access=_everything,
    )


def create_open_app() -> Litestar:
    """Compose the application: the entry that `derrick serve --app` is given."""
    settings = msgspec.structs.replace(
        load_settings(os.environ),
        address_requests_per_minute_max=0,
        account_requests_per_minute_max=0,
        push_requests_per_minute_max=0,
    )
    configure_logging(settings)
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    look_at_no_session()
    return create_app(settings, services=open_rules(settings))


def look_at_no_session() -> None:
    """Lock the replicas of pushes as before there were sessions."""
    bookkeeping._LOCK_REPLICAS = PLAIN_LOCK
