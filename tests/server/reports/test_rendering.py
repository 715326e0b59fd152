"""Reports opened and read back: the text of the PDF, the cells of the workbook, the CSV's lines."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from pypdf import PdfReader

from server.reports import REPORTS
from tests.server.reports.conftest import EVIL, MARKUP
from tests.serving import new_id, project_created

if TYPE_CHECKING:
    from tests.server.reports.conftest import Office

NARROW = "\u202f"


def _keep(name: str, content: bytes) -> None:
    """Keep a file for a person's eyes, where they ask for it."""
    where = os.environ.get("REPORTS_KEPT_IN")
    if where:
        Path(where, name).write_bytes(content)


def _text(pdf: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"[ \n]+", " ", text)


def _book(content: bytes, *, values: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def _csv(content: bytes, delimiter: str) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    assert not text.startswith("sep=")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


async def test_every_report_in_every_format_and_language(office: Office) -> None:
    """Each of the seven opens, bears its title, its project, its page numbers, its sheets."""
    for name, report in REPORTS.items():
        for language in ("fr", "en"):
            title = getattr(report.title, language)
            pdf = await office.get(name, "pdf", language)
            _keep(f"{name}-{language}.pdf", pdf)
            text = _text(pdf)
            assert title.partition(" ")[0] in text, name
            assert "MB-26 · Extension du terminal de Mboudi" in text
            pages = len(PdfReader(io.BytesIO(pdf)).pages)
            assert f"Page 1 / {pages}" in text
            book = await office.get(name, "xlsx", language)
            _keep(f"{name}-{language}.xlsx", book)
            sheets = _book(book).sheetnames
            assert sheets[0] == ("Synthèse" if language == "fr" else "Summary")
            assert len(sheets) >= 2
            rows = _csv(await office.get(name, "csv", language), ";" if language == "fr" else ",")
            assert len({len(row) for row in rows}) == 1, "every line has the header's columns"


async def test_the_pdf_says_amounts_as_french_does(office: Office) -> None:
    """Groups by narrow no-break spaces, a decimal comma, dd/mm/yyyy; English has its own."""
    french = _text(await office.get("earned_value", "pdf", "fr"))
    amount = f"173{NARROW}750{NARROW}000"
    assert amount in french
    assert "01/03/2026" in french
    assert "Indice de coût (IPC)" in french
    assert re.search(r"\d,\d{4}", french), "an index has a decimal comma"
    assert "Référence initiale" in french
    english = _text(await office.get("earned_value", "pdf", "en"))
    assert "173,750,000" in english
    assert "1 Mar 2026" in english
    assert re.search(r"\d\.\d{4}", english)


async def test_the_chart_is_a_drawing_and_not_a_picture(office: Office) -> None:
    """The S-curve is vectors: the page holds no bitmap, and its labels are text."""
    reader = PdfReader(io.BytesIO(await office.get("earned_value", "pdf")))
    assert not any(len(page.images) for page in reader.pages)
    text = _text(await office.get("earned_value", "pdf"))
    assert "Planifié (VP)" in text
    assert f"150{NARROW}M" in text or f"100{NARROW}M" in text


async def test_what_people_wrote_is_never_markup(office: Office) -> None:
    """A supplier's name that is code to typst, HTML or XML is printed as it was written."""
    text = _text(await office.get("ledger", "pdf")).replace(" ", "")
    assert MARKUP.replace(" ", "")[:20] in text
    assert "root:" not in text


async def test_the_workbook_counts_for_itself(office: Office) -> None:
    """Amounts are numbers with formats, totals formulas over them, the header stays in sight."""
    content = await office.get("budget", "xlsx")
    sheet = _book(content)["Budget par ligne"]
    assert sheet.freeze_panes == "A2"
    heads = [cell.value for cell in sheet[1]]
    revised = heads.index("Révisé") + 1
    assert [sheet.cell(row, revised).value for row in range(2, 6)] == [
        31_250_000,
        12_000_000,
        42_000_000,
        88_500_000,
    ]
    assert sheet.cell(2, revised).number_format == "#,##0"
    letter = sheet.cell(1, revised).column_letter
    assert sheet.cell(6, revised).value == f'=SUMIF(C2:C5,"XAF",{letter}2:{letter}5)'
    assert sheet.column_dimensions["B"].width > 20
    kept = _book(content, values=True)["Budget par ligne"]
    assert kept.cell(6, revised).value == 173_750_000, "for readers that do not calculate"


async def test_the_budget_tells_what_the_years_have_left(office: Office) -> None:
    """A sheet of its own, with totals; the PDF has its table in both languages."""
    sheet = _book(await office.get("budget", "xlsx"))["Budget par année"]
    heads = [cell.value for cell in sheet[1]]
    amount = heads.index("Budget") + 1
    assert [sheet.cell(row, amount).value for row in range(2, 6)] == [
        15_625_000,
        6_000_000,
        21_000_000,
        44_250_000,
    ]
    assert str(sheet.cell(6, amount).value).startswith("=SUMIF(")
    assert "Budget par année" in _text(await office.get("budget", "pdf", "fr"))
    assert "Budget by year" in _text(await office.get("budget", "pdf", "en"))


async def test_ledger_cells_are_dates_numbers_and_text(office: Office) -> None:
    """A foreign amount keeps its cents, a date is a date, and a formula of a person's is text."""
    sheet = _book(await office.get("ledger", "xlsx"))["Journal des dépenses"]
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=2) if row[1].value}
    row = rows[EVIL]
    assert row[1].data_type == "s"
    assert row[0].is_date
    assert (row[7].value, row[7].number_format) == (12_345.67, "#,##0.00")
    assert row[10].value == 8_098_229
    assert sheet.cell(sheet.max_row, 11).value.startswith("=SUMIF(")


