"""What a budget line may take in a year: its amounts, the grid, what was used by month."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SUBJECTS = ("request", "order", "actual", "sum")

_TABLE = """
    CREATE TABLE line_month (
        project_id UUID NOT NULL,
        line_id UUID NOT NULL,
        month DATE NOT NULL,
        spent BIGINT NOT NULL,
        committed BIGINT NOT NULL,
        PRIMARY KEY (project_id, line_id, month)
    )
"""
# What was there before the sums were kept.
_FILL = """
    WITH document AS (
        SELECT project_id, budget_line_id, date, amount_converted AS spent, 0::bigint AS committed
        FROM expense
        WHERE NOT deleted AND (status IS NULL OR status NOT IN ('draft', 'refused'))
            AND NOT EXISTS (SELECT FROM supplier_invoice AS invoice
                WHERE invoice.project_id = expense.project_id AND invoice.id = expense.invoice_id
                AND NOT invoice.deleted AND invoice.status IN ('approved', 'paid')
                AND invoice.kind IS DISTINCT FROM 'credit_note')
        UNION ALL
        SELECT project_id, budget_line_id, date,
            CASE WHEN kind = 'credit_note' THEN -amount_converted ELSE amount_converted END, 0
        FROM supplier_invoice WHERE NOT deleted AND status IN ('approved', 'paid')
        UNION ALL
        SELECT project_id, budget_line_id, date, 0, coalesce(committed, 0) FROM purchase_order
        WHERE NOT deleted
    )
    INSERT INTO line_month (project_id, line_id, month, spent, committed)
    SELECT document.project_id, line.id, date_trunc('month', document.date)::date,
        sum(document.spent), sum(document.committed)
    FROM document JOIN budget_line AS line ON line.project_id = document.project_id
        AND line.id = document.budget_line_id AND NOT line.deleted
    JOIN budget ON budget.project_id = line.project_id
        AND budget.id = line.budget_id AND NOT budget.deleted
    GROUP BY 1, 2, 3 HAVING sum(document.spent) <> 0 OR sum(document.committed) <> 0
"""


def upgrade() -> None:
    """Add the columns and the table, and add up what there is."""
    run = op.get_bind().exec_driver_sql
    added = [f"ADD COLUMN annual_{subject} TEXT" for subject in SUBJECTS]
    added += [
        f"ADD CONSTRAINT finance_settings_annual_{subject}_known"
        f" CHECK (annual_{subject} IN ('stop', 'warn', 'ignore'))"
        for subject in SUBJECTS
    ]
    run(f"ALTER TABLE finance_settings {', '.join(added)}, ADD COLUMN fiscal_year_month BIGINT")
    run("ALTER TABLE budget_line ADD COLUMN annual_amounts JSON")
    run("ALTER TABLE budget_request ADD COLUMN annual_year BIGINT")
    run(_TABLE)
    run("SELECT protect_table('line_month', reading_rule('finance', 'project_id'))")
    run(_FILL)


def downgrade() -> None:
    """Take them away again."""
    run = op.get_bind().exec_driver_sql
    run("DROP TABLE line_month")
    run("ALTER TABLE budget_request DROP COLUMN annual_year")
    run("ALTER TABLE budget_line DROP COLUMN annual_amounts")
    dropped = ", ".join(f"DROP COLUMN annual_{subject}" for subject in SUBJECTS)
    run(f"ALTER TABLE finance_settings {dropped}, DROP COLUMN fiscal_year_month")
