"""The figures of a project over HTTP.

Amounts are for those who read its finance. The dashboard answers everyone of the project, and
leaves the amounts out for the others; the rest of the readings are amounts, and refused.
"""

from __future__ import annotations

import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from server.context import Context
from server.errors import ProblemError
from server.figures.basis import Basis, read_basis, read_tablets, reading_of
from server.figures.documents import read_ageing, read_cash
from server.figures.queries import (
    Dashboard,
    read_curve,
    read_dashboard,
    read_lines,
    read_tasks,
)
from server.figures.shapes import (
    Ageing,
    AgeingRow,
    CashFlow,
    CashMonth,
    Curve,
    CurvePoint,
    LineFigures,
    LinesFigures,
    LineYear,
    ProjectFigures,
    Reading,
    TaskFiguresPage,
)
from server.figures.years import read_years
from server.openapi import documented
from server.store import reading_as
from server.users import load_access, narrowed
from server.wire import respond
from sync import errors
from sync.schema import UUID_PATTERN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from server.figures.cache import FigureCache
    from server.store import Connection

PAGE_TASKS_MAX = 500

T = TypeVar("T")
Id = Annotated[str, PathParameter(pattern=UUID_PATTERN)]
Day = Annotated[dt.date | None, QueryParameter(description="The data date; today by default.")]


class Opened:
    """A reading under way, in a transaction that reads for the person who asks."""

    def __init__(
        self,
        context: Context,
        connection: Connection,
        basis: Basis,
        reading: Reading,
        *,
        finance: bool,
    ) -> None:
        self.context = context
        self.connection = connection
        self.basis = basis
        self.reading = reading
        self.finance = finance

    async def cached(
        self, name: str, kind: type[T], read: Callable[[Connection, Basis], Awaitable[T]]
    ) -> T:
        """Return a reading, kept under the heads of the project's scopes."""
        key = f"{name}:{self.basis.data_date}:{self.basis.past}:{self.basis.heads}"
        cache: FigureCache = self.context.figures
        return await cache.get(key, kind, lambda: read(self.connection, self.basis))


@asynccontextmanager
async def open_reading(
    request: Request[Any, Any, Any],
    context: Context,
    project: str,
    at: dt.date | None,
    *,
    money: bool = True,
) -> AsyncIterator[Opened]:
    """Open a reading of a project's figures for the person who asks.

    Args:
        request: what they ask.
        context: the application's parts.
        project: its id.
        at: the data date; None for today.
        money: refuse those who may not see amounts.

    Raises ProblemError: there is no such project that they may see, or its money is not for them.

    """
    identity = await context.identity(request, scope="read")
    async with context.pool.acquire() as connection:
        known = (await load_access(connection, [identity.person]))[identity.person]
        access = narrowed(known, identity.scopes)
        finance = access.reads(f"finance:{project}")
        if not access.reads(f"project:{project}"):
            raise ProblemError(errors.NOT_FOUND)
        if money and not finance:
            raise ProblemError(errors.FORBIDDEN)
        tablets = await read_tablets(connection, project)
        async with reading_as(connection, access.person):
            basis = await read_basis(connection, project, context.wall_ms(), at)
            if basis is None:
                raise ProblemError(errors.NOT_FOUND)
            reading = reading_of(basis, tablets, context.wall_ms())
            yield Opened(context, connection, basis, reading, finance=finance)


@get(
    "/{project:str}/figures",
    **documented(response=ProjectFigures, errors=(errors.NOT_FOUND,)),
)
async def figures(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, at: Day = None
) -> Response[bytes]:
    """Return a project's figures: progress, and for those who see amounts money and earned value.

    Allocated, committed, spent, remaining, forecast; PV, EV, AC, the variances and indices, and
    the estimates by three methods, as of the data date.
    """
    async with open_reading(request, context, project, at, money=False) as opened:
        if opened.finance:
            found = await opened.cached("dashboard", Dashboard, read_dashboard)
            answer = ProjectFigures(
                opened.reading,
                found.progress,
                found.planned_progress,
                found.money,
                found.earned_value,
            )
        else:
            answer = ProjectFigures(opened.reading)
    return respond(request, answer)


@get("/{project:str}/figures/curve", **documented(response=Curve, errors=(errors.NOT_FOUND,)))
async def curve(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, at: Day = None
) -> Response[bytes]:
    """Return the S-curve by week: planned by the baseline, earned and spent up to the data date."""
    async with open_reading(request, context, project, at) as opened:
        points = await opened.cached("curve", list[CurvePoint], read_curve)
    return respond(request, Curve(opened.reading, points))


@get(
    "/{project:str}/figures/tasks",
    **documented(response=TaskFiguresPage, errors=(errors.NOT_FOUND,)),
)
async def tasks(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Id,
    *,
    at: Day = None,
    added: Annotated[
        bool, QueryParameter(description="Only tasks that the baseline does not know.")
    ] = False,
    after: Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_TASKS_MAX)] = 100,
) -> Response[bytes]:
    """Return earned value task by task; `after` takes the `next` of the page before."""
    async with open_reading(request, context, project, at) as opened:
        found = await read_tasks(opened.connection, opened.basis, after, limit + 1, added=added)
    page = found[:limit]
    following = page[-1].task if len(found) > limit else None
    return respond(request, TaskFiguresPage(opened.reading, page, following))


@get(
    "/{project:str}/figures/lines",
    **documented(response=LinesFigures, errors=(errors.NOT_FOUND,)),
)
async def lines(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, at: Day = None
) -> Response[bytes]:
    """Return the six figures of every budget line, its earned value, and its years."""
    async with open_reading(request, context, project, at) as opened:
        found = await opened.cached("lines", list[LineFigures], read_lines)
        years = await opened.cached("years", list[LineYear], read_years)
    return respond(request, LinesFigures(opened.reading, found, years))


@get(
    "/{project:str}/figures/cash-flow",
    **documented(response=CashFlow, errors=(errors.NOT_FOUND,)),
)
async def cash_flow(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, at: Day = None
) -> Response[bytes]:
    """Return what came in and went out, and what is still to, by month."""
    async with open_reading(request, context, project, at) as opened:
        months = await opened.cached("cash", list[CashMonth], read_cash)
    return respond(request, CashFlow(opened.reading, months))


@get("/{project:str}/figures/ageing", **documented(response=Ageing, errors=(errors.NOT_FOUND,)))
async def ageing(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, at: Day = None
) -> Response[bytes]:
    """Return unpaid invoices by party: not due, overdue to 30, 60, 90 days, and for longer."""
    async with open_reading(request, context, project, at) as opened:
        rows = await opened.cached("ageing", list[AgeingRow], read_ageing)
    return respond(request, Ageing(opened.reading, rows))


HANDLERS = (figures, curve, tasks, lines, cash_flow, ageing)
