"""What of a merge concerns people by name: mentions, assignments, watched tasks, incidents.

Only what people did is told, not what the server made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.causes import latest_change
from server.alerts.telling import Event, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from server.intake import Entry, Workspace

GRAVE = ("serious", "major")
"""Incidents that everyone on the site has to know of, and to say so."""

WATCHED_FIELDS = ("status", "planned_start", "planned_finish")

_OWNERS = {"follow_up": "owner_id", "punch_item": "owner_id", "permit": "holder_id"}

DECIDED = {
    "budget_request": ("approved", "rejected", "returned"),
    "purchase_order": ("approved",),
    "supplier_invoice": ("approved",),
    "expense": ("approved", "refused"),
}
"""Table -> the states in which something comes back to whoever asked."""
WAITING = {
    "budget_request": ("submitted", "in_review"),
    "purchase_order": ("submitted",),
    "supplier_invoice": ("pending",),
    "client_invoice": ("pending",),
}
"""Table -> the states in which something waits for those who approve."""


def tell_of_entries(workspace: Workspace, entries: Iterable[Entry]) -> None:
    """Tell people of what concerns them by name."""
    for entry in entries:
        looks = _LOOKS.get(entry.table.name)
        if looks is None or entry.row is None or entry.row.deleted:
            continue
        found = [change for look in looks for change in look(entry)]
        if not found:
            continue
        cause = latest_change(entry) or {}
        for change in found:
            tell(
                workspace,
                Event(
                    **{
                        "scope": entry.scope.name,
                        "project": entry.scope.name.partition(":")[2],
                        "subject_table": entry.table.name,
                        "subject": entry.row.id,
                        "made_at": workspace.now_ms,
                        **({"replica": cause["replica"]} if cause else {}),
                        "counter": cause.get("counter", 0),
                        **change,
                    }
                ),
            )


Change = dict[str, Any]
"""Fields of an event."""


def _value(entry: Entry, field: str) -> tuple[Any, Any]:
    """Return a field's value before and after; a row that was not there had none."""
    stored, row = entry.stored, entry.row
    before = None if stored is None or stored.deleted else stored.values.get(field)
    return before, None if row is None else row.values.get(field)


def _added(entry: Entry, field: str) -> list[str]:
    before, after = _value(entry, field)
    return sorted({*(after or ())} - {*(before or ())})


def _comment(entry: Entry) -> Iterator[Change]:
    """Tell those whom a comment mentions, and those who follow what it is about."""
    row = entry.row
    assert row is not None  # noqa: S101
    mentioned = _added(entry, "mentions")
    task, table = row.values.get("task_id"), row.values.get("subject_table")
    about = {"subject_table": "task", "subject": task} if task else {}
    if not task and table and row.values.get("subject_id"):
        about = {"subject_table": table, "subject": row.values["subject_id"]}
    facts = {"body": row.values["body"][:400], "author_id": row.values.get("author_id")}
    if mentioned:
        people = dict.fromkeys(mentioned, "mentioned")
        yield {"kind": "mention", "what": "mention", "people": people, "facts": facts, **about}
    if entry.stored is None and about:
        yield {
            "kind": "watching",
            "what": "comment",
            "about": True,
            "spared": mentioned,
            "facts": facts,
            **about,
        }


def _task(entry: Entry) -> Iterator[Change]:
    """Tell who is given a task, and those who watch it of what became of it."""
    row = entry.row
    assert row is not None  # noqa: S101
    given = _added(entry, "assignees")
    if given:
        people = dict.fromkeys(given, "assigned")
        finish = row.values.get("planned_finish")
        facts = {} if finish is None else {"planned_finish": finish}
        yield {"kind": "assignment", "what": "assignment", "people": people, "facts": facts}
    if entry.stored is None or not row.values.get("watchers"):
        return
    moved = {}
    for field in WATCHED_FIELDS:
        before, after = _value(entry, field)
        if before != after:
            moved[field] = after
    if moved:
        people = dict.fromkeys(row.values["watchers"], "watching")
        yield {"kind": "watching", "what": "task_changed", "people": people, "facts": moved}


def _owned(entry: Entry) -> Iterator[Change]:
    """Tell who is given an action, a defect to lift, a permit to hold."""
    row = entry.row
    assert row is not None  # noqa: S101
    before, after = _value(entry, _OWNERS[entry.table.name])
    if after is not None and after != before:
        due = row.values.get("due") or row.values.get("valid_until")
        facts = {} if due is None else {"due": due}
        yield {
            "kind": "assignment",
            "what": "assignment",
            "people": {after: "owner"},
            "facts": facts,
        }


def _incident(entry: Entry) -> Iterator[Change]:
    """Tell everyone of an incident that is grave, or turns out to be."""
    before, after = _value(entry, "severity")
    if after in GRAVE and before not in GRAVE:
        assert entry.row is not None  # noqa: S101
        values = entry.row.values
        yield {
            "kind": "safety",
            "what": "incident",
            "everyone": True,
            "urgent": True,
            "level": "critical",
            "facts": {
                name: values.get(name) for name in ("kind", "severity", "place", "occurred_at")
            },
        }


def _decided(entry: Entry) -> Iterator[Change]:
    """Tell who asked what was decided."""
    row = entry.row
    assert row is not None  # noqa: S101
    before, after = _value(entry, "status")
    author = row.values.get("author_id")
    states = DECIDED[entry.table.name]
    if entry.stored is not None and before != after and after in states and author:
        reason = row.values.get("decision_reason") or row.values.get("refusal_reason")
        facts = {"status": after, **({"reason": reason} if reason else {})}
        yield {"kind": "approval", "what": "decided", "people": {author: "author"}, "facts": facts}


def _waiting(entry: Entry) -> Iterator[Change]:
    """Tell those who approve that something waits for them, at each level anew."""
    row = entry.row
    assert row is not None  # noqa: S101
    before = tuple(_value(entry, name)[0] for name in ("status", "level", "round"))
    after = tuple(_value(entry, name)[1] for name in ("status", "level", "round"))
    if after[0] in WAITING[entry.table.name] and before != after:
        level = row.values.get("level") or 1
        needs = row.values.get("approvals_needed") or ()
        facts = {
            "level": level,
            "needs": [[need[1], need[2]] for need in needs if need[0] == level],
            "author": row.values.get("author_id"),
            "amount": row.values.get("amount"),
            "currency": row.values.get("currency"),
        }
        yield {"kind": "approval", "what": "to_approve", "facts": facts}


_LOOKS: Mapping[str, tuple[Callable[[Entry], Iterator[Change]], ...]] = {
    "comment": (_comment,),
    "task": (_task,),
    "follow_up": (_owned,),
    "punch_item": (_owned,),
    "permit": (_owned,),
    "incident": (_incident,),
    "budget_request": (_decided, _waiting),
    "purchase_order": (_decided, _waiting),
    "supplier_invoice": (_decided, _waiting),
    "client_invoice": (_waiting,),
    "expense": (_decided,),
}