async def test_csv_opens_in_each_languages_excel(office: Office) -> None:
    """`;` and decimal commas in French, `,` and points in English; no text starts a formula."""
    french = _csv(await office.get("ledger", "csv", "fr"), ";")
    english = _csv(await office.get("ledger", "csv", "en"), ",")
    assert french[0][0] == "Date"
    assert french[0][10] == "Compté"
    found = {row[1]: row for row in french}
    assert f"'{EVIL}" in found
    assert found[f"'{EVIL}"][7] == "12345,67"
    assert "12345.67" in {row[7] for row in english}
    assert found[MARKUP][2] == "'-1+cmd|'/C calc'!A0"
    for row in (*french, *english):
        for cell in row:
            assert not re.match(r"[=+@\t\r]", cell)
            assert not cell.startswith("-") or re.fullmatch(r"-[\d.,]+", cell)
    assert french[1][0] == "15/01/2026"
    assert english[1][0] == "2026-01-15"


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
async def test_an_empty_project_has_reports_too(office: Office, form: str) -> None:
    """Without tasks, money or reports each report is made, and says that there is nothing."""
    project = new_id()
    await office.manager.must(project_created(project))
    for name in REPORTS:
        answer = await office.ask(name, project=project, format=form)
        assert answer.status_code == 200, answer.text


async def test_amounts_stay_with_those_who_may_see_them(office: Office) -> None:
    """The crew gets the status and the daily report without an amount, and no other."""
    for name, report in REPORTS.items():
        answer = await office.ask(name, office.crew, format="csv")
        assert answer.status_code == (403 if report.finance else 200)
    text = _text((await office.ask("status", office.crew)).content)
    assert "Budget" not in text
    assert "XAF" not in text
    assert "Tâches en retard" in text
    stranger = await office.service.tablet("employee")
    assert (await office.ask("status", stranger)).status_code == 404


async def test_bad_questions_get_clear_answers(office: Office) -> None:
    """An unknown report, format, language or date is refused with its problem."""
    assert (await office.ask("payroll")).status_code == 404
    queries: tuple[dict[str, Any], ...] = (
        {"format": "doc"},
        {"language": "de"},
        {"at": "x"},
        {"row": "1"},
    )
    for query in queries:
        answer = await office.ask("daily", **query)
        assert answer.status_code == 400, query
        assert answer.json()["code"] == "request_malformed"
