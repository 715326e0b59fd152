"""What the guards of reviews are told: read once per merge, for all its words and submissions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from server.budget.ledger import finance_scope, is_uuid, load_lines, project_scope
from server.budget.monthly import load_months
from server.budget.rates import RateBook, RateKey
from server.budget.reviews.deciding import Need, Word
from server.budget.reviews.delegations import Delegation, day_of
from server.budget.reviews.subjects import SUBJECTS, amount_seen, differs
from server.users import load_access
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from server.intake import Access, MergeTransaction, Workspace
    from server.intake.entries import Entry
    from server.store import Connection
    from sync.changes import Change
    from sync.merge import Row

REVIEWS = "budget.reviews"
"""Name under which what was read lies in `workspace.facts`."""

_READ_WORDS = """
    SELECT id::text FROM approval
    WHERE project_id = $1 AND subject_id = ANY($2::uuid[]) ORDER BY id
"""

_READ_DELEGATIONS = """
    SELECT id::text, person_id::text AS person, delegate_id::text AS delegate,
        project_id::text AS project, kinds, amount_below, currency, start::text, finish::text,
        coalesce(ended, false) AS ended
    FROM delegation
    WHERE (delegate_id = ANY($1::uuid[]) OR person_id = ANY($1::uuid[])) AND NOT deleted
    ORDER BY id
"""


class Cost(NamedTuple):
    """What a subject is about: so much, in a currency, at the rates of a day."""

    amount: int
    currency: str
    day: str


class Reviews(Struct):
    """A merge's words and submissions, with all that says whether they are taken."""

    workspace: Workspace
    stored_delegations: Mapping[str, Delegation] = {}
    access: Mapping[str, Access] = {}
    """What those may do for whom others speak."""
    rates: RateBook | None = None
    bounds: frozenset[str] = frozenset()
    """The currencies in which delegations are bounded."""
    late_days: int = 0
    """How long after a delegation's last day a word may come that was given during it."""
    words: Mapping[str, frozenset[str]] = {}
    """Subject -> the ids of the words on it that were stored before."""

    def live(self, scope: str, row: str | None, *tables: str) -> Row | None:
        """Return a loaded row of one of some tables, if it is there."""
        found = None if row is None else self.workspace.row(scope, row)
        return None if found is None or found.deleted or found.table not in tables else found

    def subject(self, project: str, values: Mapping[str, Any]) -> Row | None:
        """Return the row that a word is about."""
        table = values.get("subject_table")
        if not isinstance(table, str) or table not in SUBJECTS:
            return None
        return self.live(finance_scope(project), values.get("subject_id"), table)

    def currency(self, project: str) -> str | None:
        """Return a project's currency."""
        row = self.live(project_scope(project), project, "project")
        return None if row is None else row.values.get("currency")

    def day(self, project: str, milliseconds: int) -> str:
        """Return the calendar day of a moment at a project's site."""
        row = self.live(project_scope(project), project, "project")
        return day_of(milliseconds, None if row is None else row.values.get("time_zone"))

    def cost(self, project: str, table: str, values: Mapping[str, Any]) -> Cost | None:
        """Return what a subject with these values costs; None while its currency is not known."""
        day = values.get("date") or self.day(project, self.workspace.now_ms)
        currency = values.get("currency")
        if table == "budget_request":
            budget = self.live(finance_scope(project), values.get("budget_id"), "budget")
            currency = None if budget is None else budget.values["currency"]
        return None if currency is None else Cost(amount_seen(values), currency, day)

    def worth(self, cost: Cost, currency: str) -> int | None:
        """Return an amount in another currency, or None for want of a rate."""
        if cost.currency == currency:
            return cost.amount
        key = RateKey(cost.currency, currency, cost.day)
        quote = None if self.rates is None else self.rates.find(key)
        return None if quote is None else quote.convert(cost.amount, cost.currency, currency)

    def delegations(self) -> Iterator[Delegation]:
        """Yield the delegations as they stand at this point of the merge."""
        changed = {
            row: entry
            for (scope, row), entry in self.workspace.touched.items()
            if scope == "org" and entry.table.name == "delegation"
        }
        yield from (one for row, one in self.stored_delegations.items() if row not in changed)
        for entry in changed.values():
            if entry.row is not None and not entry.row.deleted:
                yield _delegation(entry.row)

    def said(self, subject: Row) -> list[Word]:
        """Return the words on a subject's present round, those of this merge among them."""
        scope = finance_scope(subject.values["project_id"])
        here = {
            row
            for (where, row), entry in self.workspace.touched.items()
            if where == scope and entry.table.name == "approval"
        }
        found = []
        for word in sorted(here | self.words.get(subject.id, frozenset())):
            row = self.live(scope, word, "approval")
            if row is not None and row.values.get("subject_id") == subject.id:
                found.append(row)
        return words_of(subject, found)

    def unsettled(self, subject: Row) -> bool:
        """Whether this merge changed what approvers look at: a new round begins at its end."""
        scope = finance_scope(subject.values["project_id"])
        entry = self.workspace.entries[scope, subject.id]
        return entry.stored is None or differs(entry.stored, subject)


