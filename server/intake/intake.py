"""The only writer of synced rows: takes pushes, groups them by scope, merges each group at once.

Pushes that share a scope and arrive while one of them is being merged wait, and are then merged
together in one transaction (group commit). Groups that share no scope run side by side.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import asyncpg
import structlog
from msgspec import Struct, structs

from server.errors import ProblemError, fault_of
from server.intake.acting import acted_push, completed, office_replica, refusal_of
from server.intake.bookkeeping import Outcome, close_pushes, lock_replicas, open_push
from server.intake.entries import Entry as Touched
from server.intake.entries import Writer, references_of
from server.intake.grouping import Lanes
from server.intake.receiving import Entry, Push
from server.intake.transaction import MergeTransaction
from server.intake.workspace import Workspace
from server.intake.writing import WriteBehind, write
from server.store import unreachable
from sync import errors
from sync.changes import Answer, Change, PushResponse, Rejection, Sentence
from sync.clock import hybrid_time
from sync.schema import is_row_id
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Iterable,
        Mapping,
        Sequence,
    )

    from server.intake.acting import Proposal
    from server.intake.judging import Access, Guards
    from server.settings import Settings
    from server.store import Connection

    LoadAccess = Callable[[Connection, Iterable[str]], Awaitable[Mapping[str, Access]]]
    Effect = Callable[[MergeTransaction], Awaitable[None]]
    Prepare = Callable[[MergeTransaction, Sequence[Change]], Awaitable[None]]


class Announce(Protocol):
    """Tells the live connections of new heads."""

    def __call__(
        self, heads: Mapping[str, int], *, access_changed: bool, ended: Collection[str]
    ) -> None:
        """Tell them; `access_changed` when roles or memberships are among the changes.

        `ended` are the sessions that ended with the merge: theirs say goodbye.
        """


log = structlog.get_logger()

FLUSH_CHANGES = 250
"""Changes after which writing begins while the rest of the group is still being merged."""

HELD_TABLES = frozenset(name for name, table in TABLES.items() if table.server_fields)
"""Tables that the effects write too: their rows wait for the effects, to be written once."""

REFUSED_BY_DATABASE = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""What the database says of one row that it will say again on every retry."""


_ORG = "SELECT id FROM scope WHERE name = 'org'"

ACCESS_TABLES = frozenset({"person", "member"})
"""A change in these changes who may read what."""


class Rules(Struct, frozen=True):
    """What the services bring to the intake."""

    guards: Guards
    effects: Sequence[Effect]
    """Run in order after the merge, before the write: totals first, then alerts."""
    load_access: LoadAccess
    prepare: Sequence[Prepare] = ()
    """Run before the guards, which read nothing themselves: each may leave what it read in
    `workspace.facts`. Queries must be set-based, and none where no change needs them."""


