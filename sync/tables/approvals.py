"""Tables of the budget service: requests for money, and who may and did approve what."""

from __future__ import annotations

from sync.schema import (
    Field,
    Table,
    Workflow,
    boolean,
    choice,
    currency,
    date,
    document,
    identifier,
    integer,
    moment,
    money,
    reference,
    text,
    words,
)
from sync.tables.people import ROLES
from sync.tables.projects import project_id

APPROVED_KINDS = ("budget_request", "purchase_order", "supplier_invoice", "client_invoice")
"""What goes through levels of approval."""


def reviewed() -> tuple[Field, ...]:
    """Return what the server writes of the approval of a row.

    `round` counts the times it was submitted or changed in what matters: words on an earlier round
    count no more. `approvals_needed` is who has to approve, settled when the round began: a list of
    [level, role, person, cause], of which all but the level may be null; the cause is `tolerance`
    where an invoice asks for more than was ordered or spent. `level` of `levels` is the lowest that
    still waits for someone.
    """
    return (
        Field("round", integer(1), server=True),
        Field("level", integer(0), server=True),
        Field("levels", integer(0), server=True),
        Field("approvals_needed", document(), server=True),
        Field("waiting_since", moment(), server=True),
        Field("decided_at", moment(), server=True),
        Field("decision_reason", text(400), server=True),
    )


APPROVAL_RULE = Table(
    name="approval_rule",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("name", text(200), required=True),
        Field("kind", choice(*APPROVED_KINDS), required=True),
        Field("category", text(80)),
        Field("amount_from", money(0), "review"),
        Field("amount_below", money(0), "review"),
        Field("level", integer(1, 20), "review", required=True),
        Field("role", choice(*ROLES), "review"),
        Field("person_id", reference("person"), "review"),
        Field("active", boolean(), "review"),
    ),
    indexes={"who approves this kind, level by level": ("kind", "level")},
)
"""One approval that something of a kind, category and amount needs; equal levels run in parallel.

Amounts are in the project's currency; `amount_below` is not included.
"""

REQUEST_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("submitted", "withdrawn"),
        "submitted": ("in_review", "approved", "rejected", "returned", "withdrawn"),
        "in_review": ("approved", "rejected", "returned", "withdrawn", "submitted"),
        "returned": ("submitted", "withdrawn", "rejected", "approved"),
        "approved": (),
        "rejected": ("approved",),
        "withdrawn": (),
    },
    precedence=(
        "draft",
        "returned",
        "submitted",
        "in_review",
        "withdrawn",
        "rejected",
        "approved",
    ),
    entered=("submitted",),
)
"""People submit and withdraw; the rest is what the server makes of the words given.

What all who had to have approved is approved, also when a refusal reached the server before the
last of them: approvals that were given before the refusal was known may still be on their way.
"""

BUDGET_REQUEST = Table(
    name="budget_request",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field("kind", choice("increase", "transfer", "contingency"), required=True),
        Field("title", text(200), required=True),
        Field("reason", text(4_000)),
        Field("budget_id", reference("budget"), "write_once", required=True),
        Field("budget_line_id", reference("budget_line"), required=True),
        Field("source_line_id", reference("budget_line")),
        Field("amount", money(1), "review", required=True),
        Field("annual_year", integer(1900, 2200), "review"),
        Field("category", text(80)),
        Field("needed_by", date()),
        Field("status", choice(*REQUEST_STATUS.precedence), "workflow", workflow=REQUEST_STATUS),
        Field("author_id", reference("person"), "write_once", required=True),
        Field("submitted_at", moment(), server=True),
        *reviewed(),
    ),
    indexes={"the requests of a project, by state": ("status", "waiting_since")},
)
"""More money for a line, or money from another. `annual_year` is the year whose amounts it moves as
well, on the lines that have one for it.
"""

APPROVAL = Table(
    name="approval",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("subject_table", choice(*APPROVED_KINDS), "write_once", required=True),
        Field("subject_id", identifier(), "write_once", required=True),
        Field("round", integer(1), "write_once", required=True),
        Field("level", integer(1, 20), "write_once", required=True),
        Field("amount", money(0), "write_once", required=True),
        Field("decision", choice("approved", "rejected", "returned"), "write_once", required=True),
        Field("reason", text(400), "write_once"),
        Field("author_id", reference("person"), "write_once", required=True),
        Field("on_behalf_of", reference("person"), "write_once"),
        Field("role", choice(*ROLES), server=True),
    ),
    indexes={"what was decided of this": ("subject_id", "round", "level")},
)
"""One person's word on one round and level: never changed, so two of them never collide.

`amount` is what its author saw; `on_behalf_of` is the person for whom a delegate spoke, `role` the
role that the word was given in: the author's, or that of the other.
"""

DELEGATION = Table(
    name="delegation",
    service="budget",
    scopes=("org",),
    fields=(
        Field("person_id", reference("person"), "write_once", required=True),
        Field("delegate_id", reference("person"), "write_once", required=True),
        Field("project_id", identifier(), "write_once"),
        Field("kinds", words(10, 40), "set"),
        Field("amount_below", money(0), "review"),
        Field("currency", currency(), "review"),
        Field("start", date(), required=True),
        Field("finish", date(), required=True),
        Field("ended", boolean()),
    ),
    indexes={
        "who stands in for this person": ("person_id", "finish"),
        "for whom does this person stand in": ("delegate_id", "finish"),
    },
)
"""A person decides for another while they are away: never more than the other may."""

TABLES = (APPROVAL_RULE, BUDGET_REQUEST, APPROVAL, DELEGATION)
