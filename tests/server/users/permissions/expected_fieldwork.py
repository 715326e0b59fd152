"""The matrix of planning and fieldwork: written out by hand, like `expected`."""

from __future__ import annotations

from tests.server.users.permissions.expecting import ALL, CREW, NOBODY, PLAN, Expected, Move

FIELDWORK = {
    "baseline": Expected(
        read=ALL,
        create=PLAN,
        delete="AM",
        fields={
            PLAN: "name reason",
            NOBODY: "project_id author_id number taken_at tasks",
        },
    ),
    "checklist_item": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            PLAN: "position label mandatory",
            NOBODY: "project_id task_id",
        },
    ),
    "checklist_tick": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=CREW,
        fields={NOBODY: "project_id item_id author_id ticked_at note"},
        own_fields={CREW: "note", NOBODY: "project_id item_id author_id ticked_at"},
    ),
    "report_line": Expected(
        read=ALL,
        create=CREW,
        delete=CREW,
        fields={
            CREW: "label company count minutes state cause task_id quantity unit note",
            NOBODY: "project_id report_id kind",
        },
    ),
    "incident": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        delete_own="AM",
        fields={
            PLAN: "kind severity potential_severity occurred_at place task_id description "
            "immediate_action root_cause lost_days status",
            NOBODY: "project_id number author_id",
        },
        own_fields={
            CREW: "kind severity potential_severity occurred_at place task_id description "
            "immediate_action root_cause lost_days",
            PLAN: "status",
            NOBODY: "project_id number author_id",
        },
        moves=(Move(PLAN, "open", "closed"), Move(PLAN, "closed", "investigating")),
    ),
    "follow_up": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=PLAN,
        fields={
            PLAN: "title owner_id due status result",
            NOBODY: "project_id subject_table subject_id author_id",
        },
        own_fields={
            PLAN: "title owner_id due status result",
            NOBODY: "project_id subject_table subject_id author_id",
        },
        moves=(Move(PLAN, "todo", "done"), Move(PLAN, "done", "verified")),
    ),
    "punch_item": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        delete_own=PLAN,
        fields={
            CREW: "title place task_id description priority due company owner_id status",
            NOBODY: "project_id number resolved_by verified_by author_id",
        },
        own_fields={
            CREW: "title place task_id description priority due company owner_id status",
            NOBODY: "project_id number resolved_by verified_by author_id",
        },
        moves=(Move(CREW, "open", "resolved"), Move(CREW, "in_progress", "resolved")),
    ),
    "permit": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        delete_own="AM",
        fields={
            PLAN: "status holder_id reason",
            NOBODY: "project_id number kind title place work hazards precautions task_id "
            "valid_from valid_until author_id assessed_by authorised_by issued_by "
            "activated_by handed_back_by closed_by activated_at authority_replica",
        },
        own_fields={
            PLAN: "status holder_id reason",
            NOBODY: "project_id number kind title place work hazards precautions task_id "
            "valid_from valid_until author_id assessed_by authorised_by issued_by "
            "activated_by handed_back_by closed_by activated_at authority_replica",
        },
        moves=(
            Move(PLAN, "requested", "assessed"),
            Move(PLAN, "requested", "assessed", own=True),
            Move(PLAN, "requested", "refused"),
            Move(CREW, "requested", "cancelled", own=True),
            Move(PLAN, "assessed", "authorised"),
            Move(NOBODY, "assessed", "authorised", own=True),
            Move(NOBODY, "issued", "active"),
            Move(CREW, "active", "suspended"),
            Move(NOBODY, "suspended", "active"),
            Move(PLAN, "active", "handed_back"),
            Move(PLAN, "handed_back", "closed"),
        ),
    ),
}
