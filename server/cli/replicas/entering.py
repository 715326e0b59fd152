"""Values as people type them, `field=value`, read by the declared schema."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.cli.replicas.saying import Both, Language, Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.schema import Field, Kind, Table

YES = frozenset({"oui", "yes", "true", "vrai", "1"})
NO = frozenset({"non", "no", "false", "faux", "0"})
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SIGNED = re.compile(r"[+-]\d+")
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s?%")


class Entering(Struct, frozen=True):
    """What reading values needs beside their text."""

    table: Table
    known: Mapping[str, Any]
    """The row's values as they are now; empty for a new one."""
    find: Callable[[str, str], str]
    """(table, text) -> the id of the row that the text names."""
    currency: str | None
    """Currency of the row's amounts, unless the entry says another."""
    language: Language = "fr"


def read_assignments(entering: Entering, texts: Iterable[str]) -> dict[str, Any]:
    """Return the values that `field=value` texts give. Raises Mistake, naming the field."""
    pairs = dict(_pair(text) for text in texts)
    table = entering.table
    for name in pairs:
        _check_name(table, name)
    currency = pairs.get("currency")
    if currency:
        entering = msgspec.structs.replace(entering, currency=currency.strip().upper())
    return {name: _value(entering, table.by_name[name], text) for name, text in pairs.items()}


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name.strip():
        raise Mistake(
            Both(f"« {text} » ne dit pas champ=valeur.", f"{text!r} does not say field=value.")
        )
    return name.strip().replace("-", "_"), value


def _check_name(table: Table, name: str) -> None:
    field = table.by_name.get(name)
    if field is None:
        known = ", ".join(one.name for one in table.fields if not one.server)
        raise Mistake(
            Both(
                f"{table.name} n'a pas de champ « {name} ». Champs : {known}.",
                f"{table.name} has no field {name!r}. Fields: {known}.",
            )
        )
    if field.server:
        raise Mistake(
            Both(
                f"{table.name}.{name} est calculé par le serveur.",
                f"{table.name}.{name} is computed by the server.",
            )
        )


def _value(entering: Entering, field: Field, text: str) -> Any:
    if not text.strip():
        if field.required or field.policy == "workflow":
            raise _wrong(entering, field, text)
        return [] if field.kind.multiple else None
    if field.kind.multiple:
        return _members(entering, field, text)
    try:
        return _single(entering, field, text)
    except (ValueError, OverflowError):
        raise _wrong(entering, field, text) from None


def _single(entering: Entering, field: Field, text: str) -> Any:
    stripped = text.strip()
    plain = _PLAIN.get(field.kind.name)
    if plain is not None:
        return plain(text if field.kind.name == "text" else stripped)
    match field.kind.name:
        case "integer" | "moment":
            return _integer(entering, field, stripped)
        case "money":
            return _amount(entering, field, stripped)
        case "choice":
            return _choice(field.kind, stripped)
        case _:
            return _row(entering, field, stripped)


def _integer(entering: Entering, field: Field, text: str) -> int:
    """Read a whole number; of a counter `+3` and `-2` are what is added; `50 %` is 5000."""
    if field.policy == "counter" and _SIGNED.fullmatch(text):
        return int(entering.known.get(field.name) or 0) + int(text)
    percent = _PERCENT.fullmatch(text)
    if percent and field.policy == "maximum":
        return int(percent[1]) * 100 + int((percent[2] or "").ljust(2, "0"))
    return int(text)


def _amount(entering: Entering, field: Field, text: str) -> int:
    from sync.money import AmountError, parse_amount  # noqa: PLC0415 - seldom needed

    if entering.currency is None:
        raise Mistake(
            Both(
                f"Dans quelle devise est {field.name} ? Ajoutez currency=XAF.",
                f"In which currency is {field.name}? Add currency=XAF.",
            )
        )
    try:
        return parse_amount(text, entering.currency, entering.language)
    except AmountError as error:
        name = f"{entering.table.name}.{field.name}"
        raise Mistake(Both(f"{name} : {error.fr}", f"{name}: {error.en}")) from None


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise ValueError(text)
    return word in YES


def _decimal(text: str) -> str:
    plain = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", plain):
        raise ValueError(text)
    return plain


def _choice(kind: Kind, text: str) -> str:
    word = text.lower().replace("-", "_").replace(" ", "_")
    if word not in kind.choices:
        raise ValueError(text)
    return word


def _row(entering: Entering, field: Field, text: str) -> str:
    """Return the id of the row that a text names."""
    if field.kind.references is not None:
        return entering.find(field.kind.references, text)
    if field.name.endswith("_id"):
        return entering.find(field.name.removesuffix("_id"), text)
    return text


def _members(entering: Entering, field: Field, text: str) -> list[str]:
    """Read a list set apart by commas; when all begin with + or -, they are added or taken out."""
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    relative = all(piece[0] in "+-" and len(piece) > 1 for piece in pieces)
    bare = [piece[1:].strip() if relative else piece for piece in pieces]
    if field.kind.references is not None:
        bare = [entering.find(field.kind.references, one) for one in bare]
    if not relative:
        return list(dict.fromkeys(bare))
    members = list(entering.known.get(field.name) or [])
    for piece, member in zip(pieces, bare, strict=True):
        if piece[0] == "-":
            members = [one for one in members if one != member]
        elif member not in members:
            members.append(member)
    return members


def read_date(text: str) -> dt.date:
    """Read `2026-11-23` or `23/11/2026`. Raises ValueError."""
    day = _DAY.fullmatch(text)
    if day:
        return dt.date(int(day[3]), int(day[2]), int(day[1]))
    return dt.date.fromisoformat(text)


def read_local_time(text: str) -> str:
    """Read `2026-11-23T06:30` or `23/11/2026 06:30`. Raises ValueError."""
    day, _, time = text.replace("T", " ").partition(" ")
    at = dt.time.fromisoformat(time.strip().zfill(5)) if time else dt.time()
    return dt.datetime.combine(read_date(day), at).strftime("%Y-%m-%dT%H:%M")


_PLAIN: dict[str, Callable[[str], Any]] = {
    "text": str,
    "boolean": _boolean,
    "date": lambda text: read_date(text).isoformat(),
    "local_time": read_local_time,
    "decimal": _decimal,
    "currency": str.upper,
    "document": msgspec.json.decode,
}
"""Kinds that are read from their text alone."""

_EXPECTED: dict[str, Both] = {
    "integer": Both("un nombre entier", "a whole number"),
    "moment": Both("des millisecondes depuis 1970", "milliseconds since 1970"),
    "boolean": Both("oui ou non", "yes or no"),
    "date": Both("une date, 2026-11-23 ou 23/11/2026", "a date, 2026-11-23 or 23/11/2026"),
    "local_time": Both("une date et une heure, 2026-11-23T06:30", "a time, 2026-11-23T06:30"),
    "decimal": Both("un nombre décimal", "a decimal number"),
    "document": Both("un document JSON", "a JSON document"),
}


def expected(field: Field) -> Both:
    """Say what a field takes."""
    if field.kind.choices:
        choices = ", ".join(field.kind.choices)
        return Both(f"l'un de : {choices}", f"one of: {choices}")
    return _EXPECTED.get(field.kind.name, Both("une valeur", "a value"))


def _wrong(entering: Entering, field: Field, text: str) -> Mistake:
    name, takes = f"{entering.table.name}.{field.name}", expected(field)
    return Mistake(
        Both(
            f"{name} n'accepte pas « {text.strip()} » ; il faut {takes.fr}.",
            f"{name} does not accept {text.strip()!r}; it takes {takes.en}.",
        )
    )
