"""What search finds a document by: the words of its title and tags, then those of its text.

Accents are taken off on both sides, so that `vérification` is found by `verification`; stemming is
French.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

TEXT_CHARACTERS_MAX = 500_000
"""Of one document's text; PostgreSQL takes a megabyte of distinct words."""

_INDEX = """
    INSERT INTO document_search (home_id, document_id, scope_kind, title_words, words)
    SELECT home, document, kind, title.words, title.words || coalesce(kept.words, '')
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS given (home, document, kind, title, rest, object)
    CROSS JOIN LATERAL (
        SELECT setweight(to_tsvector('french', given.title), 'A')
            || setweight(to_tsvector('french', given.rest), 'B') AS words
    ) AS title
    LEFT JOIN stored_object AS kept ON kept.sha256 = given.object
    ON CONFLICT (home_id, document_id) DO UPDATE
        SET title_words = excluded.title_words, words = excluded.words
"""
_OBJECTS = """
    SELECT id::text AS id, object_sha256 AS object FROM document_version
    WHERE home_id = ANY($1::uuid[]) AND id = ANY($2::uuid[])
"""
_FORGET = """
    DELETE FROM document_search USING unnest($1::uuid[], $2::uuid[]) AS gone (home, document)
    WHERE document_search.home_id = gone.home AND document_search.document_id = gone.document
"""


def plain(text: str) -> str:
    """Return a text without accents, ligatures or control characters."""
    apart = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(
        " " if unicodedata.category(one)[0] == "C" else one
        for one in apart
        if not unicodedata.combining(one)
    )


async def index_titles(transaction: MergeTransaction, documents: Sequence[Entry]) -> None:
    """Have search know documents as they now are; deleted ones no more."""
    live = [one.row for one in documents if one.row is not None and not one.row.deleted]
    gone = [one.row for one in documents if one.row is not None and one.row.deleted]
    kinds = {one.row.id: one.scope.name.partition(":") for one in documents if one.row is not None}
    connection = transaction.connection
    if gone:
        homes = [kinds[one.id][2] for one in gone]
        await connection.execute(_FORGET, homes, [one.id for one in gone])
    if not live:
        return
    versions = {str(one.values["version_id"]) for one in live if one.values.get("version_id")}
    objects: dict[str, str] = {}
    if versions:
        homes = sorted({kinds[one.id][2] for one in live})
        records = await connection.fetch(_OBJECTS, homes, sorted(versions))
        objects = {one["id"]: one["object"] for one in records}
    await connection.execute(
        _INDEX,
        [kinds[one.id][2] for one in live],
        [one.id for one in live],
        [kinds[one.id][0] for one in live],
        [plain(str(one.values.get("title") or "")) for one in live],
        [
            plain(" ".join([*(one.values.get("tags") or ()), one.values.get("description") or ""]))
            for one in live
        ],
        [objects.get(str(one.values.get("version_id"))) for one in live],
    )
