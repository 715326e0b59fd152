"""What the rules of alerts say, written a second time: in plain words, from plain rows.

It shares nothing with `server.alerts`: no default, no statement, no helper. It answers which alerts
should stand in a project at a moment, who is told of one, and when one has gone far enough for the
next to be another crossing.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.server.site import Site

HOUR_MS = 3_600_000
MONEY = ("budget_threshold", "budget_line_threshold", "budget_committed", "budget_forecast")
INDICES = ("cost_index_low", "schedule_index_low")
FINANCE = {*MONEY, "cost_index_low", "off_budget", "expense_over_line", "request_waiting"} | {
    "invoice_due"
}
"""Rules whose alerts only those see who may see amounts."""

SHIPPED: Mapping[str, Mapping[str, Any]] = {
    "budget_threshold": {"thresholds": (80, 100, 110), "roles": {"manager", "accountant"}},
    "budget_line_threshold": {"thresholds": (80, 100, 110), "roles": {"manager", "accountant"}},
    "budget_committed": {"thresholds": (100, 110), "roles": {"manager", "accountant"}},
    "budget_forecast": {"thresholds": (100, 105, 110), "roles": {"manager", "accountant"}},
    "off_budget": {"roles": {"manager", "accountant"}},
    "expense_over_line": {"roles": {"manager", "accountant"}},
    "cost_index_low": {"bound": "0.9", "roles": {"manager", "accountant"}},
    "schedule_index_low": {"bound": "0.9", "roles": {"manager"}},
    "request_waiting": {"wait_hours": 48, "roles": {"manager", "accountant"}},
    "invoice_due": {"horizon_days": 7, "lead_days": (7, 3, 1, 0), "roles": {"accountant"}},
    "task_overdue": {"roles": {"manager", "supervisor"}},
    "task_due": {"horizon_days": 3, "lead_days": (30, 7, 3, 1, 0), "roles": set()},
    "task_past_project_end": {"roles": {"manager"}},
    "task_critical_slip": {"roles": {"manager"}},
    "milestone_at_risk": {"roles": {"manager"}},
    "report_missing": {"horizon_days": 14, "wait_hours": 6, "roles": {"supervisor"}},
    "permit_expiring": {"wait_hours": 2, "roles": {"manager", "supervisor"}},
    "follow_up_overdue": {"lead_days": (3, 1, 0), "roles": {"manager", "supervisor"}},
    "device_silent": {
        "wait_hours": 72,
        "horizon_days": 30,
        "roles": {"manager", "supervisor"},
    },
}
ESCALATED: Mapping[str, tuple[int, str]] = {
    "budget_threshold": (72, "administrator"),
    "budget_committed": (72, "administrator"),
    "budget_forecast": (72, "administrator"),
    "request_waiting": (48, "manager"),
    "task_overdue": (72, "manager"),
    "milestone_at_risk": (72, "administrator"),
    "report_missing": (48, "manager"),
    "permit_expiring": (1, "manager"),
    "follow_up_overdue": (72, "manager"),
}
"""Rule -> after how many hours without an answer it goes up, and to whom; others never do."""

WAITING = {"submitted", "in_review", "pending"}


class Key(NamedTuple):
    """Which crossing an alert is of."""

    rule: str
    subject: str
    part: str
    """The threshold or the day, where a subject may have several alerts of one rule."""


class World(NamedTuple):
    """A project's rows, its rules, and the moment."""

    project: Mapping[str, Any]
    rows: Mapping[str, list[Mapping[str, Any]]]
    rules: Mapping[str, Mapping[str, Any]]
    now_ms: int
    figures: Mapping[str, int]

    @property
    def local(self) -> dt.datetime:
        """The time where the project is."""
        return at_zone(self.project["time_zone"], self.now_ms)

    @property
    def alive(self) -> bool:
        """Whether anyone still wants to hear of dates here."""
        return self.project["status"] not in {"closed", "archived"} and not self.project["template"]


def at_zone(zone: str | None, now_ms: int) -> dt.datetime:
    """Return a moment as the clocks of a place show it."""
    moment = dt.datetime.fromtimestamp(now_ms / 1000, tz=ZoneInfo(zone or "UTC"))
    return moment.replace(tzinfo=None, second=0, microsecond=0)


TABLES = (
    "task",
    "permit",
    "follow_up",
    "daily_report",
    "budget",
    "budget_line",
    "expense",
    "budget_request",
    "purchase_order",
    "supplier_invoice",
    "member",
)


