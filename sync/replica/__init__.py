"""The local replica: the offline client engine.

    replica = Replica.create(path, server=..., person=..., name=..., clock=..., random=...)
    replica.edit("task.progress", [Edit("task", row, after={"progress": 5_000})])
    report = await synchronise(replica, transport)

A person's work is on the disk before `edit` returns, and leaves the outbox only when the server has
answered for it by name. What is shown is the server's state with the person's own unanswered work
over it.
"""

from sync.replica.announcing import WrongPersonError
from sync.replica.crew import Crew, PinNeededError, PinWeakError, PinWrongError
from sync.replica.database import (
    StorageBusyError,
    StorageError,
    StorageFullError,
    StorageTooNewError,
)
from sync.replica.editing import Edit, Limits, RefusedError
from sync.replica.escape import EscapeError
from sync.replica.files import (
    Attached,
    FilesReport,
    NewFile,
    WaitingFile,
    attach,
    author_of,
    fetch_file,
    send_files,
    waiting_bytes,
    waiting_files,
)
from sync.replica.loop import Rhythm, synchronise, watch
from sync.replica.notices import ConflictEntry, RejectedEntry, WithdrawnScope
from sync.replica.outbox import Entry
from sync.replica.pulling import ChecksumError
from sync.replica.pushing import BatchLimits
from sync.replica.rebase import BaseRow, Shown, SyncState
from sync.replica.replica import Replica, ReplicaStatus, UnsentWorkError
from sync.replica.report import SnapshotProgress, SyncReport
from sync.replica.transport import (
    LoginNeededError,
    MalformedAnswerError,
    RefusedByServerError,
    Traffic,
    Transport,
    TransportError,
    UnreachableError,
)

__all__ = [
    "Attached",
    "BaseRow",
    "BatchLimits",
    "ChecksumError",
    "ConflictEntry",
    "Crew",
    "Edit",
    "Entry",
    "EscapeError",
    "FilesReport",
    "Limits",
    "LoginNeededError",
    "MalformedAnswerError",
    "NewFile",
    "PinNeededError",
    "PinWeakError",
    "PinWrongError",
    "RefusedByServerError",
    "RefusedError",
    "RejectedEntry",
    "Replica",
    "ReplicaStatus",
    "Rhythm",
    "Shown",
    "SnapshotProgress",
    "StorageBusyError",
    "StorageError",
    "StorageFullError",
    "StorageTooNewError",
    "SyncReport",
    "SyncState",
    "Traffic",
    "Transport",
    "TransportError",
    "UnreachableError",
    "UnsentWorkError",
    "WaitingFile",
    "WithdrawnScope",
    "WrongPersonError",
    "attach",
    "author_of",
    "fetch_file",
    "send_files",
    "synchronise",
    "waiting_bytes",
    "waiting_files",
    "watch",
]
