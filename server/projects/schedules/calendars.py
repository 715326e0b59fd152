"""Calendars as files define them, each perhaps leaning on a base, merged into whole ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.projects.schedules.limits import CALENDAR_BASES_MAX
from server.projects.schedules.model import Calendar
from server.projects.schedules.working_time import DEFAULT_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.projects.schedules.model import CalendarException, CalendarWeeks, WorkingDay
    from server.projects.schedules.report import ReportBuilder


@dataclass(slots=True)
class DraftCalendar:
    """A calendar as its file writes it; a day of None is the base's."""

    identifier: str
    name: str
    base: str | None = None
    days: list[WorkingDay | None] = field(default_factory=lambda: [None] * 7)
    exceptions: tuple[CalendarException, ...] = ()
    other_weeks: tuple[CalendarWeeks, ...] = ()
    hours_per_day: float | None = None
    project: str | None = None
    resource_only: bool = False
    broken: bool = False


def calendar_name(
    name: str, identifier: str, *, resource_only: bool, include_personal: bool
) -> str:
    """Return a calendar's name; a resource's own calendar mostly bears a person's: on demand."""
    return f"#{identifier}" if resource_only and not include_personal else name


def merge_bases(drafts: Iterable[DraftCalendar], report: ReportBuilder) -> tuple[Calendar, ...]:
    """Return every calendar whole; one that is broken or says nothing gets the default week."""
    by_identifier = {draft.identifier: draft for draft in drafts}
    return tuple(_whole(draft, by_identifier, report) for draft in by_identifier.values())


def _whole(
    draft: DraftCalendar, drafts: dict[str, DraftCalendar], report: ReportBuilder
) -> Calendar:
    chain = _chain(draft, drafts, report)
    days: list[WorkingDay | None] = [
        next((link.days[day] for link in chain if link.days[day] is not None), None)
        for day in range(7)
    ]
    assumed = all(day is None for day in days)
    if assumed and not draft.broken:
        report.warn("calendar_without_week", draft.name, "default week: Mon-Fri 08-12 13-17")
    return Calendar(
        identifier=draft.identifier,
        name=draft.name,
        week=DEFAULT_WEEK if assumed else tuple(day or () for day in days),
        exceptions=tuple(e for link in reversed(chain) for e in link.exceptions),
        other_weeks=tuple(w for link in reversed(chain) for w in link.other_weeks),
        hours_per_day=draft.hours_per_day,
        project=draft.project,
        resource_only=draft.resource_only,
        assumed=assumed or draft.broken,
    )


def _chain(
    draft: DraftCalendar, drafts: dict[str, DraftCalendar], report: ReportBuilder
) -> list[DraftCalendar]:
    """Return the calendar and its bases, nearest first; a ring of bases is cut with a warning."""
    chain = [draft]
    while (base := chain[-1].base) is not None:
        if base not in drafts:
            report.warn("calendar_base_missing", draft.name, base)
            break
        if drafts[base] in chain or len(chain) >= CALENDAR_BASES_MAX:
            report.warn("calendar_base_cycle", draft.name, base)
            break
        chain.append(drafts[base])
    return chain
