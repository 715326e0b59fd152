"""Orders, invoices and payments of an office, ready to be pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.site import new_id

if TYPE_CHECKING:
    from sync.changes import Change
    from tests.server.budget.conftest import Office
    from tests.server.site import Device


def order(office: Office, row: str, amount: int, by: Device, **values: Any) -> Change:
    """Draft an order on the first line."""
    known = {
        "supplier": "SOCOFER",
        "title": "Acier",
        "date": "2026-03-01",
        "amount": amount,
        "currency": "XAF",
        "status": "draft",
        "budget_line_id": office.lines[0],
        "author_id": by.person,
    }
    return office.site.create("purchase_order", row, **{**known, **values})


def bill(office: Office, row: str, amount: int, by: Device, **values: Any) -> Change:
    """Enter a supplier's invoice on the first line, for approval."""
    known = {
        "reference": row,
        "supplier": "SOCOFER",
        "kind": "invoice",
        "date": "2026-03-01",
        "amount": amount,
        "currency": "XAF",
        "status": "pending",
        "budget_line_id": office.lines[0],
        "author_id": by.person,
    }
    return office.site.create("supplier_invoice", row, **{**known, **values})


def claim(office: Office, row: str, by: Device, **values: Any) -> Change:
    """Draft an invoice to the client."""
    known = {
        "client": "Compagnie",
        "title": "Situation",
        "kind": "standard",
        "date": "2026-03-01",
        "currency": "XAF",
        "status": "draft",
        "author_id": by.person,
    }
    return office.site.create("client_invoice", row, **{**known, **values})


def line(office: Office, invoice: str, **values: Any) -> Change:
    """Add a line to an invoice to the client."""
    known = {"invoice_id": invoice, "description": "Terrassement"}
    return office.site.create("invoice_line", new_id(), **{**known, **values})


def payment(office: Office, row: str, invoice: str, amount: int, **values: Any) -> Change:
    """Pay an invoice, as the accountant does."""
    known = {
        "invoice_table": "supplier_invoice",
        "invoice_id": invoice,
        "date": "2026-03-10",
        "amount": amount,
        "currency": "XAF",
        "status": "paid",
        "author_id": office.accountant.person,
    }
    return office.site.create("payment", row, **{**known, **values})


async def word(office: Office, by: Device, row: str, **values: Any) -> Change:
    """Approve an order or an invoice as it stands now."""
    wire = await office.site.stored(row)
    known = {
        "subject_table": wire.table,
        "subject_id": row,
        "round": wire.values.get("round") or 1,
        "level": 1,
        "amount": wire.values.get("amount") or 0,
        "decision": "approved",
        "author_id": by.person,
    }
    return office.site.create("approval", new_id(), **{**known, **values})


async def approved_order(office: Office, amount: int, **values: Any) -> str:
    """Order, and have another approve it."""
    row = new_id()
    await office.accountant.must(order(office, row, amount, office.accountant, **values))
    update = office.site.update
    await office.accountant.must(await update("purchase_order", row, status="submitted"))
    await office.manager.must(await word(office, office.manager, row))
    return row


async def approved_bill(office: Office, amount: int, **values: Any) -> str:
    """Enter a supplier's invoice, and have another approve it."""
    row = new_id()
    await office.accountant.must(bill(office, row, amount, office.accountant, **values))
    await office.chief.must(await word(office, office.chief, row))
    return row


async def issued_claim(office: Office, *lines: dict[str, Any], **values: Any) -> str:
    """Invoice the client, by another's hand than the one that prepared it."""
    row = new_id()
    await office.accountant.must(
        claim(office, row, office.accountant, **values),
        *(line(office, row, **{"position": at, **one}) for at, one in enumerate(lines)),
    )
    update = office.site.update
    await office.accountant.must(await update("client_invoice", row, status="pending"))
    await office.manager.must(await word(office, office.manager, row))
    return row
