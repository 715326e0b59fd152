"""The control grid: what is stopped, warned of or ignored when a budget has no room for it.

A project's `finance_settings` say so for requests (what they take of their source line), orders,
actuals, and the sum of orders and actuals; against the budget line and against the whole budget
(the accumulated budget: `control_*`), and against what the line may take in the year of the paper
(the annual one: `annual_*`, see `annual`).
`stop` keeps something from being approved. It never keeps anyone from entering it: an expense
recorded offline is taken, counted, and marked with what it is over.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.annual import annual_amounts, first_month, year_of
from server.budget.fitness import content_fault
from server.budget.ledger import Ledger
from server.budget.monthly import months_of
from sync import errors
from sync.schema import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.intake import Workspace
    from sync.errors import ErrorCode
    from sync.merge import Row

DEFAULT_CONTROLS: Mapping[str, str] = {
    "request": "stop",
    "order": "stop",
    "actual": "warn",
    "sum": "warn",
}
"""What is done in a project that says nothing: nobody commits or moves money that is not there,
while what was spent is spent."""


ANNUAL = "annual_"
GRID = (
    *(f"control_{action}" for action in DEFAULT_CONTROLS),
    *(f"{ANNUAL}{action}" for action in DEFAULT_CONTROLS),
    "fiscal_year_month",
)
"""The fields of `finance_settings` that say so."""


class Draw(NamedTuple):
    """What an approval would take: of a line, in minor units of its budget's currency."""

    line: str
    amount: int
    control: str
    """Which action of the grid it falls under: request, order or actual."""
    day: str | None = None
    """Date of the paper: it draws on the year that this lies in."""
    year: int | None = None
    """The year that it draws on, where it is said."""


def control_of(workspace: Workspace, project: str, control: str) -> str:
    """Return what a project does about one action of the grid: stop, warn or ignore."""
    return control_in(Ledger(workspace, project).settings(), control)


def control_in(settings: Mapping[str, Any], control: str) -> str:
    """Return what some rules of money say about one action of the grid, annual or not."""
    name = control if control.startswith(ANNUAL) else f"control_{control}"
    return settings.get(name) or DEFAULT_CONTROLS[control.removeprefix(ANNUAL)]


def draw_of(subject: Row) -> Draw | None:
    """Return what the approval of a subject would take, if it takes anything of a line.

    What an invoice takes that is matched to an order was controlled when that was approved.
    """
    values = subject.values
    line: str | None = values.get("budget_line_id")
    amount = values.get("amount_converted") or values.get("amount") or 0
    if subject.table == "budget_request":
        source = values.get("source_line_id")
        year = values.get("annual_year")
        return None if source is None else Draw(source, values["amount"], "request", year=year)
    if subject.table == "purchase_order" and line is not None:
        return Draw(line, amount, "order", values["date"])
    if subject.table == "supplier_invoice" and line is not None and not values.get("order_id"):
        credit = values.get("kind") == "credit_note"
        return None if credit else Draw(line, amount, "actual", values["date"])
    return None


def block_of(
    workspace: Workspace, subject: Row, drawn: Mapping[tuple[str, str], int] | None = None
) -> ErrorCode | None:
    """Return what stops an approval, as things stand in this merge: the books, or the grid.

    Whatever the grid says, no line becomes negative, and no money moves to or from one that is not
    there.

    Args:
        workspace: the merge's.
        subject: what is to be approved.
        drawn: (line or budget, action of the grid) -> what the merge has approved that the totals
            do not show yet.

    """
    project = subject.values["project_id"]
    if subject.table == "budget_request" and not movable(workspace, subject):
        return errors.OVER_BUDGET
    fault = content_fault(workspace, subject)
    if fault is not None:
        return fault.error
    draw = draw_of(subject)
    if draw is None:
        return None
    stopped = any(
        over > 0 and control_of(workspace, project, control) == "stop"
        for control, over in excesses(workspace, project, draw, drawn or {})
    )
    return errors.OVER_BUDGET if stopped else None


def places_of(workspace: Workspace, subject: Row) -> Iterator[tuple[str, str, int]]:
    """Yield (line or budget, action of the grid, amount): what the totals will show of a subject.

    A request moves amounts at once.
    """
    draw = draw_of(subject)
    line = None if draw is None else Ledger(workspace, subject.values["project_id"]).line(draw.line)
    if draw is None or line is None or draw.control == "request":
        return
    for place in (line.id, line.values["budget_id"]):
        yield place, draw.control, draw.amount
    settings = Ledger(workspace, subject.values["project_id"]).settings()
    year = _year_drawn(draw, first_month(settings))
    if year in annual_amounts(line.values):
        yield _year_place(line.id, year), draw.control, draw.amount


