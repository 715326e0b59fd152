"""The money of the demo: budgets locked, requests, orders, suppliers' invoices, payments.

Every amount is a share of the budget line that it is on, so that a schedule of one's own gets
orders of its own size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cli.furnishing.ground import line_of, make, move, nice
from server.simulation.visas import awaited, word_on
from sync.replica import Edit
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from server.cli.furnishing.ground import Ground
    from server.cli.furnishing.people import Role
    from sync.replica import Replica, Shown

TAX_BASIS_POINTS, WHOLE = 1_925, 10_000
RETENTION_BASIS_POINTS = 500
_SPREAD = 3
CLIENT = "Société des pétroles du littoral"

ORDERS = (
    (
        "tubes",
        "Société camerounaise de tubes",
        "Tubes de conduite 6 pouces, 1 200 m",
        "Livraison en trois fois au parc de stockage de Kribi.",
        "AP",
        75,
        (-40, 18),
        "approve",
    ),
    (
        "brides",
        "Kribi Industrie",
        "Brides et boulonnerie DN150 et DN200",
        "Certificats matière 3.1 exigés.",
        "AP",
        12,
        (-30, -6),
        "approve",
    ),
    (
        "grue",
        "Levage du Littoral",
        "Grue de 80 t, quatre semaines, grutier compris",
        "Mise à disposition sur la plateforme.",
        "GC",
        60,
        (-25, 4),
        "approve",
    ),
    (
        "soudage",
        "Soudure et Contrôle SARL",
        "Soudage des tronçons 1 à 9",
        "Procédure qualifiée, deux postes.",
        "CO",
        110,
        (-20, 30),
        "approve",
    ),
    (
        "peinture",
        "Anticorrosion du Golfe",
        "Peinture des supports de conduite",
        "Système C5-M, trois couches.",
        "CO",
        18,
        (-3, 25),
        "submit",
    ),
    (
        "mobilier",
        "Base Vie Services",
        "Deux bungalows de chantier",
        "Climatisés, raccordés.",
        "GC",
        14,
        (-1, 20),
        "draft",
    ),
)
"""Name, supplier, title, description, cost code, thousandths of its line, days of order and of
delivery, and how far it goes."""

INVOICES = (
    ("tubes 1", "tubes", "F-2026-0418", 333, (-32, -2), "pending"),
    ("tubes 2", "tubes", "F-2026-0466", 333, (-12, 18), "pending"),
    ("brides", "brides", "KI-88121", 1_012, (-8, 22), "pending"),
    ("grue", "grue", "LL-2026-57", 1_180, (-5, 25), "pending"),
    ("soudage 1", "soudage", "SC-0031", 250, (-35, -5), "pending"),
    ("soudage 2", "soudage", "SC-0034", 300, (-2, 28), "draft"),
)
"""Name, order, reference, thousandths of the order, days of date and due, and state as entered.

