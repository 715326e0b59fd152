"""Every rule of alerts under any interleaving of people on and offline, workers and clocks.

After each merge and each run of a job the alerts that stand are those that an oracle reads from the
plain rows; each crossing is raised once and told once to whoever it concerns; a deadline reaches a
person once a day of the project; what nobody answers goes up as often as it should.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from server.alerts import (
    deliver_notices,
    escalate_alerts,
    evaluate_clock,
    recheck_next,
    recompute_alerts,
    tell_deadlines,
    tell_digests,
)
from server.projects import recompute_next
from sync.changes import Change
from sync.reports import report_id
from tests.server.alerts.oracle import (
    ESCALATED,
    FINANCE,
    HOUR_MS,
    Key,
    World,
    at_zone,
    expected,
    is_far,
    is_worked,
    read_world,
)
from tests.server.interleaving import Interleaving, Tablet, choices, moments, people, play
from tests.server.site import DAY, NOON, new_id

if TYPE_CHECKING:
    from server.settings import Settings

ZONE = "Asia/Kathmandu"
NOTICE_HOUR = 6
WEEK_MS = 7 * DAY
days = st.integers(-6, 12)
amounts = st.sampled_from((100_000, 250_000, 390_000, 400_000, 490_000))
tuned = st.sampled_from(
    (
        ("task_due", {"horizon_days": 6}),
        ("report_missing", {"horizon_days": 5, "wait_hours": 1}),
        ("budget_threshold", {"thresholds": [40, 60]}),
        ("budget_line_threshold", {"level": "critical"}),
        ("budget_committed", {"enabled": False}),
        ("off_budget", {"enabled": False}),
        ("cost_index_low", {"bound": "0.5"}),
        ("schedule_index_low", {"bound": "1.2"}),
        ("request_waiting", {"wait_hours": 1}),
        ("invoice_due", {"horizon_days": 1}),
        ("permit_expiring", {"wait_hours": 30}),
        ("task_overdue", {"enabled": False}),
        ("follow_up_overdue", {"level": "information"}),
        ("milestone_at_risk", {"roles": ["accountant"]}),
        ("device_silent", {"wait_hours": 200}),
    )
)


class AlertMachine(Interleaving):
    """A project with work, money, papers and devices; people, workers and clocks at it."""

    async def prepare(self) -> None:
        """Make what the rules speak of; freeze a plan, so that there are indices."""
        site, chief = self.site, self.managers[0]
        await self._put_away()
        self.began_ms = site.clock.now_ms
        self.together = self.clocked = False
        self.raised: dict[Key, Any] = {}
        self.far: set[Key] = set()
        self.told: Counter[str] = Counter()
        self.deadlines: set[tuple[str, ...]] = set()
        self.deadline_lines: Counter[str] = Counter()
        self.mornings: set[str] = set()
        must = chief.device.must
        await must(await site.update("project", site.project, time_zone=ZONE, data_date=self.at(0)))
        self.budget, lines = self.track("budget"), [self.track("budget_line") for _ in range(2)]
        money = {"name": "B", "currency": "XAF", "amount": 1_000_000}
        tasks = [self.track("task") for _ in range(4)]
        self.rows |= {site.project: "project"}
        await must(site.create("budget", self.budget, **money))
        for number, task in enumerate(tasks):
            kind = "milestone" if number == 3 else "task"
            dates = {
                "planned_start": self.at(number - 1, 8),
                "planned_finish": self.at((0, 3, 2, 0)[number]),
            }
            people = {"assignees": [self.crew.person], "watchers": [self.supervisor.person]}
            minutes = 0 if number == 3 else 480
            plan = {"kind": kind, "status": "todo", "duration_minutes": minutes}
            await must(site.create("task", task, name=f"T{number}", **plan, **dates, **people))
        for number, line in enumerate(lines):
            values = {"budget_id": self.budget, "cost_code": f"{number}", "amount": 500_000}
            await must(site.create("budget_line", line, task_id=tasks[number], **values))
        for before, after in itertools.pairwise(tasks):
            ends = {"predecessor_id": before, "successor_id": after, "kind": "finish_start"}
            await must(site.create("task_link", new_id(), **ends))
        await must(site.create("baseline", new_id(), name="R0", author_id=chief.person))
        for kind in ("purchase_order", "supplier_invoice"):
            level = {"name": kind, "kind": kind, "level": 1, "role": "manager"}
            await must(site.create("approval_rule", new_id(), **level))
        await self._open_papers(lines)

    async def _open_papers(self, lines: list[str]) -> None:
        """Make one of each thing that waits for someone: what follows from it comes sooner."""
        crew, office = self.crew.device.must, self.accountant.device.must
        place = {"budget_line_id": lines[0]}
        paper = {"supplier": "S", "date": self.at(0)[:10], "currency": "XAF", "amount": 120_000}
        spent = {"date": self.at(0)[:10], "amount": 100_000, "currency": "XAF", **place}
        made = self.make(self.crew, "expense", status="submitted", **spent)
        self.expense = made.row
        await crew(made)
        order = {**paper, **place, "title": "Acier", "status": "submitted"}
        await office(self.make(self.accountant, "purchase_order", **order))
        bill = {**paper, "due": self.at(6)[:10], "reference": new_id(), "status": "pending"}
        await office(self.make(self.accountant, "supplier_invoice", **bill))
        owner = {"owner_id": self.crew.person, "status": "todo", "due": self.at(2)[:10]}
        await crew(self.make(self.crew, "follow_up", title="A", **owner))
        span = {"valid_from": self.at(0, 23), "valid_until": self.at(1, 9), "status": "requested"}
        words = {"kind": "hot_work", "title": "P", "place": "L", "work": "W"}
        permit = self.make(self.crew, "permit", holder_id=self.crew.person, **words, **span)
        await crew(permit)
        for status in ("assessed", "authorised"):
            step = await self.site.update("permit", permit.row, status=status)
            await self.managers[0].device.must(step)

    async def _put_away(self) -> None:
        """Delete the projects of earlier examples: nobody is told of them any more."""
        site = self.site
        # Each example begins on the same day of a week, at the same hour.
        site.clock.now_ms += WEEK_MS - (site.clock.now_ms - NOON) % WEEK_MS
        for one in await site.pool.fetch(
            "SELECT id::text FROM project WHERE id <> $1 AND NOT deleted", site.project
        ):
            scope = f"project:{one['id']}"
            async with site.intake.server_transaction([scope]) as transaction:
                await transaction.load(scope, [one["id"]])
                transaction.workspace.remove(scope, "project", one["id"], intent="test")
        await site.pool.execute(
            "UPDATE replica SET last_seen_at = to_timestamp($1::bigint / 1000.0),"
            " waiting_change_sets = 0",
            site.clock.now_ms,
        )
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        mine = f"%{site.project}%"
        await site.pool.execute("DELETE FROM notice_outbox WHERE events::text NOT LIKE $1", mine)
        await site.pool.execute("DELETE FROM alert_recheck")

    def at(self, days: int, hour: int = 17) -> str:
        """Return a local time some days from the project's today."""
        day = at_zone(ZONE, self.site.clock.now_ms).date() + dt.timedelta(days=days)
        return f"{day.isoformat()}T{hour:02d}:00"

    # What people do

    @rule(choice=choices, day=days, when=moments, kind=st.sampled_from(("task", "milestone")))
    def plans(self, choice: int, day: int, when: str, kind: str) -> None:
        """Plan a task for another day, or a milestone in its place."""
        by = self.supervisor
        row = self.named("task", choice)
        self.does(by, when, self.edit(by, row, planned_finish=self.at(day), kind=kind))

    @rule(
        who=people,
        choice=choices,
        status=st.sampled_from(("in_progress", "done", "cancelled", "todo")),
        progress=st.sampled_from((2_000, 6_000, 10_000)),
        when=moments,
    )
    def works(self, who: int, choice: int, status: str, progress: int, when: str) -> None:
        """Say how a task goes."""
        by = self.who(who)
        row = self.named("task", choice)
        self.does(by, when, self.edit(by, row, status=status, progress=progress))

    @rule(day=days, when=moments, status=st.sampled_from(("active", "active", "closed", None)))
    def rules_the_project(self, day: int, when: str, status: str | None) -> None:
        """Move the project's end, open it, close it."""
        by = self.managers[1]
        values = {"finish": self.at(day)[:10], **({"status": status} if status else {})}
        self.does(by, when, self.edit(by, self.site.project, **values))

    @rule(
        who=st.sampled_from((0, 1, 3)),
        amount=amounts,
        line=st.integers(0, 2),
        when=moments,
    )
    def spends(self, who: int, amount: int, line: int, when: str) -> None:
        """Record an expense, on a line or on none."""
        by = self.who(who)
        lines = [row for row, table in self.rows.items() if table == "budget_line"]
        place = {"budget_line_id": lines[line]} if line < len(lines) else {}
        values = {"date": self.at(0)[:10], "amount": amount, "currency": "XAF"}
        self.does(by, when, self.make(by, "expense", status="submitted", **values, **place))

    @rule(
        who=people,
        choice=choices,
        amount=amounts,
        status=st.sampled_from(("approved", "refused", "submitted")),
        when=moments,
    )
    def decides(self, who: int, choice: int, amount: int, status: str, when: str) -> None:
        """Decide on an expense, or mend it."""
        by = self.who(who)
        row = self.standing(by, "expense", choice, "submitted")
        change = {"amount": amount} if status == "submitted" else {"status": status}
        self.does(by, when, self.edit(by, row, **change))

    @rule(
        amounts=st.lists(
            st.sampled_from((380_000, 389_000, 391_000, 400_000, 499_000, 501_000, 551_000)),
            min_size=2,
            max_size=4,
        )
    )
    def wavers(self, amounts: list[int]) -> None:
        """Mend what was spent on a line again and again, about the thresholds."""
        for amount in amounts:
            self.does(self.crew, "now", self.edit(self.crew, self.expense, amount=amount))

    @rule(line=choices, amount=amounts, rest=st.none() | amounts, when=moments)
    def budgets(self, line: int, amount: int, rest: int | None, when: str) -> None:
        """Give a line another amount, or say what it will still take."""
        by = self.managers[0]
        change = {"amount": amount} if rest is None else {"estimate_to_complete": rest}
        self.does(by, when, self.edit(by, self.named("budget_line", line), **change))

    @rule(thresholds=st.sampled_from((None, [50], [90, 100])), when=moments)
    def warns_elsewhere(self, thresholds: Any, when: str) -> None:
        """Give the budget thresholds of its own."""
        by = self.managers[0]
        self.does(by, when, self.edit(by, self.budget, thresholds=thresholds))

    @rule(
        table=st.sampled_from(("purchase_order", "supplier_invoice")),
        amount=amounts,
        line=choices,
        day=days,
        when=moments,
    )
    def asks(self, table: str, amount: int, line: int, day: int, when: str) -> None:
        """Ask for an order or an invoice to be approved."""
        by = self.accountant
        where = {"budget_line_id": self.named("budget_line", line)}
        paper = {"supplier": "S", "date": self.at(0)[:10], "amount": amount, "currency": "XAF"}
        given: dict[str, dict[str, Any]] = {
            "purchase_order": {**paper, **where, "title": "Acier", "status": "submitted"},
            "supplier_invoice": {
                **paper,
                **where,
                "reference": new_id(),
                "due": self.at(day)[:10],
                "status": "pending",
            },
        }
        self.does(by, when, self.make(by, table, **given[table]))

    @rule(
        who=st.sampled_from((3, 3, 4, 5)),
        choice=choices,
        table=st.sampled_from(("purchase_order", "supplier_invoice")),
        decision=st.sampled_from(("approved", "approved", "rejected")),
        when=moments,
    )
    def gives_a_word(self, who: int, choice: int, table: str, decision: str, when: str) -> None:
        """Approve or reject."""
        by = self.who(who)
        row = self.standing(by, table, choice, "submitted", "pending")
        self.does(by, when, self.word(by, row, decision, 1))

    @rule(who=st.sampled_from((0, 1)), hours=st.sampled_from((1, 5, 30)), when=moments)
    def asks_for_a_permit(self, who: int, hours: int, when: str) -> None:
        """Ask for a permit that ends soon."""
        by = self.who(who)
        until = at_zone(ZONE, self.site.clock.now_ms) + dt.timedelta(hours=hours)
        words = {"kind": "hot_work", "title": "P", "place": "L", "work": "W", "status": "requested"}
        begin = until - dt.timedelta(hours=10)
        span = {
            name: moment.isoformat(timespec="minutes")
            for name, moment in (("valid_from", begin), ("valid_until", until))
        }
        permit = self.make(by, "permit", holder_id=self.crew.person, **words, **span)
        self.does(by, when, permit)

    @rule(choice=choices, when=moments)
    def grants_a_permit(self, choice: int, when: str) -> None:
        """Take a permit one step on, up to where people work under it."""
        by = self.managers[0]
        steps = {"requested": "assessed", "assessed": "authorised", "authorised": "issued"}
        row = self.standing(by, "permit", choice, *steps)
        shown = {} if row is None else by.shown(row) or {}
        if shown.get("status") in steps:
            self.does(by, when, self.edit(by, row, status=steps[shown["status"]]))

    @rule(
        who=st.sampled_from((0, 1)),
        choice=choices,
        day=days,
        status=st.sampled_from((None, None, "in_progress", "done")),
        when=moments,
    )
    def follows_up(self, who: int, choice: int, day: int, status: str | None, when: str) -> None:
        """Charge someone with an action, or say that it is done."""
        by = self.who(who)
        if status is not None:
            self.does(by, when, self.edit(by, self.named("follow_up", choice), status=status))
            return
        owner = {"owner_id": self.who(choice % 2).person, "status": "todo"}
        self.does(by, when, self.make(by, "follow_up", title="A", due=self.at(day)[:10], **owner))

    @rule(who=st.sampled_from((0, 1)), back=st.integers(0, 8), when=moments)
    def reports(self, who: int, back: int, when: str) -> None:
        """Begin a daily report, or hand in the one that was begun."""
        by = self.who(who)
        date = self.at(-back)[:10]
        row = report_id(self.site.project, date, "day")
        if by.shown(row) is not None:
            self.does(by, when, self.edit(by, row, status="submitted"))
            return
        values = {"date": date, "shift": "day", "status": "draft", "author_id": by.person}
        self.track("daily_report", row)
        self.does(by, when, self.site.create("daily_report", row, **values))

    @rule(choice=choices, who=st.sampled_from((1, 3)), when=moments)
    def deletes(self, choice: int, who: int, when: str) -> None:
        """Delete something that may have an alert."""
        by = self.who(who)
        table = ("task", "follow_up", "expense", "permit", "daily_report")[choice % 5]
        self.does(by, when, self.drop(by, self.named(table, choice)))

    @rule(said=tuned, undo=st.booleans())
    def tunes(self, said: tuple[str, dict[str, Any]], undo: bool) -> None:  # noqa: FBT001
        """Rule that an alert comes earlier, later, graver, or not at all; or take that back."""
        by, (name, values) = self.managers[0], said
        row = f"{name}:{self.site.project}"
        known = self.rows.get(row)
        if known is None and not undo:
            self.rows[row] = new_id()
            change = {"rule": name, "project_id": self.site.project, **values}
            self.does(
                by, "now", Change("org", "alert_rule", self.rows[row], "create", after=change)
            )
        elif known is not None:
            after = dict.fromkeys(values) if undo else values
            self.run(self._retune(by, known, after))

    async def _retune(self, by: Tablet, row: str, after: dict[str, Any]) -> None:
        if await self.site.pool.fetchval("SELECT 1 FROM sync_row WHERE row_id = $1", row):
            await self._does(by, "now", [await self.site.update("alert_rule", row, **after)])

    @rule(who=people, choice=choices, when=moments, back=st.booleans())
    def answers(self, who: int, choice: int, when: str, back: bool) -> None:  # noqa: FBT001
        """Acknowledge an alert that one's tablet shows, or take that back."""
        by = self.who(who)
        shown = [row for row, wire in by.seen.items() if wire.table == "alert"]
        if not shown:
            return
        row = shown[choice % len(shown)]
        values = by.seen[row].values
        after: dict[str, Any] = {"status": "open" if back else "acknowledged"}
        after["acknowledged_by"] = None if back else by.person
        before = {name: values.get(name) for name in after}
        scope = self.site.scope("finance" if values["rule"] in FINANCE else "project")
        change = Change(scope, "alert", row, "update", dict(by.seen[row].vector), before, after)
        self.does(by, when, change)

    # What workers and clocks do

    @rule(hours=st.sampled_from((1, 3, 9, 24, 24, 72)))
    def time_passes(self, hours: int) -> None:
        """Let the clock go on, and its job look at what time has brought."""
        self.site.clock.now_ms += hours * HOUR_MS
        self.run(self._clock())

    @rule()
    def schedules(self) -> None:
        """Let a worker date the network."""
        self.run(self._schedule())

    @rule(hours=st.sampled_from((0, 80, 800)), waiting=st.integers(0, 2))
    def device_speaks(self, hours: int, waiting: int) -> None:
        """Hear last of the crew's device so many hours ago, with so much unsent."""
        self.run(self._device(hours, waiting))

    @rule()
    def morning(self) -> None:
        """Deadlines are put down, as often as it pleases."""
        self.run(self._morning())

    @rule()
    def monday(self) -> None:
        """Digests are put down, as often as it pleases."""
        self.run(self._monday())

    @rule()
    def nobody_answers(self) -> None:
        """Let what waits too long go up."""
        self.run(self._escalate())

    async def _clock(self) -> None:
        await evaluate_clock(self.site.intake, self.site.pool, self.site.clock.now_ms)
        self.clocked = True
        await self._check_anew()

    async def _schedule(self) -> None:
        site = self.site
        while await recompute_next(site.pool, site.intake, site.settings, site.clock.now_ms):
            pass
        await self._check_anew()

    async def _device(self, hours: int, waiting: int) -> None:
        site, replica = self.site, self.crew.device.replica
        await site.pool.execute(
            "UPDATE replica SET last_seen_at = to_timestamp($2::bigint / 1000.0),"
            " waiting_change_sets = $3 WHERE id = $1",
            replica,
            site.clock.now_ms - hours * HOUR_MS,
            waiting,
        )
        await self._clock()

    async def _monday(self) -> None:
        site = self.site
        await tell_digests(site.intake, site.clock.now_ms, hour=NOTICE_HOUR)
        await self._deliver()
        told = await site.pool.fetch(
            "SELECT person_id, sent_at FROM notification WHERE kind = 'digest' AND project_id = $1",
            site.project,
        )
        weeks = Counter(
            (one["person_id"], at_zone(ZONE, one["sent_at"]).isocalendar()[:2]) for one in told
        )
        assert not [one for one, count in weeks.items() if count > 1]

    async def _morning(self) -> None:
        site = self.site
        world = await read_world(site)
        await tell_deadlines(
            site.intake, site.pool, site.clock.now_ms, hour=NOTICE_HOUR, lead_days=3
        )
        self._expect_deadlines(world)
        await self._deliver()
        found = await site.pool.fetch(
            "SELECT person_id::text AS person, sum(count)::int AS lines FROM notification"
            " WHERE kind = 'deadline' AND person_id = ANY($1::uuid[]) AND sent_at >= $2"
            " GROUP BY person_id",
            [one.person for one in self.tablets],
            self.began_ms,
        )
        assert {one["person"]: one["lines"] for one in found} == +self.deadline_lines

    def _expect_deadlines(self, world: World) -> None:
        """Work out whom a run tells of what: once a lead, once a day, on working days."""
        today = world.local.date()
        begun = world.alive and world.local.hour >= NOTICE_HOUR
        if not begun or today.isoformat() in self.mornings:
            return
        self.mornings.add(today.isoformat())
        if not is_worked(today):
            return
        last = today
        while not is_worked(last + dt.timedelta(days=1)):
            last += dt.timedelta(days=1)
        for name, row, due in _falls_due(world):
            said = world.rules[name]
            left = (due - last).days
            if not said["enabled"] or due < today or left > max(said["lead_days"]):
                continue
            lead = min(one for one in said["lead_days"] if left <= one)
            for person in self._told_of(world, name, row):
                names = {(person, row["id"], due.isoformat(), str(lead))}
                names.add((person, row["id"], "on", today.isoformat()))
                if names.isdisjoint(self.deadlines):
                    self.deadlines |= names
                    self.deadline_lines[person] += 1

    def _told_of(self, world: World, name: str, row: Any) -> set[str]:
        """Return whom a deadline is told to."""
        if name == "invoice_due":
            return {self.accountant.person} if "accountant" in world.rules[name]["roles"] else set()
        if name == "task_due":
            return {str(one) for one in (*(row["assignees"] or ()), *(row["watchers"] or ()))}
        return set() if row["owner_id"] is None else {str(row["owner_id"])}

    async def _escalate(self) -> None:
        site = self.site
        due = {
            one["id"]
            for one in await self._alerts()
            if one["status"] == "open"
            and one["rule"] in ESCALATED
            and (one["escalation"] or 0) < 3
            and site.clock.now_ms - (one["escalated_at"] or one["raised_at"])
            >= ESCALATED[one["rule"]][0] * HOUR_MS
        }
        before = {one["id"]: one["escalation"] or 0 for one in await self._alerts()}
        await escalate_alerts(site.intake, site.pool, site.clock.now_ms, 3)
        after = {one["id"]: one["escalation"] or 0 for one in await self._alerts()}
        assert {one for one in after if after[one] != before[one]} == due
        assert all(after[one] == before[one] + 1 for one in due)
        await self._deliver()

    # What must hold

    async def _send_together(self, one: Tablet, other: Tablet) -> None:
        # Two merges may pass between two looks: which of them crossed what is not asked then.
        self.together = True
        await super()._send_together(one, other)

    async def _check_anew(self) -> None:
        self.heads = []
        await self._check()

    async def check(self) -> None:
        """Hold the alerts against the oracle, and what was told against what was raised."""
        site = self.site
        now = dt.datetime.fromtimestamp(site.clock.now_ms / 1000, tz=dt.UTC)
        while await recheck_next(site.intake, site.pool, now):
            pass
        world = await read_world(site)
        alerts = await self._alerts()
        standing = {one["key"]: one for one in alerts if one["status"] != "resolved"}
        # What a device says moves no merge: the clock alone looks at them.
        left_out = set() if self.clocked else {"device_silent"}
        self.clocked = False
        found = {key: one["level"] for key, one in standing.items() if key.rule not in left_out}
        assert found == {
            key: level for key, level in expected(world).items() if key.rule not in left_out
        }
        self._follow(world, {one["key"]: one for one in alerts}, standing)
        await self._deliver()

    def _follow(self, world: World, alerts: dict[Key, Any], standing: dict[Key, Any]) -> None:
        """Hold each crossing against the one before it: the same one, or another."""
        for key, one in alerts.items():
            before = self.raised.get(key)
            crossed = before is None or before["times"] != one["times"]
            if key in standing and not self.together:
                anew = before is None or (before["status"] == "resolved" and key in self.far)
                assert crossed == anew, (key, before, one)
            if crossed and not self.together:
                assert one["raised_at"] == world.now_ms, (key, one)
                assert one["acknowledged_by"] is None, (key, one)
            if key in standing:
                self.far.discard(key)
            elif is_far(world, key):
                self.far.add(key)
            self.raised[key] = one
        if self.together:
            # What happened between is not known: a crossing that is down may be either.
            self.far = {key for key, one in alerts.items() if _was_far(one)}
        self.together = False

    async def _alerts(self) -> list[dict[str, Any]]:
        records = await self.site.pool.fetch(
            "SELECT id::text, rule, subject_id::text AS subject, facts::text, level, status,"
            " raised_at, acknowledged_by, escalation, escalated_at,"
            " (SELECT count(*) FROM change_log JOIN scope ON scope.id = scope_id"
            "   WHERE name = scope_kind || ':' || project_id AND row_id = alert.id"
            "   AND intent = 'alert.raise') AS times"
            " FROM alert WHERE project_id = $1",
            self.site.project,
        )
        found = []
        for record in records:
            one = {**record, "facts": msgspec.json.decode(record["facts"] or "{}")}
            facts = one["facts"]
            part = str(facts.get("threshold") or facts.get("date") or "")
            subject = facts.get("replica", one["subject"])
            found.append({**one, "key": Key(one["rule"], subject, part)})
        return found

    async def _deliver(self) -> None:
        """Let the worker tell people; what one event says goes to each whom it concerns once."""
        site = self.site
        for (events,) in await site.pool.fetch("SELECT events::text FROM notice_outbox"):
            for event in msgspec.json.decode(events):
                if event["kind"] in {"alert", "safety"} and event.get("alert"):
                    assert event["project"] == site.project
                    self.told[event["alert"]] += 1
        while await deliver_notices(site.intake, site.pool, site.clock.now_ms):
            pass
        raised = {one["id"]: one for one in await self._alerts() if one["rule"] != "task_due"}
        assert dict(self.told) == {alert: one["times"] for alert, one in raised.items()}

    async def finish(self) -> None:
        """Evaluate all anew: what merges and clocks left is what a recompute finds."""
        await self._clock()
        before = await self._alerts()
        await recompute_alerts(self.site.intake, self.site.pool)
        assert await self._alerts() == before


def _was_far(alert: dict[str, Any]) -> bool:
    return alert["status"] == "resolved" and bool(alert["facts"].get("rearmed"))


def _falls_due(world: World) -> list[tuple[str, Any, dt.date]]:
    closed = {"done", "verified", "cancelled"}
    found: list[tuple[str, Any, dt.date]] = [
        ("task_due", one, one["planned_finish"].date())
        for one in world.rows["task"]
        if one["planned_finish"] is not None
        and one["kind"] in {"task", "milestone"}
        and one["status"] not in closed
    ]
    found += [
        ("follow_up_overdue", one, one["due"])
        for one in world.rows["follow_up"]
        if one["due"] is not None and one["status"] in {"todo", "in_progress"}
    ]
    found += [
        ("invoice_due", one, one["due"])
        for one in world.rows["supplier_invoice"]
        if one["due"] is not None and one["status"] == "approved"
    ]
    return found


def test_every_rule_holds_under_any_interleaving(settings: Settings) -> None:
    """Late, twice, together, by the clock: each crossing once, told once, gone by itself."""
    play(AlertMachine, settings, max_examples=10, steps=40)
