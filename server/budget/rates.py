"""Exchange rates: of a pair of currencies at a date, the latest dated on or before it.

Read at once for all pairs and dates that a merge needs; a rate quoted the other way round serves
as well.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sync.money import MINOR_UNITS, convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from server.intake import Workspace
    from server.store import Connection

RATE_DECIMALS = 10
"""What the `decimal` kind keeps."""

_READ_RATES = """
    SELECT wanted.currency, wanted.quote, wanted.date AS at,
        found.date::text AS date, found.rate, found.inverse
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (currency, quote, date),
    LATERAL (
        (SELECT date, rate, false AS inverse, id FROM exchange_rate
            WHERE currency = wanted.currency AND quote = wanted.quote
                AND date <= wanted.date::date AND NOT deleted AND id <> ALL($4::uuid[])
            ORDER BY date DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT date, rate, true, id FROM exchange_rate
            WHERE currency = wanted.quote AND quote = wanted.currency
                AND date <= wanted.date::date AND NOT deleted AND id <> ALL($4::uuid[])
            ORDER BY date DESC, id DESC LIMIT 1)
        ORDER BY date DESC, inverse LIMIT 1
    ) AS found
"""


def rates_touched(workspace: Workspace) -> list[str]:
    """Return the ids of the rates that a merge has made or changed so far."""
    return [row for (_, row), one in workspace.touched.items() if one.table.name == "exchange_rate"]


class RateKey(NamedTuple):
    """The rate wanted: of one currency in another, at a date."""

    currency: str
    quote: str
    date: str


class Quote(NamedTuple):
    """A rate as it was quoted."""

    date: str
    rate: Decimal
    inverse: bool

    def convert(self, amount: int, source: str, target: str) -> int:
        """Convert minor units of `source` to minor units of `target`."""
        return convert(amount, self.rate, source, target, inverse=self.inverse)

    @property
    def effective(self) -> str:
        """What one unit is worth, as text, for people: an inverse quote is rounded here only."""
        rate = 1 / self.rate if self.inverse else self.rate
        return f"{rate:.{RATE_DECIMALS}f}".rstrip("0").rstrip(".")


class RateBook:
    """The rates that one merge needs, with those that the merge itself brings."""

    def __init__(self, workspace: Workspace, brought: Iterable[str] = ()) -> None:
        """Start an empty book.

        Args:
            workspace: the merge's.
            brought: ids of the rates that the merge makes or changes: their rows in the database
                are not yet, or no longer, what counts.

        """
        self.workspace = workspace
        self._brought = tuple(brought)
        self._read: dict[RateKey, Quote | None] = {}

    async def read(self, connection: Connection, keys: Iterable[RateKey]) -> None:
        """Read the rates for keys not read yet, in one query."""
        wanted = [
            key
            for key in {*keys} - self._read.keys()
            if key.currency in MINOR_UNITS and key.quote in MINOR_UNITS
        ]
        if not wanted:
            return
        self._read.update(dict.fromkeys(wanted))
        records = await connection.fetch(
            _READ_RATES,
            [key.currency for key in wanted],
            [key.quote for key in wanted],
            [key.date for key in wanted],
            self._brought,
        )
        for record in records:
            key = RateKey(record["currency"], record["quote"], record["at"])
            self._read[key] = Quote(record["date"], record["rate"], record["inverse"])

    def knows(self, key: RateKey) -> bool:
        """Whether this rate was asked for: only then does its absence mean anything."""
        return key in self._read

    def find(self, key: RateKey) -> Quote | None:
        """Return the rate, or None when there is none; a direct quote wins over an inverse one."""
        read = self._read.get(key)
        found = [*self._brought_quotes(key)]
        if read is not None:
            found.append(read)
        return max(found, key=lambda quote: (quote.date, not quote.inverse), default=None)

    def _brought_quotes(self, key: RateKey) -> Iterator[Quote]:
        for rate in self._brought:
            row = self.workspace.row("org", rate)
            if row is None or row.deleted or row.table != "exchange_rate":
                continue
            values = row.values
            pair = (values["currency"], values["quote"])
            if values["date"] > key.date or pair not in {key[:2], key[1::-1]}:
                continue
            yield Quote(values["date"], Decimal(values["rate"]), pair != key[:2])
