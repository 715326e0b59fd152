"""The money of a project in the office: asked for, ordered, invoiced and paid, by several hands."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from sync.changes import Change
from tests.browser.conftest import OFFICE, log_in, on_device
from tests.serving import budget_created, new_id

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


async def budget_made(site: Site, *, locked: bool = True) -> tuple[str, str]:
    """Make a budget of one line of 5 000 000 XAF and a contingency; return both."""
    chief = await site.service.tablet("administrator")
    budget, line = new_id(), new_id()
    await chief.must(budget_created(site.project, budget, name="Forage", amount=6_000_000))
    for row, code, kind, amount in (
        (line, "FOR-01", "cost", 5_000_000),
        (new_id(), "ALEA", "contingency", 1_000_000),
    ):
        after = {"project_id": site.project, "budget_id": budget, "cost_code": code}
        more = {"description": "Outils de forage", "kind": kind, "amount": amount}
        scope = f"finance:{site.project}"
        await chief.must(Change(scope, "budget_line", row, "create", after=after | more))
    if locked:
        await chief.pull()
        await chief.must(chief.update(f"finance:{site.project}", budget, status="locked"))
    return budget, line


async def _shows(page: Page, state: str) -> None:
    """Wait until the paper on the screen stands so, and the server has said it."""
    await page.locator("header", has_text=state).get_by_text(state, exact=True).wait_for()


async def _order(page: Page) -> str:
    """Order tools from the line, and return the order's address."""
    await page.goto("/budget/orders/new")
    await page.get_by_label("Fournisseur").fill("Foraco Gabon")
    await page.get_by_label("Titre").fill("Trépans 8½ pouces")
    await page.get_by_label("Montant").fill("douze mille")
    await page.get_by_role("button", name="Soumettre").click()
    await page.get_by_text("Donnez un montant").wait_for()
    await page.get_by_label("Montant").fill("850 000")
    await page.get_by_label("Ligne de budget").select_option(index=2)
    await page.get_by_role("button", name="Soumettre").click()
    await page.wait_for_url(re.compile(r"/budget/orders/[0-9a-f-]{36}$"))
    await _shows(page, "Soumis")
    return page.url


async def _approve(page: Page, title: str) -> None:
    await page.goto("/budget/approvals")
    card = page.get_by_role("listitem").filter(has_text=title)
    await card.get_by_role("button", name="Approuver").click()
    await card.wait_for(state="detached")
    await page.get_by_text("À jour").wait_for()


async def _values(site: Site, table: str, wanted: dict[str, Any], seconds: float = 60) -> None:
    """Wait until the one row of a table holds what is wanted."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        rows = await site.rows(table)
        if len(rows) == 1 and {name: rows[0][name] for name in wanted} == wanted:
            return
        assert asyncio.get_running_loop().time() < deadline, rows
        await asyncio.sleep(0.2)


async def test_an_order_is_invoiced_and_paid_in_the_office(browser: Browser, site: Site) -> None:
    """An order is approved, its invoice matched to it and approved, paid in part and in full."""
    await budget_made(site)
    chief = await site.person("manager", "Paul Ndongo")
    mate = await site.person("supervisor", "Bako Essomba")
    books = await site.person("accountant", "Awa Mboup")
    async with (
        on_device(browser, site, OFFICE) as (_, office),
        on_device(browser, site, OFFICE) as (_, visa),
        on_device(browser, site, OFFICE) as (_, till),
    ):
        await log_in(office, site, chief, "Bureau 1")
        await log_in(visa, site, mate, "Bureau 2")
        await log_in(till, site, books, "Caisse")
        order = await _order(office)
        await _approve(visa, "Trépans")
        await _shows(office, "Approuvé")
        await _invoice(office, order)
        await _approve(till, "Foraco Gabon")
        await _values(site, "supplier_invoice", {"status": "approved", "match_state": "matched"})
        await _pay(till, site)
    await _values(site, "purchase_order", {"status": "approved", "invoiced": 850_000})


async def _invoice(page: Page, order: str) -> None:
    """Enter the order's invoice: it begins with what is left of the order."""
    await page.goto(order)
    await page.get_by_role("link", name="Saisir la facture").click()
    await expect(page.get_by_label("Fournisseur")).to_have_value("Foraco Gabon")
    await expect(page.get_by_label("Montant", exact=True)).to_have_value("850000")
    await page.get_by_label("Référence").fill("F-2026-118")
    await page.get_by_role("button", name="Envoyer au visa").click()
    await page.wait_for_url(re.compile(r"/budget/received/[0-9a-f-]{36}$"))
    await page.get_by_text("Conforme").wait_for()


