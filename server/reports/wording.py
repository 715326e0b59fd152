"""Values as people write them: fr-FR with narrow no-break spaces, or English."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from sync.changes import Sentence
from sync.money import MINOR_UNITS

if TYPE_CHECKING:
    from server.reports.declaring import Kind

Language = Literal["fr", "en"]
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
"""Pinned: fr_MA differs between Babel and browsers."""
PERCENT_DIGITS = 1
RATIO_DIGITS = 4
NOTHING = "–"
_DECIMALS_SHOWN_MAX = 3


def say(sentence: Sentence, language: Language) -> str:
    """Return a sentence in a language."""
    return sentence.fr if language == "fr" else sentence.en


def plain(value: Any, language: Language) -> str:
    """Return a text, or what a sentence says in a language."""
    return say(value, language) if isinstance(value, Sentence) else str(value)


def digits_of(currency: str) -> int:
    """Return the decimals of a currency; two for one that is not known."""
    return MINOR_UNITS.get(currency, 2)


def exact(value: Any, kind: Kind, currency: str) -> Decimal:
    """Return a number as it is counted: money in units, percent of 1."""
    if kind == "money":
        return Decimal(value).scaleb(-digits_of(currency))
    if kind == "percent":
        return Decimal(value).scaleb(-4)
    return Decimal(value)


def write(  # noqa: PLR0911 -- one return for each kind
    value: Any, kind: Kind, language: Language, currency: str
) -> str:
    """Write a value for people; what is not there is a dash."""
    if value is None:
        return "" if kind == "text" else NOTHING
    locale = LOCALES[language]
    match kind:
        case "text":
            return plain(value, language)
        case "date":
            from babel.dates import format_date  # noqa: PLC0415 -- see _number

            pattern = "dd/MM/yyyy" if language == "fr" else "d MMM yyyy"
            return format_date(value, pattern, locale=locale)
        case "moment":
            from babel.dates import format_datetime  # noqa: PLC0415

            pattern = "dd/MM/yyyy HH:mm" if language == "fr" else "d MMM yyyy, HH:mm"
            return format_datetime(value, pattern, tzinfo=value.tzinfo, locale=locale)
        case "percent":
            scaled = exact(value, kind, currency) * 100
            unit = "\u202f%" if language == "fr" else "%"
            return _number(scaled, PERCENT_DIGITS, locale) + unit
        case "money":
            return _number(exact(value, kind, currency), digits_of(currency), locale)
        case "ratio":
            return _number(Decimal(value), RATIO_DIGITS, locale)
        case "quantity":
            number = Decimal(value)
            places = max(0, -int(number.normalize().as_tuple().exponent))
            return _number(number, min(places, _DECIMALS_SHOWN_MAX), locale)
    return _number(Decimal(value), 0, locale)


def _number(value: Decimal, digits: int, locale: str) -> str:
    # Babel takes long to import, and a server that makes no report has no use for it.
    from babel.numbers import format_decimal  # noqa: PLC0415

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, pattern, locale=locale))


def with_currency(text: str, currency: str) -> str:
    """Put a currency behind an amount, never on the next line."""
    return f"{text}\u00a0{currency}"
