"""The permission matrix, written out by hand from what each role is for; nothing of the code.

A field that is not named here, or a table, fails the test.
"""

from __future__ import annotations

from tests.server.users.permissions.expected_documents import DOCUMENTS
from tests.server.users.permissions.expected_fieldwork import FIELDWORK
from tests.server.users.permissions.expected_spending import SPENDING
from tests.server.users.permissions.expecting import (
    ALL,
    CREW,
    DECIDE,
    LETTERS,
    MONEY,
    NOBODY,
    PLAN,
    Expected,
    Move,
)

__all__ = ["LETTERS", "MATRIX", "NOBODY", "Expected", "Move"]

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
            "imported data_date calendar_id template language",
            NOBODY: "currency copied_from spent_off_budget last_task_number "
            "last_incident_number last_punch_number last_permit_number",
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
            PLAN: "name week exceptions hours_per_day country rotation_start rotation_days_on "
            "rotation_days_off external_id imported",
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
            CREW: "status progress actual_start actual_finish remaining_minutes "
            "quantity_done_thousandths hours_spent_minutes notes tags",
            PLAN: "parent_id position code name kind milestone_at planned_start planned_finish "
            "duration_minutes float_minutes constraint_kind constraint_date "
            "calendar_id assignees watchers progress_by weight quantity_planned_thousandths "
            "quantity_unit external_id imported",
            NOBODY: "project_id number progress_rolled early_start early_finish late_start "
            "late_finish total_float_minutes free_float_minutes critical baseline_start "
            "baseline_finish",
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
            PLAN: "kind lag_minutes lag_calendar external_id imported",
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
        fields={NOBODY: "project_id task_id subject_table subject_id body mentions author_id"},
        own_fields={NOBODY: "project_id task_id subject_table subject_id body mentions author_id"},
    ),
    "daily_report": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=CREW,
        fields={
            PLAN: "status weather headcount worked_minutes trades work_done work_planned delays "
            "safety incident signature_id signed_name external_id contributors",
            NOBODY: "project_id date shift revision revises_id author_id approved_by approved_at "
            "lines_headcount lines_minutes",
        },
        own_fields={
            CREW: "status weather headcount worked_minutes trades work_done work_planned delays "
            "safety incident signature_id signed_name external_id",
            PLAN: "contributors",
            NOBODY: "project_id date shift revision revises_id author_id approved_by approved_at "
            "lines_headcount lines_minutes",
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
            MONEY: "name amount thresholds status imported",
            NOBODY: "project_id currency original_amount version locked_at committed spent "
            "forecast",
        },
    ),
    "budget_line": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "cost_code category description amount estimate_to_complete "
            "annual_amounts task_id external_id imported",
            NOBODY: "project_id budget_id kind original_amount committed spent forecast",
        },
    ),
    "expense": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        delete_own=CREW,
        fields={
            DECIDE: "budget_line_id task_id order_id invoice_id status refusal_reason",
            NOBODY: "project_id date amount currency tax_amount supplier "
            "description category receipt_id receipt_hash author_id amount_converted rate "
            "rate_date over_budget duplicate_of",
        },
        own_fields={
            CREW: "budget_line_id task_id order_id invoice_id date amount currency tax_amount "
            "supplier description category receipt_id receipt_hash refusal_reason",
            NOBODY: "project_id status author_id amount_converted rate rate_date over_budget "
            "duplicate_of",
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
            DECIDE: "muted_until",
            NOBODY: "project_id rule subject_table subject_id level facts due cause raised_at "
            "cleared_at escalation escalated_at",
        },
        moves=(Move(NOBODY, "open", "resolved"), Move(NOBODY, "acknowledged", "resolved")),
    ),
    # Everyone's own alone; of others nobody so much as knows.
    "notification": Expected(
        read=ALL,
        create=NOBODY,
        delete=NOBODY,
        fields={
            ALL: "delivered_at read_at acknowledged_at",
            NOBODY: "person_id kind urgent project_id subject_table subject_id alert_id count "
            "title body reason actor_id channels made_at sent_at ring_at repeats repeated_at",
        },
    ),
    "notice_preference": Expected(
        read=ALL,
        create=ALL,
        delete=NOBODY,
        fields={
            ALL: "app email sms quiet_from quiet_until",
            NOBODY: "person_id kind",
        },
    ),
    "watch": Expected(
        read=ALL,
        create=ALL,
        delete=ALL,
        fields={NOBODY: "person_id subject_scope subject_table subject_id"},
    ),
    **FIELDWORK,
    **SPENDING,
    **DOCUMENTS,
}
