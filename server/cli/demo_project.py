"""The project as a manager sees it after the play: progress, money, alerts, races, devices."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console
from rich.table import Table as RichTable

from server.cli.replicas.opening import wall_milliseconds
from server.cli.replicas.saying import Both, Language
from server.cli.replicas.showing import show_rows, write_moment
from sync.replica import Replica, synchronise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.settings import Settings
    from sync.replica import Shown

_LINES_SHOWN = 8
_WIDTH = 110
_PAPERS = {
    "budget_request": Both("demandes de budget", "budget requests"),
    "purchase_order": Both("bons de commande", "purchase orders"),
    "supplier_invoice": Both("factures fournisseurs", "supplier invoices"),
    "client_invoice": Both("situations de travaux", "progress claims"),
    "payment": Both("paiements", "payments"),
    "permit": Both("permis de travail", "permits to work"),
    "punch_item": Both("réserves", "punch items"),
    "incident": Both("incidents", "incidents"),
    "follow_up": Both("suites à donner", "follow-up actions"),
}
"""Table -> what its rows are called in the demo's summary."""


async def show_project(settings: Settings, address: str, project: str, language: Language) -> None:
    """Fetch the project as a new replica does, and print what matters of it."""
    from server.users import ensure_administrator, token_for  # noqa: PLC0415 - database client
    from sync.replica.http import HttpTransport  # noqa: PLC0415

    person = await ensure_administrator(settings)
    token = token_for(settings, person)
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH
    with tempfile.TemporaryDirectory(prefix="derrick-demo-") as folder:
        replica = Replica.create(
            Path(folder) / "vue.sqlite",
            server=address,
            person=person,
            name="direction",
            clock=wall_milliseconds,
            random=os.urandom,
        )
        with replica:
            async with HttpTransport(address, token=lambda: token) as transport:
                await synchronise(replica, transport)
            _show_progress(console, replica, project, language)
            _show_money(console, replica, project, language)
            _show_papers(console, replica, project, language)
            _show_alerts(console, replica, project, language)
        scope = f"project:{project}"
        conflicts = await _records(address, token, "conflicts", scope=scope, open="true")
        finance = await _records(
            address, token, "conflicts", scope=f"finance:{project}", open="true"
        )
        devices = await _records(address, token, "replicas")
        _show_conflicts(console, [*conflicts, *finance], language)
        _show_devices(console, devices, language)


async def _records(address: str, token: str, what: str, **query: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(timeout=30.0) as client:
        answer = await client.get(
            f"{address}/api/sync/{what}",
            params=query,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
    answer.raise_for_status()
    records: list[dict[str, Any]] = answer.json()
    return records


def _title(console: Console, fr: str, en: str, language: Language) -> None:
    console.print(Both(fr, en).to(language), style="bold underline")


def _show_progress(console: Console, replica: Replica, project: str, language: Language) -> None:
    tasks = replica.rows("task", f"project:{project}", "kind = 'task'")
    weights = [max(1, task.values.get("duration_minutes") or 1) for task in tasks]
    done = sum(
        weight * (task.values.get("progress") or 0)
        for weight, task in zip(weights, tasks, strict=True)
    )
    percent = done / max(1, sum(weights)) / 100
    states = Counter(str(task.values.get("status") or "todo") for task in tasks)
    listed = ", ".join(f"{state} {count}" for state, count in states.most_common())
    _title(console, "Avancement", "Progress", language)
    mark = f"{percent:.1f} %".replace(".", ",") if language == "fr" else f"{percent:.1f}%"
    console.print(f"{mark}  ({len(tasks)}: {listed})\n")


def _show_money(console: Console, replica: Replica, project: str, language: Language) -> None:
    scope = f"finance:{project}"
    budgets = replica.rows("budget", scope, "amount > 0")
    lines = replica.rows(
        "budget_line", scope, "spent > 0", order="spent * 100 / max(amount, 1) DESC", limit=100
    )
    if not budgets:
        return
    _title(console, "Budget et dépenses", "Budget and spending", language)
    show_rows(console, replica, "budget", budgets, language)
    if lines:
        show_rows(console, replica, "budget_line", lines[:_LINES_SHOWN], language)
    console.print()


def _show_papers(console: Console, replica: Replica, project: str, language: Language) -> None:
    """Say how many orders, invoices, payments and permits there are, in which states."""
    _title(console, "Pièces et permis", "Papers and permits", language)
    for table, heading in _PAPERS.items():
        for scope in (f"finance:{project}", f"project:{project}"):
            rows = replica.rows(table, scope)
            if rows:
                states = Counter(str(row.values.get("status") or "draft") for row in rows)
                listed = ", ".join(f"{state} {count}" for state, count in states.most_common())
                console.print(f"{heading.to(language):<24}{len(rows):>3}  ({listed})")
    console.print()


def _show_alerts(console: Console, replica: Replica, project: str, language: Language) -> None:
    alerts: list[Shown] = []
    for scope in (f"project:{project}", f"finance:{project}"):
        alerts += replica.rows("alert", scope, "status <> 'resolved'")
    rules = Counter(str(alert.values["rule"]) for alert in alerts)
    _title(console, "Alertes ouvertes", "Open alerts", language)
    console.print(", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "0")
    order = {"critical": 0, "warning": 1, "information": 2}
    alerts.sort(key=lambda alert: order.get(str(alert.values.get("level")), 3))
    if alerts:
        show_rows(console, replica, "alert", alerts[:_LINES_SHOWN], language)
    console.print()


def _show_conflicts(
    console: Console, conflicts: Sequence[dict[str, Any]], language: Language
) -> None:
    _title(console, "Conflits à trancher", "Conflicts to settle", language)
    if not conflicts:
        console.print("0\n")
        return
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    for heading in (
        Both("champ", "field"),
        Both("gardé", "kept"),
        Both("perdu", "lost"),
        Both("appareil", "device"),
        Both("contre", "against"),
    ):
        shown.add_column(heading.to(language))
    for one in conflicts[:_LINES_SHOWN]:
        shown.add_row(
            f"{one['table']}.{one['field']}",
            str(one["kept"])[:40],
            str(one["lost"])[:40],
            str(one["device"] or ""),
            str(one["other_device"] or ""),
        )
    console.print(shown)
    console.print()


def _show_devices(console: Console, devices: Sequence[dict[str, Any]], language: Language) -> None:
    _title(console, "Appareils", "Devices", language)
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    for heading in (
        Both("appareil", "device"),
        Both("vu", "seen"),
        Both("saisies", "change sets"),
        Both("en attente", "waiting"),
        Both("horloge", "clock"),
    ):
        shown.add_column(heading.to(language))
    for one in devices[: 2 * _LINES_SHOWN]:
        drift = f"{one['clock_offset_ms'] / 1000:+.0f} s" + (" !" if one["clock_flagged"] else "")
        shown.add_row(
            str(one["name"]),
            write_moment(one["last_seen_at"], language),
            str(one["last_counter"]),
            str(one["waiting_change_sets"]),
            drift,
        )
    console.print(shown)
