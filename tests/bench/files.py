"""Files: intake beside a bare write with fsync, draining beside a bare boto3 upload of the same."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from msgspec import Struct

from server.settings import load_settings
from server.stack import APP_ROLE, Stack
from server.stack.objects import s3_client
from server.store import migrate
from tests.server.storage.shelf import PART, Shelf, some_bytes
from tests.serving import serve_here, serve_process

if TYPE_CHECKING:
    from server.settings import Settings

MEGABYTE = 1024 * 1024
FILE_BYTES = 32 * MEGABYTE
PIECE_BYTES = 256 * 1024


class FileFigures(Struct, frozen=True):
    """Bytes a second: ours, and the machine's own."""

    files: int
    intake_bytes_per_s: float
    write_bytes_per_s: float
    drain_bytes_per_s: float
    boto3_bytes_per_s: float

    @property
    def intake_ratio(self) -> float:
        """Return intake over HTTP beside a file written and forced out."""
        return self.intake_bytes_per_s / self.write_bytes_per_s

    @property
    def drain_ratio(self) -> float:
        """Return the queue's work beside boto3 alone."""
        return self.drain_bytes_per_s / self.boto3_bytes_per_s


def _directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="derrick-bench-"))
    directory.chmod(0o711)
    return directory


async def measure(files: int) -> FileFigures:
    """Measure on a durable installation of its own."""
    directory = _directory()
    loop = asyncio.get_running_loop()
    stack = Stack(load_settings({}, data_directory=directory / "data"))
    await loop.run_in_executor(None, stack.start)
    try:
        await loop.run_in_executor(None, migrate, stack.postgres_owner_url, APP_ROLE)
        settings = load_settings(
            {},
            data_directory=directory / "files",
            database_url=stack.postgres_app_url,
            database_owner_url=stack.postgres_owner_url,
            redis_url=stack.redis_url,
            s3_endpoint_url=stack.s3.endpoint_url,
            s3_access_key=stack.s3.access_key,
            s3_secret_key=stack.s3.secret_key,
            token_secret="a-secret-for-measures-of-thirty-two-bytes-or-more",
        )
        return await _measure(settings, stack, directory, files)
    finally:
        await loop.run_in_executor(None, stack.stop)
        shutil.rmtree(directory)


async def _measure(settings: Settings, stack: Stack, directory: Path, files: int) -> FileFigures:
    contents = [some_bytes(FILE_BYTES, seed=one) for one in range(files)]
    async with serve_here(settings) as service:
        shelf = await Shelf.open(service)
        papers = [await shelf.paper() for _ in contents]
        paths = [(await shelf.begin(one.version, FILE_BYTES)).headers["location"] for one in papers]
        intake, writing, sending = [], [], []
        client = s3_client(stack.s3, settings.s3_region)
        with serve_process(settings) as server:
            async with httpx.AsyncClient(timeout=300) as http:
                for number, (path, content) in enumerate(zip(paths, contents, strict=True)):
                    # In turns, so that both meet the same machine.
                    intake.append(await _send(http, server.url + path, shelf, content))
                    target = directory / str(number)
                    writing.append(await asyncio.to_thread(_write, target, content))
        began = time.perf_counter()
        taken = await shelf.drain()
        draining = time.perf_counter() - began
        for number in range(files):
            sending.append(  # noqa: PERF401
                await asyncio.to_thread(
                    _upload, client, settings.s3_bucket, directory / str(number)
                )
            )
        client.close()
    assert taken == files
    size = files * FILE_BYTES
    return FileFigures(
        files, size / sum(intake), size / sum(writing), size / draining, size / sum(sending)
    )


async def _send(http: httpx.AsyncClient, url: str, shelf: Shelf, content: bytes) -> float:
    headers = shelf.headers(upload_offset=0, content_type=PART, content_length=len(content))

    async def body() -> Any:
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    began = time.perf_counter()
    answer = await http.patch(url, headers=headers, content=body())
    assert answer.status_code == 204, answer.text
    return time.perf_counter() - began


def _write(path: Path, content: bytes) -> float:
    began = time.perf_counter()
    with path.open("wb") as file:
        for start in range(0, len(content), PIECE_BYTES):
            file.write(content[start : start + PIECE_BYTES])
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _upload(client: Any, bucket: str, path: Path) -> float:
    began = time.perf_counter()
    client.upload_file(str(path), bucket, f"bench/{path.name}")
    return time.perf_counter() - began
