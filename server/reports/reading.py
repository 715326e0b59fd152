"""What every report is read from: the project's basis, the period asked for, who may see money."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.figures import Basis, Tablets, zone_of
from server.reports.declaring import Content
from server.reports.parts import freshness
from server.store import Connection  # noqa: TC001 -- read at run time

if TYPE_CHECKING:
    from sync.changes import Sentence


class Asked(Struct, frozen=True):
    """What a report is about, beside its project."""

    at: dt.date | None = None
    """The data date; None for today."""
    since: dt.date | None = None
    until: dt.date | None = None
    row: str | None = None
    """The id of the daily report."""


class Source(Struct, frozen=True):
    """A report being read."""

    connection: Connection
    basis: Basis
    tablets: Tablets
    asked: Asked
    finance: bool
    """Whether amounts may be shown."""
    now_ms: int

    @property
    def zone(self) -> dt.tzinfo:
        """Return the project's time zone."""
        return zone_of(self.basis.time_zone)

    def period(self) -> tuple[dt.date, dt.date]:
        """Return the first and last day asked for: by default all up to the data date."""
        return self.asked.since or dt.date.min, self.asked.until or self.basis.data_date

    def content(self, name: str, title: Sentence, **parts: Any) -> Content:
        """Return a report with what all of them say."""
        basis = self.basis
        empty: dict[str, Any] = {"figures": [], "charts": [], "tables": []}
        return Content(
            name=name,
            title=title,
            project=f"{basis.code} · {basis.name}",
            site=basis.site,
            currency=basis.currency,
            data_date=basis.data_date,
            read_at=dt.datetime.fromtimestamp(self.now_ms / 1000, tz=self.zone),
            freshness=freshness(self.tablets, self.zone),
            **{**empty, **parts},
        )
