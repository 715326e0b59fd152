"""Random histories of several replicas and one server, with every fault, then healed.

Every entry adds its own power of four to a counter of one task, so that the counter's digits tell
how often each entry was merged: once, or never when it was refused; never twice.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sync.replica import Edit, LoginNeededError, Replica, synchronise
from tests.sync.replica.conftest import Bench, new_project, new_task
from tests.sync.replica.faulty_transport import FAULTS, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sync.changes import ChangeSet
    from tests.sync.replica.reference_server import State

Result = TypeVar("Result")
NAMES = ("ann", "ben", "cid")
TOKENS_MAX = 26
FORBIDDEN = "task.forbidden"

names = st.sampled_from(NAMES)
plans: st.SearchStrategy[list[Any]] = st.just([]) | st.lists(st.sampled_from(FAULTS), max_size=6)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("the engine waited for something")


class Backup(NamedTuple):
    """A copy of a replica's file, and the entries it holds."""

    path: Path
    tokens: frozenset[int]


def token_of(change_set: ChangeSet) -> int | None:
    """Return which entry a change set is, by what it adds to the counter."""
    for change in change_set.changes:
        if change.operation == "update" and "hours_spent_minutes" in change.after:
            added = change.after["hours_spent_minutes"] - change.before["hours_spent_minutes"]
            return (int(added).bit_length() - 1) // 2
    return None


