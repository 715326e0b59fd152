"""A report as a workbook: real numbers with formats, totals as formulas, headers that stay."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from server.reports.declaring import NUMBERS
from server.reports.wording import digits_of, exact, say, write

if TYPE_CHECKING:
    from server.reports.declaring import Column, Content, Kind, Table
    from server.reports.wording import Language

SHEET_NAME_CHARACTERS_MAX = 31
CELL_CHARACTERS_MAX = 32_000
YEAR_MIN = 1900
"""Before it a workbook knows no dates: they are text."""
LABEL_WIDTH = 34
VALUE_WIDTH = 22

_TOTAL = {"fr": "Total", "en": "Total"}
_SUMMARY = {"fr": "Synthèse", "en": "Summary"}


class _Book:
    """The workbook under way, with its formats by what they show."""

    def __init__(self, content: Content, language: Language) -> None:
        self.content = content
        self.language = language
        self.bytes = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.bytes,
            {
                "in_memory": True,
                # A text stays a text, whatever it begins with.
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
            },
        )
        self._formats: dict[tuple[Any, ...], Any] = {}

    def format(self, kind: Kind = "text", currency: str = "", **properties: Any) -> Any:
        """Return a cell's format."""
        digits = digits_of(currency) if kind == "money" else 0
        key = (kind, digits, *sorted(properties.items()))
        if key not in self._formats:
            pattern = _patterns(digits, self.language).get(kind)
            number = {} if pattern is None else {"num_format": pattern}
            self._formats[key] = self.book.add_format({**number, **properties})
        return self._formats[key]

    def write(
        self, sheet: Any, place: tuple[int, int], value: Any, kind: Kind, currency: str, **how: Any
    ) -> None:
        """Write one value as what it is."""
        shape = self.format(kind, currency, **how)
        if value is None:
            sheet.write_blank(*place, None, shape)
        elif kind in NUMBERS:
            sheet.write_number(*place, exact(value, kind, currency), shape)
        elif kind in {"date", "moment"} and value.year >= YEAR_MIN:
            sheet.write_datetime(*place, value, shape)
        else:
            text = write(value, kind, self.language, currency)
            sheet.write_string(*place, text[:CELL_CHARACTERS_MAX], shape)


def _patterns(digits: int, language: Language) -> dict[str, str]:
    # Excel shows separators as its reader's language has them.
    return {
        "money": "#,##0" + ("." + "0" * digits if digits else ""),
        "integer": "#,##0",
        "ratio": "0.0000",
        "percent": "0.0%",
        "quantity": "#,##0.###",
        "date": "dd/mm/yyyy" if language == "fr" else "d mmm yyyy",
        "moment": "dd/mm/yyyy hh:mm" if language == "fr" else "d mmm yyyy hh:mm",
    }


def render_xlsx(content: Content, language: Language) -> bytes:
    """Return a workbook: a summary, then a sheet for each table."""
    book = _Book(content, language)
    book.book.set_properties(
        {"title": say(content.title, language), "subject": content.project, "author": "Derrick"}
    )
    _write_summary(book)
    taken = {_SUMMARY[language].lower()}
    for table in content.tables:
        _write_table(book, table, _sheet_name(say(table.declaration.title, language), taken))
    book.book.close()
    return book.bytes.getvalue()


def _sheet_name(title: str, taken: set[str]) -> str:
    plain = "".join(" " if one in "[]:*?/\\'" else one for one in title)
    name, number = plain[:SHEET_NAME_CHARACTERS_MAX].strip(), 2
    while name.lower() in taken:
        name = f"{plain[: SHEET_NAME_CHARACTERS_MAX - 4].strip()} ({number})"
        number += 1
    taken.add(name.lower())
    return name


