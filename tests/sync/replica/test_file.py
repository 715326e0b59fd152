"""The replica's file through versions of the app: the outbox survives, the future is refused."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from sync.replica import Replica, StorageError, StorageTooNewError
from sync.replica.schema import FILE_VERSION
from sync.schema import Field, integer
from sync.tables import TABLES
from tests.sync.replica.conftest import change, new_project, new_task

if TYPE_CHECKING:
    from tests.sync.replica.conftest import Bench


def test_a_file_from_the_future_is_refused_untouched(bench: Bench) -> None:
    """A file of a newer version is refused with a sentence, and left as it is."""
    bench.replica("ann").close()
    path = bench.folder / "ann.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {FILE_VERSION + 1}")
    connection.close()
    with pytest.raises(StorageTooNewError, match="update the app"):
        bench.reopen("ann")
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == FILE_VERSION + 1
    connection.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_what_is_no_replica_is_not_opened(bench: Bench, content: bytes) -> None:
    """An empty file, another file and a missing file are refused with a sentence."""
    path = bench.folder / "other.sqlite"
    with pytest.raises(StorageError, match="does not exist"):
        Replica.open(path, clock=bench.clock, random=bench.random.randbytes)
    path.write_bytes(content)
    with pytest.raises(StorageError):
        Replica.open(path, clock=bench.clock, random=bench.random.randbytes)


def test_a_replica_is_never_created_over_another(bench: Bench) -> None:
    """Creating a replica in a file that holds one is refused; its work is kept."""
    ann = bench.replica("ann")
    new_project(ann)
    with pytest.raises(StorageError, match="already"):
        bench.replica("ann")
    assert len(ann.waiting()) == 1


async def test_changed_declarations_strand_no_work(bench: Bench) -> None:
    """When the declared tables change, the views follow and the outbox keeps every byte."""
    ann = bench.replica("ann")
    project, scope = new_project(ann)
    task = new_task(ann, project, progress=10)
    await bench.sync("ann")
    change(ann, task, progress=20)
    before = [entry.payload for entry in ann.retained()]

    declared = TABLES["task"]
    fewer = tuple(field for field in declared.fields if field.name != "progress")
    newer = (*declared.fields, Field("depth_mm", integer()))
    for fields in (fewer, newer, declared.fields):
        tables = {**TABLES, "task": structs.replace(declared, fields=fields)}
        ann = bench.reopen("ann", tables=tables)
        assert [entry.payload for entry in ann.retained()] == before
        shown = ann.rows("task", scope)[0]
        assert (shown.values["progress"], shown.state) == (20, "saved_here")


def test_views_answer_in_sql(bench: Bench) -> None:
    """Lists work offline in SQL over typed columns, unsent work included."""
    ann = bench.replica("ann")
    project, scope = new_project(ann)
    for progress in (300, 100, 200):
        new_task(ann, project, progress=progress, tags=["nord"])
    found = ann.rows("task", scope, "progress >= ?", (150,), order="progress DESC", limit=1)
    assert [row.values["progress"] for row in found] == [300]
    assert found[0].values["tags"] == ["nord"]
    assert ann.rows("task", "project:other") == []
