"""The reports of money: financial, budget against actual, earned value, ledger, ageing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import astuple

from server.figures import (
    read_ageing,
    read_cash,
    read_curve,
    read_dashboard,
    read_lines,
    read_money,
    read_years,
)
from server.reports.declaring import (
    Chart,
    Column,
    KeyFigure,
    Series,
    Table,
    TableDeclaration,
    words,
)
from server.reports.parts import (
    BLUE,
    CURRENCIES,
    EARNED,
    GREEN,
    GREY,
    LINES,
    MONTHS,
    RED,
    WEEKS,
    YEARS,
    basis_notes,
    curve_chart,
    money,
    money_figures,
    value_figures,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.figures import LineFigures, LineYear
    from server.reports.declaring import Content
    from server.reports.reading import Source
    from sync.changes import Sentence

BARS_MAX = 10

FINANCIAL = words("Rapport financier", "Financial report")
BUDGET = words("Budget et réalisé", "Budget against actual")
EARNED_VALUE = words("Valeur acquise", "Earned value")
LEDGER = words("Journal des dépenses", "Expense ledger")
AGEING = words("Balance âgée des factures", "Ageing of invoices")


async def read_financial(source: Source) -> Content:
    """Read where a project's money stands, and when it comes and goes."""
    connection, basis = source.connection, source.basis
    lines = await read_lines(connection, basis)
    months = await read_cash(connection, basis)
    currencies = await read_money(connection, basis)
    known = [one for one in months if one.currency == basis.currency]
    cash = Chart(
        words("Trésorerie par mois", "Cash flow by month"),
        "bars",
        [f"{one.month[5:]}/{one.month[:4]}" for one in known],
        [
            Series(words("Encaissé", "Received"), [one.received for one in known], GREEN),
            Series(words("Décaissé", "Paid"), [one.paid for one in known], RED),
            Series(words("À encaisser", "To receive"), [one.expected for one in known], "#86EFAC"),
            Series(words("À payer", "To pay"), [one.to_pay for one in known], "#FCA5A5"),
        ],
    )
    cells = [
        (
            one.month,
            one.currency,
            one.received,
            one.paid,
            one.expected,
            one.to_pay,
            one.balance,
        )
        for one in months
    ]
    return source.content(
        "financial",
        FINANCIAL,
        figures=money_figures(currencies[0]),
        charts=[cash],
        tables=[
            Table(LINES, _line_rows(lines)),
            Table(CURRENCIES, [astuple(one) for one in currencies]),
            Table(MONTHS, cells),
        ],
    )


def _line_rows(lines: Sequence[LineFigures]) -> list[tuple[Any, ...]]:
    return [
        (
            one.cost_code,
            one.description or one.category,
            one.currency,
            one.original,
            one.revised,
            one.committed,
            one.spent,
            one.remaining,
            one.spent * 10_000 // one.revised if one.revised else None,
            one.forecast,
            one.revised - one.forecast,
        )
        for one in lines
    ]


async def read_budget(source: Source) -> Content:
    """Read each budget line against what was spent and ordered."""
    connection, basis = source.connection, source.basis
    lines = await read_lines(connection, basis)
    (own, *_) = await read_money(connection, basis)
    largest = sorted(
        (one for one in lines if one.currency == basis.currency),
        key=lambda one: -max(one.revised, one.spent),
    )[:BARS_MAX]
    chart = Chart(
        words("Les plus grandes lignes", "The largest lines"),
        "bars",
        [one.cost_code for one in largest],
        [
            Series(words("Budget", "Budget"), [one.revised for one in largest], BLUE),
            Series(words("Engagé", "Committed"), [one.committed for one in largest], GREY),
            Series(words("Dépensé", "Spent"), [one.spent for one in largest], RED),
        ],
    )
    return source.content(
        "budget",
        BUDGET,
        figures=money_figures(own),
        charts=[chart],
        tables=[
            Table(LINES, _line_rows(lines)),
            Table(YEARS, [_year_row(one) for one in await read_years(connection, basis)]),
        ],
    )


def _year_row(one: LineYear) -> tuple[Any, ...]:
    used = one.committed + one.spent
    return (
        one.cost_code,
        one.description,
        str(one.year),
        one.currency,
        one.amount,
        one.committed,
        one.spent,
        one.remaining,
        used * 10_000 // one.amount if one.amount else None,
    )


async def read_earned_value(source: Source) -> Content:
    """Read earned value of the project and of each line, with the S-curve."""
    connection, basis = source.connection, source.basis
    found = await read_dashboard(connection, basis)
    points = await read_curve(connection, basis)
    rows: list[tuple[Any, ...]] = []
    for line in await read_lines(connection, basis):
        value = line.earned_value
        if value is None:
            continue
        rows.append(
            (
                line.cost_code,
                line.description or line.category,
                value.bac,
                value.pv,
                value.ev,
                value.ac,
                value.cv.value,
                value.sv.value,
                _ratio(value.cpi.value),
                _ratio(value.spi.value),
                value.typical.eac.value,
            )
        )
    return source.content(
        "earned_value",
        EARNED_VALUE,
        figures=value_figures(found.earned_value),
        charts=[curve_chart(points, basis.data_date)],
        tables=[
            Table(EARNED, rows),
            Table(WEEKS, [(one.day, one.pv, one.ev, one.ac) for one in points]),
        ],
        notes=basis_notes(basis),
    )