async def _pay(page: Page, site: Site) -> None:
    """Pay part of it, reverse that, and pay the whole: the invoice says so each time."""
    await page.goto("/budget/invoices")
    await page.get_by_role("link", name="Foraco Gabon").click()
    await page.get_by_role("link", name="Enregistrer un paiement").click()
    await page.get_by_label("Montant").fill("900 000")
    await page.get_by_role("button", name="Enregistrer comme payé").click()
    await page.wait_for_url(re.compile(r"/budget/payments/[0-9a-f-]{36}$"))
    # More than is left is refused by the server, and nothing is lost: it waits to be mended.
    await page.get_by_text("1 refus").wait_for()
    assert not await site.rows("payment")
    await page.goto("/refusals")
    await page.get_by_role("button", name="J'en ai pris note").click()
    await _payment(page, "400 000")
    await _values(site, "supplier_invoice", {"status": "approved", "paid_amount": 400_000})
    await page.get_by_role("button", name="Contre-passer").click()
    await page.get_by_label("Motif").fill("Compte du fournisseur erroné.")
    await page.get_by_role("button", name="Contre-passer").click()
    await _values(site, "supplier_invoice", {"status": "approved", "paid_amount": 0})
    await _payment(page, None)
    await _values(site, "supplier_invoice", {"status": "paid", "paid_amount": 850_000})


async def _payment(page: Page, amount: str | None) -> None:
    await page.goto("/budget/invoices")
    await page.get_by_role("link", name="Foraco Gabon").click()
    await page.get_by_role("link", name="Enregistrer un paiement").click()
    if amount is None:
        await expect(page.get_by_label("Montant")).to_have_value("850000")
    else:
        await page.get_by_label("Montant").fill(amount)
    await page.get_by_role("button", name="Enregistrer comme payé").click()
    await page.wait_for_url(re.compile(r"/budget/payments/[0-9a-f-]{36}$"))
    await _shows(page, "Payé")


async def test_a_request_approved_in_the_office_shows_on_the_tablet(
    browser: Browser, site: Site
) -> None:
    """A supervisor asks offline, the office approves, and the tablet shows it."""
    await budget_made(site)
    field = await site.person("supervisor", "Bako Essomba")
    chief = await site.person("manager", "Paul Ndongo")
    async with (
        on_device(browser, site) as (tablet, page),
        on_device(browser, site, OFFICE) as (_, office),
    ):
        await log_in(page, site, field, "Tablette")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await tablet.set_offline(offline=True)
        await page.goto("/budget/requests/new")
        await page.get_by_label("Titre").fill("Second trépan")
        await page.get_by_label("Ligne de budget").select_option(index=2)
        await page.get_by_label("Montant").fill("2 000 000")
        await page.get_by_role("button", name="Soumettre").click()
        await page.get_by_text("Gardé ici").wait_for()
        await tablet.set_offline(offline=False)
        await log_in(office, site, chief, "Bureau")
        await _approve(office, "Second trépan")
        await page.goto("/budget/requests")
        await page.get_by_text("Approuvé").wait_for()
    (request,) = await site.rows("budget_request")
    assert request["status"] == "approved"
    lines = {one["id"]: one["amount"] for one in await site.rows("budget_line")}
    assert sorted(lines.values()) == [1_000_000, 7_000_000]
