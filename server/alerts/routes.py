"""Alerts and notices over HTTP: how the rules stand, what one would have raised, what is unread."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from msgspec import Meta, Struct, structs

from server.alerts.book import Book, Rule, book_with, read_shelf, rule_fault
from server.alerts.indices import INDEX_RULES
from server.alerts.money import MONEY_RULES
from server.alerts.preview import Asked, Preview, preview, read_project
from server.alerts.watches import WATCHES
from server.context import Context
from server.errors import ProblemError
from server.intake import ACT_ERRORS, Proposal
from server.openapi import documented
from server.store import reading_as
from server.users import load_access
from server.wire import read, respond
from sync import errors
from sync.schema import END, UUID_PATTERN
from sync.tables.alerts import ALERT_RULES

BODY_BYTES_MAX = 16 * 1024
RACES_MAX = 3
"""Times to look again where another device marks the same at the same time."""
READ_MAX = 500
"""Notices that one request marks as read; it says how many are left."""

FINANCE_RULES = frozenset(
    {
        *MONEY_RULES,
        INDEX_RULES["finance"],
        *(rule for watch in WATCHES if watch.home == "finance" for rule in watch.rules),
    }
)

RuleName = Annotated[str, Meta(pattern=f"^({'|'.join(ALERT_RULES)}){END}")]
Uuid = Annotated[str, Meta(pattern=UUID_PATTERN)]
Level = Literal["information", "warning", "critical"]
Hours = Annotated[int, Meta(ge=0, le=8_760)]
Days = Annotated[int, Meta(ge=0, le=365)]
Decimals = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$", max_length=8)]


class ProposedRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as someone proposes it, for one project; null leaves it as it stands."""

    project: Uuid
    rule: RuleName
    enabled: bool | None = None
    level: Level | None = None
    thresholds: list[int] | None = None
    lead_days: list[int] | None = None
    horizon_days: Days | None = None
    bound: Decimals | None = None
    wait_hours: Hours | None = None


class RuleStands(Struct, frozen=True):
    """How a rule stands for a project."""

    rule: str
    enabled: bool
    level: Level | None
    thresholds: list[int]
    lead_days: list[int]
    horizon_days: int
    bound: str | None
    wait_hours: int
    roles: list[str]
    escalate_hours: int
    escalate_roles: list[str]


class Badge(Struct, frozen=True):
    """What one has not read yet, counted from the notices themselves."""

    unread: int
    urgent: int
    """Urgent notices that one has not acknowledged, read or not."""


