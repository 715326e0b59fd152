"""The doors to profiles: one's own, and the photos that everybody sees beside a name."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.login_routes import BODY_BYTES_MAX, Done
from server.users.profile import (
    PHOTO_BYTES_MAX,
    Profile,
    ProfileChange,
    change_profile,
    drop_photo,
    put_photo,
    read_photo,
    read_profile,
)
from server.wall import client_address
from server.wire import read, read_body, respond
from sync import errors
from sync.schema import is_row_id

IMAGES = ("image/jpeg", "image/png", "image/webp")


@get("/profile", **documented(response=Profile, errors=(errors.NOT_FOUND,)))
async def profile(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return one's own profile."""
    person = await context.person(request)
    return respond(request, await read_profile(context.pool, person))


@patch(
    "/profile",
    **documented(
        request=ProfileChange, response=Profile, errors=(errors.NOT_FOUND, errors.ENTRY_INVALID)
    ),
)
async def change(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Change one's own profile; what is left out stays."""
    person = await context.person(request)
    wanted = await read(request, ProfileChange, BODY_BYTES_MAX)
    await change_profile(context.intake, person, wanted, address=client_address(request))
    return respond(request, await read_profile(context.pool, person))


@put(
    "/profile/photo",
    **documented(request=bytes, request_media=IMAGES, response=Profile, errors=(errors.NOT_FOUND,)),
)
async def give_photo(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Keep a photo of oneself: a small JPEG, PNG or WebP image."""
    person = await context.person(request)
    body = await read_body(request, PHOTO_BYTES_MAX)
    await put_photo(context.intake, person, body, address=client_address(request))
    return respond(request, await read_profile(context.pool, person))


@delete("/profile/photo", status_code=200, **documented(response=Done))
async def take_photo_away(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Take one's photo away."""
    person = await context.person(request)
    await drop_photo(context.intake, person, address=client_address(request))
    return respond(request, Done())


@get(
    "/people/{person:str}/photo",
    **documented(response=bytes, response_media=IMAGES, errors=(errors.NOT_FOUND,)),
)
async def photo(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Return somebody's photo: the directory is everybody's."""
    await context.person(request)
    found = await read_photo(context.pool, person) if is_row_id(person) else None
    if found is None:
        raise ProblemError(errors.NOT_FOUND)
    headers = {
        "cache-control": "private, max-age=86400",
        "etag": f'"{found.digest}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(found.body, media_type=found.media_type, headers=headers)


HANDLERS = (profile, change, give_photo, take_photo_away, photo)
