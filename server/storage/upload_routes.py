"""The door of uploads: tus 1.0, as any client of it speaks.

A creation names in its metadata the version that the bytes are for (`version`), and may bring its
own id (`id`), so that asking twice makes one upload.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, delete, head, patch, post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath  # noqa: TC002 -- read at run time

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.storage import tus
from server.storage.receiving import Receiving
from server.storage.spool import Spool
from server.storage.uploads import Upload, Uploads
from sync import errors
from sync.schema import is_row_id

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/api/storage/uploads"

_REFUSALS = (
    errors.NOT_FOUND,
    errors.TUS_UNSUPPORTED,
    errors.UPLOAD_GONE,
    errors.REQUEST_STALLED,
)
_OF_BYTES = (
    *_REFUSALS,
    errors.MEDIA_TYPE_UNSUPPORTED,
    errors.UPLOAD_OFFSET_MISMATCH,
    errors.UPLOAD_TAKEN_OVER,
    errors.UPLOAD_TOO_LARGE,
    errors.FILE_TYPE_REFUSED,
    errors.CHECKSUM_MISMATCH,
    errors.SPOOL_FULL,
)


def opened(context: Context) -> Uploads:
    """Return what the handlers of uploads work with."""
    spool = Spool(context.settings)
    spool.prepare()
    return Uploads(context, spool)


@route(
    "/uploads",
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    limit="none",
    **documented(secured=False),
)
async def ask(context: NamedDependency[Context]) -> Response[None]:
    """Tell what of tus this server speaks."""
    headers = {
        "Tus-Resumable": tus.VERSION,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(context.settings.upload_bytes_max),
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
    }
    return Response(None, status_code=204, headers=headers)


@post(
    "/uploads",
    status_code=201,
    request_max_body_size=None,
    **documented(
        errors=(
            *_OF_BYTES,
            errors.UPLOAD_ID_TAKEN,
            errors.DOCUMENT_VERSION_MISSING,
            errors.STORAGE_QUOTA_EXCEEDED,
        )
    ),
)
async def create(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[None]:
    """Make an upload for a version of a document; the body may bring its first bytes."""
    person = await context.person(request)
    tus.check_version(request)
    wanted, brings = tus.wanted_upload(request), tus.is_part(request)
    uploads = opened(context)
    upload = await uploads.make(wanted, person)
    offset = upload.received
    if upload.state == "receiving" and (upload.length == 0 or (brings and offset == 0)):
        offset = await _take_in(request, uploads, upload, offset=0)
    headers = {"Location": f"{PATH}/{upload.id}", "Upload-Offset": str(offset)}
    return _answer(201, upload, headers)


@head("/uploads/{upload:str}", **documented(errors=_REFUSALS))
async def stand(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[None]:
    """Tell how many bytes are safe here: go on from there."""
    uploads, found = await _found(request, context, upload)
    # Who asks will write: a request that hangs on a dead link must not count its bytes after this.
    taken = await uploads.take_over(found.id)
    offset = found.length if taken is None else taken[1]
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(found.length)}
    return _answer(200, found, headers)


@patch(
    "/uploads/{upload:str}",
    status_code=204,
    request_max_body_size=None,
    **documented(errors=_OF_BYTES),
)
async def append(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[None]:
    """Take in bytes that follow those which are here."""
    uploads, found = await _found(request, context, upload)
    if not tus.is_part(request):
        raise ProblemError(errors.MEDIA_TYPE_UNSUPPORTED, f"send {tus.OFFSET_BODY}")
    offset = tus.number(request, "upload-offset")
    new = await _take_in(request, uploads, found, offset=offset)
    return _answer(204, found, {"Upload-Offset": str(new)})


@delete("/uploads/{upload:str}", status_code=204, **documented(errors=_REFUSALS))
async def end(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[None]:
    """Give up an upload and let go what came of it; one that is complete stays."""
    uploads, found = await _found(request, context, upload)
    await uploads.drop(found)
    return Response(None, status_code=204, headers={"Tus-Resumable": tus.VERSION})


async def _found(
    request: Request[Any, Any, Any], context: Context, upload: str
) -> tuple[Uploads, Upload]:
    person = await context.person(request)
    tus.check_version(request)
    if not is_row_id(upload):
        raise ProblemError(errors.NOT_FOUND)
    uploads = opened(context)
    return uploads, await uploads.read(upload, person)


async def _take_in(
    request: Request[Any, Any, Any], uploads: Uploads, upload: Upload, *, offset: int
) -> int:
    """Take the upload over and the body in. Raises ProblemError."""
    check = tus.checksum(request)
    coming = tus.body_length(request)
    if coming is not None and offset + coming > upload.length:
        raise ProblemError(errors.UPLOAD_TOO_LARGE, "more bytes than were announced")
    taken = await uploads.take_over(upload.id)
    writer, held = taken or ("", upload.length)
    if offset != held:
        raise ProblemError(errors.UPLOAD_OFFSET_MISMATCH, field="upload-offset")
    if not writer:
        return held
    receiving = Receiving(uploads, upload, writer=writer, offset=held, check=check)
    return await receiving.receive(request)


def _answer(status: int, upload: Upload, headers: Mapping[str, str]) -> Response[None]:
    shown = {
        "Tus-Resumable": tus.VERSION,
        "Cache-Control": "no-store",
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        **headers,
    }
    return Response(None, status_code=status, headers=shown)


HANDLERS = (ask, create, stand, append, end)
