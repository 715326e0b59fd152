"""Documents: uploads, the queue to the object store, versions, search, links given out."""

from server.storage.following import follow_documents
from server.storage.guards import GUARDS, prepare_documents

__all__ = ["GUARDS", "follow_documents", "prepare_documents"]
