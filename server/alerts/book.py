"""The rules as data: their defaults, and what an organisation or a project says instead."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct, structs

from sync import errors
from sync.tables.people import ROLES
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.store import Connection

Level = Literal["information", "warning", "critical"]

DEFAULT_THRESHOLDS = (80, 100, 110)
"""Per cent of the amount."""
THRESHOLD_MAX = 1_000
THRESHOLDS_COUNT_MAX = 10
LEAD_DAYS_MAX = 365
LEAD_DAYS_COUNT_MAX = 10
BOUND_MAX = 10
DEFAULT_LEAD_DAYS = 3
"""Days before a task's end from which on its alert stands."""
DEADLINE_LEADS = (30, 7, 3, 1, 0)
"""Days before a date on which those concerned are told of it."""

MANAGERS = frozenset({"manager"})
SUPERVISORS = frozenset({"manager", "supervisor"})
BUDGET_KEEPERS = frozenset({"manager", "accountant"})


class Rule(Struct, frozen=True, kw_only=True):
    """How one rule stands for one project; what a rule does not ask for it does not read."""

    enabled: bool = True
    level: Level | None = None
    """None leaves it to the rule itself."""
    thresholds: tuple[int, ...] = ()
    """Per cents of a budget; one that names its own goes by those."""
    lead_days: tuple[int, ...] = ()
    """Days before a date on which those concerned are told."""
    horizon_days: int = 0
    """How far the rule looks: ahead for what falls due, back for what is missing."""
    bound: Decimal | None = None
    """What an index may not fall below."""
    wait_hours: int = 0
    """How long something may wait, or how long before its end it is said."""
    roles: frozenset[str] = MANAGERS
    """Who is told beside those whom it concerns."""
    escalate_hours: int = 0
    """How long nobody may acknowledge it before those above are told; 0: they never are."""
    escalate_roles: frozenset[str] = MANAGERS


Book = dict[str, Rule]
"""Every rule of one project, by name."""

_INDEX = Rule(bound=Decimal("0.9"), escalate_roles=frozenset({"administrator"}))
_BUDGET = Rule(
    thresholds=DEFAULT_THRESHOLDS,
    roles=BUDGET_KEEPERS,
    escalate_hours=72,
    escalate_roles=frozenset({"administrator"}),
)

DEFAULTS: Mapping[str, Rule] = {
    "budget_threshold": _BUDGET,
    "budget_line_threshold": structs.replace(_BUDGET, escalate_hours=0),
    "budget_committed": structs.replace(_BUDGET, thresholds=(100, 110)),
    # Five and ten per cent over are what reports of large projects have to explain.
    "budget_forecast": structs.replace(_BUDGET, thresholds=(100, 105, 110)),
    "off_budget": Rule(roles=BUDGET_KEEPERS),
    "expense_over_line": Rule(roles=BUDGET_KEEPERS),
    "cost_index_low": structs.replace(_INDEX, roles=BUDGET_KEEPERS),
    "schedule_index_low": _INDEX,
    "request_waiting": Rule(wait_hours=48, roles=BUDGET_KEEPERS, escalate_hours=48),
    "invoice_due": Rule(horizon_days=7, lead_days=(7, 3, 1, 0), roles=frozenset({"accountant"})),
    "task_overdue": Rule(roles=SUPERVISORS, escalate_hours=72),
    "task_due": Rule(horizon_days=DEFAULT_LEAD_DAYS, lead_days=DEADLINE_LEADS, roles=frozenset()),
    "task_past_project_end": Rule(),
    "task_critical_slip": Rule(),
    "milestone_at_risk": Rule(escalate_hours=72, escalate_roles=frozenset({"administrator"})),
    "report_missing": Rule(
        horizon_days=14,
        wait_hours=6,
        roles=frozenset({"supervisor"}),
        escalate_hours=48,
    ),
    "permit_expiring": Rule(wait_hours=2, roles=SUPERVISORS, escalate_hours=1),
    "follow_up_overdue": Rule(lead_days=(3, 1, 0), roles=SUPERVISORS, escalate_hours=72),
    "device_silent": Rule(wait_hours=72, horizon_days=30, roles=SUPERVISORS),
}
"""What holds where nobody says otherwise."""


# What people write


def read_thresholds(document: Any) -> tuple[int, ...] | None:
    """Read a budget's `thresholds`: whole per cents, e.g. `[80, 100, 110]`.

    Returns the defaults when the budget has none of its own, None when they are malformed.
    """
    if document is None:
        return DEFAULT_THRESHOLDS
    return _whole_numbers(document, THRESHOLDS_COUNT_MAX, 1, THRESHOLD_MAX)


def _whole_numbers(
    document: Any, count_max: int, minimum: int, maximum: int
) -> tuple[int, ...] | None:
    if not isinstance(document, list) or len(document) > count_max:
        return None
    if not all(type(one) is int and minimum <= one <= maximum for one in document):
        return None
    return tuple(sorted({*document}))


