"""The pull: the latest state of the rows changed since a cursor, scope by scope, in seq order.

A page's rows, its scope's head and checksum come from one statement, so from one state of the
database: a client that reaches the head can compare checksums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct

from server.errors import ProblemError
from server.feed.encoding import array_of
from server.users import access_of, narrowed
from sync import errors
from sync.changes import PullRequest, PullResponse, SnapshotOffer
from sync.clock import hybrid_time

if TYPE_CHECKING:
    from server.context import Context
    from server.users import AccessClaims

# One statement answers an idle sync: who asks, what they may read, and which of it has moved.
_MOVED = """
    SELECT replica.person_id::text AS person, replica.epoch, installation.server_epoch,
        replica.revoked_at IS NOT NULL AS revoked, who.role,
        coalesce(who.active, true) AND who.id IS NOT NULL AND NOT who.deleted AS active,
        own.projects, restricted.folders, permission.overrides AS permissions,
        device.revoked_at IS NOT NULL AS sender_revoked,
        CASE WHEN $4::uuid IS NULL THEN coalesce(sign_out.before > $5::timestamptz, false)
            ELSE session.id IS NULL OR session.ended_at IS NOT NULL END AS ended,
        (SELECT json_agg(json_build_array(scope.id, scope.name, scope.head, scope.rows,
                coalesce(has.seq, 0)))
            FROM scope
            LEFT JOIN unnest($2::text[], $3::bigint[]) AS has (name, seq) ON has.name = scope.name
            WHERE (who.role = ANY(permission.everywhere) OR scope.name = ANY(own.scopes)
                    OR scope.name = ANY(restricted.scopes))
                AND (has.name IS NULL OR scope.head <> has.seq)) AS moved
    FROM replica CROSS JOIN installation CROSS JOIN permission
    LEFT JOIN person AS who ON who.id = replica.person_id
    LEFT JOIN session ON session.id = $4::uuid AND session.person_id = replica.person_id
    LEFT JOIN device ON device.id = session.device_id
    LEFT JOIN person_sign_out AS sign_out ON sign_out.person_id = replica.person_id
    CROSS JOIN LATERAL (
        SELECT json_object_agg(member.project_id, member.role)
                FILTER (WHERE member.project_id IS NOT NULL) AS projects,
            array_agg('project:' || member.project_id)
                || array_agg('finance:' || member.project_id)
                || ARRAY['org', 'user:' || replica.person_id] AS scopes
        FROM member WHERE member.person_id = replica.person_id AND NOT member.deleted
            AND NOT EXISTS (
                SELECT FROM project WHERE project.id = member.project_id AND project.deleted
            )
    ) AS own
    CROSS JOIN LATERAL (
        SELECT json_object_agg(folder.id, folder.project_id)
                FILTER (WHERE folder.id IS NOT NULL) AS folders,
            array_agg('folder:' || folder.id) AS scopes
        FROM folder WHERE folder.members @> ARRAY[replica.person_id]
            AND folder.scope_kind = 'folder' AND NOT folder.deleted
    ) AS restricted
    WHERE replica.id = $1
"""

# The rows stop at a number of rows or of bytes, whichever comes first; one row always comes.
_PAGE = """
    SELECT scope.head, scope.checksum, count(page.seq) AS rows, max(page.seq) AS last,
        string_agg(page.document, ''::bytea ORDER BY page.seq)
            FILTER (WHERE page.bytes_before < $4) AS documents,
        count(page.seq) FILTER (WHERE page.bytes_before < $4) AS kept,
        max(page.seq) FILTER (WHERE page.bytes_before < $4) AS last_kept
    FROM scope LEFT JOIN LATERAL (
        SELECT sync_row.seq, sync_row.document,
            sum(length(sync_row.document)) OVER (ORDER BY sync_row.seq)
                - length(sync_row.document) AS bytes_before
        FROM sync_row WHERE sync_row.scope_id = scope.id AND sync_row.seq > $2
        ORDER BY sync_row.seq LIMIT $3
    ) AS page ON true
    WHERE scope.id = $1 GROUP BY scope.head, scope.checksum
"""

_PRIORITY = {"user": 0, "org": 1, "project": 2, "finance": 3, "folder": 4, "channel": 5}
"""People and categories first, since all else names them; then the work, then the money."""


class _RawPage(Struct, frozen=True):
    """A ScopePage whose rows are already encoded."""

    scope: str
    seq: int
    head: int
    checksum: int
    rows: Raw


class _RawResponse(Struct, frozen=True):
    """A PullResponse with such pages."""

    server_epoch: int
    pages: list[_RawPage]
    more: bool
    withdrawn: list[str]
    snapshots: list[SnapshotOffer]
    server_time: int
    wipe: bool = False


class MovedScope(Struct, frozen=True):
    """A scope that has changed since the client's cursor."""

    id: int
    name: str
    head: int
    rows: int
    seq: int
    """The client's place in it."""


