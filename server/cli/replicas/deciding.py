"""Asking for money and deciding on it, offline as online: requests, and words on what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cli.replicas.entering import Entering, read_assignments
from server.cli.replicas.finding import find_project, find_row
from server.cli.replicas.recording import authored, create, finder
from server.cli.replicas.saying import Both, Language, Mistake
from server.cli.replicas.showing import currency_of
from sync.tables import TABLES
from sync.tables.approvals import APPROVED_KINDS

if TYPE_CHECKING:
    from sync.replica import Replica


def request_money(
    replica: Replica, project: str | None, given: dict[str, str], language: Language
) -> str:
    """Ask for an increase of a line, or for money from another; return the request's id.

    What it is follows from where the money comes: nowhere, a line, or the contingency.
    """
    home = find_project(replica, project)
    find = finder(replica, None, project=home.row)
    line = find_row(replica, given["budget_line_id"], ("budget_line",), f"finance:{home.row}")
    table = TABLES["budget_request"]
    entering = Entering(table, {}, find, currency_of(replica, line), language)
    values = read_assignments(entering, [f"{name}={text}" for name, text in given.items()])
    source = values.get("source_line_id")
    kind = "increase"
    if source is not None:
        found = replica.row(source)
        spare = found is not None and found.values.get("kind") == "contingency"
        kind = "contingency" if spare else "transfer"
    made = {
        "project_id": home.row,
        "budget_id": line.values["budget_id"],
        "kind": kind,
        "status": "submitted",
        **authored(replica, table),
        **values,
    }
    return create(replica, "budget_request", made, "budget_request.submit")


def give_word(
    replica: Replica,
    row: str,
    decision: str,
    *,
    reason: str | None = None,
    person: str | None = None,
    level: int | None = None,
) -> str:
    """Approve, refuse or send back what a text names, as it stands here; return the word's id.

    Raises Mistake when it has not been submitted, as far as this replica knows.
    """
    subject = find_row(replica, row, APPROVED_KINDS)
    values = subject.values
    if values.get("round") is None or values.get("waiting_since") is None:
        raise Mistake(
            Both(
                "Cela n'attend pas d'approbation, pour autant qu'on le sache ici.",
                "This waits for no approval, as far as is known here.",
            )
        )
    word: dict[str, Any] = {
        "project_id": values["project_id"],
        "subject_table": subject.table,
        "subject_id": subject.row,
        "round": values["round"],
        "level": level or values.get("level") or 1,
        "amount": values.get("amount") or 0,
        "decision": decision,
        **authored(replica, TABLES["approval"]),
    }
    if reason is not None:
        word["reason"] = reason
    if person is not None:
        word["on_behalf_of"] = find_row(replica, person, ("person",)).row
    return create(replica, "approval", word, f"approval.{decision}")
