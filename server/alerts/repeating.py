"""Urgent notices are said again until each person acknowledges theirs: the pauses grow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import structlog

from server.alerts.delivering import Said, letters_of
from server.alerts.preferences import read_readers
from server.messaging import post
from server.users import load_access

if TYPE_CHECKING:
    import asyncpg

    from server.alerts.preferences import Reader
    from server.alerts.words import Language
    from server.intake import Intake, MergeTransaction

log = structlog.get_logger()

BATCH_NOTICES = 200
PAUSE_MINUTES_MAX = 24 * 60
MINUTE_MS = 60_000

# Each repetition doubles the pause before the next.
_READ_DUE = """
    SELECT id::text, person_id::text AS person, project_id::text AS project FROM notification
    WHERE urgent AND acknowledged_at IS NULL AND NOT deleted
        AND coalesce(repeated_at, sent_at)
            + least($2 * 2 ^ least(coalesce(repeats, 0), 20), $3) * 60000 <= $1
    ORDER BY coalesce(repeated_at, sent_at), id LIMIT $4
"""


async def repeat_notices(
    intake: Intake, pool: asyncpg.Pool, now_ms: int, *, minutes: int, url: str | None = None
) -> int:
    """Say again the urgent notices that nobody has acknowledged; return how many.

    Args:
        intake: the only writer of synced rows.
        pool: the database.
        now_ms: the time.
        minutes: the first pause.
        url: the address that letters lead to.

    Who has left, or may not see the project any more, is not told again.

    """
    due = await pool.fetch(_READ_DUE, now_ms, minutes, PAUSE_MINUTES_MAX, BATCH_NOTICES)
    if not due:
        return 0
    async with pool.acquire() as connection:
        access = await load_access(connection, {one["person"] for one in due})
        readers = await read_readers(connection, access)
    count = 0
    for one in due:
        person, project = one["person"], one["project"]
        if person not in readers or (
            project is not None and not access[person].reads(f"project:{project}")
        ):
            continue
        try:
            async with intake.server_transaction([f"user:{person}"]) as transaction:
                count += await _repeat(transaction, one["id"], readers[person], url, minutes)
        except Exception:
            log.exception("notice_repeat_failed", person=person)
    return count


async def _repeat(
    transaction: MergeTransaction, notice: str, reader: Reader, url: str | None, minutes: int
) -> int:
    scope, workspace = f"user:{reader.id}", transaction.workspace
    await transaction.load(scope, [notice])
    row = workspace.row(scope, notice)
    if row is None or row.deleted or row.values.get("acknowledged_at") is not None:
        return 0
    values: dict[str, Any] = dict(row.values)
    repeats = values.get("repeats") or 0
    pause = min(minutes * 2 ** min(repeats, 20), PAUSE_MINUTES_MAX)
    if (values.get("repeated_at") or values["sent_at"]) + pause * MINUTE_MS > workspace.now_ms:
        return 0
    after = {"repeats": repeats + 1, "repeated_at": workspace.now_ms}
    workspace.write(scope, "notification", notice, after, intent="notice.repeat")
    language: Language = "en" if reader.language == "en" else "fr"
    said = Said(values["kind"], values["title"], values["body"], language)
    now = dt.datetime.fromtimestamp(workspace.now_ms / 1000, tz=dt.UTC)
    name = f"{notice}:{repeats + 1}"
    channels = values.get("channels") or ()
    await post(transaction.connection, letters_of(reader, channels, said, name, now, url))
    return 1
