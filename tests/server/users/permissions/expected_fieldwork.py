"""The matrix of planning and fieldwork: written out by hand, like `expected`."""

from __future__ import annotations

from tests.server.users.permissions.expecting import ALL, CREW, NOBODY, PLAN, Expected

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
        delete=CREW,
        fields={
            CREW: "note",
            NOBODY: "project_id item_id author_id ticked_at",
        },
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
        fields={
            PLAN: "kind severity potential_severity occurred_at place task_id description "
            "immediate_action root_cause lost_days status",
            NOBODY: "project_id number author_id",
        },
    ),
    "follow_up": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        fields={
            PLAN: "title owner_id due status result",
            NOBODY: "project_id subject_table subject_id author_id",
        },
    ),
    "punch_item": Expected(
        read=ALL,
        create=CREW,
        delete=PLAN,
        fields={
            CREW: "title place task_id description priority due company owner_id status",
            NOBODY: "project_id number resolved_by verified_by author_id",
        },
    ),
    "permit": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        fields={
            PLAN: "status reason authority_replica holder_id",
            NOBODY: "project_id number kind title place work hazards precautions task_id "
            "valid_from valid_until author_id assessed_by authorised_by issued_by "
            "activated_by handed_back_by closed_by activated_at",
        },
    ),
}
