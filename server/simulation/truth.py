"""What PostgreSQL holds at the end: read straight from the tables, and counted anew."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from msgspec import Struct

from server.budget import recompute
from sync.changes import WireRow
from sync.checksum import add, row_checksum
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

Dot = tuple[str, int]

_decode = msgspec.msgpack.Decoder(WireRow).decode

_SCOPES = "SELECT id, name, head, checksum, rows FROM scope WHERE name = ANY($1::text[])"
_DOCUMENTS = "SELECT document FROM sync_row WHERE scope_id = $1"
_LOG = """
    SELECT replica, counter, count(*) AS rows, count(DISTINCT (scope_id, row_id)) AS apart
    FROM change_log WHERE replica = ANY($1::text[]) GROUP BY replica, counter
"""
# An action that a fork sends again keeps its time under its new replica id. Within one replica the
# server may give two actions one time, when it pulls a wild clock back: those are no doubles.
_TWICE = """
    SELECT time, row_id::text AS row, intent, array_agg(replica || ':' || counter) AS dots
    FROM change_log WHERE replica = ANY($1::text[])
    GROUP BY time, row_id, intent, person_id HAVING count(DISTINCT replica) > 1
"""
_REJECTIONS = """
    SELECT replica, counter, code FROM rejection WHERE replica = ANY($1::text[])
"""
_LAST = "SELECT id, last_counter FROM replica WHERE id = ANY($1::text[])"
_CONFLICTS = """
    SELECT policy, review, count(*) AS races FROM conflict JOIN scope ON scope.id = scope_id
    WHERE scope.name = ANY($1::text[]) GROUP BY policy, review
"""
_ALERTS = """
    SELECT rule, status, count(*) AS alerts FROM alert WHERE NOT deleted AND project_id = $1
    GROUP BY rule, status
"""
_OVERPAID = """
    SELECT id::text, paid_amount, amount + coalesce(tax_amount, 0) AS due FROM supplier_invoice
    WHERE project_id = $1 AND NOT deleted
        AND paid_amount > amount + coalesce(tax_amount, 0) - coalesce(credited_amount, 0)
"""
_MISSING = """
    SELECT count(*) AS given, coalesce(max(number), 0) AS highest FROM client_invoice
    WHERE project_id = $1 AND number IS NOT NULL
"""
_SEQS = """
    SELECT count(*) AS rows, count(DISTINCT seq) AS seqs, coalesce(max(seq), 0) AS last
    FROM change_log WHERE scope_id = $1
"""


class ScopeTruth(Struct, frozen=True):
    """One scope as the server keeps it, and as its documents say it must be."""

    name: str
    head: int
    checksum: int
    rows: int
    counted_checksum: int
    counted_rows: int
    log_rows: int
    log_seqs: int
    log_last: int
    tables: dict[str, int]
    """Live documents by table."""


class Truth(Struct, frozen=True):
    """All that the proof compares with."""

    scopes: dict[str, ScopeTruth]
    merged: dict[Dot, tuple[int, int]]
    """Dot -> (rows in the change log, different rows among them)."""
    twice: list[str]
    """Actions that the change log holds under two dots."""
    rejected: dict[Dot, str]
    last_counters: dict[str, int]
    typed: dict[str, int]
    """Live rows of the typed tables, by table, over the scopes."""
    conflicts: dict[str, int]
    alerts: dict[str, int]
    money: list[str] = []
    """What is wrong with the project's money: figures that its documents do not add up to, invoices
    paid beyond what is due, numbers that are missing."""


async def read_truth(
    database_url: str, *, project: str, scopes: Iterable[str], replicas: Iterable[str]
) -> Truth:
    """Read what the server holds of some scopes and replicas, in one state of the database."""
    wanted, names = sorted({*replicas}), sorted({*scopes})
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            held = {
                record["name"]: await _scope(connection, record)
                for record in await connection.fetch(_SCOPES, names)
            }
            return Truth(
                scopes=held,
                merged={
                    (one["replica"], one["counter"]): (one["rows"], one["apart"])
                    for one in await connection.fetch(_LOG, wanted)
                },
                twice=[
                    f"{one['intent']} of {one['row']} under {sorted(one['dots'])}"
                    for one in await connection.fetch(_TWICE, wanted)
                ],
                rejected={
                    (one["replica"], one["counter"]): one["code"]
                    for one in await connection.fetch(_REJECTIONS, wanted)
                },
                last_counters={
                    one["id"]: one["last_counter"] for one in await connection.fetch(_LAST, wanted)
                },
                typed=await _typed_counts(connection, project),
                conflicts=_counted(await connection.fetch(_CONFLICTS, names), "policy", "races"),
                alerts=_counted(await connection.fetch(_ALERTS, project), "rule", "alerts"),
                money=await _wrong_money(connection, project),
            )
    finally:
        await connection.close()


async def _scope(connection: asyncpg.Connection, record: asyncpg.Record) -> ScopeTruth:
    total = rows = 0
    tables: Counter[str] = Counter()
    for (document,) in await connection.fetch(_DOCUMENTS, record["id"]):
        row = _decode(document)
        if row.deleted:
            continue
        rows += 1
        tables[row.table] += 1
        total = add(total, row_checksum(row.table, row.row, row.values))
    (log,) = await connection.fetch(_SEQS, record["id"])
    return ScopeTruth(
        name=record["name"],
        head=record["head"],
        checksum=record["checksum"],
        rows=record["rows"],
        counted_checksum=total,
        counted_rows=rows,
        log_rows=log["rows"],
        log_seqs=log["seqs"],
        log_last=log["last"],
        tables=dict(tables),
    )


async def _wrong_money(connection: asyncpg.Connection, project: str) -> list[str]:
    """Add up a project's money from its documents; return what is kept otherwise."""
    wrong = [str(one) for one in await recompute(connection, project)]
    wrong += [
        f"invoice {one['id']}: {one['paid_amount']} paid of {one['due']}"
        for one in await connection.fetch(_OVERPAID, project)
    ]
    (numbers,) = await connection.fetch(_MISSING, project)
    if numbers["given"] != numbers["highest"]:
        wrong.append(f"{numbers['given']} numbers given up to {numbers['highest']}")
    return wrong


async def _typed_counts(connection: asyncpg.Connection, project: str) -> dict[str, int]:
    """Count the live rows of the project in the typed tables."""
    counts = {}
    for name, table in TABLES.items():
        if table.scope_field is None:
            continue
        counts[name] = await connection.fetchval(
            f"SELECT count(*) FROM {name} WHERE {table.scope_field} = $1 AND NOT deleted", project
        )
    return counts


def _counted(records: list[asyncpg.Record], by: str, count: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for record in records:
        total[record[by]] += record[count]
    return dict(total)
