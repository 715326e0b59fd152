"""Budgets over HTTP: what no replica can tell by itself, and decisions on many things at once."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta, Struct

from server.budget.reviews.delegations import day_of
from server.budget.reviews.reading import Awaiting, read_awaiting, read_principals
from server.budget.version_reading import BudgetVersions, read_versions
from server.context import Context
from server.errors import ProblemError
from server.intake import ACT_ERRORS, Proposal
from server.openapi import documented
from server.store import reading_as
from server.users import load_access
from server.wire import read, respond
from sync import errors
from sync.changes import Sentence
from sync.schema import INTEGER_MAX, UUID_PATTERN

DECISIONS_MAX = 50
BODY_BYTES_MAX = 64 * 1024

_Id = Annotated[str, Meta(pattern=UUID_PATTERN)]
_PathId = Annotated[str, PathParameter(pattern=UUID_PATTERN)]
_TURNED_DOWN = frozenset(error.code for error in ACT_ERRORS)


class AwaitingList(Struct, frozen=True):
    """What waits for one's approval, what waits longest first."""

    awaiting: list[Awaiting]


@get("/awaiting", **documented(response=AwaitingList))
async def awaiting(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return what waits for one's approval in all one's projects, also in others' names."""
    person = await context.person(request)
    now_ms = context.wall_ms()
    async with context.pool.acquire() as connection:
        principals = await read_principals(connection, person, day_of(now_ms, None))
        people = {person, *(one.person for one in principals)}
        access = await load_access(connection, people)
        if not access[person].active:
            raise ProblemError(errors.FORBIDDEN)
        async with reading_as(connection, person):
            found = await read_awaiting(connection, person, access, principals, now_ms)
    return respond(request, AwaitingList(found))


class Decided(Struct, frozen=True, forbid_unknown_fields=True):
    """One's word on something: as `awaiting` shows it, so that it is what one has seen."""

    project: _Id
    subject_table: Literal["budget_request", "purchase_order", "supplier_invoice", "client_invoice"]
    subject: _Id
    round: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    level: Annotated[int, Meta(ge=1, le=20)]
    amount: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
    decision: Literal["approved", "rejected", "returned"]
    reason: Annotated[str, Meta(max_length=400)] | None = None
    on_behalf_of: _Id | None = None


class Decisions(Struct, frozen=True, forbid_unknown_fields=True):
    """Several words at once; each is taken or refused by itself."""

    decisions: Annotated[list[Decided], Meta(min_length=1, max_length=DECISIONS_MAX)]


class DecisionOutcome(Struct, frozen=True):
    """What became of one word."""

    subject: str
    merged: bool
    code: str | None = None
    field: str | None = None
    message: Sentence | None = None


class DecisionOutcomes(Struct, frozen=True):
    """What became of each word, in the order given."""

    outcomes: list[DecisionOutcome]


@post(
    "/decisions",
    status_code=200,
    **documented(request=Decisions, response=DecisionOutcomes, errors=ACT_ERRORS),
)
async def decide_many(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Approve, refuse or send back several things, each judged by itself as a tablet's word is."""
    person = await context.person(request)
    wanted = await read(request, Decisions, BODY_BYTES_MAX)
    outcomes = [await _decide(context, person, one) for one in wanted.decisions]
    return respond(request, DecisionOutcomes(outcomes))


async def _decide(context: Context, person: str, decided: Decided) -> DecisionOutcome:
    after: dict[str, Any] = {
        "project_id": decided.project,
        "subject_table": decided.subject_table,
        "subject_id": decided.subject,
        "round": decided.round,
        "level": decided.level,
        "amount": decided.amount,
        "decision": decided.decision,
        "author_id": person,
    }
    if decided.reason is not None:
        after["reason"] = decided.reason
    if decided.on_behalf_of is not None:
        after["on_behalf_of"] = decided.on_behalf_of
    proposal = Proposal(
        f"finance:{decided.project}", "approval", str(uuid.uuid4()), after, "create"
    )
    try:
        await context.intake.act(person, [proposal], intent=f"approval.{decided.decision}")
    except ProblemError as problem:
        if problem.error.code not in _TURNED_DOWN:
            raise
        error = problem.error
        return DecisionOutcome(
            decided.subject,
            merged=False,
            code=error.code,
            field=problem.field,
            message=Sentence(fr=error.fr, en=error.en),
        )
    return DecisionOutcome(decided.subject, merged=True)


@get(
    "/projects/{project:str}/budgets/{budget:str}/versions",
    **documented(response=BudgetVersions, errors=(errors.NOT_FOUND,)),
)
async def budget_versions(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: _PathId,
    budget: _PathId,
    *,
    version: Annotated[int | None, QueryParameter(ge=1, le=INTEGER_MAX)] = None,
) -> Response[bytes]:
    """Return a budget at a version, the latest by default, and what each version moved."""
    person = await context.person(request)
    async with context.pool.acquire() as connection, reading_as(connection, person):
        found = await read_versions(connection, project, budget, version)
    if found is None:
        raise ProblemError(errors.NOT_FOUND)
    return respond(request, found)


HANDLERS = (awaiting, decide_many, budget_versions)
