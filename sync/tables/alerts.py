"""Tables of the alerts: what needs a person's eye, and who has seen it."""

from __future__ import annotations

from sync.schema import Field, Table, Workflow, choice, date, document, identifier, moment, text

ALERT_STATUS = Workflow(
    initial="open",
    transitions={
        "open": ("acknowledged", "resolved"),
        "acknowledged": ("open", "resolved"),
        "resolved": ("open", "acknowledged"),
    },
    precedence=("open", "acknowledged", "resolved"),
)

ALERT_RULES = (
    "budget_threshold",
    "budget_line_threshold",
    "task_overdue",
    "task_due",
    "task_past_project_end",
)

ALERT = Table(
    name="alert",
    service="alerts",
    scopes=("project", "finance"),
    scope_field="project_id",
    fields=(
        Field("project_id", identifier(), "write_once", required=True),
        Field("rule", choice(*ALERT_RULES), "write_once", required=True),
        Field("subject_table", text(60), "write_once", required=True),
        Field("subject_id", identifier(), "write_once", required=True),
        Field("level", choice("information", "warning", "critical"), server=True),
        Field("facts", document(), server=True),
        Field("due", date(), server=True),
        Field("cause", document(), server=True),
        Field("raised_at", moment(), server=True),
        Field("cleared_at", moment(), server=True),
        Field("status", choice(*ALERT_STATUS.precedence), "workflow", workflow=ALERT_STATUS),
        Field("acknowledged_by", identifier()),
    ),
    indexes={
        "the open alerts of a site": ("status", "level"),
        "the alerts on one thing": ("subject_id",),
    },
)

TABLES = (ALERT,)