class Intake:
    """Merges pushes into PostgreSQL."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        rules: Rules,
        settings: Settings,
        *,
        announce: Announce,
        wall_ms: Callable[[], int],
    ) -> None:
        self._pool = pool
        self._rules = rules
        self._settings = settings
        self._announce = announce
        self._wall_ms = wall_ms
        self._org: int | None = None
        self._lanes = Lanes(self._merge_group, changes_max=settings.group_changes_max)

    async def push(self, push: Push) -> PushResponse:
        """Merge a push and answer each of its change sets.

        Raises ProblemError when the whole push is refused (gap, fork, unknown replica, database
        out of reach); nothing of it is merged then.
        """
        return await self._lanes.push(push)

    async def act(self, person: str, proposals: Sequence[Proposal], *, intent: str) -> Answer:
        """Merge what a person does through a route, whole or not at all.

        Args:
            person: who acts; their guards judge.
            proposals: what is to become of which rows, each row once.
            intent: what it is, like `permit.activate`.

        Raises ProblemError when a guard, the schema or the database refuses it: nothing is kept.

        """
        replica = await office_replica(self._pool, person)
        push = acted_push(person, replica, proposals, intent=intent, now_ms=self._wall_ms())
        (answer,) = (await self._lanes.push(push)).answers
        refused = answer.rejection
        if refused is not None:
            entry = errors.CATALOGUE[refused.code]
            raise ProblemError(refusal_of(entry), _place(refused), field=refused.field)
        return answer

    # Merging

    async def _merge_group(self, pushes: list[Push]) -> list[PushResponse | Exception]:
        """Merge a group; where it fails as a whole, merge its pushes one by one."""
        try:
            return [*await self._merge(pushes)]
        except Exception as error:
            if unreachable(error):
                raise ProblemError(errors.UNAVAILABLE, retry_after_seconds=5) from error
            log.warning("merge_group_failed", pushes=len(pushes), **fault_of(error))
            return [await self._merge_apart(push) for push in pushes]

    async def _merge_apart(self, push: Push) -> PushResponse | Exception:
        """Merge a push by itself; what it meets is told to nobody else in its group."""
        try:
            return await self._merge_alone(push)
        except Exception as error:  # noqa: BLE001 -- handed to the waiting push
            return error

    async def _merge_alone(self, push: Push) -> PushResponse | ProblemError:
        """Merge the change sets of a push each in its own transaction, refusing the one that fails.

        One bad entry never blocks the queue: what the database or a rule of ours cannot take is
        rejected and kept, and the rest goes on.
        """
        answers: list[Answer] = []
        for entry in push.entries:
            response = await self._merge_entry(structs.replace(push, entries=[entry]))
            if isinstance(response, ProblemError):
                return response
            answers += response.answers
        (last,) = await self._merge([structs.replace(push, entries=[])])
        return last if isinstance(last, ProblemError) else structs.replace(last, answers=answers)

    async def _merge_entry(self, push: Push) -> PushResponse | ProblemError:
        try:
            return (await self._merge([push]))[0]
        except Exception as error:
            if unreachable(error):
                raise ProblemError(errors.UNAVAILABLE, retry_after_seconds=5) from error
            (entry,) = push.entries
            log.error(  # noqa: TRY400 -- the message may quote a row
                "change_set_failed",
                replica=push.request.replica,
                counter=entry.counter,
                **fault_of(error),
            )
            # Nothing of it is looked at again: not even its scopes, which may be what failed.
            refused = structs.replace(
                push, entries=[_refuse(entry, error)], scopes=frozenset(), changes=0
            )
            return (await self._merge([refused]))[0]

    async def _merge(self, pushes: list[Push]) -> list[PushResponse | ProblemError]:
        """Merge pushes in one transaction; a push refused as a whole does not spoil the others."""
        workspace = Workspace(
            self._rules.guards,
            now_ms=self._wall_ms(),
            drift_ms_max=self._settings.clock_drift_ms_max,
        )
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                results = await self._merge_within(connection, workspace, pushes)
            # Before anything else: listeners should not wait for our housekeeping.
            self._tell(workspace)
        return [
            one if isinstance(one, ProblemError) else self._response(one, workspace)
            for one in results
        ]

    async def _merge_within(
        self, connection: Connection, workspace: Workspace, pushes: list[Push]
    ) -> list[Outcome | ProblemError]:
        results: list[Outcome | ProblemError] = []
        replicas = await lock_replicas(connection, pushes)
        for push in pushes:
            try:
                results.append(
                    await open_push(connection, push, replicas.get(push.request.replica))
                )
            except ProblemError as problem:
                results.append(problem)
        outcomes = [one for one in results if isinstance(one, Outcome)]
        transaction = MergeTransaction(workspace, connection)
        if any(one.fresh for one in outcomes):
            writes = WriteBehind(connection)
            try:
                await self._merge_fresh(transaction, outcomes, writes)
            finally:
                await writes.drain()
        for outcome in outcomes:
            outcome.clock_flagged = outcome.push.request.replica in workspace.clamped
        await close_pushes(connection, outcomes, workspace.now_ms)
        await self._withhold(connection, outcomes)
        return results

    async def _withhold(self, connection: Connection, outcomes: list[Outcome]) -> None:
        """Take the others' values out of answers given again, where they may no longer be read."""
        repeated = [one for one in outcomes if any(answer.conflicts for answer in one.known)]
        if not repeated:
            return
        access = await self._rules.load_access(connection, {one.push.person for one in repeated})
        for outcome in repeated:
            reads = access[outcome.push.person].reads
            for position, (entry, answer) in enumerate(
                zip(outcome.push.entries, outcome.known, strict=False)
            ):
                if answer.conflicts and not all(reads(scope) for scope in entry.scopes):
                    outcome.answers[position] = structs.replace(answer, conflicts=[])

    async def _merge_fresh(
        self, transaction: MergeTransaction, outcomes: list[Outcome], writes: WriteBehind
    ) -> None:
        workspace = transaction.workspace
        await self._prepare(transaction, outcomes)
        people = {one.push.person for one in outcomes}
        access = await self._rules.load_access(transaction.connection, people)
        for outcome in outcomes:
            push = outcome.push
            outcome.access = access[push.person]
            if push.sender is not None and push.sender.kinds is not None:
                outcome.access = structs.replace(outcome.access, kinds=push.sender.kinds)
            writer = Writer(push.request.replica, outcome.access, online=push.acted)
            for entry in outcome.fresh:
                if entry.rejection is not None or entry.change_set is None:
                    answer = Answer(entry.counter, "rejected", rejection=entry.rejection)
                else:
                    change_set = entry.change_set
                    if push.acted:
                        change_set = completed(change_set, workspace, push.kept)
                    answer = workspace.apply(change_set, writer)
                outcome.answers.append(answer)
                outcome.last_counter = entry.counter
                if len(workspace.log) >= FLUSH_CHANGES:
                    await writes.flush(workspace, held=HELD_TABLES)
        # The effects read through the same connection.
        await writes.drain()
        await transaction.unmake_empty_scopes()
        for effect in self._rules.effects:
            await effect(transaction)
        await write(workspace, transaction.connection, writes)

    async def _prepare(self, transaction: MergeTransaction, outcomes: list[Outcome]) -> None:
        """Lock the scopes, read the touched rows, learn of the referenced ones: all at once."""
        wanted: dict[str, set[str]] = {}
        made: set[str] = set()
        scopes: set[str] = set()
        changes = [
            change
            for outcome in outcomes
            for entry in outcome.fresh
            if entry.change_set is not None and entry.rejection is None
            for change in entry.change_set.changes
        ]
        for outcome in outcomes:
            scopes |= outcome.push.scopes
            # What is one's own begins with the first that one writes there.
            made |= outcome.push.scopes & {f"user:{outcome.push.person}"}
        for change in changes:
            wanted.setdefault(change.scope, set()).add(change.row)
            if change.table == "project" and change.operation == "create":
                made |= {f"project:{change.row}", f"finance:{change.row}"}
        await transaction.lock({*scopes, *made}, make=made)
        workspace = transaction.workspace
        for scope, rows in wanted.items():
            if scope in workspace.scopes:
                await transaction.load(scope, [row for row in rows if is_row_id(row)])
        named: set[str] = set()
        for change in changes:
            table = TABLES.get(change.table)
            if table is not None:
                row = workspace.row(change.scope, change.row)
                named.update(one for _, one in references_of(table, change, row))
        named = {one for one in named if is_row_id(one)}
        if named:
            org = await self._number_of_org(transaction.connection)
            names = {scope.id: scope.name for scope in workspace.scopes.values()}
            await transaction.learn_references({**names, org: "org"}, named)
        for prepare in self._rules.prepare:
            await prepare(transaction, changes)

    async def _number_of_org(self, connection: Connection) -> int:
        """Return the number of the scope `org`, which the first migration made: asked once."""
        if self._org is None:
            self._org = await connection.fetchval(_ORG)
        return self._org

    def _tell(self, workspace: Workspace) -> None:
        heads = {
            scope.name: scope.head
            for scope in workspace.scopes.values()
            if scope.head != scope.stored_head
        }
        if heads or workspace.ended_sessions:
            changed = any(_moves_access(one) for one in workspace.touched.values())
            self._announce(heads, access_changed=changed, ended=workspace.ended_sessions)

    def _response(self, outcome: Outcome, workspace: Workspace) -> PushResponse:
        return PushResponse(
            server_epoch=outcome.server_epoch,
            answers=outcome.answers,
            last_counter=outcome.last_counter,
            heads={
                name: workspace.scopes[name].head
                for name in sorted(outcome.push.scopes)
                if name in workspace.scopes
                and outcome.access is not None
                and not outcome.held
                and outcome.access.reads(name)
            },
            server_time=hybrid_time(workspace.now_ms),
        )

    # The server's own work

    @asynccontextmanager
    async def server_transaction(self, scopes: Iterable[str]) -> AsyncIterator[MergeTransaction]:
        """Open a merge transaction for the server's own changes: clocked alerts, recomputed totals.

        The rows written through `transaction.workspace.write` are stored when the block ends. Who
        learns only inside it which scopes it needs gives none, and locks them once, together.
        """
        workspace = Workspace(
            self._rules.guards,
            now_ms=self._wall_ms(),
            drift_ms_max=self._settings.clock_drift_ms_max,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            transaction = MergeTransaction(workspace, connection)
            await transaction.lock(scopes)
            yield transaction
            await write(workspace, connection, WriteBehind(connection))
        self._tell(workspace)

    async def close(self) -> None:
        """Wait for the merges under way."""
        await self._lanes.close()


def _moves_access(entry: Touched) -> bool:
    """Whether a merged row changes who may read what: a deleted project is its members' no more."""
    if entry.table.name == "folder":
        return entry.scope.name.startswith("folder:")
    if entry.table.name != "project" or entry.row is None or entry.stored is None:
        return entry.table.name in ACCESS_TABLES
    return entry.row.deleted != entry.stored.deleted


def _place(refused: Rejection) -> str:
    """Say where in an act the fault lies, for whoever wrote the client."""
    return "" if refused.table is None else f"{refused.code}: {refused.table} {refused.row}"


def _refuse(entry: Entry, error: Exception) -> Entry:
    known = isinstance(error, REFUSED_BY_DATABASE)
    code = errors.CONSTRAINT_FAILED if known else errors.INTERNAL
    rejection = structs.replace(errors.rejection(code), message=Sentence(fr=code.fr, en=code.en))
    return Entry(entry.counter, entry.digest, entry.change_set, rejection)
