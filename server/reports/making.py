"""Reads a report and renders it, within the limits of what can be made."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from server.errors import ProblemError
from server.figures import read_basis
from server.reports.reading import Source
from server.reports.wording import say
from sync import errors

if TYPE_CHECKING:
    from server.figures import Tablets
    from server.reports.catalogue import Report
    from server.reports.declaring import Content, Format
    from server.reports.reading import Asked
    from server.reports.wording import Language
    from server.settings import Settings
    from server.store import Connection

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
RENDERERS = {
    "pdf": ("server.reports.pdf", "render_pdf"),
    "xlsx": ("server.reports.xlsx", "render_xlsx"),
    "csv": ("server.reports.csv_text", "render_csv"),
}
"""Module and function by format; imported with the first report, not with the server."""


class Made(Struct, frozen=True):
    """A rendered report."""

    content: bytes
    media: str
    file_name: str
    title: str


async def open_source(
    connection: Connection,
    project: str,
    asked: Asked,
    now_ms: int,
    tablets: Tablets,
    *,
    finance: bool,
) -> Source:
    """Start reading a report.

    Args:
        connection: reads for the person, or for the server.
        project: its id.
        asked: what the report is about.
        now_ms: the wall clock.
        tablets: how fresh the field's word is, which a person may not read themselves.
        finance: whether amounts may be shown.

    Raises ProblemError: there is no such project.

    """
    basis = await read_basis(connection, project, now_ms, asked.at)
    if basis is None:
        raise ProblemError(errors.NOT_FOUND)
    return Source(connection, basis, tablets, asked, finance, now_ms)


async def count_rows(source: Source, report: Report) -> int:
    """Return how many rows a report that may be large has; 0 for one that is never."""
    if report.count is None:
        return 0
    rows: int = await source.connection.fetchval(
        report.count, source.basis.project, *source.period()
    )
    return rows


def check_rows(rows: int, form: Format, settings: Settings) -> None:
    """Refuse what is too much for its format. Raises ProblemError."""
    limit = settings.report_pdf_rows_max if form == "pdf" else settings.report_rows_max
    if rows > limit:
        raise ProblemError(errors.REPORT_TOO_LARGE, f"{rows} rows; at most {limit} as {form}")


async def render(content: Content, form: Format, language: Language) -> Made:
    """Render a report beside the event loop."""
    made = await asyncio.to_thread(_render, content, form, language)
    title = say(content.title, language)
    name = f"{_plain(content.project.partition(' · ')[0])}-{_plain(title)}"
    return Made(made, MEDIA[form], f"{name}-{content.data_date:%Y-%m-%d}.{form}"[-200:], title)


def _render(content: Content, form: Format, language: Language) -> bytes:
    module, name = RENDERERS[form]
    rendered: bytes = getattr(import_module(module), name)(content, language)
    return rendered


def _plain(text: str) -> str:
    """Return a text as part of a file's name on any system, and in any header."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", bare).strip("-").lower() or "derrick"
