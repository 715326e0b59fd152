"""What tablets send straight to the object store: parts at addresses that are signed one by one.

They come together under a key of the upload's own, where nothing is served from, and become a
document's only once a worker has read them through (`server.storage.draining`).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from msgspec import Struct

from server.storage.objects import incoming_key, speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.storage.objects import ObjectStore
    from server.storage.spool import Spool

PARTS_MAX = 10_000
"""Parts that S3 takes of one object."""
_GONE = frozenset({"NoSuchUpload", "404", "NotFound"})
_OTHERS = frozenset({"InvalidPart", "InvalidPartOrder", "InvalidRequest", "BadDigest"})


class Part(Struct, frozen=True):
    """A part that the object store holds."""

    size: int
    etag: str


class Address(Struct, frozen=True):
    """Where the object store takes one part, and what the request has to say."""

    number: int
    url: str
    headers: dict[str, str]


class OtherPartsError(Exception):
    """The object store holds parts of other checksums than those named."""


def sign(
    store: ObjectStore, upload: str, multipart: str, part: tuple[int, int, str], seconds: int
) -> Address:
    """Return the address at which the store takes a part: these bytes, and no others.

    Args:
        store: the object store.
        upload: the upload's id.
        multipart: what the store calls its transfer.
        part: its number, size and SHA-256.
        seconds: how long the address is good.

    """
    number, size, sha256 = part
    checksum = _encoded(sha256)
    url = store.signer.generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": store.bucket,
            "Key": incoming_key(upload),
            "UploadId": multipart,
            "PartNumber": number,
            "ContentLength": size,
            "ChecksumSHA256": checksum,
        },
        ExpiresIn=seconds,
    )
    # The length is signed too; every client says it by itself.
    return Address(number, str(url), {"x-amz-checksum-sha256": checksum})


def held_parts(store: ObjectStore, upload: str, multipart: str) -> dict[int, Part] | None:
    """Return the parts that the store holds by their number; None when it knows no such transfer.

    Raises StoreUnavailableError.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    found: dict[int, Part] = {}
    with speaking():
        pages = store.client.get_paginator("list_parts")
        try:
            for page in pages.paginate(
                Bucket=store.bucket, Key=incoming_key(upload), UploadId=multipart
            ):
                for one in page.get("Parts", ()):
                    found[one["PartNumber"]] = Part(one["Size"], one["ETag"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
    return found


def join(
    store: ObjectStore, upload: str, multipart: str, parts: Sequence[tuple[Part, str]]
) -> bool:
    """Make one object of parts, each with its SHA-256; return False when the transfer is gone.

    Raises:
        OtherPartsError: it holds parts of other checksums.
        StoreUnavailableError: it does not answer.

    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    named = [
        {"PartNumber": number, "ETag": part.etag, "ChecksumSHA256": _encoded(sha256)}
        for number, (part, sha256) in enumerate(parts, start=1)
    ]
    with speaking():
        try:
            store.client.complete_multipart_upload(
                Bucket=store.bucket,
                Key=incoming_key(upload),
                UploadId=multipart,
                MultipartUpload={"Parts": named},
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _GONE:
                return False
            if code in _OTHERS:
                raise OtherPartsError(code) from error
            raise
    return True


def discard(store: ObjectStore, upload: str) -> None:
    """Let go of all that came for an upload. Raises StoreUnavailableError."""
    key = incoming_key(upload)
    store.abandon(key)
    store.delete(key)


def fetch(store: ObjectStore, spool: Spool, upload: str, size: int) -> None:
    """Bring what came for an upload to this disk, where it is read like any other.

    Raises:
        StoreUnavailableError: the store does not answer.
        EOFError: it holds nothing, or another size.

    """
    key = incoming_key(upload)
    if store.size(key) != size:
        raise EOFError(key)
    spool.create(upload)
    with spool.open(upload) as file:
        offset = 0
        for piece in store.read(key, 0, size - 1):
            file.write(offset, piece)
            offset += len(piece)
        file.sync()


def _encoded(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
