"""What follows a merge that touched what is reviewed: rounds begin, words are counted, money moves.

An effect, in the merge's own transaction: the cost follows the subjects that the merge touched.
Where a subject stands is a function of its round and of the set of words on it (`deciding`), so any
order in which tablets send theirs ends the same.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from server.budget.control import GRID, block_of, places_of
from server.budget.ledger import Ledger, counted_invoice, finance_scope
from server.budget.monthly import released
from server.budget.reviews.deciding import Standing, decide
from server.budget.reviews.facts import (
    REVIEWS,
    Reviews,
    load_subjects,
    load_words,
    needs_in,
    read_rates,
)
from server.budget.reviews.rules import needs_of, vouched
from server.budget.reviews.subjects import HOLDS, SUBJECTS, differs, is_open, was_decided
from server.budget.versions import lock_budgets, move_budget
from server.users import load_access
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.budget.reviews.deciding import Need
    from server.intake import MergeTransaction
    from server.intake.entries import Entry
    from sync.merge import Row

_READ_RULES = "SELECT id::text FROM approval_rule WHERE project_id = $1 AND NOT deleted ORDER BY id"

NOTHING_SMALL: Mapping[str, int] = MappingProxyType({})
STARTED = "budget.reviews.started"
"""Name under which lie the subjects whose round a merge has begun."""

# What is held waits for approval: the index on the state finds it.
_READ_HELD = """
    SELECT id::text FROM budget_request
    WHERE project_id = $1 AND status IN ('submitted', 'in_review') AND NOT deleted
        AND decision_reason = ANY($2::text[])
    UNION ALL
    SELECT id::text FROM purchase_order
    WHERE project_id = $1 AND status = 'submitted' AND NOT deleted
        AND decision_reason = ANY($2::text[])
    UNION ALL
    SELECT id::text FROM supplier_invoice
    WHERE project_id = $1 AND status = 'pending' AND NOT deleted
        AND decision_reason = ANY($2::text[])
    UNION ALL
    SELECT id::text FROM client_invoice
    WHERE project_id = $1 AND status = 'pending' AND NOT deleted
        AND decision_reason = ANY($2::text[])
    ORDER BY id