def _write_summary(book: _Book) -> None:
    content, language = book.content, book.language
    sheet = book.book.add_worksheet(_SUMMARY[language])
    sheet.set_column(0, 0, LABEL_WIDTH)
    sheet.set_column(1, 1, VALUE_WIDTH)
    sheet.write_string(0, 0, say(content.title, language), book.format(bold=True, font_size=16))
    sheet.write_string(1, 0, content.project, book.format(bold=True))
    if content.site:
        sheet.write_string(2, 0, content.site, book.format())
    row = 4
    for label, value, kind in (
        (("Date d'analyse", "Data date"), content.data_date, "date"),
        (("Établi le", "Made on"), content.read_at, "moment"),
        (("Devise", "Currency"), content.currency, "text"),
    ):
        sheet.write_string(row, 0, label[language == "en"], book.format())
        book.write(sheet, (row, 1), value, kind, content.currency, align="right")  # type: ignore[arg-type]
        row += 1
    row += 1
    for figure in content.figures:
        sheet.write_string(row, 0, say(figure.label, language), book.format())
        if figure.value is None and figure.reason is not None:
            sheet.write_string(row, 1, say(figure.reason, language), book.format(italic=True))
        else:
            book.write(sheet, (row, 1), figure.value, figure.kind, content.currency, align="right")
        row += 1
    for fact in content.facts:
        sheet.write_string(row, 0, say(fact.label, language), book.format(valign="top"))
        text = fact.text[:CELL_CHARACTERS_MAX]
        sheet.write_string(row, 1, text, book.format(text_wrap=True, valign="top"))
        row += 1
    notes = [*content.notes, *([content.freshness] if content.freshness else [])]
    for note in notes:
        row += 1
        sheet.write_string(row, 0, say(note, language), book.format(italic=True))


def _write_table(book: _Book, table: Table, name: str) -> None:
    content, declaration = book.content, table.declaration
    sheet = book.book.add_worksheet(name)
    header = book.format(bold=True, bg_color="#1F3A5F", font_color="#FFFFFF", text_wrap=True)
    for place, column in enumerate(declaration.columns):
        sheet.set_column(place, place, max(column.width, 8))
        sheet.write_string(0, place, say(column.title, book.language), header)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")
    unit = None
    if declaration.currency_column is not None:
        unit = declaration.place(declaration.currency_column)
    for number, row in enumerate(table.rows, 1):
        for place, (value, column) in enumerate(zip(row, declaration.columns, strict=True)):
            currency = declaration.currency_of(row, column, content.currency)
            book.write(sheet, (number, place), value, column.kind, currency)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(declaration.columns) - 1)
        _write_totals(book, sheet, table, unit)


def _write_totals(book: _Book, sheet: Any, table: Table, unit: int | None) -> None:
    """Write the sums as formulas: one row for each currency."""
    columns = table.declaration.columns
    if not any(column.sum for column in columns):
        return
    last = len(table.rows) + 1
    currencies = [book.content.currency]
    if unit is not None:
        currencies = sorted({row[unit] for row in table.rows})
    for number, currency in enumerate(currencies, last):
        how: dict[str, Any] = {"bold": True, "top": 1}
        for place, column in enumerate(columns):
            if column.sum:
                formula = _sum_formula(place, unit, currency, last)
                sheet.write_formula(
                    number,
                    place,
                    formula,
                    book.format(column.kind, currency, **how),
                    float(_sum(table, place, column, unit, currency)),
                )
            elif place == unit:
                sheet.write_string(number, place, currency, book.format(**how))
            elif place == 0:
                sheet.write_string(number, place, _TOTAL[book.language], book.format(**how))
            else:
                sheet.write_blank(number, place, None, book.format(**how))


def _sum_formula(place: int, unit: int | None, currency: str, last: int) -> str:
    name = xl_col_to_name(place)
    if unit is None:
        return f"=SUM({name}2:{name}{last})"
    key = xl_col_to_name(unit)
    return f'=SUMIF({key}2:{key}{last},"{currency}",{name}2:{name}{last})'


def _sum(table: Table, place: int, column: Column, unit: int | None, currency: str) -> Any:
    """Return what a formula gives: for readers that do not calculate."""
    whole = sum(row[place] or 0 for row in table.rows if unit is None or row[unit] == currency)
    return exact(whole, column.kind, currency)
