"""A budget as it was at one of its versions, and what each version moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.store import Connection

_READ_BUDGET = """
    SELECT name, currency, status, amount, original_amount, version FROM budget
    WHERE project_id = $1::uuid AND id = $2::uuid AND NOT deleted
"""

_READ_VERSIONS = """
    SELECT version.number, version.amount, version.cause, version.made_at, version.lines::text,
        version.request_id::text AS request, request.number AS request_number, request.title,
        request.kind
    FROM budget_version AS version LEFT JOIN budget_request AS request
        ON request.project_id = version.project_id AND request.id = version.request_id
    WHERE version.project_id = $1::uuid AND version.budget_id = $2::uuid ORDER BY version.number
"""

_READ_LINES = """
    SELECT id::text AS line, cost_code, description, coalesce(kind, 'cost') AS kind, amount,
        original_amount
    FROM budget_line WHERE project_id = $1::uuid AND budget_id = $2::uuid AND NOT deleted
    ORDER BY cost_code, id
"""


class Move(Struct, frozen=True):
    """What a version moved of one line."""

    line: str
    before: int
    after: int


class Version(Struct, frozen=True):
    """One version of a budget: when it was locked, or after an approved request."""

    number: int
    amount: int
    cause: str
    made_at: int
    request: str | None
    request_number: int | None
    title: str | None
    kind: str | None
    moved: list[Move]


class VersionLine(Struct, frozen=True):
    """A line as it was at the version that was asked for."""

    line: str
    cost_code: str
    description: str | None
    kind: str
    original_amount: int | None
    amount: int


class BudgetVersions(Struct, frozen=True):
    """A budget at one version, with the way there: all versions, and what each moved."""

    budget: str
    name: str
    currency: str
    status: str | None
    original_amount: int | None
    amount: int
    version: int | None
    """The version that is shown; null while the budget is a draft."""
    lines: list[VersionLine]
    versions: list[Version]


async def read_versions(
    connection: Connection, project: str, budget: str, number: int | None
) -> BudgetVersions | None:
    """Return a budget at a version, the latest without a number; None when it is not there.

    The amounts of an earlier version are the present ones less what was moved since.
    """
    found = await connection.fetchrow(_READ_BUDGET, project, budget)
    if found is None:
        return None
    records = await connection.fetch(_READ_VERSIONS, project, budget)
    versions = [_version(record) for record in records]
    latest = versions[-1].number if versions else None
    shown = latest if number is None else number
    if number is not None and number not in {one.number for one in versions}:
        return None
    later = [one for one in versions if shown is not None and one.number > shown]
    moved = _moved(later)
    lines = [
        VersionLine(**{**dict(one), "amount": one["amount"] - moved.get(one["line"], 0)})
        for one in await connection.fetch(_READ_LINES, project, budget)
    ]
    amount = next((one.amount for one in versions if one.number == shown), found["amount"])
    return BudgetVersions(
        budget=budget,
        name=found["name"],
        currency=found["currency"],
        status=found["status"],
        original_amount=found["original_amount"],
        amount=amount,
        version=shown,
        lines=lines,
        versions=versions,
    )


def _version(record: Any) -> Version:
    lines = msgspec.json.decode(record["lines"] or "{}", type=dict[str, tuple[int, int]])
    values = {name: record[name] for name in record.keys() if name != "lines"}  # noqa: SIM118
    return Version(**values, moved=[Move(line, *pair) for line, pair in sorted(lines.items())])


def _moved(versions: Sequence[Version]) -> dict[str, int]:
    total: dict[str, int] = {}
    for version in versions:
        for move in version.moved:
            total[move.line] = total.get(move.line, 0) + move.after - move.before
    return total
