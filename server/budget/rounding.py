"""Amounts of an invoice's lines, exact until they are rounded by the document's own rule. Pure."""

from __future__ import annotations

from decimal import (
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODES: Mapping[str, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}
"""What a document calls its rule -> what `decimal` calls it."""
PRECISION = 80
"""Digits: more than a quantity, a price and a share have together."""
WHOLE = 10_000
"""Basis points of the whole."""


def rounded(exact: Decimal, mode: str | None) -> int:
    """Round to a whole minor unit; halves go up where the document says nothing."""
    with localcontext() as context:
        context.prec = PRECISION
        return int(exact.quantize(Decimal(1), rounding=MODES[mode or "half_up"]))


def rounded_lines(exact: Sequence[Decimal], level: str | None, mode: str | None) -> list[int]:
    """Round the lines of a document, so that its total is the sum of them.

    Args:
        exact: what each line comes to.
        level: `line` rounds each; `total` rounds their sum once and shares it out: each line gets
            its floor, and what is left goes by units to the largest remainders, first come first.
        mode: how to round.

    """
    if level != "total":
        return [rounded(one, mode) for one in exact]
    with localcontext() as context:
        context.prec = PRECISION
        floors = [int(one.quantize(Decimal(1), rounding=ROUND_FLOOR)) for one in exact]
        left = rounded(sum(exact, Decimal(0)), mode) - sum(floors)
        order = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    for place in order[:left]:
        floors[place] += 1
    return floors


def product(quantity: str, unit_price: str, decimals: int) -> Decimal:
    """Return what a quantity at a unit price comes to, in minor units, exactly."""
    with localcontext() as context:
        context.prec = PRECISION
        return (Decimal(quantity) * Decimal(unit_price)).scaleb(decimals)


def part(amount: int, basis_points: int) -> Decimal:
    """Return a share of an amount, exactly."""
    with localcontext() as context:
        context.prec = PRECISION
        return Decimal(amount) * basis_points / WHOLE