def words_of(subject: Row, approvals: Iterable[Row]) -> list[Word]:
    """Return what was said on the present round of a subject."""
    return [
        Word(
            id=row.id,
            level=row.values["level"],
            author=row.values["author_id"],
            decision=row.values["decision"],
            role=row.values.get("role"),
            authority=row.values.get("on_behalf_of") or row.values["author_id"],
            reason=row.values.get("reason"),
        )
        for row in approvals
        if row.values["round"] == subject.values.get("round")
    ]


def needs_in(subject: Row) -> list[Need]:
    """Return who has to approve a subject, as settled when its round began."""
    return [Need(*one) for one in subject.values.get("approvals_needed") or ()]


def _delegation(row: Row) -> Delegation:
    get = row.values.get
    return Delegation(
        id=row.id,
        person=row.values["person_id"],
        delegate=row.values["delegate_id"],
        project=get("project_id"),
        kinds=tuple(get("kinds") or ()),
        amount_below=get("amount_below"),
        currency=get("currency"),
        start=row.values["start"],
        finish=row.values["finish"],
        ended=bool(get("ended")),
    )


async def prepare_reviews(
    transaction: MergeTransaction, changes: Sequence[Change], *, late_days: int
) -> None:
    """Read what the guards of words and of submissions need; nothing where there are none.

    Args:
        transaction: the merge.
        changes: what it brings.
        late_days: how long after a delegation's last day a word may come that was given during it.

    """
    words = [one for one in changes if one.table == "approval" and _is_finance(one)]
    edits = [one for one in changes if one.table in SUBJECTS and _is_finance(one)]
    edits = [one for one in edits if _asks(transaction.workspace, one)]
    if not words and not edits:
        return
    reviews = Reviews(transaction.workspace, late_days=late_days)
    transaction.workspace.facts[REVIEWS] = reviews
    named: dict[str, set[str]] = {}
    for change in words:
        named.setdefault(change.scope, set()).update(_uuids(change.after, "subject_id"))
    for scope, rows in named.items():
        if scope in transaction.workspace.scopes:
            await transaction.load(scope, sorted(rows))
    costs = await load_subjects(transaction, reviews, _subjects(reviews, words, edits))
    if words:
        await _read_words(transaction, reviews, named)
        await _read_people(transaction.connection, reviews, words)
    reviews.rates = RateBook(transaction.workspace, _rates_brought(changes))
    reviews.bounds = _bounds(reviews, changes)
    await read_rates(transaction, reviews, costs)


def _rates_brought(changes: Sequence[Change]) -> list[str]:
    return [one.row for one in changes if one.table == "exchange_rate" and is_uuid(one.row)]


def _bounds(reviews: Reviews, changes: Sequence[Change]) -> frozenset[str]:
    """Return the currencies of what bounds delegations, those of this merge among them."""
    brought = (one.after.get("currency") for one in changes if one.table == "delegation")
    stored = (one.currency for one in reviews.stored_delegations.values())
    return frozenset(one for one in (*brought, *stored) if isinstance(one, str))


def _is_finance(change: Change) -> bool:
    kind, _, project = change.scope.partition(":")
    return kind == "finance" and is_uuid(project)


def _asks(workspace: Workspace, change: Change) -> bool:
    """Whether a change submits a subject, or changes one that waits for approval."""
    if change.operation == "delete":
        return False
    row = workspace.row(change.scope, change.row)
    status = change.after.get("status") or (None if row is None else row.values.get("status"))
    return isinstance(status, str) and status in SUBJECTS[change.table].open


def _uuids(values: Mapping[str, Any], *names: str) -> set[str]:
    found = (values.get(name) for name in names)
    return {one for one in found if is_uuid(one)}


Found = list[tuple[str, str, "Mapping[str, Any]"]]
"""(project, table, values) of subjects: as stored, or as a change would leave them."""


