"""The account of an import, for people: what was read, what changes, what is left and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from server.cli.importing_words import (
    CONFLICTS,
    FIELDS,
    HEADINGS,
    LEFT,
    READING_LEFT,
    TABLES,
)
from server.cli.replicas.saying import Both, Language
from sync.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from server.projects.importing import CostSummary, ImportPlan, RowPreview
    from server.projects.schedules import ReadingReport

ROWS_SHOWN_MAX = 20
"""Of each list; `--json` has them all."""


class ImportReport:
    """Prints the parts of the account in one language."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language: Language = language

    def reading(self, reading: ReadingReport) -> None:
        """Tell what was read, and what the reader left."""
        self._say(
            Both(
                f"Lu : {reading.rows_read} lignes de {len(reading.tables)} tables "
                f"({reading.bytes_read} octets, {reading.encoding}).",
                f"Read: {reading.rows_read} rows of {len(reading.tables)} tables "
                f"({reading.bytes_read} bytes, {reading.encoding}).",
            )
        )
        if reading.encoding_assumed:
            self._say(
                Both(
                    "Rien ne prouve ce codage : si les accents sont faux, donnez --encoding.",
                    "Nothing proves this encoding: if accents are wrong, give --encoding.",
                )
            )
        left = [
            (one.table, str(one.rows_left), self._reasons(one.left_because))
            for one in reading.tables
            if one.rows_left
        ]
        self._table(Both("Laissé à la lecture", "Left in reading"), ("what", "left", "why"), left)
        for warning in reading.warnings[:ROWS_SHOWN_MAX]:
            line = f" ({warning.line})" if warning.line else ""
            self._console.print(f"! {warning.code}: {warning.subject} {warning.detail}{line}")
        hidden = len(reading.warnings) - ROWS_SHOWN_MAX + reading.warnings_dropped
        self._more(hidden)

    def plan(self, plan: ImportPlan) -> None:
        """Tell what would change, field by field."""
        self._counts(plan)
        if not plan.new_project:
            self._changed(plan.changed)
            self._named(Both("Ajouts", "Added"), plan.added)
            self._named(Both("Suppressions", "Removed"), plan.removed)
        self._conflicts(plan)
        if plan.costs is not None:
            self._costs(plan.costs, new=plan.new_project)
        left = [
            (LEFT[one.reason].to(self._language), str(one.count), one.example) for one in plan.left
        ]
        self._table(
            Both("Laissé ou approché", "Left or approximated"), ("what", "count", "example"), left
        )

    def _counts(self, plan: ImportPlan) -> None:
        conflicts: dict[str, int] = {}
        for one in plan.conflicts:
            conflicts[one.table] = conflicts.get(one.table, 0) + 1
        rows = []
        for table, name in TABLES.items():
            counts = plan.counts.get(table)
            if counts is None and table not in conflicts:
                continue
            numbers = [getattr(counts, fate, 0) for fate in ("added", "changed", "removed")]
            numbers += [getattr(counts, "unchanged", 0), conflicts.get(table, 0)]
            rows.append((name.to(self._language), *(str(one or "") for one in numbers)))
        headings = ("what", "added", "changed", "removed", "unchanged", "conflicts")
        title = f"{plan.project_code} {plan.project_name}"
        self._table(Both(title, title), headings, rows)

    def _changed(self, changed: Sequence[RowPreview]) -> None:
        rows = [
            (
                row.label if at == 0 else "",
                self._field(one.field),
                _text(one.before),
                _text(one.after),
            )
            for row in changed[:ROWS_SHOWN_MAX]
            for at, one in enumerate(row.fields)
        ]
        headings = ("what", "field", "before", "after")
        self._table(Both("Modifications", "Changes"), headings, rows)
        self._more(len(changed) - ROWS_SHOWN_MAX)

    def _named(self, title: Both, rows: Sequence[RowPreview]) -> None:
        shown = [(TABLES[row.table].to(self._language), row.label) for row in rows]
        self._table(title, ("what", "code"), shown[:ROWS_SHOWN_MAX])
        self._more(len(rows) - ROWS_SHOWN_MAX)

    def _conflicts(self, plan: ImportPlan) -> None:
        rows = [
            (
                one.label,
                self._field(one.field),
                _text(one.here),
                _text(one.file),
                CONFLICTS[one.reason].to(self._language),
            )
            for one in plan.conflicts[:ROWS_SHOWN_MAX]
        ]
        headings = ("what", "field", "here", "file", "why")
        self._table(Both("Conflits", "Conflicts"), headings, rows)
        self._more(len(plan.conflicts) - ROWS_SHOWN_MAX)

    def _costs(self, costs: CostSummary, *, new: bool) -> None:
        def amount(minor: int) -> str:
            return format_amount(minor, costs.currency, self._language)

        if new:
            rows = [(one.code, one.name, amount(one.amount)) for one in costs.lines]
            title = Both("Budget : une ligne par lot", "Budget: one line per lot")
            self._table(title, ("code", "lot", "amount"), rows[:ROWS_SHOWN_MAX])
            self._more(len(rows) - ROWS_SHOWN_MAX)
        self._say(
            Both(
                f"Coûts du fichier : {costs.exact} {costs.currency} ; budget {amount(costs.total)} "
                f"(arrondi {costs.rounding}).",
                f"Costs of the file: {costs.exact} {costs.currency}; budget {amount(costs.total)} "
                f"(rounding {costs.rounding}).",
            )
        )

    def _field(self, name: str | None) -> str:
        if name is None:
            return ""
        return FIELDS.get(name, Both(name, name)).to(self._language)

    def _reasons(self, counted: dict[str, int]) -> str:
        return ", ".join(
            READING_LEFT.get(reason, Both(reason, reason)).to(self._language) for reason in counted
        )

    def _table(self, title: Both, headings: Iterable[str], rows: Sequence[tuple[str, ...]]) -> None:
        if not rows:
            return
        table = Table(title=title.to(self._language), title_justify="left")
        for heading in headings:
            table.add_column(HEADINGS[heading].to(self._language))
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def _more(self, hidden: int) -> None:
        if hidden > 0:
            self._say(Both(f"… et {hidden} de plus (--json).", f"… and {hidden} more (--json)."))

    def _say(self, sentence: Both) -> None:
        self._console.print(sentence.to(self._language))


def _text(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else str(value)
