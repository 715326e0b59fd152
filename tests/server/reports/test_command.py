"""`derrick report` makes what the server makes, on its own machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pypdf import PdfReader

from tests.server.cli.running import derrick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database
    from tests.server.reports.conftest import Office


async def test_a_report_is_made_by_code_and_refused_with_a_sentence(
    office: Office, database: Database, redis_url: str, tmp_path: Path
) -> None:
    """By the project's code into a directory; what there is not is said, and writes nothing."""
    assert office.project
    variables = {
        "DERRICK_DATABASE_URL": database.app_url,
        "DERRICK_REDIS_URL": redis_url,
        "DERRICK_DATA_DIRECTORY": str(tmp_path / "data"),
    }
    into = ("--output", str(tmp_path))
    made = await asyncio.to_thread(
        derrick, "report", "budget", "MB-26", "--at", "2026-03-01", *into, **variables
    )
    assert made.returncode == 0, made.stderr
    path = tmp_path / "mb-26-budget-et-realise-2026-03-01.pdf"
    assert made.stdout.strip() == str(path)
    assert "Budget" in PdfReader(path).pages[0].extract_text()
    wrong = await asyncio.to_thread(derrick, "report", "budget", "NO-1", *into, **variables)
    assert wrong.returncode == 1
    assert "NO-1" in wrong.stderr
    assert _pages_in(tmp_path) == [path.name]


def _pages_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("*.pdf"))
