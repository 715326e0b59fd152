"""What people may do, read from the directory and the memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from server.intake import Access

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.store import Connection

_READ_ACCESS = """
    SELECT wanted.id::text AS person, person.role,
        coalesce(person.active, true) AND person.id IS NOT NULL AND NOT person.deleted AS active,
        (SELECT json_object_agg(member.project_id, member.role) FROM member
            WHERE member.person_id = wanted.id AND NOT member.deleted) AS projects
    FROM unnest($1::uuid[]) AS wanted (id) LEFT JOIN person ON person.id = wanted.id
"""


async def load_access(connection: Connection, people: Iterable[str]) -> dict[str, Access]:
    """Read the access of several people at once; a stranger has none."""
    records = await connection.fetch(_READ_ACCESS, sorted({*people}))
    return {
        record["person"]: Access(
            record["person"],
            bool(record["active"]),
            record["role"] if record["active"] else None,
            msgspec.json.decode(record["projects"] or "{}", type=dict[str, str]),
        )
        for record in records
    }
