"""Invoices to clients whose tax is rounded once for each rate, and their lines one by one."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_LEVELS = "ALTER TABLE client_invoice ADD CONSTRAINT client_invoice_rounding_known CHECK ({})"
_DROP = "ALTER TABLE client_invoice DROP CONSTRAINT client_invoice_rounding_known"


def upgrade() -> None:
    """Let documents say so."""
    run = op.get_bind().exec_driver_sql
    run(_DROP)
    run(_LEVELS.format("rounding IN ('line', 'tax', 'total')"))


def downgrade() -> None:
    """Take it away again: what was rounded by tax has been, and is called by line."""
    run = op.get_bind().exec_driver_sql
    run(_DROP)
    run("UPDATE client_invoice SET rounding = 'line' WHERE rounding = 'tax'")
    run(_LEVELS.format("rounding IN ('line', 'total')"))
