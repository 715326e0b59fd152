"""A bench: the reference server, a clock and a random source that obey, and replicas."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sync.replica import Edit, Replica, SyncReport, synchronise
from tests.sync.replica.faulty_transport import FaultyTransport
from tests.sync.replica.reference_server import ReferenceServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_MS = 1_790_000_000_000


class Clock:
    """A wall clock that moves when told, and a millisecond at each look."""

    def __init__(self) -> None:
        self.now = START_MS

    def __call__(self) -> int:
        """Return milliseconds since 1970."""
        self.now += 1
        return self.now


class Bench:
    """One server and any number of replicas."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder = folder
        self.clock = Clock()
        self.random = Random(seed)
        self.server = ReferenceServer(clock=self.clock)
        self.replicas: dict[str, Replica] = {}
        self.transports: dict[str, FaultyTransport] = {}

    def replica(self, name: str, *, person: str = "ada", **options: Any) -> Replica:
        """Make a new replica."""
        made = Replica.create(
            self.folder / f"{name}.sqlite",
            server="https://reference",
            person=person,
            name=name,
            clock=self.clock,
            random=self.random.randbytes,
            **options,
        )
        self.replicas[name] = made
        self.transports[name] = FaultyTransport(self.server, person)
        return made

    def reopen(self, name: str, **options: Any) -> Replica:
        """Close a replica's file and open it again."""
        self.replicas[name].close()
        opened = Replica.open(
            self.folder / f"{name}.sqlite",
            clock=self.clock,
            random=self.random.randbytes,
            **options,
        )
        self.replicas[name] = opened
        return opened

    def copy(self, name: str, copy: str) -> Path:
        """Copy a replica's file as a backup does, with what it has committed."""
        self.replicas[name].close()
        source = self.folder / f"{name}.sqlite"
        target = self.folder / f"{copy}.sqlite"
        for suffix in ("", "-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        shutil.copy(source, target)
        self.reopen(name)
        return target

    async def sync(self, name: str, **options: Any) -> SyncReport:
        """Synchronise one replica."""
        return await synchronise(self.replicas[name], self.transports[name], **options)

    def close(self) -> None:
        """Close every file."""
        for one in self.replicas.values():
            one.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def new_project(replica: Replica, name: str = "Forage 7") -> tuple[str, str]:
    """Create a project; return its id and its scope."""
    project = replica.new_id()
    replica.edit(
        "project.create",
        [
            Edit(
                "project",
                project,
                operation="create",
                after={"code": "F7", "name": name, "currency": "XAF", "status": "draft"},
            )
        ],
    )
    return project, f"project:{project}"


def new_task(replica: Replica, project: str, **values: Any) -> str:
    """Create a task of a project; return its id."""
    task = replica.new_id()
    after = {"project_id": project, "name": "Poser le tubage", "kind": "task", **values}
    replica.edit("task.create", [Edit("task", task, operation="create", after=after)])
    return task


def change(replica: Replica, row: str, **after: Any) -> int:
    """Change fields of a task."""
    return replica.edit("task.change", [Edit("task", row, after=after)])
