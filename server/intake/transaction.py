"""One merge transaction: lock, read, merge in memory, write at once, move the heads, commit.

The order of locks is fixed, so that two servers on one database never deadlock: replicas by id,
then scopes by id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from server.intake.entries import ScopeState
from sync.changes import WireRow
from sync.merge import Causes, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.intake.workspace import Workspace
    from server.store import Connection

_wire_row = msgspec.msgpack.Decoder(WireRow).decode
_causes = msgspec.msgpack.Decoder(Causes).decode

_LOCK_SCOPES = """
    SELECT id, name, head, checksum, rows FROM scope
    WHERE name = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE
"""

_MAKE_SCOPES = """
    INSERT INTO scope (name) SELECT name FROM unnest($1::text[]) AS wanted (name) ORDER BY name
    ON CONFLICT (name) DO NOTHING
"""

_UNMAKE_SCOPES = "DELETE FROM scope WHERE name = ANY($1::text[]) AND head = 0"

# One look-up by key for each row, whatever the statistics say.
_READ_ROWS = """
    SELECT found.* FROM unnest($2::uuid[]) AS wanted (row_id) CROSS JOIN LATERAL (
        SELECT seq, checksum, document, causes FROM sync_row
        WHERE sync_row.scope_id = $1 AND sync_row.row_id = wanted.row_id OFFSET 0
    ) AS found
"""

_READ_KNOWN = """
    SELECT scope_id, row_id::text AS row, table_name FROM sync_row
    WHERE scope_id = ANY($1::bigint[]) AND row_id = ANY($2::uuid[])
"""


class MergeTransaction(Struct, frozen=True):
    """What the effects of a merge (totals, alerts) work with, inside its transaction."""

    workspace: Workspace
    connection: Connection

    async def load(self, scope: str, rows: Iterable[str]) -> None:
        """Read rows of a locked scope that are not loaded yet."""
        workspace = self.workspace
        state = workspace.scopes[scope]
        wanted = [row for row in rows if (scope, row) not in workspace.entries]
        if not wanted or state.created:
            return
        for record in await self.connection.fetch(_READ_ROWS, state.id, wanted):
            wire = _wire_row(record["document"])
            row = Row(
                wire.table,
                wire.row,
                wire.vector,
                wire.values,
                _causes(record["causes"]),
                wire.deleted,
                wire.review,
            )
            workspace.add_row(state, row, record["seq"], record["checksum"])

    async def lock(self, scopes: Iterable[str], *, make: Iterable[str] = ()) -> None:
        """Lock scopes in order and add them to the workspace; make those that may be made."""
        workspace = self.workspace
        wanted = sorted({*scopes} - workspace.scopes.keys())
        missing = set(wanted)
        for record in await self.connection.fetch(_LOCK_SCOPES, wanted):
            missing.discard(record["name"])
            workspace.add_scope(
                ScopeState(
                    record["id"],
                    record["name"],
                    record["head"],
                    record["checksum"],
                    record["rows"],
                )
            )
        making = sorted(missing & {*make})
        if making:
            await self.connection.execute(_MAKE_SCOPES, making)
            await self.lock(making)
            for name in making:
                # Another transaction may have made it, and filled it, while this one waited.
                workspace.scopes[name].created = not workspace.scopes[name].head

    async def unmake_empty_scopes(self) -> None:
        """Drop the scopes made for projects and people of whom all was then refused."""
        scopes = self.workspace.scopes
        empty = [
            name
            for name, scope in scopes.items()
            if scope.created and not scopes[_first_of(name)].head
        ]
        if empty:
            await self.connection.execute(_UNMAKE_SCOPES, empty)
            for name in empty:
                del scopes[name]

    async def learn_references(self, scopes: Mapping[int, str], rows: Iterable[str]) -> None:
        """Learn which of the referenced rows the server holds, in scopes given by id and name."""
        records = await self.connection.fetch(_READ_KNOWN, [*scopes], [*rows])
        self.workspace.known.update(
            ((scopes[record["scope_id"]], record["row"]), record["table_name"])
            for record in records
        )


def _first_of(scope: str) -> str:
    """Return the scope that says whether a new one is needed: a project's says it for its money."""
    kind, _, key = scope.partition(":")
    return f"project:{key}" if kind == "finance" else scope
