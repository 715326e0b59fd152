"""A report's main table as CSV: for French Excel (`;`, decimal comma), or English (`,`).

UTF-8 with a byte order mark, by which Excel knows it; no `sep=` line. Numbers are bare, so that
they are numbers. A text that a spreadsheet would take for a formula is told apart by an apostrophe.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from server.reports.declaring import NUMBERS
from server.reports.wording import exact, plain, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.reports.declaring import Column, Content, Table
    from server.reports.wording import Language

BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What spreadsheets, old ones too, begin a formula with."""


def render_csv(content: Content, language: Language) -> bytes:
    """Return a report's first table, and those that go on in the same columns."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    columns = content.tables[0].declaration.columns
    writer.writerow([guarded(say(one.title, language)) for one in columns])
    for table in content.tables:
        if table.declaration.columns == columns:
            writer.writerows(_rows(table, content.currency, language))
    return text.getvalue().encode()


def _rows(table: Table, currency: str, language: Language) -> Iterator[list[str]]:
    declaration = table.declaration
    for row in table.rows:
        yield [
            _cell(value, column, declaration.currency_of(row, column, currency), language)
            for value, column in zip(row, declaration.columns, strict=True)
        ]


def _cell(value: Any, column: Column, currency: str, language: Language) -> str:
    if value is None:
        return ""
    if column.kind in NUMBERS:
        number = f"{exact(value, column.kind, currency):f}"
        return number.replace(".", ",") if language == "fr" else number
    if column.kind == "date":
        return f"{value:%d/%m/%Y}" if language == "fr" else f"{value:%Y-%m-%d}"
    if column.kind == "moment":
        return f"{value:%d/%m/%Y %H:%M}" if language == "fr" else f"{value:%Y-%m-%d %H:%M}"
    return guarded(plain(value, language))


def guarded(text: str) -> str:
    """Keep a text from being taken for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
