"""What a client's invoice is worth in the project's currency; expenses that wait, by their line."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = {"amount_converted": "BIGINT", "rate": "NUMERIC", "rate_date": "DATE"}


def upgrade() -> None:
    """Add the columns and the index."""
    run = op.get_bind().exec_driver_sql
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items())
    run(f"ALTER TABLE client_invoice {added}")
    run(
        "CREATE INDEX expense_waiting ON expense (project_id, budget_line_id, date, id)"
        " WHERE (status IS NULL OR status = 'submitted') AND NOT deleted"
    )
    run(
        "COMMENT ON INDEX expense_waiting IS"
        " 'which expenses on a line wait for a decision, the latest first'"
    )


def downgrade() -> None:
    """Take them away again."""
    run = op.get_bind().exec_driver_sql
    run("DROP INDEX expense_waiting")
    run("ALTER TABLE client_invoice " + ", ".join(f"DROP COLUMN {name}" for name in COLUMNS))