def read_lead_days(document: Any) -> tuple[int, ...] | None:
    """Read a rule's `lead_days`; None when they are malformed."""
    return _whole_numbers(document, LEAD_DAYS_COUNT_MAX, 0, LEAD_DAYS_MAX)


def rule_fault(values: Mapping[str, Any]) -> Fault | None:
    """Return what is wrong with the fields of a rule that someone writes."""
    thresholds, leads = values.get("thresholds"), values.get("lead_days")
    if thresholds is not None and read_thresholds(thresholds) is None:
        return Fault(errors.VALUE_INVALID, "thresholds")
    if leads is not None and read_lead_days(leads) is None:
        return Fault(errors.VALUE_INVALID, "lead_days")
    bound = values.get("bound")
    if bound is not None and not 0 < Decimal(bound) <= BOUND_MAX:
        return Fault(errors.VALUE_INVALID, "bound")
    for name in ("roles", "escalate_roles"):
        if not {*(values.get(name) or ())} <= {*ROLES}:
            return Fault(errors.VALUE_INVALID, name)
    return None


# What holds

# Of two rows that say something of the same, the elder speaks first.
_READ_RULES = """
    SELECT rule, project_id::text AS project, enabled, level, thresholds::text, lead_days::text,
        horizon_days, bound::text, wait_hours, roles, escalate_hours, escalate_roles
    FROM alert_rule
    WHERE NOT deleted AND (project_id IS NULL OR project_id = ANY($1::uuid[]))
    ORDER BY project_id NULLS LAST, id
"""


class Shelf:
    """What has been said of the rules, for some projects; hands out their books."""

    def __init__(self, records: Iterable[Mapping[str, Any]], lead_days: int) -> None:
        self._records = [*records]
        self._lead_days = lead_days
        self._books: dict[str, Book] = {}

    def book(self, project: str) -> Book:
        """Return the rules of a project: its own word first, then the organisation's."""
        known = self._books.get(project)
        if known is None:
            known = self._books[project] = make_book(
                (one for one in self._records if one["project"] in {None, project}),
                self._lead_days,
            )
        return known


async def read_shelf(
    connection: Connection, projects: Iterable[str], lead_days: int = DEFAULT_LEAD_DAYS
) -> Shelf:
    """Read what has been said of the rules of some projects, in one statement."""
    records = await connection.fetch(_READ_RULES, sorted({*projects}))
    return Shelf(map(dict, records), lead_days)


def make_book(said: Iterable[Mapping[str, Any]], lead_days: int = DEFAULT_LEAD_DAYS) -> Book:
    """Lay what was said over the defaults; for each field the first that says something holds.

    Args:
        said: rows of `alert_rule` as the database holds them, those that go first first.
        lead_days: days before a task's end from which on its alert stands, where nobody says.

    """
    found: dict[str, dict[str, Any]] = {}
    for row in said:
        changes = found.setdefault(row["rule"], {})
        for name, value in _read_row(row).items():
            changes.setdefault(name, value)
    book = {**DEFAULTS, "task_due": structs.replace(DEFAULTS["task_due"], horizon_days=lead_days)}
    for rule, changes in found.items():
        if rule in book:
            book[rule] = structs.replace(book[rule], **changes)
    return book


def _read_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says, in the types of a Rule; what cannot be read it does not say."""
    said: dict[str, Any] = {
        name: row[name]
        for name in ("enabled", "level", "horizon_days", "wait_hours", "escalate_hours")
    }
    said["thresholds"] = _numbers(row["thresholds"], read_thresholds)
    said["lead_days"] = _numbers(row["lead_days"], read_lead_days)
    said["bound"] = None if row["bound"] is None else Decimal(row["bound"])
    for name in ("roles", "escalate_roles"):
        said[name] = None if row[name] is None else frozenset(row[name])
    return {name: value for name, value in said.items() if value is not None}


def _numbers(document: str | list[Any] | None, read: Any) -> tuple[int, ...] | None:
    if document is None:
        return None
    value = msgspec.json.decode(document) if isinstance(document, str) else document
    numbers: tuple[int, ...] | None = None if value is None else read(value)
    return numbers


def book_with(book: Book, rule: str, said: Mapping[str, Any]) -> Book:
    """Return a book in which one rule is as someone proposes: the fields of an `alert_rule`."""
    row = {name: said.get(name) for name in _PROPOSED}
    return {**book, rule: structs.replace(book[rule], **_read_row(row))}


_PROPOSED = (
    "enabled",
    "level",
    "thresholds",
    "lead_days",
    "horizon_days",
    "bound",
    "wait_hours",
    "roles",
    "escalate_hours",
    "escalate_roles",
)
