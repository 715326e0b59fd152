"""What there is to tell people, written in the transaction of what happened.

The merge only says what happened and whom it concerns by what is in its hands; who that is, in
which words and by which way they are told is the worker's business (`server.alerts.delivering`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 -- read at run time by msgspec
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from sync.clock import SERVER_REPLICA

if TYPE_CHECKING:
    from server.alerts.book import Rule
    from server.alerts.rules import Signal
    from server.intake import MergeTransaction, Workspace

EVENTS = "notices"
"""Name of the fact under which a merge gathers what there is to tell."""

QUIET_RULES = frozenset({"task_due"})
"""Rules of which people are told day by day (`server.alerts.deadlines`), not by the alert."""

_WRITE = """
    INSERT INTO notice_outbox (events, made_at)
    VALUES ($1::text::jsonb, to_timestamp($2::bigint / 1000.0))
"""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that people are to be told."""

    kind: str
    """A kind of notice, see `sync.tables.notices`."""
    what: str
    """What happened: a rule's name, `mention`, `assignment`, ...; the words go by it."""
    project: str | None = None
    scope: str | None = None
    """What one must be able to read to be told of it."""
    subject_table: str | None = None
    subject: str | None = None
    alert: str | None = None
    level: str = "information"
    facts: Mapping[str, Any] = {}
    people: Mapping[str, str] = {}
    """Person -> why they are told."""
    spared: Sequence[str] = ()
    """People who are told of it by another event."""
    about: bool = False
    """Whether those whom the subject concerns are told: its assignees, watchers, owner."""
    roles: Sequence[str] = ()
    """Roles in the project that are told."""
    everyone: bool = False
    """Whether all members of the project are told."""
    urgent: bool = False
    replica: str = SERVER_REPLICA
    """Who did it, and in which change set: nobody is told of what they did themselves."""
    counter: int = 0
    made_at: int
    """Milliseconds since 1970."""
    once: tuple[str, ...] = ()
    """Names for what is told: who was told one of them is not told again."""


def tell(workspace: Workspace, event: Event) -> None:
    """Remember what there is to tell, until the transaction writes it."""
    workspace.facts.setdefault(EVENTS, []).append(event)


async def write_events(transaction: MergeTransaction) -> None:
    """Write what there is to tell into the outbox: the last thing that a merge does for alerts.

    As one row: what one transaction brings is told together.
    """
    events: list[Event] = transaction.workspace.facts.pop(EVENTS, [])
    if events:
        body = msgspec.json.encode(events).decode()
        await transaction.connection.execute(_WRITE, body, transaction.workspace.now_ms)


def tell_of_alert(
    workspace: Workspace, scope: str, signal: Signal, cause: Mapping[str, Any], rule: Rule
) -> None:
    """Tell of a new crossing: those whom its subject concerns, and the roles that a rule names."""
    if signal.rule in QUIET_RULES:
        return
    urgent = signal.rule == "permit_expiring" and signal.level == "critical"
    tell(
        workspace,
        Event(
            kind="safety" if urgent else "alert",
            what=signal.rule,
            project=scope.partition(":")[2],
            scope=scope,
            subject_table=signal.subject_table,
            subject=signal.subject_id,
            alert=signal.id,
            level=signal.level,
            facts=signal.facts,
            about=True,
            roles=sorted(rule.roles),
            urgent=urgent,
            replica=cause["replica"],
            counter=cause.get("counter", 0),
            made_at=workspace.now_ms,
        ),
    )
