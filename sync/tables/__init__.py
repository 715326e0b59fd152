"""The declared tables, one module per service; everything else is derived from them."""

from __future__ import annotations

from sync.schema import registry
from sync.tables import alerts, budget, people, projects

TABLES = registry((*people.TABLES, *projects.TABLES, *budget.TABLES, *alerts.TABLES))
"""Every synced table by name."""
