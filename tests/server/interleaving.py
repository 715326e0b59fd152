"""Any interleaving of people with and without a link: the stage that state machines play on.

Everyone has a tablet that knows what it last heard, and an outbox. A rule makes a change against
what its tablet shows, sends some of the outbox, loses an answer and sends again, hears of what the
others did, or acts online through the server. After each merge the machine asks whether the server
is in a state that nobody may ever lead it to.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from server.errors import ProblemError
from server.intake import Proposal
from sync.changes import Answer, Change, ChangeSet, WireRow
from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

    from server.settings import Settings

MINUTE = 60_000

people = st.integers(0, 5)
choices = st.integers(0, 11)
BLIND = 11
"""The choice of whoever does not look at what their tablet shows."""
moments = st.sampled_from(("later", "later", "now", "now", "online"))
"""When a change reaches the server: with the outbox, at once, or through a route."""


class Tablet:
    """What one person's device shows, and what waits in it."""

    def __init__(self, device: Device, role: str) -> None:
        self.device = device
        self.role = role
        """In the project."""
        self.person = device.person
        self.seen: dict[str, WireRow] = {}
        self.outbox: list[ChangeSet] = []
        self.answered: list[tuple[ChangeSet, Answer]] = []

    def shown(self, row: str) -> Mapping[str, Any] | None:
        """Return a row's values with what waits here laid over; None when it is not there."""
        known = self.seen.get(row)
        values = None if known is None or known.deleted else {**known.values}
        for one in (change for made in self.outbox for change in made.changes):
            if one.row == row and one.operation == "delete":
                values = None
            elif one.row == row:
                values = {**(values or {}), **one.after}
        return values

    def vector(self, row: str) -> Mapping[str, int]:
        """Return what this device has seen of a row."""
        known = self.seen.get(row)
        return {} if known is None else known.vector


class Stage:
    """A site that outlives its examples, each of which has a project of its own."""

    def __init__(self, runner: asyncio.Runner, site: Site, devices: Sequence[Device]) -> None:
        self.run = runner.run
        self.site = site
        self.devices = devices


ROLES = ("employee", "supervisor", "accountant", "manager", "manager", "administrator")
"""Of the people on the stage: the first two by their membership in the project."""


@contextmanager
def open_stage(settings: Settings) -> Iterator[Stage]:
    """Open a site with one person of each role, two managers, and a loop to run them in."""
    with asyncio.Runner() as runner:
        context = open_site(settings)
        site = runner.run(context.__aenter__())
        try:
            devices = [
                runner.run(site.person(role if place > 1 else "employee"))
                for place, role in enumerate(ROLES)
            ]
            yield Stage(runner, site, devices)
        finally:
            runner.run(context.__aexit__(None, None, None))


