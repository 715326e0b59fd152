"""The types of settings in words: for errors and for the list of settings."""

from typing import Any

import msgspec


def description(hint: Any) -> str:
    """Return the sentence that a setting's type carries."""
    info = msgspec.inspect.type_info(hint)
    schema = info.extra_json_schema if isinstance(info, msgspec.inspect.Metadata) else None
    return str((schema or {}).get("description", ""))


def type_words(hint: Any) -> str:
    """Describe a setting's type in words: what to write after the equals sign."""
    return next(_plain_words(part) for part in _alternatives(hint) if not _is_none(part))


def is_optional(hint: Any) -> bool:
    """Say whether a setting may be left without a value."""
    return any(_is_none(part) for part in _alternatives(hint))


def _is_none(info: msgspec.inspect.Type) -> bool:
    return isinstance(info, msgspec.inspect.NoneType)


def _alternatives(hint: Any) -> tuple[msgspec.inspect.Type, ...]:
    info = msgspec.inspect.type_info(hint)
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    return info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)


_PLAIN: dict[type[msgspec.inspect.Type], str] = {
    msgspec.inspect.BoolType: "true or false",
    msgspec.inspect.CustomType: "a directory",
}


def _plain_words(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.IntType(ge=least, le=most):
            bounds = f" from {least}" if least is not None else ""
            return f"a whole number{bounds}" + (f" to {most}" if most is not None else "")
        case msgspec.inspect.LiteralType(values=choices):
            return "one of " + ", ".join(map(str, choices))
        case msgspec.inspect.VarTupleType(item_type=item):
            return _plain_words(item).replace("one of", "some of", 1)
        case msgspec.inspect.StrType(min_length=int(characters)):
            return f"text of at least {characters} characters"
        case _:
            return _PLAIN.get(type(info), "text")
