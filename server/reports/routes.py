"""Reports over HTTP: small ones at once, large ones to order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.figures import read_tablets
from server.openapi import documented
from server.reports.catalogue import REPORTS
from server.reports.declaring import Format
from server.reports.making import MEDIA, check_rows, count_rows, open_source, render
from server.reports.orders import Order, put_order, read_orders
from server.reports.reading import Asked
from server.store import reading_as
from server.users import load_access, narrowed
from server.wire import read, respond
from sync import errors
from sync.schema import UUID_PATTERN

if TYPE_CHECKING:
    from server.intake import Access
    from server.reports.catalogue import Report
    from server.store import Connection

BODY_BYTES_MAX = 4_096
ReportName = Literal["financial", "budget", "earned_value", "ledger", "ageing", "status", "daily"]
Id = Annotated[str, PathParameter(pattern=UUID_PATTERN)]
Day = Annotated[dt.date | None, QueryParameter()]
Row = Annotated[str, Meta(pattern=UUID_PATTERN)] | None


class Ordered(Struct, frozen=True, forbid_unknown_fields=True):
    """An order of a report."""

    report: ReportName
    format: Format = "pdf"
    language: Literal["fr", "en"] = "fr"
    at: dt.date | None = None
    """The data date; today by default."""
    since: dt.date | None = None
    until: dt.date | None = None
    row: Row = None
    """Of the daily report: which one; the latest by default."""


async def _access(
    request: Request[Any, Any, Any],
    context: Context,
    connection: Connection,
    project: str,
    report: Report | None,
) -> Access:
    """Return what the person may do; a report that they may not have is refused."""
    identity = await context.identity(request, scope="read")
    known = (await load_access(connection, [identity.person]))[identity.person]
    access = narrowed(known, identity.scopes)
    if not access.reads(f"project:{project}"):
        raise ProblemError(errors.NOT_FOUND)
    if report is not None and report.finance and not access.reads(f"finance:{project}"):
        raise ProblemError(errors.FORBIDDEN)
    return access


@get(
    "/{project:str}/reports/{report:str}",
    **documented(
        response=bytes,
        response_media=tuple(MEDIA.values()),
        errors=(errors.NOT_FOUND, errors.REPORT_TOO_LARGE),
    ),
)
async def report_now(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Id,
    report: Annotated[str, PathParameter(pattern="^[a-z_]{1,40}$")],
    *,
    form: Annotated[Format, QueryParameter(name="format")] = "pdf",
    language: Annotated[Literal["fr", "en"], QueryParameter()] = "fr",
    at: Day = None,
    since: Day = None,
    until: Day = None,
    row: Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)] = None,
) -> Response[bytes]:
    """Return a report as a file: PDF, XLSX or CSV, in French or English.

    One with more rows than the server answers at once is refused: order it.
    """
    known = REPORTS.get(report)
    if known is None:
        raise ProblemError(errors.NOT_FOUND)
    asked = Asked(at, since, until, row)
    async with context.pool.acquire() as connection:
        access = await _access(request, context, connection, project, known)
        finance = access.reads(f"finance:{project}")
        tablets = await read_tablets(connection, project)
        async with reading_as(connection, access.person):
            source = await open_source(
                connection, project, asked, context.wall_ms(), tablets, finance=finance
            )
            rows = await count_rows(source, known)
            limit = context.settings.report_rows_direct_max
            if rows > limit:
                raise ProblemError(
                    errors.REPORT_TOO_LARGE, f"{rows} rows; more than {limit} are to be ordered"
                )
            content = await known.read(source)
    made = await render(content, form, language)
    disposition = f'attachment; filename="{made.file_name}"'
    return Response(
        made.content,
        media_type=made.media,
        headers={"content-disposition": disposition, "cache-control": "no-store"},
    )


@post(
    "/{project:str}/reports",
    status_code=202,
    **documented(
        request=Ordered, response=Order, errors=(errors.NOT_FOUND, errors.REPORT_TOO_LARGE)
    ),
)
async def order_report(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id
) -> Response[bytes]:
    """Order a report of any size: the worker makes it and keeps it as a document."""
    wanted = await read(request, Ordered, BODY_BYTES_MAX)
    report = REPORTS[wanted.report]
    asked = Asked(wanted.at, wanted.since, wanted.until, wanted.row)
    async with context.pool.acquire() as connection:
        access = await _access(request, context, connection, project, report)
        tablets = await read_tablets(connection, project)
        async with reading_as(connection, access.person):
            source = await open_source(
                connection, project, asked, context.wall_ms(), tablets, finance=report.finance
            )
            rows = await count_rows(source, report)
        check_rows(rows, wanted.format, context.settings)
        order = await put_order(
            connection,
            project,
            access.person,
            report=wanted.report,
            form=wanted.format,
            language=wanted.language,
            asked=asked,
            rows=rows,
            now=context.now(),
        )
    return respond(request, order, status=202)


@get(
    "/{project:str}/report-orders",
    **documented(response=list[Order], errors=(errors.NOT_FOUND,)),
)
async def orders(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id
) -> Response[bytes]:
    """Return the reports that one has ordered in a project, the newest first."""
    async with context.pool.acquire() as connection:
        access = await _access(request, context, connection, project, None)
        found = await read_orders(connection, access.person, project)
    return respond(request, found)


@get(
    "/{project:str}/report-orders/{order:str}",
    **documented(response=Order, errors=(errors.NOT_FOUND,)),
)
async def one_order(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id, order: Id
) -> Response[bytes]:
    """Return how far an ordered report is, and where it is kept once it is done."""
    async with context.pool.acquire() as connection:
        access = await _access(request, context, connection, project, None)
        found = await read_orders(connection, access.person, project, order)
    if not found:
        raise ProblemError(errors.NOT_FOUND)
    return respond(request, found[0])


HANDLERS = (report_now, order_report, orders, one_order)
