"""Who may change sites, projects and their members."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from server.intake import DENIED, RANKS, table_guard
from sync import errors
from sync.money import MINOR_UNITS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_COORDINATES = ("latitude_microdegrees", "longitude_microdegrees")
_COUNTRY = re.compile("[A-Z]{2}")

_site = table_guard("site")
_project = table_guard("project")
_member = table_guard("member")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone_fault(judgement: Judgement) -> Fault | None:
    zone = judgement.change.after.get("time_zone")
    if zone is None or zone in _time_zones():
        return None
    return Fault(errors.VALUE_INVALID, "time_zone")


def guard_site(judgement: Judgement) -> Fault | None:
    """Let those who keep the sites say where they are: both coordinates, or none."""
    fault = _site(judgement) or _time_zone_fault(judgement)
    if fault is not None or judgement.change.operation == "delete":
        return fault
    after = judgement.change.after
    country = after.get("country")
    if country is not None and _COUNTRY.fullmatch(country) is None:
        return Fault(errors.VALUE_INVALID, "country")
    if not after.keys().isdisjoint(_COORDINATES):
        known = [after.get(name, judgement.value(name)) is None for name in _COORDINATES]
        if any(known) and not all(known):
            return Fault(errors.FIELD_MISSING, _COORDINATES[known.index(True)])
    return None


def guard_project(judgement: Judgement) -> Fault | None:
    """Let those who keep the projects name zones and currencies that exist, and sound dates.

    A new project has no members yet, so the role that makes it is held for the organisation.
    """
    fault = _project(judgement) or _time_zone_fault(judgement)
    if fault is not None or judgement.change.operation == "delete":
        return fault
    after = judgement.change.after
    if after.get("currency", "XAF") not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    if not after.keys().isdisjoint({"start", "finish"}):
        start = after.get("start", judgement.value("start"))
        finish = after.get("finish", judgement.value("finish"))
        if start is not None and finish is not None and finish < start:
            return Fault(errors.VALUE_INVALID, "finish" if "finish" in after else "start")
    return None


def guard_member(judgement: Judgement) -> Fault | None:
    """Let those who choose the members give and take roles up to their own rank."""
    fault = _member(judgement)
    if fault is not None:
        return fault
    rank = RANKS[judgement.role]
    given = judgement.change.after.get("role")
    if given is not None and RANKS[given] > rank:
        return Fault(errors.ACCESS_DENIED, "role")
    held = judgement.value("role")
    if held is not None and RANKS[held] > rank:
        return DENIED
    return None
