"""The rules of earned value: a project earns less than it spends, or less than was planned.

They need sums over all that a project has, so the worker looks at them after a merge that moved
one, and the clock every day.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from server.alerts.rules import ProjectDay, Signal
from server.figures import Work, cost_index, schedule_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.alerts.book import Book, Rule
    from server.store import Connection

INDEX_RULES = {"finance": "cost_index_low", "project": "schedule_index_low"}
"""Where an index's alert lives -> its rule: what things cost is for those who may see amounts."""

INDEX_FIELDS: Mapping[str, tuple[str, ...]] = {
    "task": ("progress", "progress_rolled", "status"),
    "baseline": ("taken_at",),
    "expense": ("amount_converted", "status", "date", "budget_line_id", "invoice_id"),
    "supplier_invoice": ("amount_converted", "status", "date", "kind"),
}
"""Table -> what moves the sums that the indices are worked out from."""

REARM = Fraction(2, 100)
"""How far over its bound an index must rise before falling under it again is a new crossing."""

# The sums by day that `server.figures` keeps: what was planned and earned by the baseline in force,
# and what was spent in its currency.
_READ_WORK = """
    SELECT day.project_id::text AS project,
        (SELECT coalesce(sum(amount), 0)::bigint FROM figure_day
            WHERE project_id = day.project_id AND figure = 'planned') AS budget,
        (SELECT coalesce(sum(amount), 0)::bigint FROM figure_day
            WHERE project_id = day.project_id AND figure = 'planned' AND day <= today::date)
            AS planned,
        (SELECT coalesce(sum(amount), 0)::bigint FROM figure_day
            WHERE project_id = day.project_id AND figure = 'earned' AND day <= today::date)
            AS earned,
        (SELECT coalesce(sum(amount), 0)::bigint FROM expense_day
            WHERE project_id = day.project_id AND expense_day.currency = state.currency
                AND day <= today::date) AS spent
    FROM unnest($1::uuid[], $2::text[]) AS day (project_id, today)
    JOIN figure_state AS state ON state.project_id = day.project_id
"""


async def read_indices(
    connection: Connection, days: Mapping[str, ProjectDay], books: Callable[[str], Book]
) -> dict[str, dict[str, Signal]]:
    """Return how the alerts on the indices of projects stand: project -> home -> signal.

    A project without a baseline has no index.
    """
    records = await connection.fetch(_READ_WORK, [*days], [day.today for day in days.values()])
    found: dict[str, dict[str, Signal]] = {}
    for one in records:
        project = one["project"]
        work = Work(one["budget"], one["planned"], one["earned"], one["spent"])
        values = {"finance": cost_index(work), "project": schedule_index(work)}
        for home, rule in INDEX_RULES.items():
            said = books(project)[rule]
            if not days[project].watched or not said.enabled:
                continue
            signal = index_signal(rule, project, values[home], said)
            if signal is not None:
                found.setdefault(project, {})[home] = signal
    return found


def index_signal(rule: str, project: str, value: object, said: Rule) -> Signal | None:
    """Return how the alert on an index stands; None where the index has no value."""
    if not isinstance(value, Fraction) or said.bound is None:
        return None
    bound = Fraction(said.bound)
    if value >= bound:
        return Signal(rule, "project", project, "near" if value < bound + REARM else "clear")
    # Rounded down to hundredths: what moves less says nothing new.
    whole, hundredths = divmod(int(value * 100), 100)
    facts = {"index": f"{whole}.{hundredths:02d}", "bound": str(said.bound)}
    return Signal(rule, "project", project, "raised", level=said.level or "warning", facts=facts)