class Interleaving(RuleBasedStateMachine):
    """What all machines do; a subclass adds what people do, and what must never be."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.site = stage.site
        self._run = stage.run
        self.site.project = new_id()
        self.tablets = [
            Tablet(device, role) for device, role in zip(stage.devices, ROLES, strict=True)
        ]
        self.crew, self.supervisor, self.accountant, *self.managers, self.chief = self.tablets
        self.rows: dict[str, str] = {}
        """Row -> table: all that the machine may speak of."""
        self.refused: list[str] = []
        self.heads: list[Any] = []
        """What was looked at last: where nothing moved, nothing is looked at again."""
        self.sound = True
        """False from the first broken promise on: what follows from it says nothing more."""
        self.run(self._open())

    def run(self, task: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the stage's loop."""
        return self._run(task)

    async def _open(self) -> None:
        site, manager = self.site, self.managers[0].device
        for tablet in self.tablets:
            # An example that failed may have left work unsent.
            tablet.device.counter = await site.pool.fetchval(
                "SELECT last_counter FROM replica WHERE id = $1", tablet.device.replica
            )
        await site.open_project(manager)
        for tablet in (self.crew, self.supervisor):
            member = {"person_id": tablet.person, "role": tablet.role}
            await manager.must(site.create("member", new_id(), **member))
        await self.prepare()
        for tablet in self.tablets:
            await self.hear(tablet)
        await self._check()

    async def prepare(self) -> None:
        """Make what is there before anyone loses their link."""

    async def check(self) -> None:
        """Assert what holds after every merge."""

    async def _check(self) -> None:
        heads = await self._heads()
        if heads != self.heads:
            self.heads, self.sound = heads, False
            await self.check()
            self.sound = True

    async def finish(self) -> None:
        """Assert what holds when every outbox is empty."""

    def track(self, table: str, row: str | None = None) -> str:
        """Return a row's id that the machine may speak of from now on."""
        known = row or new_id()
        self.rows[known] = table
        return known

    def named(self, table: str, choice: int) -> str | None:
        """Return one of the rows of a table; None where there is none."""
        found = [row for row, one in self.rows.items() if one == table]
        return found[choice % len(found)] if found else None

    def standing(self, by: Tablet, table: str, choice: int, *states: str) -> str | None:
        """Return a row that a tablet shows in one of some states; now and then any one."""
        found = [
            row
            for row, one in self.rows.items()
            if one == table and (by.shown(row) or {}).get("status") in states
        ]
        if choice == BLIND or not found:
            return self.named(table, choice)
        return found[choice % len(found)]

    def who(self, number: int) -> Tablet:
        """Return one of the people."""
        return self.tablets[number % len(self.tablets)]

    # What people do

    def make(self, by: Tablet, table: str, **values: Any) -> Change:
        """Make a row in someone's own name."""
        return self.site.create(table, self.track(table), **{"author_id": by.person, **values})

    def edit(self, by: Tablet, row: str | None, **values: Any) -> Change | None:
        """Change a row as a tablet shows it; nothing where it does not show it."""
        shown = None if row is None else by.shown(row)
        if row is None or shown is None:
            return None
        before = {name: shown.get(name) for name in values}
        table = self.rows[row]
        scope = self.site.create(table, row).scope
        return Change(scope, table, row, "update", dict(by.vector(row)), before, values)

    def drop(self, by: Tablet, row: str | None) -> Change | None:
        """Delete a row that a tablet shows."""
        if row is None or by.shown(row) is None:
            return None
        table = self.rows[row]
        scope = self.site.create(table, row).scope
        return Change(scope, table, row, "delete", dict(by.vector(row)))

    def word(self, by: Tablet, subject: str | None, decision: str, choice: int) -> Change | None:
        """Give one's word on what a tablet shows, at one level or the next."""
        shown = None if subject is None else by.shown(subject)
        if subject is None or shown is None:
            return None
        reason = {} if decision == "approved" else {"reason": "Non justifié"}
        return self.site.create(
            "approval",
            self.track("approval"),
            subject_table=self.rows[subject],
            subject_id=subject,
            round=shown.get("round") or 1,
            level=(shown.get("level") or 1) + (choice == 0),
            amount=shown.get("amount") or 0,
            decision=decision,
            author_id=by.person,
            **reason,
        )

    def does(self, by: Tablet, when: str, *changes: Change | None) -> None:
        """Do something, online or on a tablet."""
        made = [one for one in changes if one is not None]
        if not made or len(made) != len(changes):
            return
        self.run(self._does(by, when, made))

    async def _does(self, by: Tablet, when: str, changes: list[Change]) -> None:
        if when == "online":
            await self._act(by, changes)
            await self.hear(by)
            await self._check()
            return
        by.outbox.append(by.device.change_set(*changes))
        if when == "now":
            await self._send(by, len(by.outbox), lost=False)
            await self.hear(by)
            await self._check()

    async def _act(self, by: Tablet, changes: list[Change]) -> None:
        proposals = [
            Proposal(one.scope, one.table, one.row, one.after, one.operation) for one in changes
        ]
        try:
            await self.site.intake.act(by.person, proposals, intent="test")
        except ProblemError as problem:
            self.refused.append(problem.error.code)

    # What the links do

    async def _send(self, by: Tablet, count: int, *, lost: bool) -> None:
        sent = by.outbox[:count]
        if not sent:
            return
        answers = await by.device.push(*sent)
        assert len(answers) == len(sent)
        if lost:
            return
        del by.outbox[:count]
        self._note(by, sent, answers)

    def _note(self, by: Tablet, sent: list[ChangeSet], answers: list[Answer]) -> None:
        by.answered += zip(sent, answers, strict=True)
        self.refused += [one.rejection.code for one in answers if one.rejection is not None]

    async def hear(self, by: Tablet) -> None:
        """Hear all that the server holds."""
        records = await self.site.pool.fetch(
            "SELECT row_id::text AS row, document FROM sync_row JOIN scope ON scope.id = scope_id"
            " WHERE name = ANY($1::text[])",
            [self.site.scope("project"), self.site.scope("finance")],
        )
        for one in records:
            wire = msgspec.msgpack.decode(one["document"], type=WireRow)
            by.seen[one["row"]] = wire

    @rule(who=people, count=st.integers(1, 9), lost=st.booleans())
    def sends(self, who: int, count: int, lost: bool) -> None:  # noqa: FBT001 - drawn by name
        """Send some of an outbox; a lost answer leaves it to be sent again."""
        self.run(self._sends(self.who(who), count, lost=lost))

    async def _sends(self, by: Tablet, count: int, *, lost: bool) -> None:
        await self._send(by, count, lost=lost)
        await self._check()

    @rule(one=people, other=people)
    def send_together(self, one: int, other: int) -> None:
        """Two outboxes reach the server at once, and are merged as one group."""
        self.run(self._send_together(self.who(one), self.who(other)))

    async def _send_together(self, one: Tablet, other: Tablet) -> None:
        if one is other:
            return
        both = (self._send(by, len(by.outbox), lost=False) for by in (one, other))
        await asyncio.gather(*both)
        await self._check()

    @rule(who=people)
    def hears(self, who: int) -> None:
        """Hear what the others did."""
        self.run(self.hear(self.who(who)))

    @rule(who=people)
    def sends_all_again(self, who: int) -> None:
        """All that a tablet ever sent comes again: it is answered the same, and does nothing."""
        self.run(self._again(self.who(who)))

    async def _again(self, by: Tablet) -> None:
        if not by.answered:
            return
        before = await self._heads()
        answers = await by.device.push(*(sent for sent, _ in by.answered))
        for again, (_, known) in zip(answers, by.answered, strict=True):
            assert again.status in {known.status, "duplicate"}
            assert again.rejection == known.rejection
        assert await self._heads() == before

    async def _heads(self) -> list[Any]:
        return [
            tuple(one)
            for one in await self.site.pool.fetch(
                "SELECT name, head, checksum FROM scope WHERE name = ANY($1::text[]) ORDER BY name",
                ["org", self.site.scope("project"), self.site.scope("finance")],
            )
        ]

    @rule(minutes=st.sampled_from((1, 60, 1_440)))
    def time_passes(self, minutes: int) -> None:
        """Let the clocks go on, everyone's alike."""
        self.site.clock.now_ms += minutes * MINUTE

    def teardown(self) -> None:
        """Give everyone a link, and look at what all of it came to."""
        if self.sound:
            self.run(self._close())

    async def _close(self) -> None:
        for by in self.tablets:
            await self._send(by, len(by.outbox), lost=False)
            await self._check()
        await self.finish()


def play(machine: type[Interleaving], settings: Settings, *, max_examples: int, steps: int) -> None:
    """Play a machine: so many examples, of so many steps each."""
    with open_stage(settings) as stage:
        run_state_machine_as_test(
            cast("type[RuleBasedStateMachine]", partial(machine, stage)),
            settings=examples(
                max_examples=max_examples,
                stateful_step_count=steps + 10,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
            # Short examples lead nowhere: what is looked for takes a dozen steps to come about.
            _min_steps=steps,
        )
