"""The law of alerts: what merges leave is what a full recompute finds, in any order of arrival."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from server.alerts import evaluate_clock, recheck_next, recompute_alerts
from tests.server.site import DAY, NOON, Clock, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from server.settings import Settings

HOUR = DAY // 24
DAYS = [f"2026-0{month}-{day:02d}" for month in (2, 3) for day in (1, 3, 14, 20, 26, 27, 28)]

_days = st.sampled_from(DAYS)
_rows = st.integers(0, 3)
_amounts = st.sampled_from([0, 1, 400, 500, 550, 1_200])
_steps = st.one_of(
    st.tuples(st.just("task"), _rows, _days, st.sampled_from(["todo", "in_progress", "done"])),
    st.tuples(st.just("permit"), _rows, _days, st.just("requested")),
    st.tuples(st.just("follow_up"), _rows, _days, st.sampled_from(["todo", "done"])),
    st.tuples(st.just("report"), _rows, _days, st.sampled_from(["draft", "submitted"])),
    st.tuples(st.just("invoice"), _rows, _days, st.sampled_from(["draft", "pending"])),
    st.tuples(st.just("expense"), _rows, _amounts, st.booleans()),
    st.tuples(st.just("line"), st.just(0), _amounts, st.just(None)),
    st.tuples(st.just("project"), st.just(0), _days, st.sampled_from([None, "2026-02-02"])),
    st.tuples(
        st.just("rule"),
        st.integers(0, 1),
        st.sampled_from(["task_due", "task_overdue", "budget_threshold", "report_missing"]),
        st.tuples(st.booleans(), st.integers(0, 20), st.sampled_from([None, [50], [70, 100]])),
    ),
    st.tuples(
        st.just("delete"), _rows, st.sampled_from(["task", "follow_up", "report"]), st.none()
    ),
    st.tuples(st.just("time"), st.just(0), st.sampled_from([HOUR, DAY, 5 * DAY]), st.none()),
)


class Play:
    """Does what Hypothesis draws, on rows that it makes as it goes."""

    def __init__(self, site: Site, manager: Device, crew: list[Device]) -> None:
        self.site, self.manager, self.crew = site, manager, crew
        self.budget, self.line = new_id(), new_id()
        self.rows: dict[tuple[str, int], str] = {}

    @classmethod
    async def open(cls, site: Site) -> Play:
        """Make the project, its people, its budget and a line."""
        manager = await site.person("manager")
        await site.open_project(manager, time_zone="Asia/Kathmandu")
        self = cls(site, manager, [await site.person("employee", "supervisor") for _ in range(2)])
        await self.manager.must(
            self.site.create("budget", self.budget, name="B", currency="XAF", amount=1_000),
            self.site.create(
                "budget_line", self.line, budget_id=self.budget, cost_code="A", amount=500
            ),
        )
        return self

    async def put(self, who: Device, table: str, row: int, **values: Any) -> None:
        """Make a row, or change it; what a guard refuses is no matter here."""
        known = self.rows.get((table, row))
        if known is None:
            known = self.rows[table, row] = new_id()
            await who.do(
                self.site.create(table, known, **_NEW[table], **_own(who, table), **values)
            )
            return
        mutable = {name: value for name, value in values.items() if name not in _ONCE}
        stored = await self.site.pool.fetchval("SELECT 1 FROM sync_row WHERE row_id = $1", known)
        if stored is None:
            del self.rows[table, row]
        elif mutable:
            await who.do(await self.site.update(table, known, **mutable))

    async def step(self, step: tuple[Any, ...], who: Device) -> None:
        """Do one thing."""
        what, row, first, second = step
        manager = self.manager
        match what:
            case "task":
                finish = f"{first}T17:00"
                await self.put(manager, "task", row, status=second, planned_finish=finish)
            case "permit":
                until = {"valid_from": f"{first}T06:00", "valid_until": f"{first}T18:00"}
                await self.put(who, "permit", row, status=second, **until)
            case "follow_up":
                await self.put(manager, "follow_up", row, due=first, status=second)
            case "report":
                status = second if ("daily_report", row) in self.rows else "draft"
                await self.put(manager, "daily_report", row, date=first, status=status)
            case "invoice":
                await self.put(manager, "supplier_invoice", row, due=first, status=second)
            case "expense":
                line = {"budget_line_id": self.line} if second else {}
                day = f"2026-02-{1 + row:02d}"
                await self.put(who, "expense", row, amount=first, date=day, **line)
            case _:
                await self._else(what, row, first, second)

    async def _else(self, what: str, row: int, first: Any, second: Any) -> None:
        site = self.site
        match what:
            case "line":
                await self.manager.do(await site.update("budget_line", self.line, amount=first))
            case "project":
                dates = {"finish": first, "start": second}
                await self.manager.do(await site.update("project", site.project, **dates))
            case "rule":
                await self._rule(row, first, second)
            case "delete":
                await self._delete("daily_report" if first == "report" else first, row)
            case "time":
                site.clock.now_ms += first
                await evaluate_clock(site.intake, site.pool, site.clock.now_ms)

    async def _rule(self, own: int, rule: str, said: tuple[bool, int, Any]) -> None:
        enabled, days, thresholds = said
        key = ("alert_rule", hash((own, rule)))
        values = {"enabled": enabled, "horizon_days": days, "thresholds": thresholds}
        known = self.rows.get(key)
        if known is None:
            self.rows[key] = new_id()
            mine = {"project_id": self.site.project} if own else {}
            await self.manager.must(
                self.site.create("alert_rule", self.rows[key], rule=rule, **mine, **values)
            )
        else:
            await self.manager.must(await self.site.update("alert_rule", known, **values))

    async def _delete(self, table: str, row: int) -> None:
        known = self.rows.get((table, row))
        if known is not None and await self.site.pool.fetchval(
            "SELECT 1 FROM sync_row WHERE row_id = $1 AND NOT deleted", known
        ):
            await self.manager.do(await self.site.delete(table, known))

    async def settle(self) -> set[Any]:
        """Let the worker and the clock do their part; return which alerts stand, and how."""
        site = self.site
        while await recheck_next(site.intake, site.pool, _now(site)):
            pass
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        return await self.standing()

    async def standing(self) -> set[Any]:
        """Return which alerts of the project stand, by what they are about."""
        names: dict[str, object] = {row: key for key, row in self.rows.items()}
        names |= {self.budget: "budget", self.line: "line", self.site.project: "project"}
        records = await self.site.pool.fetch(
            "SELECT rule, subject_id::text, level, facts::text FROM alert"
            " WHERE project_id = $1 AND status IN ('open', 'acknowledged')",
            self.site.project,
        )
        return {
            (one[0], names.get(one[1], one[1]), one[2], one[3].replace(self.line, "line"))
            for one in records
        }


_NEW: dict[str, dict[str, Any]] = {
    "task": {"name": "T", "kind": "task"},
    "permit": {"kind": "hot_work", "title": "T", "place": "P", "work": "W"},
    "follow_up": {"title": "T"},
    "daily_report": {"shift": "day"},
    "supplier_invoice": {
        "supplier": "S",
        "date": "2026-02-01",
        "amount": 5,
        "currency": "XAF",
    },
    "expense": {"currency": "XAF", "status": "submitted"},
}
_ONCE = {"date", "valid_from", "valid_until"}


def _own(who: Device, table: str) -> dict[str, Any]:
    own: dict[str, Any] = {} if table == "task" else {"author_id": who.person}
    return {**own, "reference": new_id()} if table == "supplier_invoice" else own


def _now(site: Site) -> Any:
    return dt.datetime.fromtimestamp(site.clock.now_ms / 1000, tz=dt.UTC)


@examples(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(steps=st.lists(_steps, min_size=8, max_size=30))
def test_what_merges_leave_is_what_a_recompute_finds(
    settings: Settings, steps: list[tuple[Any, ...]]
) -> None:
    """After any history of merges, rules and days, evaluating all anew changes nothing."""

    async def play() -> None:
        async with _open(settings, NOON - 2 * DAY) as site:
            game = await Play.open(site)
            for number, step in enumerate(steps):
                await game.step(step, game.crew[number % 2])
            before = await game.settle()
            alerts = await site.alerts()
            await recompute_alerts(site.intake, site.pool)
            assert await game.standing() == before
            mine = {key for key, one in alerts.items() if one["project_id"] == site.project}
            after = await site.alerts()
            assert {key: after[key] for key in mine} == {key: alerts[key] for key in mine}
            await site.pool.execute("UPDATE alert_rule SET deleted = true")

    asyncio.run(play())


@examples(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(draw=st.data())
def test_any_order_of_arrival_leaves_the_same_alerts(settings: Settings, draw: Any) -> None:
    """The same entries of several crews, in two orders, raise the very same alerts."""
    first = [
        *(("task", row, day, "todo") for row, day in enumerate(draw.draw(_four(_days)))),
        *(("expense", row, amount, True) for row, amount in enumerate(draw.draw(_four(_amounts)))),
        *(("follow_up", row, day, "todo") for row, day in enumerate(draw.draw(_four(_days)))),
        *(("report", row, day, "draft") for row, day in enumerate(draw.draw(_four(_days)))),
        *(("permit", row, day, "requested") for row, day in enumerate(draw.draw(_four(_days)))),
        ("line", 0, draw.draw(_amounts), None),
        ("project", 0, draw.draw(_days), None),
    ]
    second = draw.draw(st.permutations(first))

    async def play(steps: list[Any]) -> set[Any]:
        async with _open(settings, NOON) as site:
            game = await Play.open(site)
            for number, step in enumerate(steps):
                await game.step(step, game.crew[number % 2])
            return await game.settle()

    one = asyncio.run(play(first))
    assert one == asyncio.run(play(second))


_played = itertools.count(1)


def _open(settings: Settings, now_ms: int) -> AbstractAsyncContextManager[Site]:
    """Open one more site on the database that all examples share."""
    return open_site(settings, Clock(now_ms), first_number=100 * next(_played))


def _four(of: Any) -> Any:
    return st.lists(of, min_size=4, max_size=4)
