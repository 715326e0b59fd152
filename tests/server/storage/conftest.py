"""A server with an object store, and a project to keep documents in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from server.stack.objects import s3_client
from tests.server.storage.shelf import Shelf
from tests.server.storage.store import started_objects
from tests.serving import serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from server.settings import Settings
    from server.stack import Stack
    from server.stack.objects import ObjectsAddress


@pytest.fixture(scope="session")
def object_stack() -> Iterator[Stack]:
    """Start the object store, once per session and worker."""
    with started_objects() as started:
        yield started


@pytest.fixture
def objects(object_stack: Stack) -> ObjectsAddress:
    return object_stack.s3


@pytest.fixture
def settings(settings: Settings, objects: ObjectsAddress) -> Iterator[Settings]:
    """Point the settings at the object store too, whose bucket is emptied after the test."""
    client = s3_client(objects, settings.s3_region)
    yield structs.replace(
        settings,
        s3_endpoint_url=objects.endpoint_url,
        s3_access_key=objects.access_key,
        s3_secret_key=objects.secret_key,
        spool_free_bytes_min=0,
        storage_part_bytes=5 * 1024 * 1024,
    )
    bucket = settings.s3_bucket
    for one in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
        client.delete_object(Bucket=bucket, Key=one["Key"])
    for one in client.list_multipart_uploads(Bucket=bucket).get("Uploads", ()):
        client.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
    client.close()


@pytest.fixture
async def shelf(settings: Settings) -> AsyncIterator[Shelf]:
    """Serve a project with a member who has a tablet."""
    async with serve_here(settings) as service:
        yield await Shelf.open(service)
