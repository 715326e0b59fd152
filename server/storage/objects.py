"""The object store: files by their content's hash, in parts, each with its checksum.

boto3 blocks, so everything here runs in a thread. S3's own retries are few: the queue has patience.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.storage.spool import READ_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.settings import Settings
    from server.storage.spool import SpoolFile

OBJECTS = "objects/"
INCOMING = "incoming/"
"""Where parts from tablets come together, before anything is known of them."""
PREVIEWS = "previews/"
CONNECT_SECONDS = 5
READ_SECONDS = 60
KEYS_PER_CALL_MAX = 1000
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})


class StoreUnavailableError(Exception):
    """The object store does not answer, or not as it should: try again later."""


class StoreMismatchError(Exception):
    """The object store holds something else than what was sent."""


class Counted(Struct, frozen=True):
    """A file read through once: its hash, and what each of its parts must come to."""

    sha256: str
    size: int
    part_bytes: int
    part_sha256: tuple[bytes, ...]

    @property
    def key(self) -> str:
        """Return where it belongs."""
        return object_key(self.sha256)

    @property
    def whole(self) -> bool:
        """Whether it goes in one piece."""
        return len(self.part_sha256) == 1

    def checksum(self) -> str:
        """Return the SHA-256 that S3 keeps of these parts."""
        if self.whole:
            return base64.b64encode(self.part_sha256[0]).decode()
        joined = hashlib.sha256(b"".join(self.part_sha256)).digest()
        return f"{base64.b64encode(joined).decode()}-{len(self.part_sha256)}"


class Transfer(Struct, frozen=True):
    """A transfer in parts under way."""

    key: str
    name: str
    """What S3 calls it."""
    begun_at: float
    """Seconds since 1970."""


def object_key(sha256: str) -> str:
    """Return the key of a content."""
    return f"{OBJECTS}{sha256[:2]}/{sha256}"


def incoming_key(upload: str) -> str:
    """Return the key at which the parts of an upload come together."""
    return f"{INCOMING}{upload}"


def preview_key(sha256: str, kind: str) -> str:
    """Return the key of a preview of a content."""
    return f"{PREVIEWS}{sha256[:2]}/{sha256}/{kind}"


def count(file: SpoolFile, size: int, part_bytes: int) -> Counted:
    """Read a file through and count it. Raises EOFError when the disk holds less."""
    whole = hashlib.sha256()
    if size <= part_bytes:
        for piece in file.chunks(size):
            whole.update(piece)
        return Counted(whole.hexdigest(), size, part_bytes, (whole.digest(),))
    parts = [hashlib.sha256()]
    left = part_bytes
    for piece in file.chunks(size):
        whole.update(piece)
        view = memoryview(piece)
        while view:
            if left == 0:
                parts.append(hashlib.sha256())
                left = part_bytes
            taken = view[:left]
            parts[-1].update(taken)
            left -= len(taken)
            view = view[len(taken) :]
    return Counted(whole.hexdigest(), size, part_bytes, tuple(one.digest() for one in parts))


class ObjectStore:
    """One bucket; every method blocks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.bucket = settings.s3_bucket
        self._made: Any = None
        self._signing: Any = None

    @property
    def client(self) -> Any:
        """The client that speaks to the store from here."""
        if self._made is None:
            self._made = _open_client(self._settings, self._settings.s3_endpoint_url)
        return self._made

    @property
    def signer(self) -> Any:
        """The client that signs addresses for others, by the name that they reach the store by."""
        if self._settings.s3_public_url is None:
            return self.client
        if self._signing is None:
            self._signing = _open_client(self._settings, self._settings.s3_public_url)
        return self._signing

    def close(self) -> None:
        """Close the connections."""
        for made in (self._made, self._signing):
            if made is not None:
                made.close()
        self._made = self._signing = None

    # Storing

    def holds(self, counted: Counted) -> bool:
        """Whether the store holds just this content, by the checksums that it keeps itself.

        Raises StoreMismatchError: it holds something else under this name.
        """
        with speaking():
            found = self._head(counted.key)
            if found is None:
                return False
            if found["ContentLength"] == counted.size and self._is_same(found, counted):
                return True
        raise StoreMismatchError(counted.key)

    def _is_same(self, found: dict[str, Any], counted: Counted) -> bool:
        checksum = found.get("ChecksumSHA256")
        if checksum is not None and ("-" in checksum) == ("-" in counted.checksum()):
            return bool(checksum == counted.checksum())
        # It keeps none, or came in other parts: only its bytes can tell.
        return self.hash_of(counted.key) == counted.sha256

    def begin(self, key: str, content_type: str) -> str:
        """Begin a transfer in parts to a key; return S3's name of it."""
        with speaking():
            made = self.client.create_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                ContentType=content_type,
                ChecksumAlgorithm="SHA256",
            )
        return str(made["UploadId"])

    def send(
        self,
        file: SpoolFile,
        counted: Counted,
        content_type: str,
        multipart: str | None,
        on_part: Callable[[int], None],
    ) -> None:
        """Send a file, in parts when a transfer was begun for it."""
        with speaking():
            if multipart is None:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=counted.key,
                    Body=file.read(0, counted.size),
                    ContentType=content_type,
                    ChecksumSHA256=counted.checksum(),
                )
                return
            parts = []
            for index, sha256 in enumerate(counted.part_sha256):
                given = base64.b64encode(sha256).decode()
                offset = index * counted.part_bytes
                size = min(counted.part_bytes, counted.size - offset)
                answer = self.client.upload_part(
                    Bucket=self.bucket,
                    Key=counted.key,
                    UploadId=multipart,
                    PartNumber=index + 1,
                    Body=file.read(offset, size),
                    ChecksumSHA256=given,
                )
                parts.append(
                    {"PartNumber": index + 1, "ETag": answer["ETag"], "ChecksumSHA256": given}
                )
                on_part(index + 1)
            self.client.complete_multipart_upload(
                Bucket=self.bucket,
                Key=counted.key,
                UploadId=multipart,
                MultipartUpload={"Parts": parts},
            )

    def abandon(self, key: str, multipart: str | None = None) -> int:
        """End transfers in parts to a key, one or all, that will not be completed."""
        ended = 0
        with speaking():
            for found, name in self._multiparts(key):
                if found == key and multipart in {None, name}:
                    self._abort(found, name)
                    ended += 1
        return ended

    def transfers(self) -> list[Transfer]:
        """Return every transfer in parts under way."""
        found = []
        with speaking():
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket):
                found += [
                    Transfer(one["Key"], one["UploadId"], one["Initiated"].timestamp())
                    for one in page.get("Uploads", ())
                ]
        return found

    def _multiparts(self, prefix: str) -> Iterator[tuple[str, str]]:
        pages = self.client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            for one in page.get("Uploads", ()):
                yield one["Key"], one["UploadId"]

    def _abort(self, key: str, multipart: str) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=multipart)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Put something small."""
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        with speaking():
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                ContentMD5=base64.b64encode(md5).decode(),
            )

    # Reading

    def _head(self, key: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            found: dict[str, Any] = self.client.head_object(
                Bucket=self.bucket, Key=key, ChecksumMode="ENABLED"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return found

    def size(self, key: str) -> int | None:
        """Return the size of an object; None when there is none."""
        with speaking():
            found = self._head(key)
        return None if found is None else int(found["ContentLength"])

    def read(self, key: str, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last`, both included, in pieces."""
        with speaking():
            answer = self.client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={first}-{last}"
            )
            with answer["Body"] as body:
                while piece := body.read(READ_BYTES):
                    yield piece

    def hash_of(self, key: str) -> str | None:
        """Read an object through and return its hash; None when there is none."""
        size = self.size(key)
        if size is None:
            return None
        found = hashlib.sha256()
        if size:
            for piece in self.read(key, 0, size - 1):
                found.update(piece)
        return found.hexdigest()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a prefix, in order."""
        with speaking():
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
                yield from (one["Key"] for one in page.get("Contents", ()))

    def delete(self, *keys: str) -> None:
        """Delete objects, those that are there."""
        with speaking():
            for key in keys:
                self.client.delete_object(Bucket=self.bucket, Key=key)

    def signed_url(self, key: str, *, seconds: int, file_name: str, content_type: str) -> str:
        """Return an address by which anyone reads an object for a short time."""
        from server.storage.serving import disposition  # noqa: PLC0415

        return str(
            self.signer.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.bucket,
                    "Key": key,
                    "ResponseContentDisposition": disposition(file_name),
                    "ResponseContentType": content_type,
                },
                ExpiresIn=seconds,
            )
        )


def _open_client(settings: Settings, endpoint_url: str | None) -> Any:
    # A third of a second and thirty megabytes, needed only where S3 is spoken to.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.session.Session(
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
        region_name=settings.s3_region,
    )
    config = Config(
        retries={"total_max_attempts": 2, "mode": "standard"},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        s3={"addressing_style": "path"},
        signature_version="s3v4",
    )
    return session.client("s3", endpoint_url=endpoint_url, config=config)


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what the client raises into our own. Raises StoreUnavailableError."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise StoreUnavailableError(code) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise StoreUnavailableError(type(error).__name__) from error
