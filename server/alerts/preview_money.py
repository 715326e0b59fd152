"""What a rule on budgets would have raised: lines and budgets, replayed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.history import Moment, moments_of, read_log, read_present, state_at
from server.alerts.money import MEASURES, consumptions, threshold_level
from server.alerts.spans import Raised, Span, spans_of
from sync.causes import Causes
from sync.merge import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.alerts.preview import Asked
    from server.store import Connection

_FIELDS = {
    "budget": ("amount", "currency", "spent", "committed", "forecast", "thresholds"),
    "budget_line": ("amount", "budget_id", "spent", "committed", "forecast"),
}
_ALL = "SELECT id::text FROM {table} WHERE project_id = $1"


async def preview_money(connection: Connection, asked: Asked, since: int) -> tuple[list[Span], int]:
    """Replay a project's budgets and lines; return the alerts, and from when on they are known."""
    scope, whole = f"finance:{asked.project}", since
    replayed: dict[str, dict[str, list[Moment]]] = {}
    for table, fields in _FIELDS.items():
        log = await read_log(connection, scope, table, since, asked.changes_max)
        whole = max(whole, log.since)
        records = await connection.fetch(_ALL.format(table=table), asked.project)
        rows = [one["id"] for one in records]
        present = await read_present(connection, table, asked.project, rows, fields)
        replayed[table] = {
            row: moments_of(gone, values, log.entries.get(row, ()), log.since)
            for row, (gone, values) in present.items()
        }
    tables = {measure.rules[table] for measure in MEASURES for table in measure.rules}
    assert asked.rule in tables  # noqa: S101
    spans: list[Span] = []
    for table, rows_of in replayed.items():
        for row, moments in rows_of.items():
            spans += _replay(table, row, moments, replayed["budget"], asked)
    return [span for span in spans if span.start >= whole or span.end is None], whole


def _replay(
    table: str,
    row: str,
    moments: list[Moment],
    budgets: Mapping[str, list[Moment]],
    asked: Asked,
) -> list[Span]:
    known = [one.values for one in moments if one.values is not None]
    if not known:
        return []
    of = row if table == "budget" else str(known[-1]["budget_id"])
    budget = budgets.get(of, [])

    def judge(values: Mapping[str, Any] | None, at: int) -> Iterator[Raised]:
        states = _row(table, row, values), _row("budget", of, state_at(budget, at))
        for state in consumptions(table, *states, asked.book):
            if state.rule != asked.rule:
                continue
            for threshold, standing in state.standings:
                if standing == "raised":
                    facts = {
                        "threshold": threshold,
                        "percent": state.percent,
                        "amount": state.amount,
                        "currency": state.currency,
                    }
                    level = asked.book[asked.rule].level or threshold_level(threshold)
                    yield Raised(table, row, level, facts, at)

    return spans_of(moments, [one.at for one in budget], judge)


def _row(table: str, row: str, values: Mapping[str, Any] | None) -> Row | None:
    return None if values is None else Row(table, row, {}, dict(values), Causes())