def _subjects(reviews: Reviews, words: Sequence[Change], edits: Sequence[Change]) -> Found:
    found: Found = []
    for change in words:
        project = change.scope.partition(":")[2]
        for subject in _uuids(change.after, "subject_id"):
            row = reviews.live(change.scope, subject, *SUBJECTS)
            if row is not None:
                found.append((project, row.table, row.values))
    for change in edits:
        row = reviews.workspace.row(change.scope, change.row)
        values = {**({} if row is None else row.values), **change.after}
        found.append((change.scope.partition(":")[2], change.table, values))
    return found


async def load_subjects(
    transaction: MergeTransaction, reviews: Reviews, subjects: Found
) -> list[tuple[str, Cost]]:
    """Load the budgets, lines, rules of money and projects of subjects; return their costs."""
    scopes = transaction.workspace.scopes
    by_project: dict[str, Found] = {}
    for one in subjects:
        by_project.setdefault(one[0], []).append(one)
    costs = []
    for project, found in sorted(by_project.items()):
        scope = finance_scope(project)
        if scope not in scopes or project_scope(project) not in scopes:
            continue
        await transaction.load(project_scope(project), [project])
        lines, budgets = set(), {settings_id(project)}
        for _, _, values in found:
            lines |= _uuids(values, "budget_line_id", "source_line_id")
            budgets |= _uuids(values, "budget_id")
        await load_lines(transaction, project, lines)
        await load_months(transaction, project, lines)
        await transaction.load(scope, sorted(budgets))
        for _, table, values in found:
            cost = _cost(reviews, project, table, values)
            if cost is not None:
                costs.append((project, cost))
    return costs


def _cost(reviews: Reviews, project: str, table: str, values: Mapping[str, Any]) -> Cost | None:
    """Return what a subject costs, unless its values, not validated yet, do not say."""
    sane = {
        name: value
        for name, value in values.items()
        if name not in {"amount", "date", "currency", "budget_id"}
        or (isinstance(value, int) if name == "amount" else isinstance(value, str))
    }
    cost = reviews.cost(project, table, sane)
    try:
        msgspec.convert(None if cost is None else cost.day, dt.date | None)
    except msgspec.ValidationError:
        return None
    return cost


async def _read_words(
    transaction: MergeTransaction, reviews: Reviews, named: Mapping[str, set[str]]
) -> None:
    for scope, subjects in named.items():
        if scope in transaction.workspace.scopes and subjects:
            words = await load_words(transaction, scope, subjects)
            reviews.words = {**reviews.words, **words}


async def load_words(
    transaction: MergeTransaction, scope: str, subjects: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Load all stored words on some subjects; return them by subject."""
    wanted = sorted({*subjects})
    project = scope.partition(":")[2]
    records = await transaction.connection.fetch(_READ_WORDS, project, wanted)
    ids = [record["id"] for record in records]
    await transaction.load(scope, ids)
    found: dict[str, set[str]] = {subject: set() for subject in wanted}
    for word in ids:
        row = transaction.workspace.row(scope, word)
        if row is not None:
            found[row.values["subject_id"]].add(word)
    return {subject: frozenset(words) for subject, words in found.items()}


async def _read_people(connection: Connection, reviews: Reviews, words: Sequence[Change]) -> None:
    """Read who stands in for whom, and what those may do who are stood in for."""
    principals, people = set(), set()
    for change in words:
        principals |= _uuids(change.after, "on_behalf_of")
        people |= _uuids(change.after, "on_behalf_of", "author_id")
        for subject in _uuids(change.after, "subject_id"):
            row = reviews.live(change.scope, subject, *SUBJECTS)
            if row is not None:
                people.add(row.values["author_id"])
    records = await connection.fetch(_READ_DELEGATIONS, sorted(people))
    reviews.stored_delegations = {
        one["id"]: Delegation(**{**dict(one), "kinds": tuple(one["kinds"] or ())})
        for one in records
    }
    if principals:
        reviews.access = await load_access(connection, principals)


async def read_rates(
    transaction: MergeTransaction, reviews: Reviews, costs: Sequence[tuple[str, Cost]]
) -> None:
    """Read the rates that lead from costs to what they are held against."""
    workspace = transaction.workspace
    if reviews.rates is None:
        brought = (row for (_, row), one in workspace.entries.items() if _is_rate(one))
        reviews.rates = RateBook(workspace, brought)
    keys = {
        RateKey(cost.currency, currency, cost.day)
        for project, cost in costs
        for currency in {reviews.currency(project), *reviews.bounds}
        if currency is not None and currency != cost.currency
    }
    if keys:
        await reviews.rates.read(transaction.connection, keys)


def _is_rate(entry: Entry) -> bool:
    return entry.table.name == "exchange_rate"
