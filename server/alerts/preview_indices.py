"""When an index of a project would have been under its bound, by the sums of each day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.alerts.indices import INDEX_RULES, index_signal
from server.alerts.rules import zone_of
from server.alerts.spans import Raised, Span
from server.figures import Work, cost_index, schedule_index

if TYPE_CHECKING:
    from server.alerts.preview import Asked
    from server.store import Connection

_READ_DAYS = """
    SELECT day, (sum(budget) OVER ())::bigint AS budget,
        (sum(planned) OVER (ORDER BY day))::bigint AS planned,
        (sum(earned) OVER (ORDER BY day))::bigint AS earned,
        (sum(spent) OVER (ORDER BY day))::bigint AS spent
    FROM (
        SELECT day, sum(planned) AS budget, sum(planned) AS planned, sum(earned) AS earned,
            sum(spent) AS spent
        FROM (
            SELECT day, amount AS planned, 0 AS earned, 0 AS spent FROM figure_day
            WHERE project_id = $1 AND figure = 'planned'
            UNION ALL SELECT day, 0, amount, 0 FROM figure_day
            WHERE project_id = $1 AND figure = 'earned'
            UNION ALL SELECT day, 0, 0, expense_day.amount FROM expense_day
            JOIN figure_state USING (project_id, currency) WHERE project_id = $1
        ) AS moved GROUP BY day
    ) AS days
    WHERE EXISTS (SELECT FROM figure_state WHERE project_id = $1)
    ORDER BY day
"""


async def preview_index(connection: Connection, asked: Asked, since: int) -> list[Span]:
    """Return the spans of days on which an index was under its bound."""
    zone = zone_of(asked.values.get("time_zone"))
    records = await connection.fetch(_READ_DAYS, asked.project)
    first = dt.datetime.fromtimestamp(since / 1000, tz=zone).date()
    last = dt.datetime.fromtimestamp(asked.now_ms / 1000, tz=zone).date()
    rule, said = asked.rule, asked.book[asked.rule]
    spans: list[Span] = []
    place, work = 0, None
    if not said.enabled:
        return spans
    day, standing = first, False
    while day <= last:
        while place < len(records) and records[place]["day"] <= day:
            one = records[place]
            work = Work(one["budget"], one["planned"], one["earned"], one["spent"])
            place += 1
        value = None
        if work is not None:
            by_cost = rule == INDEX_RULES["finance"]
            value = cost_index(work) if by_cost else schedule_index(work)
        signal = index_signal(rule, asked.project, value, said)
        under = signal is not None and signal.standing == "raised"
        at = int(dt.datetime.combine(day, dt.time(), tzinfo=zone).timestamp() * 1000)
        if under and not standing and signal is not None:
            raised = Raised("project", asked.project, signal.level, dict(signal.facts), at)
            spans.append(Span(raised, at))
        elif standing and not under:
            spans[-1].end = at
        standing = under
        day += dt.timedelta(days=1)
    return spans
