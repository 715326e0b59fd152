"""The documentation's pages: the document itself, and one to read without any script.

A work site has no internet: the page loads nothing, from nobody. Its only style is named in the
security policy by its hash.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import MediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from server.openapi import document

if TYPE_CHECKING:
    from litestar import Request

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "code,pre{background:#eee;padding:.1em .3em}pre{overflow:auto;padding:1em}"
    "summary{cursor:pointer;padding:.4em 0}p{white-space:pre-line}"
)


class DocumentPlugin(OpenAPIRenderPlugin):
    """Serves the OpenAPI document as JSON."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)
        self._drawn = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Return the document, completed with what our handlers say of themselves."""
        self._drawn = self._drawn or msgspec.json.encode(document(request.app))
        return self._drawn


class PagePlugin(OpenAPIRenderPlugin):
    """Serves the OpenAPI document as a page."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._drawn = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Return the page."""
        self._drawn = self._drawn or page(document(request.app)).encode()
        return self._drawn


def page(drawn: dict[str, Any]) -> str:
    """Render an OpenAPI document as HTML that needs nothing else."""
    operations = [
        _operation(method, path, operation)
        for path, item in sorted(drawn["paths"].items())
        for method, operation in item.items()
    ]
    schemas = [
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>"
        f"<p>{escape(schema.get('description', ''))}</p>{_json(schema)}</details>"
        for name, schema in sorted(drawn["components"]["schemas"].items())
    ]
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Derrick API</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{STYLE}</style><h1>Derrick API</h1>"
        "<p><a href='/api/docs/openapi.json'>OpenAPI 3.1</a></p>"
        f"{''.join(operations)}<h2>Schemas</h2>{''.join(schemas)}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    name = f"<code>{method.upper()} {escape(path)}</code>"
    parts = [
        f"<details><summary>{name} {escape(operation.get('summary', ''))}</summary>",
        f"<p>{escape(operation.get('description', ''))}</p>",
    ]
    if operation.get("parameters"):
        parts.append("<h4>Parameters</h4>" + _json(operation["parameters"]))
    if "requestBody" in operation:
        parts.append("<h4>Request</h4>" + _bodies(operation["requestBody"]))
    for status, answer in operation.get("responses", {}).items():
        description = escape(answer.get("description", ""))
        parts.append(f"<h4>{status}</h4><p>{description}</p>{_bodies(answer)}")
    return "".join(parts) + "</details>"


def _bodies(holder: dict[str, Any]) -> str:
    """Show each media type of a body with its schema, or a link to it."""
    lines = []
    for media, content in holder.get("content", {}).items():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        shown = f"<a href='#{escape(name)}'>{escape(name)}</a>" if name else ""
        lines.append(f"<li><code>{escape(media)}</code> {shown}")
        lines.append("" if name else _json(content["schema"]))
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _json(value: Any) -> str:
    return f"<pre>{escape(msgspec.json.format(msgspec.json.encode(value)).decode())}</pre>"
