"""The declared tables, one module per service; everything else is derived from them."""

from __future__ import annotations

from sync.schema import registry
from sync.tables import (
    alerts,
    approvals,
    budget,
    documents,
    fieldwork,
    notices,
    people,
    planning,
    projects,
    spending,
)

TABLES = registry(
    (
        *people.TABLES,
        *projects.TABLES,
        *planning.TABLES,
        *fieldwork.TABLES,
        *budget.TABLES,
        *approvals.TABLES,
        *spending.TABLES,
        *alerts.TABLES,
        *documents.TABLES,
        *notices.TABLES,
    )
)
"""Every synced table by name."""
