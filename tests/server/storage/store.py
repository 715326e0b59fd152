"""An object store for tests: the embedded one, started for as long as they need it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from server.settings import load_settings
from server.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def started_objects() -> Iterator[Stack]:
    """Run the object store until the block ends."""
    directory = Path(tempfile.mkdtemp(prefix="derrick-objects-"))
    directory.chmod(0o711)
    settings = load_settings({}, data_directory=directory / "data")
    try:
        with Stack(settings, parts=["objects"], durable=False) as started:
            yield started
    finally:
        shutil.rmtree(directory)
