"""What the demo's client is asked for: claims on progress with retention, and what was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.cli.furnishing.ground import make, move, nice
from server.cli.furnishing.money import (
    CLIENT,
    RETENTION_BASIS_POINTS,
    TAX_BASIS_POINTS,
    payment_of,
)
from sync.replica import Edit

if TYPE_CHECKING:
    from server.cli.furnishing.ground import Ground
    from sync.replica import Replica

CLAIMS = (
    ("Situation de travaux n° 1", (-75, -45), (4_000, 1_500, 0)),
    ("Situation de travaux n° 2", (-44, -15), (7_500, 3_500, 1_000)),
    ("Situation de travaux n° 3", (-14, 0), (8_500, 4_500, 2_500)),
)
"""Title, the days of its period, and how far each item has come, in basis points."""
_CODES = ("GC", "CO", "AP")
_MARGIN = 115
"""What the contract pays for a hundredth of what an item may cost."""


def claim(replica: Replica, ground: Ground, number: int) -> None:
    """Draft a claim on progress, and hand it in for approval, but for the last."""
    title, (start, finish), reached = CLAIMS[number]
    lines = replica.rows("budget_line", ground.finance, "amount > 0", order="cost_code, id")
    items = [one for code in _CODES for one in lines if one.values["cost_code"] == code]
    items = (items or lines)[: len(_CODES)]
    if not items:
        return
    invoice = replica.new_id()
    common = {"project_id": ground.project, "invoice_id": invoice}
    values = {
        "project_id": ground.project,
        "kind": "progress",
        "client": CLIENT,
        "title": title,
        "period_start": ground.day(start),
        "period_finish": ground.day(finish),
        "date": ground.day(finish),
        "due": ground.day(finish + 30),
        "currency": ground.currency,
        "retention_basis_points": RETENTION_BASIS_POINTS,
        "retention_due": ground.day(400),
        "status": "draft",
        "author_id": ground.people["books"],
    }
    edits = [Edit("client_invoice", invoice, operation="create", after=values)]
    for position, (item, points) in enumerate(zip(items, reached, strict=False)):
        line = common | {
            "position": position,
            "description": item.values.get("description") or item.values["cost_code"],
            "item_code": f"B-{item.values['cost_code']}",
            "contract_amount": _contract(ground, item.row, item.values["amount"]),
            "reached_basis_points": points,
            "tax_basis_points": TAX_BASIS_POINTS,
        }
        edits.append(Edit("invoice_line", operation="create", after=line))
    replica.edit("claim.draft", edits)
    ground.made[title] = invoice
    if number < len(CLAIMS) - 1:
        move(replica, "claim.submit", "client_invoice", invoice, status="pending")


def _contract(ground: Ground, line: str, amount: int) -> int:
    """Return what the contract pays for an item: the same in every claim."""
    key = f"contract {line}"
    ground.made.setdefault(key, str(nice(amount * _MARGIN // 100)))
    return int(ground.made[key])


def receive(replica: Replica, ground: Ground) -> None:
    """Note what the client has paid: the first claim whole, a part of the second."""
    for (title, *_), share in zip(CLAIMS, (1_000, 300), strict=False):
        invoice = replica.row(ground.made.get(title, ""))
        if invoice is None or invoice.values.get("status") != "approved":
            continue
        day = -12 if share == 1_000 else -1  # noqa: PLR2004
        values = payment_of(ground, invoice, share, day) | {"status": "paid"}
        make(replica, "payment.receive", "payment", values)
