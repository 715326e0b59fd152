"""The door of documents beside sync: previews, search, restricted folders, links given out."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import Answered, documented
from server.storage.download_routes import ANY, REFUSALS
from server.storage.guards import know
from server.storage.objects import preview_key
from server.storage.queries import access_of_request, readable_document, readable_version
from server.storage.searching import WORDS_CHARACTERS_MAX, Hit, search_documents
from server.storage.serving import give, stored
from server.storage.sharing import (
    MadeLink,
    ShareLink,
    list_links,
    make_link,
    open_link,
    revoke_link,
)
from server.wire import read, respond
from sync import errors
from sync.schema import UUID_PATTERN, is_row_id
from sync.tables.documents import CATEGORIES, FOLDER_MEMBERS_MAX

BODY_BYTES_MAX = 64 * 1024
HITS_MAX = 200
SHARED = {
    0: Answered(None, ANY, "The bytes."),
    206: Answered(None, ANY, "The range asked for."),
    304: Answered(None, (), "The bytes that the client has."),
}

Id = Annotated[str, Meta(pattern=UUID_PATTERN)]
Words = Annotated[str, QueryParameter(min_length=1, max_length=WORDS_CHARACTERS_MAX)]


class NewFolder(Struct, frozen=True, forbid_unknown_fields=True):
    """A folder that only some people of a project read."""

    project: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    members: Annotated[list[Id], Meta(max_length=FOLDER_MEMBERS_MAX - 1)] = []
    category: str | None = None


class MadeFolder(Struct, frozen=True):
    """A restricted folder: its scope is `folder:ID`."""

    id: str
    scope: str


class NewLink(Struct, frozen=True, forbid_unknown_fields=True):
    """A link to give out."""

    hours: Annotated[int, Meta(ge=1)]
    version: Id | None = None
    """None gives the newest of the moment."""
    password: Annotated[str, Meta(min_length=6, max_length=200)] | None = None
    downloads_max: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """What opens a link."""

    password: Annotated[str, Meta(max_length=200)] | None = None


@get(
    "/versions/{version:str}/previews/{kind:str}",
    **documented(answers=SHARED, errors=REFUSALS),
)
async def preview(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    version: FromPath[str],
    kind: FromPath[str],
) -> Response[Any]:
    """Give a picture of a version, `thumbnail` or `page`: nothing in it says where it was taken."""
    _, found = await readable_version(request, context, version)
    if kind not in {"thumbnail", "page"}:
        raise ProblemError(errors.NOT_FOUND)
    if found.state == "quarantined":
        raise ProblemError(errors.CONTENT_QUARANTINED)
    if found.sha256 is None:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
    record = await context.pool.fetchrow(
        "SELECT preview_state AS state, previews FROM stored_object WHERE sha256 = $1", found.sha256
    )
    if record is None or record["state"] == "waiting":
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=5)
    if kind not in record["previews"]:
        raise ProblemError(errors.NOT_FOUND, "this kind of file has no preview")
    etag = f"{found.sha256}-{kind}"
    content = await stored(
        context, preview_key(found.sha256, kind), etag, "image/jpeg", f"{kind}.jpg"
    )
    return await give(request, context, content, shown=True)


@get("/search", **documented(response=list[Hit]))
async def search(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    words: Words,
    *,
    project: Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=HITS_MAX)] = 50,
) -> Response[bytes]:
    """Return the documents whose title, tags or text hold the words, the best first."""
    async with context.pool.acquire() as connection:
        access = await access_of_request(request, context, connection)
        found = await search_documents(connection, access, words, project=project, limit=limit)
    return respond(request, found)


@post(
    "/folders",
    status_code=201,
    **documented(request=NewFolder, response=MadeFolder, errors=(errors.NOT_FOUND,)),
)
async def restrict(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Make a folder that only its members read: a scope of its own, on every tablet too.

    Who may make one is its first member; more are named here, or later by changing the row.
    """
    wanted = await read(request, NewFolder, BODY_BYTES_MAX)
    person = await context.person(request)
    async with context.pool.acquire() as connection:
        access = await access_of_request(request, context, connection)
        people = await connection.fetch(
            "SELECT id::text AS id FROM person WHERE id = ANY($1::uuid[]) AND NOT deleted",
            wanted.members,
        )
    if not access.may("folder.restrict", f"project:{wanted.project}"):
        raise ProblemError(errors.FORBIDDEN)
    if len(people) != len({*wanted.members}):
        raise ProblemError(errors.REQUEST_MALFORMED, "no such person", field="members")
    if wanted.category not in {None, *CATEGORIES}:
        raise ProblemError(errors.REQUEST_MALFORMED, "no such category", field="category")
    folder = str(uuid4())
    scope = f"folder:{folder}"
    values: dict[str, Any] = {
        "home_id": folder,
        "project_id": wanted.project,
        "name": wanted.name,
        "members": sorted({*wanted.members, person}),
        **({} if wanted.category is None else {"category": wanted.category}),
    }
    async with context.intake.server_transaction([f"project:{wanted.project}"]) as transaction:
        if not transaction.workspace.scopes:
            raise ProblemError(errors.NOT_FOUND, field="project")
        await transaction.lock([scope], make=[scope])
        await know(transaction, scope, values["members"])
        transaction.workspace.write(scope, "folder", folder, values, intent="folder.restrict")
    return respond(request, MadeFolder(folder, scope), status=201)


