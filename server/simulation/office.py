"""What an office does about money, from what the script wants to what can be done as things stand.

Orders are placed, approved and billed, invoices cover what crews have spent, and are paid: in part,
on a plan, by mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.simulation.doing import Intended, made
from server.simulation.visas import awaited, word_on
from sync.replica import Edit

if TYPE_CHECKING:
    from server.simulation.doing import Scene
    from server.simulation.script import Step
    from sync.replica import Replica, Shown

TAX_BASIS_POINTS, WHOLE = 1_925, 10_000
REASON = "Montant à justifier."


def order(scene: Scene, _: Replica, step: Step) -> list[Intended]:
    """Ask for a purchase order on a part of a budget line."""
    wanted = step.values
    line = next(one for one in scene.site.lines if one.key == wanted["line"])
    return made(
        "purchase_order",
        scene.row_id(step),
        "order.submit",
        project_id=scene.site.project,
        supplier=wanted["supplier"],
        title=wanted["title"],
        budget_line_id=line.row,
        date=scene.day(step.day).isoformat(),
        amount=max(1, line.amount * wanted["permille"] // 1000),
        currency=line.currency,
        status="submitted",
        author_id=scene.people[step.device],
    )


def speak(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Approve the oldest of what waits for one's word; send the last back where the script says."""
    person, role = scene.people[step.device], step.values["role"]
    found = [*awaited(replica, scene.site.project, person, role)][: step.values["count"]]
    words = []
    for position, subject in enumerate(found):
        back = step.values.get("return") and position == len(found) - 1
        decision, reason = ("returned", REASON) if back else ("approved", None)
        word = word_on(subject, scene.site.project, person, decision, reason)
        words.append(Intended(f"approval.{decision}", [word]))
    return words


def bill(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Enter a supplier's invoice on the oldest approved order that has something left to bill."""
    orders = replica.rows(
        "purchase_order",
        scene.finance,
        "status = 'approved' AND coalesce(invoiced, 0) < amount AND sync_state = 'confirmed'",
        order="id",
    )
    open_ones = [one for one in orders if not _billed(replica, scene, one)]
    if not open_ones:
        return []
    bought = open_ones[0].values
    amount = max(1, bought["amount"] * step.values["permille"] // 1000)
    values = {name: bought.get(name) for name in ("supplier", "budget_line_id", "currency")}
    return _invoice(scene, step, amount, **values, order_id=open_ones[0].row)


def _billed(replica: Replica, scene: Scene, bought: Shown) -> bool:
    """Whether an invoice on an order waits already."""
    waiting = "order_id = ? AND status IN ('draft', 'pending')"
    return bool(replica.rows("supplier_invoice", scene.finance, waiting, [bought.row], limit=1))


def cover(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Enter the invoice of a supplier whose expenses were approved, and match it to them."""
    approved = replica.rows(
        "expense",
        scene.scope,
        "status = 'approved' AND invoice_id IS NULL AND order_id IS NULL AND supplier IS NOT NULL "
        "AND sync_state = 'confirmed'",
        order="id",
    )
    if not approved:
        return []
    first = approved[0].values
    alike = ("supplier", "currency", "budget_line_id")
    same = [one for one in approved if all(one.values[name] == first[name] for name in alike)]
    covered = same[: step.values["count"]]
    amount = sum(one.values["amount"] for one in covered) * step.values["permille"] // 1000
    values = {name: first.get(name) for name in alike}
    entered = _invoice(scene, step, max(1, amount), **values)
    (invoice,) = entered
    edits = [
        Edit("expense", one.row, after={"invoice_id": invoice.edits[0].row}) for one in covered
    ]
    return [invoice, Intended("expense.match", edits)]


def _invoice(scene: Scene, step: Step, amount: int, **values: Any) -> list[Intended]:
    return made(
        "supplier_invoice",
        scene.row_id(step),
        "invoice.enter",
        project_id=scene.site.project,
        reference=f"F-{step.values['id'][:8]}",
        kind="invoice",
        date=scene.day(step.day).isoformat(),
        due=scene.day(step.day + step.values["days"]).isoformat(),
        amount=amount,
        tax_amount=amount * TAX_BASIS_POINTS // WHOLE,
        status="pending",
        author_id=scene.people[step.device],
        **values,
    )


def pay(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Pay a share of what is left of the oldest approved invoice, or plan to, or take it back."""
    wanted = step.values
    invoices = replica.rows(
        "supplier_invoice",
        scene.finance,
        "status = 'approved' AND sync_state = 'confirmed'",
        order="id",
    )
    owed = [(one, left) for one in invoices if (left := left_of(one)) > 0]
    if not owed:
        return []
    invoice, left = owed[0]
    row = scene.row_id(step)
    planned = made(
        "payment",
        row,
        "payment.plan",
        project_id=scene.site.project,
        invoice_table="supplier_invoice",
        invoice_id=invoice.row,
        date=scene.day(step.day).isoformat(),
        amount=max(1, left * wanted["permille"] // 1000),
        currency=invoice.values["currency"],
        kind="invoice",
        method="transfer",
        status="scheduled",
        author_id=scene.people[step.device],
    )
    moves = {"paid": ["paid"], "reversed": ["paid", "reversed"]}.get(wanted["fate"], [])
    for status in moves:
        after: dict[str, Any] = {"status": status}
        if status == "reversed":
            after["reason"] = "Compte du fournisseur erroné."
        planned.append(Intended(f"payment.{status}", [Edit("payment", row, after=after)]))
    return planned


def left_of(invoice: Shown) -> int:
    """Return what is left to pay of an invoice, but for what is held back."""
    values = invoice.values
    taken = sum(
        values.get(name) or 0 for name in ("retention_amount", "credited_amount", "paid_amount")
    )
    return int((values.get("amount") or 0) + (values.get("tax_amount") or 0) - taken)


def request(scene: Scene, replica: Replica, step: Step) -> list[Intended]:
    """Ask for more money on a line; only a locked budget takes requests."""
    row = next(one.row for one in scene.site.lines if one.key == step.values["line"])
    line = replica.row(row)
    budget = None if line is None else replica.row(line.values["budget_id"])
    if line is None or budget is None or budget.values.get("status") != "locked":
        return []
    return made(
        "budget_request",
        scene.row_id(step),
        "request.submit",
        project_id=scene.site.project,
        kind="increase",
        title="Rallonge demandée par le chantier",
        reason="Quantités revues à la hausse.",
        budget_id=budget.row,
        budget_line_id=row,
        amount=max(1, line.values["amount"] * step.values["permille"] // 1000),
        status="submitted",
        author_id=scene.people[step.device],
    )
