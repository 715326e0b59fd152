"""Search over titles, tags and the text of files: each person finds what they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.storage.wording import plain
from server.store import reading_as

if TYPE_CHECKING:
    from server.intake import Access
    from server.store import Connection

WORDS_CHARACTERS_MAX = 200

_SEARCH = """
    SELECT document.id::text AS document, document.scope_kind || ':' || document.home_id AS scope,
        document.title, document.version_id::text AS version, document.content_type,
        ts_rank(search.words, query)::float8 AS rank
    FROM websearch_to_tsquery('french', $1) AS query, document_search AS search
    JOIN document ON document.home_id = search.home_id AND document.id = search.document_id
    WHERE search.words @@ query AND NOT document.deleted AND document.trashed_at IS NULL
        AND ($2::uuid IS NULL OR document.project_id = $2)
    ORDER BY rank DESC, document.id LIMIT $3
"""


class Hit(Struct, frozen=True):
    """A document that holds the words."""

    document: str
    scope: str
    title: str
    version: str | None
    content_type: str | None
    rank: float


async def search_documents(
    connection: Connection, access: Access, words: str, *, project: str | None, limit: int
) -> list[Hit]:
    """Return the documents that hold the words, the best first."""
    async with reading_as(connection, access.person):
        records = await connection.fetch(_SEARCH, plain(words), project, limit)
    return [Hit(**one) for one in records if access.reads(one["scope"])]