def _ratio(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


LEDGER_TABLE = TableDeclaration(
    "expenses",
    LEDGER,
    (
        Column("date", words("Date", "Date"), "date", 11),
        Column("supplier", words("Fournisseur", "Supplier"), width=18),
        Column("description", words("Désignation", "Description"), width=24),
        Column("cost_code", words("Ligne", "Line"), width=10),
        Column("category", words("Catégorie", "Category"), width=12),
        Column("status", words("État", "Status"), width=10),
        Column("author", words("Saisie par", "Entered by"), width=16),
        Column("amount", words("Montant", "Amount"), "money", 14, currency="currency"),
        Column("currency", words("Devise", "Currency"), width=8),
        Column("rate", words("Taux", "Rate"), "quantity", 10),
        money("counted", "Compté", "Counted"),
        Column("counted_in", words("Compté en", "Counted in"), width=9),
    ),
    currency_column="counted_in",
)

_READ_EXPENSES = """
    SELECT expense.date, expense.supplier, expense.description, line.cost_code, expense.category,
        expense.status, person.name AS author, expense.amount, expense.currency, expense.rate,
        CASE WHEN expense.status IN ('refused', 'draft') THEN NULL
            ELSE expense.amount_converted END AS counted,
        coalesce(budget.currency, $4) AS counted_in
    FROM expense
    LEFT JOIN person ON person.id = expense.author_id
    LEFT JOIN budget_line AS line ON line.project_id = expense.project_id
        AND line.id = expense.budget_line_id AND NOT line.deleted
    LEFT JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
        AND NOT budget.deleted
    WHERE expense.project_id = $1::text::uuid AND NOT expense.deleted
        AND expense.date >= $2 AND expense.date <= $3
    ORDER BY expense.date, expense.id
"""

COUNT_EXPENSES = """
    SELECT count(*) FROM expense WHERE project_id = $1::text::uuid AND NOT deleted
        AND date >= $2 AND date <= $3
"""

EXPENSE_STATUS = {
    "draft": words("à soumettre", "to submit"),
    "submitted": words("soumise", "submitted"),
    "approved": words("approuvée", "approved"),
    "refused": words("refusée", "refused"),
    "posted": words("comptabilisée", "posted"),
    "paid": words("payée", "paid"),
}


async def read_ledger(source: Source) -> Content:
    """Read the expenses of a period, one by one."""
    since, until = source.period()
    records = await source.connection.fetch(
        _READ_EXPENSES, source.basis.project, since, until, source.basis.currency
    )
    rows = [
        tuple(
            EXPENSE_STATUS.get(value or "submitted", value) if name == "status" else value
            for name, value in one.items()
        )
        for one in records
    ]
    own = sum(one["counted"] or 0 for one in records if one["counted_in"] == source.basis.currency)
    first = records[0]["date"] if records else None
    return source.content(
        "ledger",
        LEDGER,
        figures=[
            KeyFigure(words("Dépenses", "Expenses"), len(rows), "integer"),
            KeyFigure(words("Total compté", "Total counted"), own),
            KeyFigure(words("Du", "From"), source.asked.since or first, "date"),
            KeyFigure(words("Au", "To"), until, "date"),
        ],
        tables=[Table(LEDGER_TABLE, rows)],
    )


def _ageing_table(name: str, title: Sentence) -> TableDeclaration:
    return TableDeclaration(
        name,
        title,
        (
            Column("side", words("Sens", "Side"), width=11),
            Column("party", words("Tiers", "Party"), width=24),
            Column("currency", words("Devise", "Currency"), width=8),
            Column("invoices", words("Factures", "Invoices"), "integer", 9),
            money("not_due", "Non échu", "Not due"),
            money("days_30", "1–30 jours", "1–30 days"),
            money("days_60", "31–60 jours", "31–60 days"),
            money("days_90", "61–90 jours", "61–90 days"),
            money("older", "> 90 jours", "> 90 days"),
            money("total", "Total", "Total"),
        ),
        currency_column="currency",
    )


SIDES = {
    "receivable": words("À recevoir", "Receivable"),
    "payable": words("À payer", "Payable"),
}
AGEING_TABLES = {side: _ageing_table(side, title) for side, title in SIDES.items()}


async def read_invoice_ageing(source: Source) -> Content:
    """Read what is owed to us and by us, by how long it is overdue."""
    found = await read_ageing(source.connection, source.basis)
    tables = []
    figures = []
    for side, title in SIDES.items():
        rows = [one for one in found if one.side == side]
        own = [one for one in rows if one.currency == source.basis.currency]
        late = sum(one.total - one.not_due for one in own)
        figures += [
            KeyFigure(title, sum(one.total for one in own)),
            KeyFigure(words(f"{title.fr}, en retard", f"{title.en}, overdue"), late, bad=late > 0),
        ]
        cells = [
            (
                title,
                one.party,
                one.currency,
                one.invoices,
                one.not_due,
                one.days_30,
                one.days_60,
                one.days_90,
                one.older,
                one.total,
            )
            for one in rows
        ]
        tables.append(Table(AGEING_TABLES[side], cells))
    return source.content("ageing", AGEING, figures=figures, tables=tables)
