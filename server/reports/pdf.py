"""A report as pages: the words and numbers of one language, set by typst.

The template takes them as data. What people wrote is text there, never markup, so that nobody's
supplier is called `#read("/etc/passwd")` to any effect.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import typst

from server.reports.charts import draw
from server.reports.declaring import NUMBERS
from server.reports.wording import NOTHING, say, with_currency, write

if TYPE_CHECKING:
    from server.reports.declaring import Content, KeyFigure, Table
    from server.reports.wording import Language

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
"""Packages that carry the fonts: a fresh machine has none."""
LANDSCAPE_WIDTH = 120
"""Characters of the widest table from which the page is turned."""

_PAGE = {"fr": "Page", "en": "Page"}
_NOTHING = {"fr": "Rien à montrer.", "en": "Nothing to show."}
_MADE = {"fr": "Établi par Derrick le {moment}", "en": "Made by Derrick on {moment}"}
_AS_OF = {"fr": "Situation au {day}", "en": "As of {day}"}
_AMOUNTS = {"fr": "montants en {currency}", "en": "amounts in {currency}"}


def render_pdf(content: Content, language: Language) -> bytes:
    """Return a report as PDF. Raises typst.TypstError: a fault of ours."""
    template = files("server.reports").joinpath("report.typ").read_bytes()
    return typst.compile(
        template,
        format="pdf",
        sys_inputs={"data": msgspec.json.encode(_document(content, language)).decode()},
        font_paths=_fonts(),
        timestamp=int(content.read_at.timestamp()),
    )


@lru_cache(1)
def _fonts() -> typst.Fonts:
    directories = [str(files(one).joinpath("files")) for one in FONTS]
    return typst.Fonts(include_system_fonts=False, font_paths=directories)


def _document(content: Content, language: Language) -> dict[str, Any]:
    """Return what the template shows."""
    as_of = write(content.data_date, "date", language, "")
    subtitle = [content.site] if content.site else []
    subtitle.append(_AS_OF[language].format(day=as_of))
    if _shows_money(content):
        subtitle.append(_AMOUNTS[language].format(currency=content.currency))
    moment = write(content.read_at, "moment", language, "")
    notes = [*content.notes, *([content.freshness] if content.freshness else [])]
    widest = max(
        (sum(one.width for one in table.declaration.columns) for table in content.tables),
        default=0,
    )
    return {
        "language": language,
        "landscape": widest > LANDSCAPE_WIDTH,
        "title": say(content.title, language),
        "project": content.project,
        "subtitle": " · ".join(subtitle),
        "made": _MADE[language].format(moment=moment),
        "page": _PAGE[language],
        "nothing": _NOTHING[language],
        "figures": [_figure(one, language, content.currency) for one in content.figures],
        "facts": [{"label": say(one.label, language), "text": one.text} for one in content.facts],
        "charts": [
            {"title": say(one.title, language), "svg": draw(one, language, content.currency)}
            for one in content.charts
            if one.labels
        ],
        "tables": [_table(one, language, content.currency) for one in content.tables],
        "notes": [say(one, language) for one in notes],
    }


def _shows_money(content: Content) -> bool:
    return any(one.kind == "money" for one in content.figures) or any(
        column.kind == "money" for table in content.tables for column in table.declaration.columns
    )


def _figure(figure: KeyFigure, language: Language, currency: str) -> dict[str, Any]:
    small = figure.value is None
    if figure.value is None:
        value = NOTHING if figure.reason is None else say(figure.reason, language)
    else:
        value = write(figure.value, figure.kind, language, currency)
        if figure.kind == "money":
            value = with_currency(value, currency)
    return {
        "label": say(figure.label, language),
        "value": value,
        "small": small,
        "bad": figure.bad,
    }


def _table(table: Table, language: Language, currency: str) -> dict[str, Any]:
    declaration = table.declaration
    columns = declaration.columns
    unit = None
    if declaration.currency_column is not None:
        unit = declaration.place(declaration.currency_column)
    return {
        "title": say(declaration.title, language),
        "columns": [say(one.title, language) for one in columns],
        "widths": [one.width for one in columns],
        "right": [one.kind in NUMBERS for one in columns],
        "rows": [
            [
                write(value, column.kind, language, declaration.currency_of(row, column, currency))
                for value, column in zip(row, columns, strict=True)
            ]
            for row in table.rows
        ],
        "totals": _totals(table, unit, language, currency),
    }


def _totals(table: Table, unit: int | None, language: Language, currency: str) -> list[list[str]]:
    """Return a row of sums for each currency."""
    columns = table.declaration.columns
    if not table.rows or not any(one.sum for one in columns):
        return []
    currencies = [currency] if unit is None else sorted({row[unit] for row in table.rows})
    found = []
    for one in currencies:
        rows = [row for row in table.rows if unit is None or row[unit] == one]
        cells = ["Total", *[""] * (len(columns) - 1)]
        if unit is not None:
            cells[unit] = one
        for place, column in enumerate(columns):
            if column.sum:
                whole = sum(row[place] or 0 for row in rows)
                cells[place] = write(whole, column.kind, language, one)
        found.append(cells)
    return found
