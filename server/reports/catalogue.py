"""The reports by name: what each is called, who may have it, how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.reports import money_reports, site_reports
from server.reports.money_reports import COUNT_EXPENSES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.reports.declaring import Content
    from server.reports.reading import Source
    from sync.changes import Sentence


class Report(Struct, frozen=True):
    """One report."""

    name: str
    title: Sentence
    read: Callable[[Source], Awaitable[Content]]
    finance: bool = True
    """Whether it is only for those who see amounts."""
    count: str | None = None
    """A statement that counts its rows, given project, first and last day: a report that may be
    large. Without one it is never."""


REPORTS = {
    one.name: one
    for one in (
        Report("financial", money_reports.FINANCIAL, money_reports.read_financial),
        Report("budget", money_reports.BUDGET, money_reports.read_budget),
        Report("earned_value", money_reports.EARNED_VALUE, money_reports.read_earned_value),
        Report("ledger", money_reports.LEDGER, money_reports.read_ledger, count=COUNT_EXPENSES),
        Report("ageing", money_reports.AGEING, money_reports.read_invoice_ageing),
        Report("status", site_reports.STATUS, site_reports.read_status, finance=False),
        Report("daily", site_reports.DAILY, site_reports.read_day, finance=False),
    )
}
"""Every report by name."""