async def read_world(site: Site) -> World:
    """Read all that the rules speak of."""
    pool, project = site.pool, site.project
    rows: dict[str, list[Mapping[str, Any]]] = {
        table: [
            {**one, "id": str(one["id"])}
            for one in await pool.fetch(
                f"SELECT * FROM {table} WHERE project_id = $1 AND NOT deleted", project
            )
        ]
        for table in TABLES
    }
    rows["replica"] = [
        dict(one)
        for one in await pool.fetch(
            "SELECT id, name, person_id::text AS person, waiting_change_sets AS waiting,"
            " (extract(epoch FROM coalesce(last_seen_at, registered_at)) * 1000)::bigint AS seen"
            " FROM replica WHERE revoked_at IS NULL AND NOT office"
        )
    ]
    figures = await pool.fetchrow(
        "SELECT (SELECT baseline_id FROM figure_state WHERE project_id = $1) IS NOT NULL AS any,"
        " (SELECT coalesce(sum(amount), 0) FROM figure_day WHERE project_id = $1"
        "   AND figure = 'planned' AND day <= $2) AS planned,"
        " (SELECT coalesce(sum(amount), 0) FROM figure_day WHERE project_id = $1"
        "   AND figure = 'earned' AND day <= $2) AS earned,"
        " (SELECT coalesce(sum(amount), 0) FROM expense_day WHERE project_id = $1"
        "   AND day <= $2) AS spent",
        project,
        at_zone(
            await pool.fetchval("SELECT time_zone FROM project WHERE id = $1", project),
            site.clock.now_ms,
        ).date(),
    )
    known = await pool.fetchrow("SELECT * FROM project WHERE id = $1", project)
    assert known is not None
    assert figures is not None
    return World(
        dict(known),
        rows,
        await _read_rules(site),
        site.clock.now_ms,
        {name: int(value) for name, value in dict(figures).items()},
    )


async def _read_rules(site: Site) -> dict[str, dict[str, Any]]:
    """Return the rules of the project: what it says itself, then what was shipped."""
    rules = {name: {"enabled": True, "level": None, **one} for name, one in SHIPPED.items()}
    for one in await site.pool.fetch(
        "SELECT rule, enabled, level, thresholds::text, horizon_days, wait_hours, bound::text,"
        " roles FROM alert_rule WHERE project_id = $1 AND NOT deleted",
        site.project,
    ):
        said = {name: value for name, value in dict(one).items() if value is not None}
        rule = rules[said.pop("rule")]
        if "thresholds" in said:
            said["thresholds"] = tuple(msgspec.json.decode(said["thresholds"]))
        rule |= said
    return rules


# What should stand


def expected(world: World) -> dict[Key, str]:
    """Return every alert that should stand, and how grave it is."""
    found: dict[Key, str] = {}
    for part in (_tasks, _site, _money, _papers, _indices, _reports, _devices):
        for rule, subject, detail, level in part(world):
            said = world.rules[rule]
            if said["enabled"]:
                found[Key(rule, subject, detail)] = said["level"] or level
    return found


Said = tuple[str, str, str, str]


def _tasks(world: World) -> Iterator[Said]:
    today, end = world.local.date(), world.project["finish"]
    for task in world.rows["task"]:
        kind = task["kind"]
        closed = task["status"] in {"done", "verified", "cancelled"}
        if kind not in {"task", "milestone"} or closed or not world.alive:
            continue
        if (planned := task["planned_finish"]) is not None:
            left = (planned.date() - today).days
            if left < 0:
                yield "task_overdue", task["id"], "", "warning"
            elif left <= world.rules["task_due"]["horizon_days"]:
                yield "task_due", task["id"], "", "information"
            if end is not None and planned.date() > end:
                yield "task_past_project_end", task["id"], "", "warning"
        agreed = task["baseline_finish"] or (planned if kind == "milestone" else None)
        forecast = task["early_finish"]
        if agreed is None or forecast is None or forecast.date() <= agreed.date():
            continue
        if kind == "milestone":
            yield "milestone_at_risk", task["id"], "", "critical"
        elif task["critical"]:
            yield "task_critical_slip", task["id"], "", "warning"


def _site(world: World) -> Iterator[Said]:
    if not world.alive:
        return
    soon = world.local + dt.timedelta(hours=world.rules["permit_expiring"]["wait_hours"])
    for permit in world.rows["permit"]:
        if permit["status"] in {"issued", "active", "suspended"}:
            if permit["valid_until"] <= world.local:
                yield "permit_expiring", permit["id"], "", "critical"
            elif permit["valid_until"] <= soon:
                yield "permit_expiring", permit["id"], "", "warning"
    for action in world.rows["follow_up"]:
        late = action["due"] is not None and action["due"] < world.local.date()
        if late and action["status"] in {"todo", "in_progress"}:
            yield "follow_up_overdue", action["id"], "", "warning"


def _money(world: World) -> Iterator[Said]:
    for (rule, subject, threshold), (value, amount) in measures(world).items():
        over = value * 100 > threshold * amount
        # What is spent warns on reaching a threshold; what is foreseen may use up all there is.
        spent = rule in {"budget_threshold", "budget_line_threshold"}
        if value > 0 and (over or (spent and value * 100 == threshold * amount)):
            grave = "critical" if threshold >= 110 else "warning"
            yield rule, subject, str(threshold), grave if threshold >= 100 else "information"


