"""The door of uploads whose parts go straight to the object store, where tablets reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.storage.direct import Direct, DirectUpload, NamedPart
from server.storage.incoming import PARTS_MAX, Address
from server.storage.tus import LENGTH_MAX, Wanted, tame
from server.storage.upload_routes import opened
from server.wire import read, respond
from sync import errors
from sync.schema import UUID_PATTERN, is_row_id

if TYPE_CHECKING:
    from server.storage.uploads import Upload

BODY_BYTES_MAX = 1024 * 1024
ADDRESSES_MAX = 100
"""Parts for which one request gets addresses."""

Id = Annotated[str, Meta(pattern=UUID_PATTERN)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class NewUpload(Struct, frozen=True, forbid_unknown_fields=True):
    """An upload to make."""

    version: Id
    size: Annotated[int, Meta(ge=1, le=LENGTH_MAX)]
    """An empty file goes by tus."""
    sha256: Sha256
    file_name: Annotated[str, Meta(max_length=1000)] = ""
    id: Id | None = None
    """Made by the client, so that asking twice makes one upload."""


class AskedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part about to be sent: the object store takes these bytes alone."""

    number: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    sha256: Sha256


class AskedParts(Struct, frozen=True, forbid_unknown_fields=True):
    """Parts about to be sent."""

    parts: Annotated[list[AskedPart], Meta(min_length=1, max_length=ADDRESSES_MAX)]


class Completion(Struct, frozen=True, forbid_unknown_fields=True):
    """All parts were sent."""

    sha256: Annotated[list[Sha256], Meta(max_length=PARTS_MAX)]
    """Of every part, in order."""


_REFUSALS = (errors.NOT_FOUND, errors.UPLOAD_GONE, errors.STORAGE_UNAVAILABLE)


@post(
    "/direct-uploads",
    status_code=201,
    **documented(
        request=NewUpload,
        response=DirectUpload,
        errors=(
            errors.DIRECT_UPLOADS_OFF,
            errors.DOCUMENT_VERSION_MISSING,
            errors.UPLOAD_ID_TAKEN,
            errors.UPLOAD_TAKEN_OVER,
            errors.UPLOAD_GONE,
            errors.UPLOAD_TOO_LARGE,
            errors.STORAGE_QUOTA_EXCEEDED,
            errors.FILE_TYPE_REFUSED,
            errors.STORAGE_UNAVAILABLE,
        ),
    ),
)
async def create(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Make an upload, for a version of a document, whose parts go to the object store."""
    person = await context.person(request)
    asked = await read(request, NewUpload, BODY_BYTES_MAX)
    wanted = Wanted(asked.id, asked.version, asked.size, tame(asked.file_name), asked.sha256)
    made = await Direct(context, opened(context)).make(wanted, person)
    return respond(request, made, status=201)


@get(
    "/direct-uploads/{upload:str}",
    **documented(response=DirectUpload, errors=(*_REFUSALS, errors.UPLOAD_TAKEN_OVER)),
)
async def stand(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[bytes]:
    """Tell which parts the object store holds: send the others."""
    direct, found = await _found(request, context, upload)
    return respond(request, await direct.stand(found))


@post(
    "/direct-uploads/{upload:str}/addresses",
    status_code=200,
    **documented(
        request=AskedParts,
        response=list[Address],
        errors=(*_REFUSALS, errors.UPLOAD_TAKEN_OVER, errors.UPLOAD_TOO_LARGE),
    ),
)
async def sign(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[bytes]:
    """Return the addresses at which the object store takes these parts, for a short time."""
    direct, found = await _found(request, context, upload)
    asked = await read(request, AskedParts, BODY_BYTES_MAX)
    parts = [NamedPart(one.number, one.sha256) for one in asked.parts]
    return respond(request, await direct.sign(found, parts))


@post(
    "/direct-uploads/{upload:str}/complete",
    status_code=200,
    **documented(
        request=Completion,
        response=DirectUpload,
        errors=(
            *_REFUSALS,
            errors.UPLOAD_TAKEN_OVER,
            errors.UPLOAD_PARTS_MISSING,
            errors.CHECKSUM_MISMATCH,
            errors.FILE_TYPE_REFUSED,
        ),
    ),
)
async def complete(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> Response[bytes]:
    """Join the parts of an upload and queue it; again, it changes nothing."""
    direct, found = await _found(request, context, upload)
    said = await read(request, Completion, BODY_BYTES_MAX)
    return respond(request, await direct.complete(found, said.sha256))


@delete("/direct-uploads/{upload:str}", status_code=204, **documented(errors=_REFUSALS))
async def end(
    request: Request[Any, Any, Any], context: NamedDependency[Context], upload: FromPath[str]
) -> None:
    """Give up an upload and let go what came of it; one that is complete stays."""
    direct, found = await _found(request, context, upload)
    await direct.drop(found)


async def _found(
    request: Request[Any, Any, Any], context: Context, upload: str
) -> tuple[Direct, Upload]:
    person = await context.person(request)
    if not is_row_id(upload):
        raise ProblemError(errors.NOT_FOUND)
    uploads = opened(context)
    return Direct(context, uploads), await uploads.read(upload, person, direct=True)


HANDLERS = (create, stand, sign, complete, end)
