"""What every reading of a project's figures starts from: the project, its baseline, its tablets."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- the structs' types are read at run time
from typing import TYPE_CHECKING

from msgspec import Struct

from server.figures.following import local_day, zone_of
from server.figures.shapes import BaselineShown, Reading, Tablets

if TYPE_CHECKING:
    from server.store import Connection

_READ_PROJECT = """
    SELECT project.id::text, project.code, project.name, project.currency, project.time_zone,
        project.status, project.start, project.finish, site.name AS site_name,
        state.baseline_id::text AS baseline, state.added, baseline.name AS baseline_name,
        baseline.number AS baseline_number, baseline.taken_at
    FROM project
    LEFT JOIN site ON site.id = project.site_id
    LEFT JOIN figure_state AS state ON state.project_id = project.id
    LEFT JOIN baseline ON baseline.project_id = project.id AND baseline.id = state.baseline_id
    WHERE project.id = $1::text::uuid AND NOT project.deleted
"""

_READ_HEADS = "SELECT name, head FROM scope WHERE name = ANY($1::text[]) ORDER BY name"

_READ_TABLETS = """
    SELECT count(*) AS devices,
        (extract(epoch FROM min(last_seen_at)) * 1000)::bigint AS oldest,
        (extract(epoch FROM max(last_seen_at)) * 1000)::bigint AS newest,
        coalesce(sum(waiting_change_sets), 0)::bigint AS waiting
    FROM replica WHERE revoked_at IS NULL AND NOT office AND person_id IN (
        SELECT person_id FROM member WHERE project_id = $1::text::uuid AND NOT deleted)
"""


class Basis(Struct, frozen=True):
    """A project as a reading finds it."""

    project: str
    code: str
    name: str
    site: str | None
    status: str | None
    start: dt.date | None
    finish: dt.date | None
    time_zone: str | None
    currency: str
    data_date: dt.date
    past: bool
    """Whether the data date is before today."""
    baseline: BaselineShown | None
    heads: str
    """Of the project's scopes: what a cached reading is kept under."""


async def read_basis(
    connection: Connection, project: str, now_ms: int, at: dt.date | None
) -> Basis | None:
    """Read what the figures of a project start from; None where there is no such project.

    The heads are read first: figures may be newer than their key, never older.

    Args:
        connection: reads for the person, or for the server.
        project: its id.
        now_ms: the wall clock.
        at: the data date; None for today where the project is.

    """
    scopes = [f"finance:{project}", f"project:{project}"]
    records = await connection.fetch(_READ_HEADS, scopes)
    found = await connection.fetch(_READ_PROJECT, project)
    if not found:
        return None
    (one,) = found
    today = local_day(now_ms, zone_of(one["time_zone"]))
    baseline = None
    if one["baseline"] is not None:
        baseline = BaselineShown(
            one["baseline"],
            one["baseline_name"],
            one["baseline_number"],
            one["taken_at"],
            one["added"],
        )
    return Basis(
        project,
        one["code"],
        one["name"],
        one["site_name"],
        one["status"],
        one["start"],
        one["finish"],
        one["time_zone"],
        one["currency"],
        at or today,
        at is not None and at < today,
        baseline,
        "/".join(f"{record['name']}={record['head']}" for record in records),
    )


async def read_tablets(connection: Connection, project: str) -> Tablets:
    """Read how fresh the word of a project's tablets is: sums alone, so that none is named."""
    (one,) = await connection.fetch(_READ_TABLETS, project)
    return Tablets(one["devices"], one["oldest"], one["newest"], one["waiting"])


def reading_of(basis: Basis, tablets: Tablets, now_ms: int) -> Reading:
    """Return what a reading is about."""
    return Reading(basis.project, basis.currency, basis.data_date, now_ms, basis.baseline, tablets)
