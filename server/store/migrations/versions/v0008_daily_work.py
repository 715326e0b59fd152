"""The office's and the site's daily work: plans, fieldwork, orders, invoices, approvals."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "notice_preference, notification, alert_rule, payment, invoice_line, client_invoice, "
    "supplier_invoice, purchase_order, delegation, approval, budget_request, approval_rule, "
    "finance_settings, budget_version, permit, punch_item, follow_up, incident, report_line, "
    "checklist_tick, checklist_item, baseline"
)
NEW_COLUMNS = {
    "project": "calendar_id template copied_from language last_task_number last_incident_number "
    "last_punch_number last_permit_number",
    "calendar": "country rotation_start rotation_days_on rotation_days_off",
    "task_link": "lag_calendar",
    "task": "number progress_by weight quantity_planned_thousandths quantity_done_thousandths "
    "quantity_unit progress_rolled remaining_minutes constraint_kind constraint_date early_start "
    "early_finish late_start late_finish total_float_minutes free_float_minutes critical "
    "baseline_start baseline_finish watchers",
    "comment": "subject_table subject_id mentions",
    "daily_report": "revision revises_id signature_id signed_name contributors lines_headcount "
    "lines_minutes approved_by approved_at",
    "budget": "status original_amount version locked_at committed forecast",
    "budget_line": "kind estimate_to_complete original_amount committed forecast",
    "expense": "order_id invoice_id tax_amount category receipt_id receipt_hash over_budget "
    "duplicate_of",
    "alert": "muted_until escalation escalated_at",
}
FORMER_WORDS = {
    ("expense", "status"): "'submitted', 'approved', 'refused', 'posted', 'paid'",
    ("alert", "rule"): "'budget_threshold', 'budget_line_threshold', 'task_overdue', 'task_due', "
    "'task_past_project_end'",
}


def upgrade() -> None:
    """Make the tables and the columns."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again; rows that only the newer version can hold stand in the way."""
    run = op.get_bind().exec_driver_sql
    run(f"DROP TABLE {NEW_TABLES}")
    for (table, column), words in FORMER_WORDS.items():
        run(
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_known, "
            f"ADD CONSTRAINT {table}_{column}_known CHECK ({column} IN ({words}))"
        )
    run("DROP INDEX expense_date_amount")
    run("CREATE INDEX expense_date ON expense (project_id, date)")
    run("COMMENT ON INDEX expense_date IS 'the ledger, by date'")
    for table, columns in NEW_COLUMNS.items():
        dropped = ", ".join(f"DROP COLUMN {column}" for column in columns.split())
        run(f"ALTER TABLE {table} {dropped}")