async def pull(context: Context, claims: AccessClaims, wanted: PullRequest) -> bytes:
    """Return an encoded PullResponse (MessagePack); a revoked device is told to wipe itself.

    Raises ProblemError.
    """
    record = await context.pool.fetchrow(
        _MOVED,
        wanted.replica,
        list(wanted.cursor),
        list(wanted.cursor.values()),
        claims.session,
        claims.issued,
    )
    if record is None or record["person"] != claims.person:
        raise ProblemError(errors.REPLICA_UNKNOWN, field="replica")
    time = hybrid_time(context.wall_ms())
    if record["revoked"] or record["sender_revoked"] or claims.hands_over:
        return msgspec.msgpack.encode(_order_to_wipe(record["server_epoch"], time))
    if record["ended"]:
        raise ProblemError(errors.SESSION_ENDED)
    if record["epoch"] != wanted.epoch:
        raise ProblemError(errors.REPLICA_FORKED, "the epoch is not current", field="epoch")
    access = narrowed(access_of(record), claims.scopes)
    answer = _RawResponse(
        server_epoch=record["server_epoch"],
        pages=[],
        more=False,
        withdrawn=sorted(name for name in wanted.cursor if not access.reads(name)),
        snapshots=[],
        server_time=time,
    )
    if wanted.server_epoch not in (0, record["server_epoch"]):
        return msgspec.msgpack.encode(answer)
    moved = [
        scope
        for scope in msgspec.json.decode(record["moved"] or "[]", type=list[tuple[Any, ...]])
        if access.reads(scope[1])
    ]
    scopes = sorted(
        (MovedScope(*one) for one in moved), key=lambda one: (_priority(one.name), one.name)
    )
    return msgspec.msgpack.encode(await _fill(context, wanted, answer, scopes))


def _order_to_wipe(server_epoch: int, time: int) -> _RawResponse:
    """Return the answer to a revoked device: it reads nothing any more."""
    return _RawResponse(
        server_epoch=server_epoch,
        pages=[],
        more=False,
        withdrawn=[],
        snapshots=[],
        server_time=time,
        wipe=True,
    )


def _priority(name: str) -> int:
    return _PRIORITY.get(name.partition(":")[0], len(_PRIORITY))


async def _fill(
    context: Context, wanted: PullRequest, answer: _RawResponse, scopes: list[MovedScope]
) -> _RawResponse:
    """Fill the answer with pages until it is full."""
    settings = context.settings
    room = min(wanted.page_rows or settings.pull_page_rows_max, settings.pull_page_rows_max)
    pages: list[_RawPage] = []
    offers: list[SnapshotOffer] = []
    more = False
    size = 0
    for scope in scopes:
        if room <= 0 or size >= settings.pull_page_bytes_max:
            more = True
            break
        # A cursor ahead of the head is of another history: that scope starts afresh.
        seq = scope.seq if scope.seq <= scope.head else 0
        if seq == 0 and scope.rows > settings.snapshot_rows_min:
            offers.append(await context.snapshots.offer(scope.id, scope.name))
            continue
        page, count = await _page(context, scope, seq, room)
        pages.append(page)
        room -= count
        size += len(bytes(page.rows))
        more = more or page.seq < page.head
    return _RawResponse(
        answer.server_epoch,
        pages,
        more,
        answer.withdrawn,
        offers,
        answer.server_time,
    )


async def _page(
    context: Context, scope: MovedScope, seq: int, rows_max: int
) -> tuple[_RawPage, int]:
    bytes_max = context.settings.pull_page_bytes_max
    (record,) = await context.pool.fetch(_PAGE, scope.id, seq, rows_max, bytes_max)
    head = record["head"]
    complete = record["kept"] == record["rows"] < rows_max
    reached = head if complete else record["last_kept"]
    rows = array_of(record["documents"] or b"", record["kept"])
    return _RawPage(scope.name, reached, head, record["checksum"], rows), record["kept"]


def as_response(body: bytes) -> PullResponse:
    """Decode an encoded answer, for a client that wants JSON."""
    return msgspec.msgpack.decode(body, type=PullResponse)
