"""Tables of the alerts: what needs a person's eye, and who has seen it."""

from __future__ import annotations

from sync.schema import (
    Field,
    Table,
    Workflow,
    boolean,
    choice,
    date,
    decimal,
    document,
    identifier,
    integer,
    moment,
    text,
    words,
)

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
    "task_critical_slip",
    "milestone_at_risk",
    "budget_committed",
    "budget_forecast",
    "cost_index_low",
    "schedule_index_low",
    "off_budget",
    "expense_over_line",
    "request_waiting",
    "report_missing",
    "permit_expiring",
    "invoice_due",
    "follow_up_overdue",
    "device_silent",
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
        Field("muted_until", date()),
        Field("escalation", integer(0, 10), server=True),
        Field("escalated_at", moment(), server=True),
    ),
    indexes={
        "the open alerts of a site": ("status", "level"),
        "the alerts on one thing": ("subject_id",),
    },
)

ALERT_RULE = Table(
    name="alert_rule",
    service="alerts",
    scopes=("org",),
    fields=(
        Field("rule", choice(*ALERT_RULES), "write_once", required=True),
        Field("project_id", identifier(), "write_once"),
        Field("enabled", boolean(), "review"),
        Field("level", choice("information", "warning", "critical"), "review"),
        Field("thresholds", document(), "review"),
        Field("lead_days", document(), "review"),
        Field("horizon_days", integer(0, 365), "review"),
        Field("bound", decimal(), "review"),
        Field("wait_hours", integer(0, 8_760), "review"),
        Field("roles", words(10, 40), "set"),
        Field("escalate_hours", integer(0, 8_760), "review"),
        Field("escalate_roles", words(10, 40), "set"),
    ),
    indexes={"how this rule stands in this project": ("project_id", "rule")},
)
"""What an organisation or a project says of a rule where the defaults do not suit: a row without a
project is the organisation's, one with a project goes before it, and of two that say something else
of the same the elder (the smaller id). Null leaves the default.
"""

TABLES = (ALERT, ALERT_RULE)
