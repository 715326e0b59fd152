"""What people do in the app, as steps that several tests take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from server.users.outbox import waiting_messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Page

    from tests.browser.conftest import Site


async def settle(page: Page) -> None:
    """Wait until the service worker holds the app: from then on it needs no network."""
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")


async def expense(page: Page, amount: str, supplier: str, photo: Path | None = None) -> None:
    """Record an expense, and see it in the list."""
    await page.goto("/expenses/new")
    await fill_expense(page, amount, supplier, photo)


async def fill_expense(page: Page, amount: str, supplier: str, photo: Path | None = None) -> None:
    """Record an expense in the form that is open, and see it in the list."""
    await page.get_by_label("Montant").fill(amount)
    await page.get_by_label("Fournisseur").fill(supplier)
    if photo is not None:
        await page.locator("input[type=file]").set_input_files(photo)
        await page.locator("img").wait_for()
    await page.get_by_role("button", name="Enregistrer la dépense").click()
    await page.get_by_text(supplier).first.wait_for()


async def switch_person(page: Page) -> None:
    """Leave the account open on this device, for the choice of another."""
    await page.goto("/settings")
    await leave(page)


async def leave(page: Page) -> None:
    """Leave the account whose settings are open."""
    await page.get_by_role("button", name="Changer de personne").click()


async def until(found: Callable[[], Awaitable[Any]], wanted: int, seconds: float = 90) -> Any:
    """Wait until the server holds so many rows, and return them."""
    deadline = asyncio.get_running_loop().time() + seconds
    while len(rows := await found()) < wanted:
        assert asyncio.get_running_loop().time() < deadline, rows
        await asyncio.sleep(0.2)
    return rows


async def stored_files(site: Site) -> list[str]:
    """Return the files of the site whose bytes have arrived."""
    found = await site.service.context.pool.fetch(
        "SELECT id::text AS id FROM document_version"
        " WHERE home_id = $1 AND state IN ('received', 'stored')",
        site.project,
    )
    return [one["id"] for one in found]


async def letter_link(site: Site, login: str) -> str:
    """Return the path and the fragment of the link that the letter to a login brings."""
    context = site.service.context
    async with context.pool.acquire() as connection:
        letters = await waiting_messages(connection, context.proving.keys, context.now())
    (link,) = [one.link for one in letters if one.login == login]
    assert link is not None
    parts = urlsplit(link)
    return f"{parts.path}#{parts.fragment}"
