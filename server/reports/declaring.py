"""How a report is declared, once: what it holds, in which columns, in the words of two languages.

Three renderers take the same content: pages for a director (PDF), a workbook (XLSX), a plain table
(CSV). What a reader may see was decided before: a report is read for a person.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- the structs' types are read at run time
from typing import Any, Literal

from msgspec import Struct

from sync.changes import Sentence

Kind = Literal["text", "integer", "date", "moment", "money", "ratio", "percent", "quantity"]
"""What a value is. `money` is an integer in minor units, `percent` in basis points; `ratio` and
`quantity` are exact decimals; `moment` is a time in UTC."""

Format = Literal["pdf", "xlsx", "csv"]
FORMATS: tuple[Format, ...] = ("pdf", "xlsx", "csv")

NUMBERS = frozenset({"integer", "money", "ratio", "percent", "quantity"})
"""Kinds that stand on the right."""


class Column(Struct, frozen=True):
    """One column of a table."""

    name: str
    title: Sentence
    kind: Kind = "text"
    width: int = 12
    """In characters; on pages, its share of the width."""
    sum: bool = False
    currency: str | None = None
    """The column that says what this money is in, where the table's does not."""


class TableDeclaration(Struct, frozen=True):
    """A table's columns and words."""

    name: str
    title: Sentence
    columns: tuple[Column, ...]
    currency_column: str | None = None
    """The column that says what a row's money is in; None: all in the report's currency."""

    def place(self, name: str) -> int:
        """Return the position of a column."""
        return next(place for place, one in enumerate(self.columns) if one.name == name)

    def currency_of(self, row: tuple[Any, ...], column: Column, common: str) -> str:
        """Return the currency of a row's money in a column; `common` is the report's."""
        name = column.currency or self.currency_column
        return common if name is None else row[self.place(name)]


class Table(Struct, frozen=True):
    """A table with its rows, each a value per column."""

    declaration: TableDeclaration
    rows: list[tuple[Any, ...]]


class KeyFigure(Struct, frozen=True):
    """One figure to be seen first."""

    label: Sentence
    value: Any
    kind: Kind = "money"
    reason: Sentence | None = None
    """Why there is none, when the value is None."""
    bad: bool = False


class Series(Struct, frozen=True):
    """One line or set of bars of a chart; None where there is nothing to show."""

    label: Sentence
    values: list[int | None]
    colour: str
    dashed: bool = False


class Chart(Struct, frozen=True):
    """A chart of amounts."""

    title: Sentence
    shape: Literal["lines", "bars"]
    labels: list[dt.date | str]
    series: list[Series]
    marked: int | None = None
    """The position of the data date among the labels."""


class Fact(Struct, frozen=True):
    """One line of words under the title: a weather, a signature, a text of several lines."""

    label: Sentence
    text: str


class Content(Struct, frozen=True):
    """A report that was read, before it is rendered."""

    name: str
    title: Sentence
    project: str
    site: str | None
    currency: str
    data_date: dt.date
    read_at: dt.datetime
    """In the project's time zone."""
    figures: list[KeyFigure]
    charts: list[Chart]
    tables: list[Table]
    """A CSV holds the first, and those in the same columns."""
    facts: list[Fact] = []
    notes: list[Sentence] = []
    freshness: Sentence | None = None
    """How old the field's word is."""


def words(fr: str, en: str) -> Sentence:
    """Say something in both languages."""
    return Sentence(fr=fr, en=en)
