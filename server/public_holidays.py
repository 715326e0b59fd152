"""Public holidays and weekends by country, from the `holidays` library's tables.

Dates that follow the moon are the library's estimates until the country has announced them: an
exception of the calendar says what was announced.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import holidays

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Outside, nobody plans: no holiday is known there."""
SATURDAY, SUNDAY = 5, 6
USUAL_WEEKEND: Final = frozenset((SATURDAY, SUNDAY))


@cache
def known_countries() -> Mapping[str, frozenset[str]]:
    """Return the countries whose holidays are known, by ISO code, each with its subdivisions."""
    import holidays  # noqa: PLC0415 - half a second, and few processes ask for it

    supported = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in supported.items()}


def is_known(country: str) -> bool:
    """Whether the holidays of a country, or of a part of it (`FR-BRE`), are known."""
    code, _, part = country.partition("-")
    parts = known_countries().get(code)
    return parts is not None and (not part or part in parts)


@cache
def weekend_of(country: str | None) -> frozenset[int]:
    """Return the days of rest of a country (Monday is 0); Saturday and Sunday where unknown."""
    if country is None or not is_known(country):
        return USUAL_WEEKEND
    return frozenset(_table(country, 2026).weekend)


@cache
def public_holidays(country: str, year: int) -> Mapping[date, str]:
    """Return the days of a year on which a country rests, with what they are called there.

    A country that is not known has none.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR or not is_known(country):
        return {}
    return dict(_table(country, year).items())


def _table(country: str, year: int) -> holidays.HolidayBase:
    import holidays  # noqa: PLC0415 - as above

    code, _, part = country.partition("-")
    french = "fr" in holidays.country_holidays(code).supported_languages
    return holidays.country_holidays(
        code, subdiv=part or None, years=year, language="fr" if french else None
    )
