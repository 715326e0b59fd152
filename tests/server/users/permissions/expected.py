"""The permission matrix, written out by hand from what each role is for; nothing of the code.

A string names the roles that may: A administrator, M manager, C accountant, S supervisor, E
employee, U auditor. A field that is not named here, or a table, fails the test.
"""

from __future__ import annotations

from msgspec import Struct

LETTERS = {
    "A": "administrator",
    "M": "manager",
    "C": "accountant",
    "S": "supervisor",
    "E": "employee",
    "U": "auditor",
}

ALL, CREW, NOBODY = "AMCSEU", "AMCSE", ""
PLAN, MONEY, DECIDE = "AMS", "AMC", "AMCS"


class Move(Struct, frozen=True):
    """A change of one state into another, with what goes with it."""

    roles: str
    before: str
    after: str
    own: bool = False
    """Of a row whose author is the one who moves it."""


class Expected(Struct, frozen=True):
    """What the roles may do with a table."""

    read: str
    create: str
    delete: str
    fields: dict[str, str]
    """Roles -> the fields, in words, that they may change in another's row."""
    delete_own: str | None = None
    own_fields: dict[str, str] | None = None
    """The same in one's own row."""
    moves: tuple[Move, ...] = ()


MATRIX = {
    "person": Expected(
        read=ALL,
        create="A",
        delete="A",
        fields={
            "A": "name phone language role active time_zone photo",
            NOBODY: "login",
        },
        own_fields={CREW: "name phone language time_zone photo", "A": "role", NOBODY: "login"},
    ),
    "site": Expected(
        read=ALL,
        create="AM",
        delete="AM",
        fields={
            "AM": "name field_name block operator country latitude_microdegrees "
            "longitude_microdegrees time_zone external_id"
        },
    ),
    "project": Expected(
        read=ALL,
        create="AM",
        delete="A",
        fields={
            "AM": "code name site_id status start finish time_zone description external_id "
            "imported data_date",
            NOBODY: "currency spent_off_budget",
        },
        moves=(Move("AM", "draft", "active"), Move("AM", "active", "closed")),
    ),
    "member": Expected(
        read=ALL,
        create="AM",
        delete="AM",
        fields={"AM": "role", NOBODY: "project_id person_id"},
    ),
    "calendar": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            PLAN: "name week exceptions hours_per_day external_id imported",
            NOBODY: "project_id",
        },
    ),
    "resource": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={PLAN: "name kind unit external_id imported", NOBODY: "project_id"},
    ),
    "task": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            CREW: "status progress actual_start actual_finish hours_spent_minutes notes tags",
            PLAN: "parent_id position code name kind planned_start planned_finish "
            "duration_minutes float_minutes calendar_id assignees external_id imported",
            NOBODY: "project_id",
        },
        moves=(
            Move(CREW, "todo", "in_progress"),
            Move(CREW, "in_progress", "done"),
            Move(CREW, "todo", "cancelled"),
            Move(PLAN, "done", "verified"),
            Move(PLAN, "verified", "in_progress"),
        ),
    ),
    "task_link": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            PLAN: "kind lag_minutes external_id imported",
            NOBODY: "project_id predecessor_id successor_id",
        },
    ),
    "assignment": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            PLAN: "planned_units actual_units external_id imported",
            NOBODY: "project_id task_id resource_id",
        },
    ),
    "comment": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=CREW,
        fields={NOBODY: "project_id task_id body author_id"},
        own_fields={NOBODY: "project_id task_id body author_id"},
    ),
    "daily_report": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=CREW,
        fields={
            PLAN: "status weather headcount worked_minutes trades work_done work_planned delays "
            "safety incident external_id",
            NOBODY: "project_id date shift author_id",
        },
        own_fields={
            CREW: "status weather headcount worked_minutes trades work_done work_planned delays "
            "safety incident external_id",
            NOBODY: "project_id date shift author_id",
        },
        moves=(
            Move(CREW, "draft", "submitted", own=True),
            Move(PLAN, "draft", "submitted"),
            Move(PLAN, "submitted", "approved"),
            Move("AM", "submitted", "approved", own=True),
        ),
    ),
    "exchange_rate": Expected(
        read=ALL,
        create="AC",
        delete="AC",
        fields={"AC": "rate", NOBODY: "currency quote date"},
    ),
    "budget": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "name amount thresholds imported",
            NOBODY: "project_id currency spent",
        },
    ),
    "budget_line": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "cost_code category description amount task_id external_id imported",
            NOBODY: "project_id budget_id spent",
        },
    ),
    "expense": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        delete_own=CREW,
        fields={
            DECIDE: "budget_line_id task_id status refusal_reason",
            NOBODY: "project_id date amount currency supplier description author_id "
            "amount_converted rate rate_date",
        },
        own_fields={
            CREW: "budget_line_id task_id date amount currency supplier description refusal_reason",
            NOBODY: "project_id status author_id amount_converted rate rate_date",
        },
        moves=(
            Move(DECIDE, "submitted", "approved"),
            Move(DECIDE, "submitted", "refused"),
            Move(DECIDE, "approved", "submitted"),
            Move(DECIDE, "refused", "submitted"),
            Move("AC", "approved", "posted"),
            Move("AC", "posted", "paid"),
            Move(NOBODY, "submitted", "approved", own=True),
            Move(NOBODY, "submitted", "refused", own=True),
            Move(NOBODY, "approved", "submitted", own=True),
            Move(CREW, "refused", "submitted", own=True),
            Move("AC", "approved", "posted", own=True),
        ),
    ),
    "alert": Expected(
        read=ALL,
        create=NOBODY,
        delete=NOBODY,
        fields={
            CREW: "status acknowledged_by",
            NOBODY: "project_id rule subject_table subject_id level facts due cause raised_at "
            "cleared_at",
        },
        moves=(Move(NOBODY, "open", "resolved"), Move(NOBODY, "acknowledged", "resolved")),
    ),
}