class Histories(RuleBasedStateMachine):
    """Edits, synchronisations, restarts and restores in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="replica-"))
        self.bench = Bench(self.folder)
        self.tokens = 0
        self.made: dict[str, set[int]] = {name: set() for name in NAMES}
        """Entries that each file must hold."""
        self.required: set[int] = set()
        self.optional: set[int] = set()
        """Entries that a restore may or may not have lost."""
        self.server_only: set[int] = set()
        """Entries that only the server still holds."""
        self.forbidden: set[int] = set()
        self.backups: dict[str, Backup] = {}
        self.server_backup: State | None = None

    def teardown(self) -> None:
        """Close and remove the files."""
        self.bench.close()
        shutil.rmtree(self.folder)

    def replica(self, name: str) -> Replica:
        """Return a replica by name."""
        return self.bench.replicas[name]

    @initialize()
    def begin(self) -> None:
        """Let everyone hold one project with a counted task and two others."""
        self.bench.server.forbidden.add(FORBIDDEN)
        for name in NAMES:
            self.bench.replica(name, person=name)
        first = self.replica("ann")
        self.project, self.scope = new_project(first)
        self.counted = new_task(first, self.project, hours_spent_minutes=0)
        self.tasks = [new_task(first, self.project) for _ in range(2)]
        for name in NAMES:
            run(self.bench.sync(name))

    def visible(self, name: str, row: str) -> dict[str, Any] | None:
        """Return what a replica shows of a row."""
        shown = self.replica(name).row(row)
        return None if shown is None else shown.values

    # What people do

    @rule(name=names, forbidden=st.booleans(), text=st.sampled_from(("x", "y")))
    def count(self, name: str, text: str = "z", *, forbidden: bool = False) -> None:
        """Save an entry of its own digit."""
        values = self.visible(name, self.counted)
        if values is None or self.tokens == TOKENS_MAX:
            return
        token, self.tokens = self.tokens, self.tokens + 1
        before = values["hours_spent_minutes"]
        after = {"hours_spent_minutes": before + 4**token, "name": f"{text}{token}"}
        intent = FORBIDDEN if forbidden else "task.count"
        self.replica(name).edit(intent, [Edit("task", self.counted, after=after)])
        self.made[name].add(token)
        (self.forbidden if forbidden else self.required).add(token)
        values = self.visible(name, self.counted)
        assert values is not None
        assert values["hours_spent_minutes"] == before + 4**token

    @rule(
        name=names,
        which=st.integers(0, 9),
        tags=st.lists(st.sampled_from("abcd"), unique=True),
        progress=st.integers(0, 100),
        notes=st.sampled_from(("un deux trois", "un deux", "zéro un deux trois", "deux")),
    )
    def change(self, name: str, which: int, tags: list[str], progress: int, notes: str) -> None:
        """Change a task."""
        task = self.tasks[which % len(self.tasks)]
        if self.visible(name, task) is None:
            return
        after = {"tags": tags, "progress": progress, "notes": notes}
        self.replica(name).edit("task.change", [Edit("task", task, after=after)])
        values = self.visible(name, task)
        assert values is not None
        assert values["progress"] == progress

    @rule(name=names, which=st.integers(0, 9))
    def delete(self, name: str, which: int) -> None:
        """Delete a task."""
        task = self.tasks[which % len(self.tasks)]
        if self.visible(name, task) is not None:
            self.replica(name).edit("task.delete", [Edit("task", task, operation="delete")])
            assert self.visible(name, task) is None

    @rule(name=names)
    def create(self, name: str) -> None:
        """Create a task."""
        if len(self.tasks) < 10:
            self.tasks.append(new_task(self.replica(name), self.project))

    # What machines do

    @rule(name=names, plan=plans, page_rows=st.integers(1, 5))
    def sync(self, name: str, plan: list[Any], page_rows: int) -> None:
        """Synchronise through faults."""
        transport = self.bench.transports[name]
        transport.plan.extend(plan)
        try:
            report = run(synchronise(self.replica(name), transport, page_rows=page_rows))
        except LoginNeededError:
            assert "login" in plan
        else:
            reads = name not in self.bench.server.readers
            assert reads or not report.complete or self.replica(name).rows("task") == []
        transport.plan.clear()

    @rule(name=names, waits=st.booleans(), forbidden=st.booleans(), late=st.booleans())
    def restore_a_tablet(self, name: str, *, waits: bool, forbidden: bool, late: bool) -> None:
        """Put back a copy made shortly before: its next counters are taken."""
        if waits:
            self.count(name, forbidden=forbidden)
        self.back_up(name)
        self.count(name)
        self.sync(name, [], 5)
        self.restore(name)
        if late:
            self.count(name)

    @rule(name=names, other=names, plan=plans)
    def lose_work_on_the_server(self, name: str, other: str, plan: list[Any]) -> None:
        """Put back a copy of the server's state made shortly before."""
        self.back_up_server()
        self.count(name)
        self.sync(name, [], 5)
        self.sync(other, [], 5)
        self.restore_server()
        self.sync(name, plan, 5)

    @rule(name=names)
    def restart(self, name: str) -> None:
        """Close the file and open it again."""
        self.bench.reopen(name)

    @rule(name=names)
    def back_up(self, name: str) -> None:
        """Copy the file."""
        path = self.bench.copy(name, f"{name}-backup")
        self.backups[name] = Backup(path, frozenset(self.made[name]))

    @precondition(lambda self: self.backups)
    @rule(name=names)
    def restore(self, name: str) -> None:
        """Put the last copy of the file in its place."""
        backup = self.backups.get(name)
        if backup is None:
            return
        file = self.replica(name)
        open_ended = {token_of(entry.change_set) for entry in file.waiting()}
        # The server keeps what it refused; an older copy of the file does not know of it.
        open_ended |= {token_of_changes(entry.changes) for entry in file.rejections()}
        lost = self.made[name] - backup.tokens
        # What a restored server had lost, and this file has not sent again yet, is in no place.
        self.optional |= lost & open_ended | lost - self.merged()
        self.server_only |= lost - open_ended
        self.made[name] = set(backup.tokens)
        self.replica(name).close()
        path = self.folder / f"{name}.sqlite"
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copy(backup.path, path)
        self.bench.reopen(name)

    @rule()
    def back_up_server(self) -> None:
        """Copy the server's state."""
        self.server_backup = self.bench.server.backup()

    @precondition(lambda self: self.server_backup is not None)
    @rule()
    def restore_server(self) -> None:
        """Put the last copy of the server's state in its place."""
        assert self.server_backup is not None
        self.bench.server.restore(self.server_backup)
        self.optional |= self.server_only

    @rule(name=names)
    def withdraw(self, name: str) -> None:
        """Take the project from a person."""
        self.bench.server.readers[name] = {"org"}

    @rule(name=names)
    def grant(self, name: str) -> None:
        """Give it back."""
        self.bench.server.readers.pop(name, None)

    @rule()
    def server_changes_its_snapshots(self) -> None:
        """Let the server offer snapshots, of another build."""
        self.bench.server.replace_snapshots()
        self.bench.server.snapshot_rows_min = 3

    # What must hold

    @invariant()
    def every_file_holds_every_entry_made_in_it(self) -> None:
        """No file drops an entry but by being replaced with an older copy."""
        for name, replica in self.bench.replicas.items():
            held = [token_of(entry.change_set) for entry in replica.retained()]
            tokens = [token for token in held if token is not None]
            assert sorted(tokens) == sorted(self.made[name])

    @invariant()
    def every_view_is_what_its_base_and_outbox_give(self) -> None:
        """Compare the views, kept up row by row, with what deriving them anew gives."""
        for replica in self.bench.replicas.values():
            shown = [row for table in ("project", "task") for row in replica.rows(table)]
            assert shown == [replica.row(row.row) for row in shown]
            seen = {row.row for row in shown}
            hidden = {self.project, *self.tasks, self.counted} - seen
            assert [row for row in hidden if replica.row(row) is not None] == []

    def heal(self) -> None:
        """Take all faults away and let everyone synchronise until nothing moves."""
        self.bench.server.readers.clear()
        for _ in range(3):
            for name in NAMES:
                report = run(self.bench.sync(name))
                assert report.complete, (name, report.error, report.waiting)

    def check(self) -> None:
        """Check, after healing, that nothing is lost or doubled and that all hold the same."""
        self.heal()
        refused = {
            token_of_changes(entry.changes)
            for replica in self.bench.replicas.values()
            for entry in replica.rejections()
        }
        # A file put back may not know of a refusal any more; the server shows it to its author.
        refused |= {token_of_changes(changes) for changes in self.bench.server.state.rejected}
        total = self.total()
        for token in range(self.tokens):
            times = total // 4**token % 4
            assert times <= 1, f"entry {token} was merged {times} times"
            if token in self.forbidden:
                assert times == 0
            elif token in self.required - self.optional:
                assert times == 1 or token in refused, f"entry {token} is lost"
        assert self.forbidden - self.optional - self.server_only <= refused
        self.bench.server.snapshot_rows_min = 1_000_000
        self.bench.server.replace_snapshots()
        run_replicas = [*self.bench.replicas.values(), self.fresh("plain")]
        self.bench.server.snapshot_rows_min = 2
        run_replicas.append(self.fresh("snapshot"))
        truth = self.bench.server.scope_rows(self.scope)
        for replica in run_replicas:
            assert replica.checksum(self.scope) == self.bench.server.checksum(self.scope)
            shown = {
                row.row: (row.table, row.values, row.state)
                for table in ("project", "task")
                for row in replica.rows(table, self.scope)
            }
            assert shown == {
                row: (table, values, "confirmed") for row, (table, values) in truth.items()
            }

    def total(self) -> int:
        """Return the counter as the server holds it."""
        held = self.bench.server.state.rows.get(self.counted)
        return 0 if held is None else int(held.row.values["hours_spent_minutes"])

    def merged(self) -> set[int]:
        """Return the entries that the server holds."""
        total = self.total()
        return {token for token in range(self.tokens) if total // 4**token % 4}

    def fresh(self, name: str) -> Replica:
        """Make a new replica and fetch everything."""
        person = f"new-{name}"
        replica = self.bench.replica(f"{name}-{len(self.bench.replicas)}", person=person)
        report = run(synchronise(replica, FaultyTransport(self.bench.server, person)))
        assert report.complete
        return replica


def token_of_changes(changes: list[Any]) -> int | None:
    """Return which entry a refused change set is."""
    for change in changes:
        if "hours_spent_minutes" in change.after and change.operation == "update":
            added = change.after["hours_spent_minutes"] - change.before["hours_spent_minutes"]
            return (int(added).bit_length() - 1) // 2
    return None


class HealedHistories(Histories):
    """The same, healed and checked at the end of each history."""

    def teardown(self) -> None:
        """Heal and check, then clear up."""
        try:
            if self.tokens or self.bench.replicas:
                self.check()
        finally:
            super().teardown()


def test_no_history_loses_doubles_or_diverges() -> None:
    """Whatever happens in whatever order, healed replicas and server agree on every entry once."""
    profile = settings(
        max_examples=max(5, settings().max_examples // 4), stateful_step_count=25, deadline=None
    )
    run_state_machine_as_test(HealedHistories, settings=profile)
