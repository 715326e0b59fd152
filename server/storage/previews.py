"""The queue of previews: small pictures and the text of what is stored, drawn once per content."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct

from server.storage.objects import ObjectStore, StoreUnavailableError, object_key, preview_key
from server.storage.spool import Spool
from server.storage.wording import TEXT_CHARACTERS_MAX, plain

if TYPE_CHECKING:
    import asyncpg

    from server.settings import Settings

log = structlog.get_logger()

DRAWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/bmp"),
        *("application/pdf", "text/plain"),
    }
)
ATTEMPTS_MAX = 3
LEASE_SECONDS = 300
DRAWING_SECONDS_MAX = 120
SOURCE_BYTES_MAX = 256 * 1024 * 1024

_TAKE = """
    UPDATE stored_object SET preview_attempts = preview_attempts + 1,
        preview_at = now() + $1 * interval '1 second'
    WHERE sha256 = (
        SELECT sha256 FROM stored_object
        WHERE preview_state = 'waiting' AND preview_at <= now() AND state = 'stored'
        ORDER BY preview_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING sha256, bytes, content_type AS kind, preview_attempts AS attempts
"""
_DONE = """
    UPDATE stored_object SET preview_state = $2, previews = $3, words = to_tsvector('french', $4)
    WHERE sha256 = $1
"""
_FIND = """
    UPDATE document_search AS search SET words = search.title_words || kept.words
    FROM stored_object AS kept, document_version AS version, document
    WHERE kept.sha256 = $1 AND kept.words IS NOT NULL AND version.object_sha256 = kept.sha256
        AND document.home_id = version.home_id AND document.version_id = version.id
        AND search.home_id = document.home_id AND search.document_id = document.id
"""


class Found(Struct, frozen=True):
    """What drawing gave."""

    previews: list[str] = []
    text: str = ""


class DrawingError(Exception):
    """The file cannot be drawn: damaged, hostile, or too much for the limits."""


async def draw_next(settings: Settings, pool: asyncpg.Pool, store: ObjectStore) -> bool:
    """Draw the previews of the content whose turn it is; return False when none waits."""
    record = await pool.fetchrow(_TAKE, LEASE_SECONDS)
    if record is None:
        return False
    sha256, kind = record["sha256"], record["kind"]
    if kind not in DRAWN or record["bytes"] > SOURCE_BYTES_MAX:
        await pool.execute(_DONE, sha256, "none", [], "")
        return True
    try:
        found = await _draw(settings, store, record)
    except StoreUnavailableError:
        # Not the file's fault: it does not count.
        await pool.execute(
            "UPDATE stored_object SET preview_attempts = $2, preview_at = now() + interval '30 s'"
            " WHERE sha256 = $1",
            sha256,
            record["attempts"] - 1,
        )
        return True
    except DrawingError as error:
        last = record["attempts"] >= ATTEMPTS_MAX
        log.warning("preview_failed", sha256=sha256, kind=kind, error=str(error)[:200], last=last)
        if last:
            await pool.execute(_DONE, sha256, "failed", [], "")
        return True
    text = plain(found.text)[:TEXT_CHARACTERS_MAX]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_DONE, sha256, "made", found.previews, text)
        await connection.execute(_FIND, sha256)
    return True


async def _draw(settings: Settings, store: ObjectStore, record: Any) -> Found:
    spool = Spool(settings)
    spool.prepare()
    with tempfile.TemporaryDirectory(dir=spool.directory, prefix="drawing-") as place:
        directory = Path(place)
        source = directory / "source"
        await asyncio.to_thread(_fetch, store, record["sha256"], record["bytes"], source)
        found = await _run(record["kind"], source, directory)
        for name in found.previews:
            content = (directory / name).read_bytes()
            key = preview_key(record["sha256"], name)
            await asyncio.to_thread(store.put, key, content, "image/jpeg")
    return found


def _fetch(store: ObjectStore, sha256: str, size: int, target: Path) -> None:
    with target.open("wb") as file:
        if size:
            for piece in store.read(object_key(sha256), 0, size - 1):
                file.write(piece)


async def _run(kind: str, source: Path, directory: Path) -> Found:
    """Draw in a process of its own. Raises DrawingError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(__file__).with_name("drawing.py")),
        kind,
        str(source),
        str(directory),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DRAWING_SECONDS_MAX):
            _, said = await process.communicate()
    except TimeoutError as error:
        raise DrawingError("it took too long") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise DrawingError(f"exit {process.returncode}: {last}")
    return msgspec.json.decode((directory / "found.json").read_bytes(), type=Found)
