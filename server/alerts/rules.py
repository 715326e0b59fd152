"""The rules: what is wrong with a budget or a task, as pure functions of what is stored.

Which alerts are raised depends on the present state alone, never on the way there: so any order of
arrival raises the same, and a full recompute agrees. The way there decides one thing only: whether
a budget that comes back over a threshold crosses it anew (see `Standing`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from server.alerts.book import DEFAULT_THRESHOLDS, Level, read_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sync.merge import Row

REARM_PERCENT = 2
"""How far under a threshold spending must fall before reaching it again is a new crossing."""

TASK_RULES = ("task_overdue", "task_due", "task_past_project_end")
WATCHED_KINDS = ("task", "milestone")
"""Summaries and levels of effort only repeat what their tasks say."""
SETTLED_STATUS = ("done", "verified", "cancelled")
RESTING_PROJECTS = ("closed", "archived")

Standing = Literal["raised", "near", "clear"]
"""`near` is under a threshold by less than REARM_PERCENT: the alert is cleared, but coming back is
the same crossing, with the same acknowledgement."""

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

    @property
    def id(self) -> str:
        """The alert's row id: one per rule, subject and threshold, for ever."""
        threshold = "" if self.threshold is None else f":{self.threshold}"
        return str(uuid.uuid5(_NAMESPACE, f"{self.rule}:{self.subject_id}{threshold}"))


# Budgets


class Consumption(NamedTuple):
    """How much of a budget or a line is spent, as far as alerts care."""

    percent: int | None
    """Whole per cents, rounded down; None under the first threshold, and without an amount."""
    amount: int
    currency: str
    standings: tuple[tuple[int, Standing], ...]


def consumption(subject: Row | None, budget: Row | None) -> Consumption | None:
    """Return how a budget or one of its lines stands; None when either is not there."""
    if subject is None or budget is None or subject.deleted or budget.deleted:
        return None
    amount, spent = subject.values["amount"], subject.values.get("spent") or 0
    standings = tuple(
        (one, threshold_standing(spent, amount, one)) for one in thresholds_of(budget)
    )
    raised = any(standing == "raised" for _, standing in standings)
    percent = spent * 100 // amount if amount and raised else None
    return Consumption(percent, amount, budget.values["currency"], standings)


def thresholds_of(budget: Row | None) -> tuple[int, ...]:
    """Return a budget's thresholds; the defaults where it has none that can be read."""
    document = None if budget is None else budget.values.get("thresholds")
    thresholds = read_thresholds(document)
    return DEFAULT_THRESHOLDS if thresholds is None else thresholds


def threshold_standing(spent: int, amount: int, threshold: int) -> Standing:
    """Say where spending stands to a threshold, in integers: any spending exceeds nothing."""
    if spent <= 0:
        return "clear"
    if spent * 100 >= threshold * amount:
        return "raised"
    return "near" if spent * 100 > (threshold - REARM_PERCENT) * amount else "clear"


def threshold_level(threshold: int) -> Level:
    """Return how grave it is to reach a threshold."""
    if threshold >= 110:  # noqa: PLR2004 - the three default thresholds are the three levels
        return "critical"
    return "warning" if threshold >= 100 else "information"  # noqa: PLR2004


def budget_signals(
    table: str, subject: str, state: Consumption | None, thresholds: Iterable[int]
) -> Iterator[Signal]:
    """Yield what is to be said of a budget or a line, at each of `thresholds`.

    Thresholds that are not the budget's any more are clear.
    """
    standings = dict(state.standings) if state is not None else {}
    rule = f"{table}_threshold"
    for threshold in thresholds:
        standing = standings.get(threshold, "clear")
        facts: dict[str, Any] = {}
        if standing == "raised" and state is not None:
            facts = {
                "threshold": threshold,
                "percent": state.percent,
                "amount": state.amount,
                "currency": state.currency,
            }
        yield Signal(
            rule,
            table,
            subject,
            standing,
            level=threshold_level(threshold),
            facts=facts,
            threshold=threshold,
        )


# Tasks


class ProjectDay(NamedTuple):
    """What a project's tasks are measured against, on one local day. Dates are `YYYY-MM-DD`."""

    today: str
    horizon: str
    """The last day on which a task is due within its lead time."""
    finish: str | None
    """The project's planned finish."""
    watched: bool
    """False once the project is closed, archived or gone."""


def project_day(project: Mapping[str, Any] | None, now_ms: int, lead_days: int) -> ProjectDay:
    """Return the local day of a project, from its values; None when it is gone."""
    values = {} if project is None else project
    today = local_date(values.get("time_zone"), now_ms)
    return ProjectDay(
        today=today.isoformat(),
        horizon=(today + dt.timedelta(days=lead_days)).isoformat(),
        finish=values.get("finish"),
        watched=project is not None and values.get("status") not in RESTING_PROJECTS,
    )


def local_date(time_zone: str | None, now_ms: int) -> dt.date:
    """Return the date in a time zone; a zone that is missing or unknown is UTC."""
    try:
        zone: dt.tzinfo = ZoneInfo(time_zone) if time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = dt.UTC
    return dt.datetime.fromtimestamp(now_ms / 1000, tz=zone).date()


class TaskState(NamedTuple):
    """Which rules an open task breaks, and the values that say so."""

    overdue: bool
    due: bool
    past_end: bool
    planned_finish: str
    project_finish: str | None


def task_state(values: Mapping[str, Any], day: ProjectDay) -> TaskState | None:
    """Return which rules a task breaks on a day; None when it breaks none."""
    finish = values.get("planned_finish")
    if (
        finish is None
        or not day.watched
        or values.get("kind") not in WATCHED_KINDS
        or values.get("status") in SETTLED_STATUS
    ):
        return None
    date = finish[:10]
    overdue = date < day.today
    due = not overdue and date <= day.horizon
    past_end = day.finish is not None and date > day.finish
    if not (overdue or due or past_end):
        return None
    return TaskState(overdue, due, past_end, finish, day.finish if past_end else None)


def task_signals(task: str, state: TaskState | None) -> list[Signal]:
    """Return what is to be said of a task, by each of the three rules."""
    broken: dict[str, tuple[Level, dict[str, Any]]] = {}
    if state is not None:
        planned = {"planned_finish": state.planned_finish}
        if state.overdue:
            broken["task_overdue"] = ("warning", planned)
        if state.due:
            broken["task_due"] = ("information", planned)
        if state.past_end:
            past = {**planned, "project_finish": state.project_finish}
            broken["task_past_project_end"] = ("warning", past)
    signals = []
    for rule in TASK_RULES:
        if rule in broken and state is not None:
            level, facts = broken[rule]
            due = state.planned_finish[:10]
            signals.append(Signal(rule, "task", task, "raised", level=level, facts=facts, due=due))
        else:
            signals.append(Signal(rule, "task", task, "clear"))
    return signals
