"""The store: PostgreSQL's tables, connections and migrations."""

from server.store.database import Connection, open_pool
from server.store.migration import current_revision, migrate, migrate_async, newest_revision

__all__ = [
    "Connection",
    "current_revision",
    "migrate",
    "migrate_async",
    "newest_revision",
    "open_pool",
]
