"""Money: currencies and their minor units, amounts as people write them, conversion.

An amount is an integer in minor units; its currency says how many make one. No float anywhere.
Source of the minor units: ISO 4217, with the few codes lately withdrawn that old papers still bear.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from sync.schema import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Language = Literal["fr", "en"]

_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
    "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD "
    "XCG YER ZAR ZMW ZWG ZWL",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def _minor_units() -> Iterator[tuple[str, int]]:
    for digits, codes in _CODES.items():
        for code in codes.split():
            yield code, digits


MINOR_UNITS: Mapping[str, int] = MappingProxyType(dict(_minor_units()))
"""Currency -> decimals: 0 for XAF, 2 for EUR, 3 for TND."""

_SPACES = re.compile("[ \t\u00a0\u2007\u2009\u202f]")
_GROUPED = re.compile(r"\d{1,3}(?:G\d{3})+")
_PRECISION = 60
"""Digits of a conversion: more than amount, rate and minor units have together."""


class AmountError(ValueError):
    """A text is no amount of the currency; the message is for people."""

    def __init__(self, sentence_fr: str, sentence_en: str) -> None:
        super().__init__(sentence_en)
        self.fr = sentence_fr
        self.en = sentence_en


def decimals_of(currency: str) -> int:
    """Return how many decimals a currency has. Raises AmountError for one that is not known."""
    digits = MINOR_UNITS.get(currency)
    if digits is None:
        raise AmountError(
            f"La devise « {currency} » n'est pas connue.",
            f"The currency {currency!r} is not known.",
        )
    return digits


def parse_amount(text: str, currency: str, language: Language = "fr") -> int:
    """Read an amount as a person types it, in minor units.

    Groups may be set apart by any space, by commas or by dots; the decimal mark may be a comma or a
    dot. `1,234` alone is 1.234 in French and 1234 in English. Raises AmountError: not a number, or
    more decimals than the currency has (never rounded silently).
    """
    digits = decimals_of(currency)
    whole, fraction, negative = _split(text, language)
    if len(fraction) > digits:
        raise AmountError(
            f"Le {currency} a {digits} décimale(s) ; « {text} » en a {len(fraction)}.",
            f"{currency} has {digits} decimal(s); {text!r} has {len(fraction)}.",
        )
    amount = int(whole + fraction.ljust(digits, "0"))
    if amount > INTEGER_MAX:
        raise AmountError(f"« {text} » est trop grand.", f"{text!r} is too large.")
    return -amount if negative else amount


def _split(text: str, language: Language) -> tuple[str, str, bool]:
    """Return the digits before and after the decimal mark, and whether the amount is negative."""
    number = text.strip().replace("\u2212", "-")
    negative = number.startswith("-")
    number = number.removeprefix("-").strip()
    mark = _decimal_mark(number, language)
    whole, _, fraction = number.rpartition(mark) if mark else (number, "", "")
    fits = re.fullmatch(r"[0-9]*", fraction) and (not mark or fraction)
    plain = _ungroup(whole)
    if not fits or plain is None:
        raise AmountError(f"« {text} » n'est pas un montant.", f"{text!r} is not an amount.")
    return plain, fraction, negative


def _decimal_mark(number: str, language: Language) -> str:
    commas, dots = number.count(","), number.count(".")
    if commas and dots:
        return max(",.", key=number.rfind)
    if commas + dots != 1:
        return ""
    mark = "," if commas else "."
    grouping = language == "en" and mark == "," and re.fullmatch(r"[0-9]{1,3},[0-9]{3}", number)
    return "" if grouping else mark


def _ungroup(whole: str) -> str | None:
    """Return a number without its group separators, or None when they do not stand by threes."""
    if whole.isascii() and whole.isdigit():
        return whole
    separators = {*re.findall(r"[^0-9]", _SPACES.sub(" ", whole))}
    if len(separators) != 1 or not separators <= {" ", ",", "."}:
        return None
    marked = _SPACES.sub("G", whole).replace(",", "G").replace(".", "G")
    return marked.replace("G", "") if _GROUPED.fullmatch(marked) else None


def format_amount(amount: int, currency: str, language: Language = "fr") -> str:
    """Write an amount for people: `1 234 567,50 EUR` in French, `1,234,567.50 EUR` in English.

    French groups are set apart by a narrow no-break space (U+202F), as fr-FR has it.
    """
    digits = decimals_of(currency)
    whole, fraction = divmod(abs(amount), 10**digits)
    group, mark = ("\u202f", ",") if language == "fr" else (",", ".")
    shown = f"{whole:,}".replace(",", group)
    if digits:
        shown += f"{mark}{fraction:0{digits}d}"
    return f"{'-' if amount < 0 else ''}{shown}\u00a0{currency}"


def convert(amount: int, rate: Decimal, source: str, target: str, *, inverse: bool = False) -> int:
    """Convert minor units of `source` to minor units of `target`, halves rounded away from zero.

    Args:
        amount: in minor units of `source`.
        rate: how much of `target` one unit of `source` is worth; with `inverse`, how much of
            `source` one unit of `target` is worth. Dividing keeps the quoted rate exact.
        source: currency of the amount.
        target: currency wanted.
        inverse: how to read `rate`.

    Raises AmountError for an unknown currency, ValueError for a rate that is not positive.

    """
    if rate <= 0:
        raise ValueError(f"a rate is positive, not {rate}")
    with localcontext() as context:
        context.prec = _PRECISION
        scaled = Decimal(amount).scaleb(decimals_of(target) - decimals_of(source))
        exact = scaled / rate if inverse else scaled * rate
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
