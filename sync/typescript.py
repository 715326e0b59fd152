"""The declared tables and the errors as TypeScript: what the app's types and stores come from.

`derrick app types` writes the modules; every build of the app does so first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync.changes import PROTOCOL_VERSION
from sync.errors import CATALOGUE
from sync.schema import INTEGER_MAX, SCHEMA_VERSION
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.schema import Field, Kind, Table

_HEAD = "// Written by `derrick app types`. Do not edit.\n"

_TYPES = {
    "text": "string",
    "integer": "number",
    "money": "number",
    "boolean": "boolean",
    "date": "string",
    "local_time": "string",
    "moment": "number",
    "decimal": "string",
    "currency": "string",
    "reference": "string",
    "identifier": "string",
    "references": "string[]",
    "words": "string[]",
    "document": "JsonDocument",
}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _type(kind: Kind) -> str:
    if kind.choices:
        return " | ".join(_json(choice) for choice in kind.choices)
    return _TYPES[kind.name]


def _interface_name(table: Table) -> str:
    return "".join(part.capitalize() for part in table.name.split("_"))


def _interface(table: Table) -> Iterator[str]:
    yield f"export interface {_interface_name(table)} {{"
    for field in table.fields:
        optional = "" if field.required else "?"
        nullable = "" if field.required else " | null"
        yield f"  {field.name}{optional}: {_type(field.kind)}{nullable};"
    yield "}"


def _bounds(kind: Kind) -> dict[str, Any]:
    """Return the bounds that differ between fields of one kind, as JSON Schema says them.

    What every value of a kind obeys (the pattern of an id, the range of an exact integer) follows
    from the kind.
    """
    schema = msgspec.json.schema(kind.wire)
    found: dict[str, Any] = {
        name: schema[name] for name in ("maxLength", "maxItems") if name in schema
    }
    found |= {
        name: schema[name]
        for name, widest in (("minimum", -INTEGER_MAX), ("maximum", INTEGER_MAX))
        if schema.get(name, widest) != widest
    }
    if kind.name == "words":
        found["itemMaxLength"] = schema["items"]["maxLength"]
    return found


def _field(field: Field) -> dict[str, Any]:
    declared: dict[str, Any] = {
        "name": field.name,
        "kind": field.kind.name,
        "policy": field.policy,
        **_bounds(field.kind),
    }
    if field.required:
        declared["required"] = True
    if field.server:
        declared["server"] = True
    if field.kind.choices:
        declared["choices"] = field.kind.choices
    if field.kind.references:
        declared["references"] = field.kind.references
    if field.workflow is not None:
        declared["workflow"] = field.workflow
    return declared


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "service": table.service,
        "scopes": table.scopes,
        "scopeField": table.scope_field,
        "delete": table.delete,
        "indexes": list(table.indexes.values()),
        "fields": [_field(field) for field in table.fields],
    }


def tables_module(tables: Mapping[str, Table] = TABLES) -> str:
    """Return the module that declares every synced table and the type of its values."""
    lines = [
        _HEAD,
        'import type { Table } from "../engine/schema";',
        "",
        f"export const SCHEMA_VERSION = {SCHEMA_VERSION};",
        f"export const PROTOCOL_VERSION = {PROTOCOL_VERSION};",
        "",
        "export type JsonDocument = Record<string, unknown> | unknown[];",
        "",
    ]
    for table in tables.values():
        lines += [*_interface(table), ""]
    lines.append("export interface Rows {")
    lines += [f"  {table.name}: {_interface_name(table)};" for table in tables.values()]
    lines += ["}", "", "export type TableName = keyof Rows;", ""]
    lines.append("export const TABLES: Record<TableName, Table> = {")
    lines += [f"  {table.name}: {_json(_table(table))}," for table in tables.values()]
    lines += ["};", ""]
    return "\n".join(lines)


def errors_module() -> str:
    """Return the module of the catalogue: code -> what a person is told."""
    lines = [_HEAD, "export const ERRORS: Record<string, { fr: string; en: string }> = {"]
    lines += [
        f"  {code}: {_json({'fr': one.fr, 'en': one.en})},"
        for code, one in sorted(CATALOGUE.items())
    ]
    lines += ["};", ""]
    return "\n".join(lines)


def modules() -> dict[str, str]:
    """Return every module's name and text."""
    return {"tables.ts": tables_module(), "errors.ts": errors_module()}
