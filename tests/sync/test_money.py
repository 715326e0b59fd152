"""Amounts: as people write them, in minor units, never rounded silently."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.money import (
    MINOR_UNITS,
    AmountError,
    convert,
    decimals_of,
    format_amount,
    parse_amount,
)

CURRENCIES = st.sampled_from(sorted(MINOR_UNITS))
LANGUAGES: st.SearchStrategy[Literal["fr", "en"]] = st.sampled_from(["fr", "en"])


def test_minor_units_follow_the_currency() -> None:
    """No decimals for the CFA franc, three for the Tunisian dinar, two for the rest of the site."""
    assert {decimals_of(one) for one in ["XAF", "XOF", "GNF", "KMF", "DJF"]} == {0}
    assert {decimals_of(one) for one in ["TND", "LYD"]} == {3}
    assert {decimals_of(one) for one in ["EUR", "USD", "DZD", "MAD", "MRU", "CDF", "AOA"]} == {2}
    with pytest.raises(AmountError, match="FRF"):
        decimals_of("FRF")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1\u202f234\u202f567", "XAF", 1_234_567),
        ("1\u00a0234\u00a0567,5", "EUR", 123_456_750),
        ("1 234 567.50", "EUR", 123_456_750),
        ("1234,5", "EUR", 123_450),
        ("1.234.567,89", "EUR", 123_456_789),
        ("1,234,567.89", "EUR", 123_456_789),
        ("1.234", "TND", 1_234),
        ("0,05", "EUR", 5),
        ("-12,30", "EUR", -1_230),
        ("\u221212", "XAF", -12),
        (" 7 ", "XAF", 7),
    ],
)
def test_french_input_is_read_as_it_is_typed(text: str, currency: str, amount: int) -> None:
    """Any space groups; comma and dot both mark decimals."""
    assert parse_amount(text, currency) == amount


def test_a_lone_comma_groups_in_english() -> None:
    """`1,234` is a thousand in English and a decimal in French."""
    assert parse_amount("1,234", "USD", "en") == 123_400
    assert parse_amount("1,5", "USD", "en") == 150
    assert parse_amount("1,234", "TND", "fr") == 1_234


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1 234 567,5", "XAF"),
        ("12,345", "EUR"),
        ("1,2345", "TND"),
        ("", "XAF"),
        ("-", "XAF"),
        ("12,", "EUR"),
        ("1 23", "XAF"),
        ("1 234.567 890,1", "EUR"),
        ("12a", "XAF"),
        ("1e5", "XAF"),
        ("--5", "XAF"),
        ("²", "XAF"),
        ("١٢", "XAF"),
        ("NaN", "XAF"),
        ("9" * 17, "XAF"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    """More decimals than the currency has, broken groups, other signs: refused, never mended."""
    with pytest.raises(AmountError) as refused:
        parse_amount(text, currency)
    assert refused.value.fr
    assert refused.value.en


def test_amounts_are_shown_as_each_language_has_them() -> None:
    """French groups by narrow no-break spaces, English by commas."""
    assert format_amount(123_456_750, "EUR") == "1\u202f234\u202f567,50\u00a0EUR"
    assert format_amount(-1_234_567, "XAF", "en") == "-1,234,567\u00a0XAF"
    assert format_amount(5, "TND") == "0,005\u00a0TND"


@given(st.integers(-(2**53) + 1, 2**53 - 1), CURRENCIES, LANGUAGES)
def test_what_is_shown_reads_back(
    amount: int, currency: str, language: Literal["fr", "en"]
) -> None:
    """Every amount shown is read as the same amount."""
    shown = format_amount(amount, currency, language).removesuffix(f"\u00a0{currency}")
    assert parse_amount(shown, currency, language) == amount


@given(
    st.integers(0, 2**53 - 1),
    st.decimals("0.0000000001", "100000", places=10),
    CURRENCIES,
    CURRENCIES,
    st.booleans(),
)
def test_conversion_is_exact_and_rounds_halves_up(
    amount: int,
    rate: Decimal,
    source: str,
    target: str,
    inverse: bool,  # noqa: FBT001 -- Hypothesis passes it by place
) -> None:
    """The result is the exact quotient or product, to the nearest minor unit, halves up."""
    exact = Fraction(amount, 10 ** decimals_of(source)) * 10 ** decimals_of(target)
    exact = exact / Fraction(rate) if inverse else exact * Fraction(rate)
    expected = (2 * exact + 1) // 2
    assert convert(amount, rate, source, target, inverse=inverse) == expected


def test_a_rate_is_positive() -> None:
    """Nothing is converted at zero or less."""
    with pytest.raises(ValueError, match="positive"):
        convert(1, Decimal(0), "EUR", "XAF")
