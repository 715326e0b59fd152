"""Documents: uploads, the queue to the object store, versions, search, links given out."""

from server.storage.draining import Drain
from server.storage.following import follow_documents
from server.storage.guards import GUARDS, prepare_documents
from server.storage.objects import ObjectStore

__all__ = ["GUARDS", "Drain", "ObjectStore", "follow_documents", "prepare_documents"]
