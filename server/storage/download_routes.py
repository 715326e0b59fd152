"""The door of downloads: through the server, whole or ranged, or by a short-lived address."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import Answered, documented
from server.storage.queries import content_of, readable_version
from server.storage.serving import give
from server.wire import respond
from sync import errors

ANY = ("*/*",)
REFUSALS = (
    errors.NOT_FOUND,
    errors.CONTENT_NOT_READY,
    errors.CONTENT_QUARANTINED,
    errors.RANGE_UNSATISFIABLE,
    errors.STORAGE_UNAVAILABLE,
)


class Address(Struct, frozen=True):
    """Where to fetch a file from, for a short time."""

    url: str
    seconds: int


@get(
    "/versions/{version:str}/content",
    **documented(
        answers={
            0: Answered(None, ANY, "The bytes."),
            206: Answered(None, ANY, "The range asked for."),
            304: Answered(None, (), "The bytes that the client has."),
        },
        errors=REFUSALS,
    ),
)
async def content(
    request: Request[Any, Any, Any], context: NamedDependency[Context], version: FromPath[str]
) -> Response[Any]:
    """Give the bytes of a version, or the range of them that is asked for."""
    _, found = await readable_version(request, context, version)
    return await give(request, context, await content_of(context, found), shown=True)


@get("/versions/{version:str}/address", **documented(response=Address, errors=REFUSALS))
async def address(
    request: Request[Any, Any, Any], context: NamedDependency[Context], version: FromPath[str]
) -> Response[bytes]:
    """Return an address of the object store that gives the bytes to anyone for a short time.

    Where the object store is not reached from outside, take `content` instead.
    """
    _, found = await readable_version(request, context, version)
    given = await content_of(context, found)
    if given.key is None:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
    seconds = context.settings.download_url_seconds
    url = await asyncio.to_thread(
        context.store.signed_url,
        given.key,
        seconds=seconds,
        file_name=given.file_name,
        content_type=given.kind,
    )
    return respond(request, Address(url, seconds))


HANDLERS = (content, address)
