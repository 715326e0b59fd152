"""By which ways, and when, a person is told of a kind of notice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.alerts.rules import zone_of
from sync.tables.notices import NOTICE_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.store import Connection

DEFAULT_CHANNELS: Mapping[str, frozenset[str]] = {
    "alert": frozenset({"app"}),
    "approval": frozenset({"app", "email"}),
    "assignment": frozenset({"app", "email"}),
    "deadline": frozenset({"app"}),
    "digest": frozenset({"app", "email"}),
    "escalation": frozenset({"app", "email"}),
    "mention": frozenset({"app", "email"}),
    "safety": frozenset({"app", "email", "sms"}),
    "watching": frozenset({"app"}),
}
"""Kind -> the ways where nobody chose."""

_READ_PEOPLE = """
    SELECT person.id::text AS id, name, login, phone, language, time_zone,
        (SELECT json_agg(json_build_object('kind', kind, 'app', app, 'email', email, 'sms', sms,
                'quiet_from', quiet_from, 'quiet_until', quiet_until) ORDER BY choice.id)
            FROM notice_preference AS choice
            WHERE choice.person_id = person.id AND NOT choice.deleted) AS choices
    FROM person WHERE person.id = ANY($1::uuid[]) AND NOT deleted AND coalesce(active, true)
"""


class Reader(Struct, frozen=True):
    """A person who is told, and how they want to be."""

    id: str
    login: str
    phone: str | None
    language: str | None
    time_zone: str | None
    choices: list[dict[str, Any]]

    def channels(self, kind: str, *, urgent: bool) -> list[str]:
        """Return the ways to tell them of a kind: what is urgent always reaches the app."""
        chosen = {
            channel
            for channel in NOTICE_CHANNELS
            if self._choice(kind, channel, default=channel in DEFAULT_CHANNELS[kind])
        }
        return sorted(chosen | {"app"} if urgent else chosen)

    def _choice(self, kind: str, channel: str, *, default: bool) -> bool:
        """Return what they chose for this kind, else for those they did not name."""
        for wanted in (kind, None):
            for choice in self.choices:
                if choice["kind"] == wanted and choice[channel] is not None:
                    return bool(choice[channel])
        return default

    def zone(self, project_zone: str | None) -> dt.tzinfo:
        """Return their time zone; where they name none, their project's."""
        return zone_of(self.time_zone or project_zone)

    def quiet_until(self, now: dt.datetime, project_zone: str | None) -> dt.datetime | None:
        """Return when the quiet hours end that it is now in; None outside them."""
        hours = next(
            (
                (one["quiet_from"], one["quiet_until"])
                for one in self.choices
                if one["kind"] is None and one["quiet_from"] and one["quiet_until"]
            ),
            None,
        )
        if hours is None:
            return None
        local = now.astimezone(self.zone(project_zone))
        start, end = (dt.time.fromisoformat(one) for one in hours)
        clock = local.time()
        within = start <= clock < end if start <= end else clock >= start or clock < end
        if not within:
            return None
        day = local.date() if clock < end else local.date() + dt.timedelta(days=1)
        return dt.datetime.combine(day, end, tzinfo=local.tzinfo).astimezone(dt.UTC)

    def address(self, channel: str) -> str | None:
        """Return where they are written to by a channel, if anywhere."""
        if channel == "email":
            return self.login if "@" in self.login else None
        known = (self.phone or "").replace(" ", "")
        if known.startswith("+"):
            return known
        return self.login if self.login.startswith("+") else None


async def read_readers(connection: Connection, people: Iterable[str]) -> dict[str, Reader]:
    """Read people and their choices in one statement; those who are no more are left out."""
    records = await connection.fetch(_READ_PEOPLE, sorted({*people}))
    return {
        one["id"]: Reader(
            one["id"],
            one["login"],
            one["phone"],
            one["language"],
            one["time_zone"],
            msgspec.json.decode(one["choices"] or "[]"),
        )
        for one in records
    }
