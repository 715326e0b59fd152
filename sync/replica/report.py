"""What one synchronisation did, in numbers."""

from __future__ import annotations

from msgspec import Struct, field


class SnapshotProgress(Struct, frozen=True):
    """How far the download of a scope's snapshot is."""

    scope: str
    pages_done: int
    pages: int
    rows: int


class SyncReport(Struct):
    """Counts of one synchronisation, and what stopped it."""

    pushed: int = 0
    """Change sets that were answered."""
    merged: int = 0
    conflicts: int = 0
    """Races that a policy settled against or for this replica's change sets."""
    rejected: int = 0
    duplicates: int = 0
    """Change sets whose first answer was lost on the way."""
    pulled_rows: int = 0
    pulled_pages: int = 0
    snapshots: int = 0
    refetched: int = 0
    """Scopes whose checksum differed, and which were fetched again."""
    withdrawn: list[str] = field(default_factory=list)
    forked: int = 0
    """How often this replica had to take a new id."""
    resent: int = 0
    """Gaps on the server that were filled again."""
    renewed: int = 0
    """How often the server turned out to be restored from a backup."""
    wiped: bool = False
    """The server has revoked this device, its work is handed in, its rows are erased."""
    sent_bytes: int = 0
    received_bytes: int = 0
    waiting: int = 0
    """Change sets that still have no answer."""
    push_error: Exception | None = None
    pull_error: Exception | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to push or pull."""
        return self.waiting == 0 and self.push_error is None and self.pull_error is None

    @property
    def error(self) -> Exception | None:
        """Return what stopped it, the push's fault first."""
        return self.push_error or self.pull_error
