"""The store: PostgreSQL's tables, connections and migrations."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from server.store.database import Connection, open_pool, unreachable
from server.store.reading import reading_as

if TYPE_CHECKING:
    from server.store.migration import current_revision, migrate, migrate_async, newest_revision

_MIGRATION = ("current_revision", "migrate", "migrate_async", "newest_revision")

__all__ = [
    "Connection",
    "current_revision",
    "migrate",
    "migrate_async",
    "newest_revision",
    "open_pool",
    "reading_as",
    "unreachable",
]


def __getattr__(name: str) -> Any:
    # Alembic takes half a second to import, and a server that only serves has no use for it.
    if name in _MIGRATION:
        return getattr(import_module("server.store.migration"), name)
    raise AttributeError(name)
