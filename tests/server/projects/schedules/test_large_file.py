"""A file of 3 MB and 6,000 activities: read whole, streamed, with progress."""

import io
from pathlib import Path

import pytest

from server.projects.schedules import read_schedule
from tests.server.projects.schedules.large_xer import large_xer


@pytest.fixture(scope="module")
def large() -> bytes:
    return large_xer(20260302)


def test_every_row_is_read_and_progress_reaches_the_end(large: bytes, tmp_path: Path) -> None:
    """Each table's rows are all there, and progress climbs to the file's size."""
    path = tmp_path / "grand.xer"
    path.write_bytes(large)
    steps: list[tuple[int, int | None]] = []
    schedule, report = read_schedule(path, progress=lambda done, of: steps.append((done, of)))
    (project,) = schedule.projects
    assert len(large) > 2_500_000
    assert len(project.activities) == len(project.assignments) == 6000
    assert len(project.relations) == 5999
    assert len(project.expenses) == 1200
    assert len(project.code_uses) == 18_000
    assert len(project.user_values) == 12_000
    assert (report.warnings, report.rows_left) == ((), 0)
    done = [step for step, _ in steps]
    assert len(done) > 10
    assert done == sorted(done)
    assert steps[-1] == (len(large), len(large))


def test_a_stream_that_cannot_seek_is_read_with_an_unknown_total(large: bytes) -> None:
    """Progress over a pipe gives the bytes done, and None for the bytes in all."""

    class Pipe(io.BytesIO):
        def tell(self) -> int:
            raise io.UnsupportedOperation

    totals: set[int | None] = set()
    schedule, _ = read_schedule(Pipe(large), progress=lambda _, total: totals.add(total))
    assert len(schedule.projects[0].activities) == 6000
    assert totals == {None}


def test_the_generator_is_deterministic() -> None:
    """The same seed makes the same bytes, another seed others."""
    assert large_xer(1, activities=50) == large_xer(1, activities=50)
    assert large_xer(1, activities=50) != large_xer(2, activities=50)