@post(
    "/documents/{document:str}/links",
    status_code=201,
    **documented(request=NewLink, response=MadeLink, errors=(errors.NOT_FOUND,)),
)
async def share(
    request: Request[Any, Any, Any], context: NamedDependency[Context], document: FromPath[str]
) -> Response[bytes]:
    """Make a link that gives a document to whoever has it, for a time."""
    wanted = await read(request, NewLink, BODY_BYTES_MAX)
    access, found = await readable_document(request, context, document)
    if wanted.hours > context.settings.share_link_hours_max:
        raise ProblemError(errors.REQUEST_MALFORMED, "too long a life", field="hours")
    if wanted.version is not None:
        _, version = await readable_version(request, context, wanted.version)
        if version.document != found.id:
            raise ProblemError(errors.NOT_FOUND, field="version")
    made = await make_link(
        context,
        access,
        found,
        hours=wanted.hours,
        version=wanted.version,
        password=wanted.password,
        downloads_max=wanted.downloads_max,
    )
    return respond(request, made, status=201)


@get(
    "/documents/{document:str}/links",
    **documented(response=list[ShareLink], errors=(errors.NOT_FOUND,)),
)
async def links(
    request: Request[Any, Any, Any], context: NamedDependency[Context], document: FromPath[str]
) -> Response[bytes]:
    """Return the links to a document, and how often each was used."""
    access, found = await readable_document(request, context, document)
    async with context.pool.acquire() as connection:
        return respond(request, await list_links(connection, access, found))


@delete("/links/{link:str}", status_code=204, **documented(errors=(errors.NOT_FOUND,)))
async def revoke(
    request: Request[Any, Any, Any], context: NamedDependency[Context], link: FromPath[str]
) -> None:
    """Revoke a link: whoever has it gets nothing any more."""
    async with context.pool.acquire() as connection:
        access = await access_of_request(request, context, connection)
        if not is_row_id(link):
            raise ProblemError(errors.NOT_FOUND)
        await revoke_link(connection, access, link, context.now())


_OPENING = (
    errors.SHARE_LINK_REFUSED,
    errors.CONTENT_NOT_READY,
    errors.FILE_TYPE_REFUSED,
    errors.RANGE_UNSATISFIABLE,
    errors.STORAGE_UNAVAILABLE,
)


@get(
    "/shared/{secret:str}",
    limit="login",
    **documented(secured=False, answers=SHARED, errors=_OPENING),
)
async def shared(
    request: Request[Any, Any, Any], context: NamedDependency[Context], secret: FromPath[str]
) -> Response[Any]:
    """Give what a link without a password leads to."""
    return await give(request, context, await open_link(context, secret, None))


@post(
    "/shared/{secret:str}",
    status_code=200,
    limit="login",
    **documented(request=Opening, secured=False, answers=SHARED, errors=_OPENING),
)
async def shared_with_password(
    request: Request[Any, Any, Any], context: NamedDependency[Context], secret: FromPath[str]
) -> Response[Any]:
    """Give what a link leads to, to whoever knows its password."""
    said = await read(request, Opening, BODY_BYTES_MAX)
    return await give(request, context, await open_link(context, secret, said.password))


HANDLERS = (preview, search, restrict, share, links, revoke, shared, shared_with_password)