"""


async def settle_reviews(
    transaction: MergeTransaction,
    *,
    small_below: Mapping[str, int] = NOTHING_SMALL,
    held: bool = False,
) -> bool:
    """Bring what a merge touched to where its words put it, and what was held and now has room.

    Run when the totals show what the merge brought; they follow once more where this returns that
    something was approved.

    Args:
        transaction: the merge.
        small_below: currency -> what an amount must be below to be small, in a project that says
            nothing of it; in a currency that is not named nothing is: rather one approval too many.
        held: look at all that is held in the projects whose scopes are locked.

    """
    await lock_budgets(transaction)
    touched = transaction.workspace.touched
    words: dict[str, set[str]] = {}
    subjects: dict[str, set[str]] = {}
    for (scope, row), entry in touched.items():
        if entry.table.name == "approval" and entry.row is not None:
            words.setdefault(scope, set()).add(row)
            subjects.setdefault(scope, set()).add(entry.row.values["subject_id"])
        elif entry.table.name in SUBJECTS and _concerns(entry):
            subjects.setdefault(scope, set()).add(row)
    if words:
        await _note_roles(transaction, words)
    freeing = {scope for (scope, _), entry in touched.items() if frees(entry)}
    projects = {scope.partition(":")[2] for scope, _ in touched if scope != "org"}
    freeing |= {finance_scope(one) for one in projects if released(transaction.workspace, one)}
    if held:
        freeing |= {one for one in transaction.workspace.scopes if one.startswith("finance:")}
    approved = False
    for scope in sorted({*subjects, *freeing}):
        if scope in transaction.workspace.scopes:
            settling = _Settling(transaction, scope, small_below)
            await settling.run(subjects.get(scope, ()), freed=scope in freeing)
            approved = approved or settling.approved
    return approved


def frees(entry: Entry) -> bool:
    """Whether something that is held may be approved for what a merge did to a row.

    A line or a budget has more left, the grid changed, or another invoice binds, or no longer does.
    """
    stored, row = entry.stored, entry.row
    if stored is None or row is None:
        return False
    match entry.table.name:
        case "budget_line" | "budget":
            before, after = _rooms(stored), _rooms(row)
            grown = any(more > less for less, more in zip(before, after, strict=True))
            annual = row.values.get("annual_amounts") != stored.values.get("annual_amounts")
            return grown or annual or stored.deleted != row.deleted
        case "finance_settings":
            return any(row.values.get(name) != stored.values.get(name) for name in GRID)
        case "supplier_invoice" | "client_invoice":
            return counted_invoice(stored) != counted_invoice(row)
    return False


def _rooms(row: Row) -> tuple[int, ...]:
    """Return what is left of a line or a budget, by each action of the grid."""
    amount, spent, committed = (
        row.values.get(name) or 0 for name in ("amount", "spent", "committed")
    )
    return amount - spent, amount - committed, amount - spent - committed


def _concerns(entry: Entry) -> bool:
    """Whether a review begins, begins anew, or ends by what was done to its subject."""
    row, stored = entry.row, entry.stored
    if row is None or row.deleted:
        return False
    if stored is None:
        return is_open(row)
    matched = row.values.get("match_state") != stored.values.get("match_state")
    return matched or is_open(row) != is_open(stored) or differs(stored, row)


async def _note_roles(transaction: MergeTransaction, words: dict[str, set[str]]) -> None:
    """Write beside each new word the role in which it was given, as of its merge."""
    workspace = transaction.workspace
    rows = [
        (scope, row)
        for scope, ids in sorted(words.items())
        for word in sorted(ids)
        if (row := workspace.row(scope, word)) is not None and row.values.get("role") is None
    ]
    people = {_authority(row) for _, row in rows}
    access = await load_access(transaction.connection, people)
    for scope, row in rows:
        role = access[_authority(row)].role_in(scope)
        if role is not None:
            workspace.write(scope, "approval", row.id, {"role": role}, intent="approval.note")


def _authority(row: Row) -> str:
    authority: str = row.values.get("on_behalf_of") or row.values["author_id"]
    return authority


def _needed(needs: Sequence[Need]) -> dict[str, Any]:
    """Return what a row says of who has to approve it."""
    told = [
        [need.level, need.role, need.person, *((need.cause,) if need.cause else ())]
        for need in needs
    ]
    return {"approvals_needed": told, "levels": needs[-1].level}


class _Settling:
    """Settles one project's reviews."""

    def __init__(
        self, transaction: MergeTransaction, scope: str, small_below: Mapping[str, int]
    ) -> None:
        self.transaction = transaction
        self.small_below = small_below
        self.workspace = transaction.workspace
        self.scope = scope
        self.project = scope.partition(":")[2]
        self.reviews: Reviews = self.workspace.facts.get(REVIEWS) or Reviews(self.workspace)
        self.started: set[str] = self.workspace.facts.setdefault(STARTED, set())
        """Subjects whose round has begun: it does so once in a merge."""
        self.drawn: dict[tuple[str, str], int] = defaultdict(int)
        """(line or budget, action of the grid) -> what was approved here, which no total shows."""
        self.orders: set[str] = set()
        """Orders of which an invoice approved here takes."""
        self.approved = False
        """Whether something was."""
        self.moved = False
        """Whether money came to a line since what is held was looked at."""

    async def run(self, subjects: Iterable[str], *, freed: bool) -> None:
        """Settle some subjects, then those that waited for what that freed."""
        wanted = sorted({*subjects, *(await self._held() if freed else ())})
        while wanted:
            self.moved = False
            await self._settle(wanted)
            wanted = await self._held() if self.moved else []

    async def _settle(self, ids: list[str]) -> None:
        await self.transaction.load(self.scope, ids)
        rows = [row for one in ids if (row := self._row(one)) is not None]
        costs = await load_subjects(
            self.transaction,
            self.reviews,
            [(self.project, row.table, row.values) for row in rows],
        )
        starting = {row.id for row in rows if self._starts(row)} - self.started
        if starting:
            self.started |= starting
            await read_rates(self.transaction, self.reviews, costs)
            await self._load_rules()
        for row in rows:
            if row.id in starting:
                self._start(row)
            elif self._ended(row):
                self._write(row.id, {"waiting_since": None, "decided_at": None})
        self.reviews.words = {
            **self.reviews.words,
            **await load_words(self.transaction, self.scope, ids),
        }
        for one in ids:
            subject = self._row(one)
            if subject is not None and needs_in(subject):
                self._count(subject)

    def _row(self, row: str) -> Row | None:
        found = self.reviews.live(self.scope, row, *SUBJECTS)
        if found is None or not (is_open(found) or found.values.get("round") is not None):
            return None
        return found

    def _stored(self, row: Row) -> Row | None:
        return self.workspace.entries[self.scope, row.id].stored

    def _starts(self, row: Row) -> bool:
        """Whether a round begins: on submission, and whenever what was seen has changed."""
        stored = self._stored(row)
        if stored is None or stored.deleted:
            return is_open(row)
        if is_open(row) and not is_open(stored):
            return True
        return row.values.get("status") != "approved" and differs(stored, row)

    def _ended(self, row: Row) -> bool:
        """Whether its author took it back: nothing that waits has been decided yet."""
        stored = self._stored(row)
        ended = stored is not None and is_open(stored) and not is_open(row)
        return ended and row.values.get("decided_at") is None

    async def _load_rules(self) -> None:
        records = await self.transaction.connection.fetch(_READ_RULES, self.project)
        await self.transaction.load(self.scope, [record["id"] for record in records])

    def _rules(self) -> list[dict[str, Any]]:
        return [
            entry.row.values
            for (scope, _), entry in self.workspace.entries.items()
            if scope == self.scope
            and entry.row is not None
            and entry.row.table == "approval_rule"
            and not entry.row.deleted
        ]

    def _start(self, row: Row) -> None:
        values = row.values
        now = self.workspace.now_ms
        after: dict[str, Any] = {"round": (values.get("round") or 0) + 1}
        if not is_open(row):
            # Sent back and mended: words on what it was are too late, whenever they were given.
            gone = dict.fromkeys(("approvals_needed", "waiting_since", "decided_at"))
            self._write(row.id, {**after, **gone})
            return
        currency = self.reviews.currency(self.project)
        cost = self.reviews.cost(self.project, row.table, values)
        worth = None
        if cost is not None and currency is not None:
            worth = self.reviews.worth(cost, currency)
        needs = needs_of(
            self._rules(),
            row.table,
            category=values.get("category"),
            amount=worth,
            small_below=self._small_below(currency),
            requester=values["author_id"],
        )
        after |= {
            "status": SUBJECTS[row.table].waiting,
            "level": 1,
            **_needed(needs),
            "waiting_since": now,
            "decided_at": None,
            "decision_reason": None,
        }
        if row.table == "budget_request":
            after["submitted_at"] = now
            if values.get("number") is None:
                after["number"] = self._number("last_request_number")
        if row.table == "purchase_order" and values.get("number") is None:
            after["number"] = self._number("last_order_number")
        self._write(row.id, after)

    def _small_below(self, currency: str | None) -> int:
        said: int | None = Ledger(self.workspace, self.project).settings().get("small_below")
        return self.small_below.get(currency or "", 0) if said is None else said

    def _number(self, counter: str) -> int:
        """Return the next number of the project's; a number is never given twice."""
        settings = settings_id(self.project)
        row = self.workspace.row(self.scope, settings)
        number: int = ((row.values.get(counter) if row is not None else None) or 0) + 1
        after: dict[str, Any] = {counter: number}
        if row is None:
            after["project_id"] = self.project
        self.workspace.write(
            self.scope, "finance_settings", settings, after, intent="request.number"
        )
        return number

    def _count(self, subject: Row) -> None:
        """Write where the words put a subject."""
        if not (is_open(subject) or was_decided(subject)):
            return
        if subject.values.get("status") == "approved":
            return
        needs = vouched(needs_in(subject), over=subject.values.get("match_state") == "over")
        if needs != needs_in(subject):
            self._write(subject.id, _needed(needs))
        standing = decide(needs, self.reviews.said(subject))
        if standing.state == "approved":
            if subject.values.get("order_id") in self.orders:
                # Held against what is left of its order once the totals show what that is.
                return
            block = block_of(self.workspace, subject, self.drawn)
            if block is not None:
                self._write(subject.id, self._held_as(subject, standing, block.code))
                return
            self._approve(subject)
        self._write(subject.id, self._after(subject, standing))

    def _approve(self, subject: Row) -> None:
        """Move what an approval moves at once, and note what the totals are to show of it."""
        self.approved = True
        if subject.table == "budget_request":
            move_budget(self.workspace, subject)
            self.moved = True
        if subject.table == "supplier_invoice" and subject.values.get("order_id"):
            self.orders.add(subject.values["order_id"])
        for place, action, amount in places_of(self.workspace, subject):
            self.drawn[place, action] += amount

    def _held_as(self, subject: Row, standing: Standing, reason: str) -> dict[str, Any]:
        """Return what is written of what all have approved, and something else still stops."""
        held = {"level": standing.level, "decision_reason": reason}
        if is_open(subject):
            return {**held, "status": SUBJECTS[subject.table].reviewing}
        return held

    def _after(self, subject: Row, standing: Standing) -> dict[str, Any]:
        kind = SUBJECTS[subject.table]
        now = self.workspace.now_ms
        status = {
            "waiting": kind.waiting,
            "reviewing": kind.reviewing,
            "rejected": kind.rejected,
            "returned": kind.returned,
            "approved": "approved",
        }[standing.state]
        if standing.state in {"waiting", "reviewing"}:
            moved = subject.values.get("level") != standing.level
            since = now if moved else subject.values.get("waiting_since")
            return {
                "status": status,
                "level": standing.level,
                "waiting_since": since,
                "decision_reason": None,
            }
        known = subject.values.get("decided_at")
        return {
            "status": status,
            "level": standing.level,
            "waiting_since": None,
            "decided_at": known if known and status == subject.values.get("status") else now,
            "decision_reason": standing.reason,
        }

    async def _held(self) -> list[str]:
        """Return the subjects that all have approved, and that waited for something else."""
        records = await self.transaction.connection.fetch(_READ_HELD, self.project, [*HOLDS])
        return [record["id"] for record in records]

    def _write(self, row: str, after: dict[str, Any]) -> None:
        """Write what differs."""
        found = self.workspace.row(self.scope, row)
        assert found is not None  # noqa: S101 - it is being settled
        changed = {name: one for name, one in after.items() if found.values.get(name) != one}
        if changed:
            self.workspace.write(self.scope, found.table, row, changed, intent="review.settle")
