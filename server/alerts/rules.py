"""What a rule says of one thing: the words that all rules share, and a project's local day.

Which alerts are raised depends on the present state alone, never on the way there: so any order of
arrival raises the same, and a full recompute agrees. The way there decides one thing only: whether
a budget that comes back over a threshold crosses it anew (see `Standing`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Level

RESTING_PROJECTS = ("closed", "archived")

Standing = Literal["raised", "near", "clear"]
"""`near` is close under a bound: the alert is cleared, but coming back is the same crossing, with
the same acknowledgement."""

MINUTE_FORMAT = "%Y-%m-%dT%H:%M"
"""How the wire writes a local time."""

_NAMESPACE = uuid.UUID("7c0f4f6e-53a5-5c8e-9a0e-1d6f0c9b7a11")


class Signal(Struct, frozen=True):
    """What a rule says of one subject: the alert as it should stand."""

    rule: str
    subject_table: str
    subject_id: str
    standing: Standing
    level: Level = "information"
    facts: Mapping[str, Any] = {}
    due: str | None = None
    threshold: int | None = None
    """Which of several bounds it is about."""
    day: str | None = None
    """Which day it is about, where a subject may have an alert for each."""

    @property
    def id(self) -> str:
        """The alert's row id: one per rule, subject, threshold and day, for ever."""
        part = self.day if self.threshold is None else self.threshold
        suffix = "" if part is None else f":{part}"
        return str(uuid.uuid5(_NAMESPACE, f"{self.rule}:{self.subject_id}{suffix}"))


class Finding(Struct, frozen=True):
    """A rule that a row breaks, with the values that say so."""

    rule: str
    level: Level
    facts: Mapping[str, Any]
    due: str | None = None


def raised(finding: Finding, table: str, subject: str) -> Signal:
    """Return the alert on a row that breaks a rule."""
    return Signal(
        finding.rule,
        table,
        subject,
        "raised",
        level=finding.level,
        facts=finding.facts,
        due=finding.due,
    )


class ProjectDay(Struct, frozen=True):
    """What a project's rows are measured against, at one moment. Dates are `YYYY-MM-DD`."""

    project: str
    now_ms: int
    today: str
    now: str
    """The local time, as the wire writes it."""
    start: str | None
    finish: str | None
    """The project's planned finish."""
    calendar: str | None
    """Its calendar's id."""
    site: str | None
    """Its site's id: where it has no calendar, the site's country says when it works."""
    exists: bool
    watched: bool
    """False once the project is closed, archived or gone."""

    def after(self, days: int) -> str:
        """Return the date so many days after today."""
        return (dt.date.fromisoformat(self.today) + dt.timedelta(days=days)).isoformat()

    def before_now(self, hours: int) -> int:
        """Return the moment so many hours ago."""
        return self.now_ms - hours * 3_600_000

    def in_hours(self, hours: int) -> str:
        """Return the local time in so many hours."""
        at = dt.datetime.strptime(self.now, MINUTE_FORMAT) + dt.timedelta(hours=hours)  # noqa: DTZ007
        return at.strftime(MINUTE_FORMAT)


def project_day(project: str, values: Mapping[str, Any] | None, now_ms: int) -> ProjectDay:
    """Return the local day of a project, from its values; None when it is gone."""
    known = {} if values is None else values
    local = local_time(known.get("time_zone"), now_ms)
    return ProjectDay(
        project=project,
        now_ms=now_ms,
        today=local.date().isoformat(),
        now=local.strftime(MINUTE_FORMAT),
        start=known.get("start"),
        finish=known.get("finish"),
        calendar=known.get("calendar_id"),
        site=known.get("site_id"),
        exists=values is not None,
        watched=values is not None
        and known.get("status") not in RESTING_PROJECTS
        and not known.get("template"),
    )


def zone_of(time_zone: str | None) -> dt.tzinfo:
    """Return a time zone; one that is missing or unknown is UTC."""
    try:
        return ZoneInfo(time_zone) if time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def local_time(time_zone: str | None, now_ms: int) -> dt.datetime:
    """Return the time in a time zone."""
    return dt.datetime.fromtimestamp(now_ms / 1000, tz=zone_of(time_zone))
