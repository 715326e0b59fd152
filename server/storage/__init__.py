"""Documents: uploads, the queue to the object store, versions, search, links given out.

A row of any table is given documents by `document_link` rows (`sync.tables.documents`); what the
server itself makes is kept as a document by `store_document`.
"""

from server.storage.documents import NewDocument, StoredDocument, Subject, store_document
from server.storage.draining import Drain
from server.storage.following import follow_documents
from server.storage.guards import GUARDS, prepare_documents
from server.storage.keeping import Audit, Keeper, audit
from server.storage.objects import ObjectStore
from server.storage.previews import draw_next
from server.storage.standing import Standing, read_standing, retry_uploads

__all__ = [
    "GUARDS",
    "Audit",
    "Drain",
    "Keeper",
    "NewDocument",
    "ObjectStore",
    "Standing",
    "StoredDocument",
    "Subject",
    "audit",
    "draw_next",
    "follow_documents",
    "prepare_documents",
    "read_standing",
    "retry_uploads",
    "store_document",
]
