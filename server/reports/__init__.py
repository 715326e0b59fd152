"""Reports: declared once, rendered as PDF, XLSX and CSV."""

from server.reports.catalogue import REPORTS, Report
from server.reports.declaring import FORMATS, Format
from server.reports.making import Made, check_rows, count_rows, open_source, render
from server.reports.orders import forget_orders, make_next
from server.reports.reading import Asked

__all__ = [
    "FORMATS",
    "REPORTS",
    "Asked",
    "Format",
    "Made",
    "Report",
    "check_rows",
    "count_rows",
    "forget_orders",
    "make_next",
    "open_source",
    "render",
]