def movable(workspace: Workspace, request: Row) -> bool:
    """Whether the lines of a request are there and stay within what an amount may be."""
    values = request.values
    ledger = Ledger(workspace, values["project_id"])
    budget, line = ledger.budget(values["budget_id"]), ledger.line(values["budget_line_id"])
    if budget is None or line is None or budget.values.get("status") != "locked":
        return False
    amount: int = values["amount"]
    if not _year_movable(line, values.get("annual_year"), amount):
        return False
    if values["kind"] == "increase":
        highest: int = max(line.values["amount"], budget.values["amount"])
        return highest + amount <= INTEGER_MAX
    source = ledger.line(values.get("source_line_id"))
    if source is None or source.id == line.id:
        return False
    if not _year_movable(source, values.get("annual_year"), -amount):
        return False
    left: int = source.values["amount"] - amount
    return left >= 0 and line.values["amount"] + amount <= INTEGER_MAX


def _year_movable(line: Row, year: int | None, by: int) -> bool:
    """Whether what a line may take in a year stays within what an amount may be."""
    amount = None if year is None else annual_amounts(line.values).get(year)
    return amount is None or 0 <= amount + by <= INTEGER_MAX


def excesses(
    workspace: Workspace,
    project: str,
    draw: Draw,
    drawn: Mapping[tuple[str, str], int] | None = None,
) -> Iterator[tuple[str, int]]:
    """Yield (action of the grid, by how much a draw would go over) for a line and its budget.

    A draw on a line that is not there is counted off budget, which no grid bounds. `drawn` is what
    the totals do not show yet, see `block_of`.
    """
    ledger = Ledger(workspace, project)
    line = ledger.line(draw.line)
    if line is None:
        return
    whole = ledger.budget(line.values["budget_id"])
    # A request moves money from one line of a budget to another: the whole stays as it is.
    rows = (line,) if draw.control == "request" or whole is None else (line, whole)
    for row in rows:
        yield from line_excesses(row.values, draw, _more(drawn, row.id))
    yield from annual_excesses(ledger, line, draw, drawn)


def _more(drawn: Mapping[tuple[str, str], int] | None, place: str) -> dict[str, int]:
    return {action: (drawn or {}).get((place, action), 0) for action in ("order", "actual")}


def annual_excesses(
    ledger: Ledger, line: Row, draw: Draw, drawn: Mapping[tuple[str, str], int] | None = None
) -> Iterator[tuple[str, int]]:
    """Yield (annual action of the grid, by how much a draw would go over) of a line in a year.

    Nothing where the line has no amount for that year. What the year has used so far was loaded
    with the line (`monthly.load_months`).
    """
    first = first_month(ledger.settings())
    year, amounts = _year_drawn(draw, first), annual_amounts(line.values)
    used = months_of(ledger.workspace).years(ledger, line, first)
    if year is None or year not in amounts or year not in used:
        return
    values = {"amount": amounts[year], **used[year]._asdict()}
    for action, over in line_excesses(values, draw, _more(drawn, _year_place(line.id, year))):
        yield f"{ANNUAL}{action}", over


def _year_drawn(draw: Draw, first: int) -> int | None:
    if draw.year is not None or draw.day is None:
        return draw.year
    return year_of(dt.date.fromisoformat(draw.day), first)


def _year_place(line: str, year: int | None) -> str:
    """Return the name under which is kept what a merge draws on a line's year."""
    return f"{line}/{year}"


def line_excesses(
    values: Mapping[str, Any], draw: Draw, more: Mapping[str, int] | None = None
) -> Iterator[tuple[str, int]]:
    """Yield (action of the grid, by how much a draw would go over) of one line or budget.

    `more` is what its totals do not show yet, by the action that it falls under.
    """
    amount = values.get("amount") or 0
    spent = (values.get("spent") or 0) + (more or {}).get("actual", 0)
    committed = (values.get("committed") or 0) + (more or {}).get("order", 0)
    both = spent + committed + draw.amount - amount
    match draw.control:
        case "request":
            yield "request", both
        case "order":
            yield "order", committed + draw.amount - amount
            yield "sum", both
        case _:
            yield "actual", spent + draw.amount - amount
            yield "sum", both
