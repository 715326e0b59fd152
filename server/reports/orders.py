"""Orders of reports that are too large to wait for: made by the worker, kept as documents.

A report is read for the person who ordered it, with the rights that they have when it is made.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

import msgspec
import structlog
from msgspec import Struct

from server.errors import ProblemError, fault_of
from server.figures import read_tablets
from server.reports.catalogue import REPORTS
from server.reports.making import check_rows, count_rows, open_source, render
from server.reports.reading import Asked
from server.storage import NewDocument, store_document
from server.store import reading_as
from server.users import load_access
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake
    from server.reports.declaring import Format
    from server.reports.wording import Language
    from server.settings import Settings
    from server.store import Connection

log = structlog.get_logger()

TRIES_MAX = 3
LEASE = dt.timedelta(minutes=20)
"""How long a worker has an order to itself: one that died gives it up then."""
RETRY = dt.timedelta(minutes=1)
ORDERS_SHOWN_MAX = 100
READ_PERCENT, RENDERED_PERCENT = 40, 90

_COLUMNS = """
    id::text, project_id::text AS project, report, format, language, asked::text AS asked, state,
    progress, rows, document_id::text AS document, error,
    (extract(epoch FROM made_at) * 1000)::bigint AS made_at,
    (extract(epoch FROM finished_at) * 1000)::bigint AS finished_at
"""

_PUT = f"""
    INSERT INTO report_order (id, project_id, person_id, report, format, language, asked, rows,
        made_at, next_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $9) RETURNING {_COLUMNS}
"""

_READ = f"""
    SELECT {_COLUMNS} FROM report_order
    WHERE person_id = $1 AND project_id = $2::text::uuid AND ($3::text IS NULL OR id = $3::uuid)
    ORDER BY made_at DESC, id LIMIT {ORDERS_SHOWN_MAX}
"""

_TAKE = f"""
    UPDATE report_order SET state = 'running', progress = 0, tries = tries + 1, next_at = $2
    WHERE id = (
        SELECT id FROM report_order WHERE state IN ('waiting', 'running') AND next_at <= $1
        ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}, person_id::text AS person, tries
"""

_PROGRESS = "UPDATE report_order SET progress = $2 WHERE id = $1"
_DONE = """
    UPDATE report_order SET state = 'done', progress = 100, document_id = $2, finished_at = $3
    WHERE id = $1
"""
_FAILED = """
    UPDATE report_order SET state = CASE WHEN $2 THEN 'failed' ELSE 'waiting' END, error = $3,
        next_at = $4, finished_at = CASE WHEN $2 THEN $5::timestamptz END WHERE id = $1
"""
_FORGET = "DELETE FROM report_order WHERE made_at < $1 AND state IN ('done', 'failed')"


class Order(Struct, frozen=True):
    """An order of a report, and what became of it."""

    id: str
    project: str
    report: str
    format: str
    language: str
    asked: Asked
    state: str
    """waiting, running, done or failed."""
    progress: int
    """Per cent."""
    rows: int | None
    document: str | None
    """What it is kept as, once it is done; the version has the order's id."""
    error: str | None
    """A code of the catalogue."""
    made_at: int
    finished_at: int | None


def order_of(record: asyncpg.Record) -> Order:
    """Return an order from its row."""
    asked = msgspec.json.decode(record["asked"], type=Asked)
    named = {name: record[name] for name in Order.__struct_fields__ if name != "asked"}
    return Order(**named, asked=asked)


async def put_order(
    connection: Connection,
    project: str,
    person: str,
    *,
    report: str,
    form: Format,
    language: Language,
    asked: Asked,
    rows: int,
    now: dt.datetime,
) -> Order:
    """Order a report."""
    text = msgspec.json.encode(asked).decode()
    (record,) = await connection.fetch(
        _PUT, str(uuid4()), project, person, report, form, language, text, rows, now
    )
    return order_of(record)


async def read_orders(
    connection: Connection, person: str, project: str, order: str | None = None
) -> list[Order]:
    """Return a person's orders in a project, the newest first."""
    return [order_of(one) for one in await connection.fetch(_READ, person, project, order)]


async def make_next(
    pool: asyncpg.Pool, intake: Intake, settings: Settings, now: dt.datetime
) -> bool:
    """Make the report whose turn it is; return False when none waited."""
    found = await pool.fetch(_TAKE, now, now + LEASE)
    if not found:
        return False
    (record,) = found
    order = order_of(record)
    try:
        document = await _make(
            pool, intake, settings, order=order, person=record["person"], now=now
        )
    except ProblemError as problem:
        refused = True
        await pool.execute(_FAILED, order.id, refused, problem.error.code, now, now)
    except Exception as error:  # noqa: BLE001 -- the next order must not wait for it
        last = record["tries"] >= TRIES_MAX
        log.error(  # noqa: TRY400
            "report_failed", order=order.id, report=order.report, **fault_of(error)
        )
        await pool.execute(_FAILED, order.id, last, errors.INTERNAL.code, now + RETRY, now)
    else:
        await pool.execute(_DONE, order.id, document, now)
        log.info("report_made", order=order.id, report=order.report, rows=order.rows)
    return True


async def _make(
    pool: asyncpg.Pool,
    intake: Intake,
    settings: Settings,
    *,
    order: Order,
    person: str,
    now: dt.datetime,
) -> str:
    """Read, render and keep a report; return its document. Raises ProblemError."""
    report = REPORTS[order.report]
    form: Any = order.format
    language: Any = order.language
    now_ms = int(now.timestamp() * 1000)
    async with pool.acquire() as connection:
        access = (await load_access(connection, [person]))[person]
        finance = access.reads(f"finance:{order.project}")
        if not access.reads(f"project:{order.project}") or (report.finance and not finance):
            raise ProblemError(errors.FORBIDDEN)
        tablets = await read_tablets(connection, order.project)
        async with reading_as(connection, person):
            source = await open_source(
                connection, order.project, order.asked, now_ms, tablets, finance=finance
            )
            check_rows(await count_rows(source, report), form, settings)
            content = await report.read(source)
    await pool.execute(_PROGRESS, order.id, READ_PERCENT)
    made = await render(content, form, language)
    await pool.execute(_PROGRESS, order.id, RENDERED_PERCENT)
    stored = await store_document(
        intake,
        settings,
        NewDocument(
            # What shows amounts is kept where amounts are read.
            scope=f"{'finance' if finance else 'project'}:{order.project}",
            project=order.project,
            author=person,
            title=made.title,
            file_name=made.file_name,
            # Ids of the order: made again after a crash, it is kept once.
            document=str(uuid5(UUID(order.id), "document")),
            version=order.id,
            category="financial" if finance else "technical",
        ),
        made.content,
    )
    return stored.document


async def forget_orders(pool: asyncpg.Pool, before: dt.datetime) -> int:
    """Drop orders that were answered long ago; the documents stay."""
    status = await pool.execute(_FORGET, before)
    return int(status.rpartition(" ")[2])
