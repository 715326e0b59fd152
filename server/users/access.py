"""What people may do, read from the directory, the memberships and the permission table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from server.intake import Access, permissions_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from server.store import Connection

# A deleted project is nobody's but those whose role holds everywhere, who may bring it back. The
# permission table comes with each reading: a change of it holds from the next transaction on, in
# every process.
_READ_ACCESS = """
    SELECT wanted.id::text AS person, person.role,
        coalesce(person.active, true) AND person.id IS NOT NULL AND NOT person.deleted AS active,
        (SELECT json_object_agg(member.project_id, member.role) FROM member
            WHERE member.person_id = wanted.id AND NOT member.deleted AND NOT EXISTS (
                SELECT FROM project WHERE project.id = member.project_id AND project.deleted
            )) AS projects,
        (SELECT json_object_agg(folder.id, folder.project_id) FROM folder
            WHERE folder.members @> ARRAY[wanted.id] AND folder.scope_kind = 'folder'
                AND NOT folder.deleted) AS folders,
        (SELECT overrides FROM permission) AS permissions
    FROM unnest($1::uuid[]) AS wanted (id) LEFT JOIN person ON person.id = wanted.id
"""


async def load_access(connection: Connection, people: Iterable[str]) -> dict[str, Access]:
    """Read the access of several people at once; a stranger has none."""
    records = await connection.fetch(_READ_ACCESS, sorted({*people}))
    return {record["person"]: access_of(record) for record in records}


def access_of(record: asyncpg.Record) -> Access:
    """Return a person's access, from a record of what `_READ_ACCESS` names."""
    return Access(
        record["person"],
        bool(record["active"]),
        record["role"] if record["active"] else None,
        msgspec.json.decode(record["projects"] or "{}", type=dict[str, str]),
        permissions_of(record["permissions"]),
        msgspec.json.decode(record["folders"] or "{}", type=dict[str, str]),
    )