class MarkRead(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to when all is read: what came later was not seen."""

    until: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Marked(Struct, frozen=True):
    """What became of it."""

    marked: int
    left: int
    badge: Badge


@get("/rules/{project:str}", **documented(response=list[RuleStands], errors=(errors.NOT_FOUND,)))
async def rules(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Annotated[str, PathParameter(pattern=UUID_PATTERN)],
) -> Response[bytes]:
    """Return every rule as it stands for a project: the defaults, and what is said instead."""
    person = await context.person(request)
    async with context.pool.acquire() as connection, reading_as(connection, person):
        if await read_project(connection, project) is None:
            raise ProblemError(errors.NOT_FOUND, "no project of yours has this id")
        shelf = await read_shelf(connection, [project], context.settings.alert_lead_days)
    return respond(request, [_stands(name, rule) for name, rule in shelf.book(project).items()])


def _stands(name: str, rule: Rule) -> RuleStands:
    return RuleStands(
        name,
        rule.enabled,
        rule.level,
        [*rule.thresholds],
        [*rule.lead_days],
        rule.horizon_days,
        None if rule.bound is None else str(rule.bound),
        rule.wait_hours,
        sorted(rule.roles),
        rule.escalate_hours,
        sorted(rule.escalate_roles),
    )


@post(
    "/preview",
    status_code=200,
    **documented(
        request=ProposedRule, response=Preview, errors=(errors.ENTRY_INVALID, errors.NOT_FOUND)
    ),
)
async def preview_rule(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return what a rule, as proposed, would have raised over the last 90 days.

    From the history of what it watches; where none is kept, that is said. Rules on money are
    previewed by those who may see amounts.
    """
    person = await context.person(request)
    wanted = await read(request, ProposedRule, BODY_BYTES_MAX)
    said = structs.asdict(wanted)
    fault = rule_fault(said)
    if fault is not None:
        raise ProblemError(errors.ENTRY_INVALID, field=fault.field)
    home = "finance" if wanted.rule in FINANCE_RULES else "project"
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [person]))[person]
        if not access.reads(f"project:{wanted.project}"):
            raise ProblemError(errors.NOT_FOUND, "no project of yours has this id")
        if not access.reads(f"{home}:{wanted.project}"):
            raise ProblemError(errors.FORBIDDEN, "you may not see the amounts of this project")
        async with reading_as(connection, person):
            values = await read_project(connection, wanted.project)
            if values is None:
                raise ProblemError(errors.NOT_FOUND, "no project of yours has this id")
            shelf = await read_shelf(connection, [wanted.project], context.settings.alert_lead_days)
            book: Book = book_with(shelf.book(wanted.project), wanted.rule, said)
            asked = Asked(
                wanted.project,
                wanted.rule,
                book,
                values,
                context.wall_ms(),
                context.settings.alert_preview_changes_max,
            )
            found = await preview(connection, asked)
    return respond(request, found)


_BADGE = """
    SELECT count(*) FILTER (WHERE read_at IS NULL) AS unread,
        count(*) FILTER (WHERE urgent AND acknowledged_at IS NULL) AS urgent
    FROM notification WHERE person_id = $1 AND NOT deleted
        AND (read_at IS NULL OR (urgent AND acknowledged_at IS NULL))
"""
_UNREAD = """
    SELECT id::text FROM notification
    WHERE person_id = $1 AND NOT deleted AND read_at IS NULL AND coalesce(sent_at, 0) <= $2
    ORDER BY sent_at, id LIMIT $3
"""


@get("/badge", **documented(response=Badge))
async def badge(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return how much one has not read: the same on every device, being counted from the data."""
    return respond(request, await _badge(context, await context.person(request)))


async def _badge(context: Context, person: str) -> Badge:
    async with context.pool.acquire() as connection, reading_as(connection, person):
        (record,) = await connection.fetch(_BADGE, person)
    return Badge(record["unread"], record["urgent"])


@post(
    "/read",
    status_code=200,
    **documented(request=MarkRead, response=Marked, errors=ACT_ERRORS),
)
async def mark_read(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Mark one's notices as read, up to a moment. It acknowledges nothing: that is done one by one.

    At most 500 at once: `left` says whether to ask again.
    """
    person = await context.person(request)
    wanted = await read(request, MarkRead, BODY_BYTES_MAX)
    until = min(wanted.until, context.wall_ms())
    count, left = await _mark(context, person, until, RACES_MAX)
    return respond(request, Marked(count, left, await _badge(context, person)))


async def _mark(context: Context, person: str, until: int, tries: int) -> tuple[int, int]:
    """Mark what is unread; where another device of theirs was quicker with some, look again."""
    async with context.pool.acquire() as connection, reading_as(connection, person):
        found = await connection.fetch(_UNREAD, person, until, READ_MAX + 1)
    rows = [one["id"] for one in found[:READ_MAX]]
    after = {"read_at": context.wall_ms()}
    proposals = [Proposal(f"user:{person}", "notification", row, after) for row in rows]
    if proposals:
        try:
            await context.intake.act(person, proposals, intent="notice.read")
        except ProblemError as problem:
            if problem.field != "read_at" or tries <= 1:
                raise
            return await _mark(context, person, until, tries - 1)
    return len(rows), len(found) - len(rows)


HANDLERS = (rules, preview_rule, badge, mark_read)
