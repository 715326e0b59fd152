"""A device of the play: a replica's file, a clock that drifts, a link that breaks."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from sync.replica import Entry, Replica, SyncReport, synchronise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from server.simulation.faulty_link import FaultyLink

    Dot = tuple[str, int]


_SUMMED = ("pushed", "duplicates", "forked", "resent", "refetched", "pulled_rows")


class Receipt(Struct, frozen=True):
    """A change set that the server has answered for, as the device remembers it."""

    rows: int
    rejected: bool


class DriftingClock:
    """A device's wall clock: another clock, off by a while."""

    def __init__(self, true: Callable[[], int], drift_ms: int) -> None:
        self._true = true
        self._drift_ms = drift_ms

    def __call__(self) -> int:
        """Return milliseconds since 1970, as this device believes."""
        return max(0, self._true() + self._drift_ms)


class PlayedDevice:
    """A replica in its file, and all that the server ever answered it."""

    def __init__(
        self,
        name: str,
        path: Path,
        link: FaultyLink,
        *,
        clock: Callable[[], int],
        salt: str,
        drift_ms: int = 0,
    ) -> None:
        self.name = name
        self.path = path
        self.link = link
        self.clock = DriftingClock(clock, drift_ms)
        self.random = Random(f"{salt}/{name}")  # noqa: S311 - a play, not a secret
        self.receipts: dict[Dot, Receipt] = {}
        """Every answer this device ever got, those of files that were restored since included."""
        self.codes: dict[Dot, str] = {}
        """Why the refused ones among them were refused."""
        self.made = 0
        self.syncs = 0
        self.broken_syncs = 0
        self.totals = SyncReport()
        self._opened: Replica | None = None

    @property
    def replica(self) -> Replica:
        """Return the open replica."""
        assert self._opened is not None  # noqa: S101 - opened by `create`
        return self._opened

    def create(self, *, server: str, person: str) -> None:
        """Make the replica for a person."""
        self._opened = Replica.create(
            self.path,
            server=server,
            person=person,
            name=self.name,
            clock=self.clock,
            random=self.random.randbytes,
        )

    def open(self) -> None:
        """Open the replica that the file holds."""
        self._opened = Replica.open(self.path, clock=self.clock, random=self.random.randbytes)

    def close(self) -> None:
        """Remember what was answered, and close the file."""
        if self._opened is not None:
            self.remember()
            self._opened.close()
            self._opened = None

    def remember(self) -> None:
        """Add the answers that the file holds to those remembered."""
        refused = self.replica.rejections()
        self.codes |= {(one.replica, one.counter): one.rejection.code for one in refused}
        for entry in self.replica.retained():
            if entry.state != "pending":
                dot = (entry.replica, entry.counter)
                self.receipts[dot] = Receipt(_rows(entry), rejected=dot in self.codes)

    async def sync(self, faults: Iterable[str] = ()) -> SyncReport:
        """Push and pull with these faults on the way; they are gone afterwards."""
        self.link.expect(faults)
        report = await synchronise(self.replica, self.link)
        self.link.expect(())
        self.syncs += 1
        self.broken_syncs += report.error is not None
        for name in _SUMMED:
            setattr(self.totals, name, getattr(self.totals, name) + getattr(report, name))
        return report

    def copy_to(self, path: Path) -> None:
        """Copy the file as a backup does, with all that was committed."""
        self.close()
        _remove(path)
        shutil.copy(self.path, path)
        self.open()

    def restore_from(self, path: Path) -> None:
        """Put an older file in the place of this one."""
        self.close()
        _remove(self.path)
        shutil.copy(path, self.path)
        self.open()


def _rows(entry: Entry) -> int:
    return len(entry.change_set.changes)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
