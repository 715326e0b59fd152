"""The OpenAPI document: what each handler takes and answers, every error with its status.

Handlers read and write their bodies by hand (`server.wire`), which the framework cannot see. Each
says what it does with `documented`, from the same structs that decode and encode the bodies:

    @post("/pull", status_code=200, **documented(request=PullRequest, response=PullResponse))
"""

from __future__ import annotations

from http import HTTPStatus
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.routes import HTTPRoute
from msgspec import Struct

from server.wire import JSON, MESSAGEPACK
from sync import errors as catalogue
from sync.changes import ChangeSet, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from litestar import Litestar
    from litestar.handlers import HTTPRouteHandler

    from sync.errors import ErrorCode

WIRE = (JSON, MESSAGEPACK)
"""The media types of bodies that `server.wire` reads and writes."""
PROBLEM_WIRE = ("application/problem+json", MESSAGEPACK)
BEARER = "bearer"
REFERENCES = "#/components/schemas/{name}"

_ALWAYS = (
    catalogue.REQUEST_MALFORMED,
    catalogue.TARGET_TOO_LONG,
    catalogue.HEADERS_TOO_LARGE,
    catalogue.RATE_LIMITED,
    catalogue.INTERNAL,
    catalogue.UNAVAILABLE,
)
_WITH_BODY = (
    catalogue.REQUEST_STALLED,
    catalogue.BODY_TOO_LARGE,
    catalogue.MEDIA_TYPE_UNSUPPORTED,
)
_WITH_CHANGE = (catalogue.CROSS_SITE,)
_WITH_TOKEN = (
    catalogue.UNAUTHENTICATED,
    catalogue.SESSION_ENDED,
    catalogue.DEVICE_REVOKED,
    catalogue.FORBIDDEN,
)


class Answered(Struct, frozen=True):
    """One answer of a handler: its body's type, or none, and its media types."""

    body: Any = None
    media: tuple[str, ...] = WIRE
    description: str = ""


class Documentation(Struct, frozen=True):
    """What one handler takes and answers."""

    request: Any
    request_media: tuple[str, ...]
    answers: Mapping[int, Answered]
    """Answers beside the problems; the key 0 stands for the handler's own status."""
    errors: tuple[ErrorCode, ...]
    secured: bool


def documented(
    *,
    request: Any = None,
    response: Any = None,
    errors: Collection[ErrorCode] = (),
    secured: bool = True,
    request_media: tuple[str, ...] = WIRE,
    response_media: tuple[str, ...] = WIRE,
    answers: Mapping[int, Answered] | None = None,
) -> dict[str, Any]:
    """Return the keywords that document a handler: `@post("/x", **documented(...))`.

    Args:
        request: type of the body, when there is one; `list[Struct]` and unions are fine.
        response: type of the body of a success; None for an answer without a body.
        errors: what this handler refuses with. Those that any handler may answer (malformed, rate
            limited, internal, unavailable; unauthenticated and forbidden when secured; too large
            and unsupported media when it takes a body) need no mention.
        secured: whether it asks for an access token.
        request_media: media types that the body may have.
        response_media: media types that a success may have.
        answers: further answers by status, such as a redirect; these win over the errors.

    """
    own = Answered(response, response_media if response is not None else ())
    common = _ALWAYS + (_WITH_TOKEN if secured else ())
    if request is not None:
        common += _WITH_BODY
    return {
        "documentation": Documentation(
            request=request,
            request_media=request_media,
            answers={0: own, **(answers or {})},
            errors=(*common, *errors),
            secured=secured,
        )
    }


def document(app: Litestar) -> dict[str, Any]:
    """Return the OpenAPI document of an application, as JSON values."""
    drawn: dict[str, Any] = app.openapi_schema.to_schema()
    handlers = _documented_handlers(app)
    types = [one for _, _, handler in handlers for one in _types(handler.opt["documentation"])]
    schemas, components = msgspec.json.schema_components(
        [Problem, ChangeSet, *types], ref_template=REFERENCES
    )
    shown = dict(zip((_key(one) for one in (Problem, ChangeSet, *types)), schemas, strict=True))
    for path, method, handler in handlers:
        _complete(drawn["paths"][path][method], handler, shown)
    drawn["components"] = {
        "schemas": _tidy(components),
        "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    }
    return drawn


def _documented_handlers(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Return path, method and handler of everything that the document holds."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if "documentation" in handler.opt and handler.resolve_include_in_schema():
                found.append((route.path_format or "/", method.lower(), handler))
    return found


def _types(documentation: Documentation) -> list[Any]:
    bodies = [documentation.request, *(one.body for one in documentation.answers.values())]
    return [body for body in bodies if body is not None]


def _key(kind: Any) -> str:
    """Name a type for a look-up: generic aliases are made anew at each mention."""
    return repr(kind)


def _complete(
    operation: dict[str, Any], handler: HTTPRouteHandler, shown: Mapping[str, Any]
) -> None:
    """Put into a drawn operation what the framework could not see."""
    documentation: Documentation = handler.opt["documentation"]
    text = cleandoc(handler.fn.__doc__ or "")
    operation["summary"] = text.partition("\n")[0].rstrip(".")
    operation["description"] = text
    operation["security"] = [{BEARER: []}] if documentation.secured else []
    if documentation.request is not None:
        schema = shown[_key(documentation.request)]
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": schema} for media in documentation.request_media},
        }
    common = () if "GET" in handler.http_methods else _WITH_CHANGE
    responses = _problems((*documentation.errors, *common))
    for status, answered in documentation.answers.items():
        responses[str(status or handler.status_code)] = _answer(
            status or handler.status_code, answered, shown
        )
    operation["responses"] = dict(sorted(responses.items()))


def _answer(status: int, answered: Answered, shown: Mapping[str, Any]) -> dict[str, Any]:
    drawn: dict[str, Any] = {"description": answered.description or HTTPStatus(status).phrase}
    if answered.media:
        schema = {} if answered.body is None else shown[_key(answered.body)]
        drawn["content"] = {media: {"schema": schema} for media in answered.media}
    return drawn


def _problems(entries: Collection[ErrorCode]) -> dict[str, Any]:
    """Draw the refusals, gathered by status: RFC 9457, with the codes that each may carry."""
    by_status: dict[int, list[ErrorCode]] = {}
    for entry in dict.fromkeys(entries):
        by_status.setdefault(entry.status, []).append(entry)
    schema = {"$ref": REFERENCES.format(name=Problem.__name__)}
    return {
        str(status): {
            "description": "  \n".join(f"`{one.code}`: {one.cause}" for one in same),
            "content": {media: {"schema": schema} for media in PROBLEM_WIRE},
        }
        for status, same in by_status.items()
    }


def _tidy(components: dict[str, Any]) -> dict[str, Any]:
    """Mend what a struct's annotations cannot tell."""
    for schema in components.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    push = components.get("PushRequest")
    if push is not None:
        # Decoded one by one: a malformed one is answered as rejected, alone.
        change_set = {"$ref": REFERENCES.format(name=ChangeSet.__name__)}
        push["properties"]["change_sets"]["items"] = {"anyOf": [change_set, {}]}
    return components