`brides` is within the tolerance of what was ordered, `grue` over it: that one waits for a manager.
"""

REQUESTS = (
    ("Grutage supplémentaire pour le levage du séparateur", 18_500_000),
    ("Deuxième équipe de soudage, quatre semaines", 42_750_000),
)


def set_rules(replica: Replica, ground: Ground) -> None:
    """Set the project's rules of money, lock its budgets, and ask for more."""
    after: dict[str, Any] = {
        "match_tolerance_basis_points": 200,
        "retention_basis_points": RETENTION_BASIS_POINTS,
        "payment_days": 30,
        "client": CLIENT,
    }
    row = settings_id(ground.project)
    if replica.row(row) is None:
        made = {"project_id": ground.project, **after}
        edit = Edit("finance_settings", row, operation="create", after=made)
    else:
        edit = Edit("finance_settings", row, after=after)
    replica.edit("finance.settings", [edit])
    # The largest works are spread over this year and the next, each with an amount of its own.
    largest = replica.rows("budget_line", ground.finance, "amount > 0", order="amount DESC, id")
    for line in largest[:_SPREAD]:
        first = nice(line.values["amount"] * 3 // 5)
        rest = line.values["amount"] - first
        years = {str(ground.now.year): first, str(ground.now.year + 1): rest}
        move(replica, "line.spread", "budget_line", line.row, annual_amounts=years)
    for budget in replica.rows("budget", ground.finance, "status IS NULL OR status = 'draft'"):
        move(replica, "budget.lock", "budget", budget.row, status="locked")
    lines = replica.rows("budget_line", ground.finance, "amount > 0", order="cost_code", limit=3)
    for line, (title, amount) in zip(lines, REQUESTS, strict=False):
        values = {
            "project_id": ground.project,
            "kind": "increase",
            "title": title,
            "reason": "Le retard du lot génie civil se rattrape ainsi avant la saison des pluies.",
            "budget_id": line.values["budget_id"],
            "budget_line_id": line.row,
            "amount": ground.money(amount)["amount"],
            "status": "submitted",
            "author_id": ground.people["office"],
        }
        make(replica, "request.submit", "budget_request", values)


def order(replica: Replica, ground: Ground) -> None:
    """Order what the site needs: the supervisor's work."""
    for name, supplier, title, description, code, share, (date, delivery), fate in ORDERS:
        line = line_of(replica, ground, code)
        if line is None:
            continue
        values = {
            "project_id": ground.project,
            "supplier": supplier,
            "title": title,
            "description": description,
            "budget_line_id": line.row,
            "date": ground.day(date),
            "delivery_date": ground.day(delivery),
            "amount": nice(line.values["amount"] * share // 1_000),
            "currency": ground.currency,
            "status": "draft" if fate == "draft" else "submitted",
            "author_id": ground.people["chief"],
        }
        ground.made[name] = make(replica, "order.submit", "purchase_order", values)


def enter_invoices(replica: Replica, ground: Ground) -> None:
    """Enter what suppliers ask for."""
    for name, ordered, reference, share, (date, due), state in INVOICES:
        bought = replica.row(ground.made.get(ordered, ""))
        if bought is None:
            continue
        amount = nice(bought.values["amount"] * share // 1_000)
        values = {
            "project_id": ground.project,
            "reference": reference,
            "supplier": bought.values["supplier"],
            "kind": "invoice",
            "order_id": bought.row,
            "budget_line_id": bought.values["budget_line_id"],
            "date": ground.day(date),
            "due": ground.day(due),
            "amount": amount,
            "tax_amount": amount * TAX_BASIS_POINTS // WHOLE,
            "currency": ground.currency,
            "retention_basis_points": RETENTION_BASIS_POINTS if ordered == "soudage" else 0,
            "retention_due": ground.day(365),
            "status": state,
            "author_id": ground.people["entry"],
        }
        ground.made[f"invoice {name}"] = make(replica, "invoice.enter", "supplier_invoice", values)


def approve(
    replica: Replica, ground: Ground, by: Role, kind: str, *leaving: str, role: str
) -> None:
    """Approve what waits for someone, but for some by name."""
    left = {ground.made.get(name) for name in leaving}
    person = ground.people[by]
    for subject in [*awaited(replica, ground.project, person, role, [kind])]:
        if subject.row not in left:
            replica.edit("approval.say", [word_on(subject, ground.project, person)])


def pay(replica: Replica, ground: Ground) -> None:
    """Pay in part, plan the rest, and take back what went to the wrong account."""
    whole = 1_000
    for name, share, day, fate in (
        ("invoice tubes 1", 400, -10, "paid"),
        ("invoice tubes 1", 600, 3, "scheduled"),
        ("invoice tubes 2", whole, 18, "scheduled"),
        ("invoice brides", whole, -2, "reversed"),
        ("invoice brides", whole, -1, "paid"),
        ("invoice soudage 1", 500, -4, "paid"),
    ):
        invoice = replica.row(ground.made.get(name, ""))
        if invoice is None or invoice.values.get("status") not in ("approved", "paid"):
            continue
        row = make(replica, "payment.plan", "payment", payment_of(ground, invoice, share, day))
        if fate in ("paid", "reversed"):
            move(replica, "payment.make", "payment", row, status="paid")
        if fate == "reversed":
            reason = "Virement parti sur un compte clos ; la banque l'a rendu."
            move(replica, "payment.reverse", "payment", row, status="reversed", reason=reason)


def payment_of(ground: Ground, invoice: Shown, share: int, day: int) -> dict[str, Any]:
    """Return a payment of thousandths of what is due of an invoice, planned for a day."""
    return {
        "project_id": ground.project,
        "invoice_table": invoice.table,
        "invoice_id": invoice.row,
        "date": ground.day(day),
        "amount": max(1, due_of(invoice) * share // 1_000),
        "currency": invoice.values["currency"],
        "kind": "invoice",
        "method": "transfer",
        "status": "scheduled",
        "author_id": ground.people["books"],
    }


def due_of(invoice: Shown) -> int:
    """Return what is due of an invoice in all, but for what is held back."""
    values = invoice.values
    gross = (values.get("amount") or 0) + (values.get("tax_amount") or 0)
    held = values.get("retention_amount") or 0
    return int(gross - held - (values.get("credited_amount") or 0))