def measures(world: World) -> dict[tuple[str, str, int], tuple[int, int]]:
    """Return what each threshold is held against: (value, what was granted)."""
    found: dict[tuple[str, str, int], tuple[int, int]] = {}
    budgets = {one["id"]: one for one in world.rows["budget"]}
    for table in ("budget", "budget_line"):
        for row in world.rows[table]:
            budget = budgets.get(str(row.get("budget_id", row["id"])))
            if budget is None:
                continue
            spent, ordered = row["spent"] or 0, row["committed"] or 0
            forecast = row["forecast"] or 0
            own = f"{table}_threshold"
            values = {
                own: spent,
                "budget_committed": spent + ordered if ordered else 0,
                "budget_forecast": forecast if forecast > spent + ordered else 0,
            }
            for rule, value in values.items():
                thresholds = world.rules[rule]["thresholds"]
                said = budget["thresholds"]
                if rule == own and said is not None:
                    thresholds = msgspec.json.decode(said) if isinstance(said, str) else said
                for threshold in thresholds:
                    found[rule, row["id"], threshold] = (value, row["amount"])
    return found


def _papers(world: World) -> Iterator[Said]:
    if (world.project["spent_off_budget"] or 0) > 0:
        yield "off_budget", str(world.project["id"]), "", "warning"
    for expense in world.rows["expense"]:
        if (expense["over_budget"] or 0) > 0 and expense["status"] in {"draft", "submitted"}:
            yield "expense_over_line", expense["id"], "", "warning"
    patience = world.rules["request_waiting"]["wait_hours"] * HOUR_MS
    for table in ("budget_request", "purchase_order", "supplier_invoice"):
        for paper in world.rows[table]:
            since = paper["waiting_since"]
            waits = since is not None and since <= world.now_ms - patience
            if waits and paper["status"] in WAITING:
                yield "request_waiting", paper["id"], "", "warning"
    horizon = dt.timedelta(days=world.rules["invoice_due"]["horizon_days"])
    today = world.local.date()
    for invoice in world.rows["supplier_invoice"]:
        due = invoice["due"]
        if invoice["status"] == "approved" and due is not None and due <= today + horizon:
            yield "invoice_due", invoice["id"], "", "warning" if due < today else "information"


def indices(world: World) -> dict[str, Fraction]:
    """Return the indices that have a value."""
    figures = world.figures
    if not figures["any"] or not world.alive:
        return {}
    below = {"cost_index_low": figures["spent"], "schedule_index_low": figures["planned"]}
    return {rule: Fraction(figures["earned"], one) for rule, one in below.items() if one > 0}


def _indices(world: World) -> Iterator[Said]:
    for rule, value in indices(world).items():
        if value < Fraction(world.rules[rule]["bound"]):
            yield rule, str(world.project["id"]), "", "warning"


def _reports(world: World) -> Iterator[Said]:
    reports, rule = world.rows["daily_report"], world.rules["report_missing"]
    if not reports or not world.alive:
        return
    there = {one["date"] for one in reports if one["status"] in {"submitted", "approved"}}
    first = min(one["date"] for one in reports)
    if world.project["start"] is not None:
        first = max(first, world.project["start"])
    for back in range(1, rule["horizon_days"] + 1):
        day = world.local.date() - dt.timedelta(days=back)
        over = dt.datetime.combine(day, dt.time()) + dt.timedelta(days=1)
        late = world.local - over >= dt.timedelta(hours=rule["wait_hours"])
        if day >= first and day not in there and late and is_worked(day):
            yield "report_missing", str(world.project["id"]), day.isoformat(), "warning"


def is_worked(day: dt.date) -> bool:
    """Whether a day is one of an office week: the project has no calendar, its site no country."""
    return day.weekday() < 5


def _devices(world: World) -> Iterator[Said]:
    rule = world.rules["device_silent"]
    people = {str(one["person_id"]) for one in world.rows["member"]}
    if not world.alive:
        return
    for device in world.rows["replica"]:
        silent = world.now_ms - device["seen"]
        forgotten = silent > rule["horizon_days"] * 24 * HOUR_MS and not device["waiting"]
        if device["person"] in people and silent > rule["wait_hours"] * HOUR_MS and not forgotten:
            yield (
                "device_silent",
                device["id"],
                "",
                "warning" if device["waiting"] else "information",
            )


# When the next is another crossing


def is_far(world: World, key: Key) -> bool:
    """Whether what an alert is about has gone far enough from its bound."""
    if key.rule in MONEY:
        found = measures(world).get((key.rule, key.subject, int(key.part)))
        if found is None or not world.rules[key.rule]["enabled"]:
            return True
        value, amount = found
        floor = int(key.part) - 2
        if key.rule in {"budget_committed", "budget_forecast"}:
            floor = max(floor, 100)
        return value <= 0 or value * 100 <= floor * amount
    if key.rule in INDICES:
        value_now = indices(world).get(key.rule)
        bound = Fraction(world.rules[key.rule]["bound"])
        enabled = world.rules[key.rule]["enabled"]
        return value_now is None or not enabled or value_now >= bound + Fraction(2, 100)
    return True
