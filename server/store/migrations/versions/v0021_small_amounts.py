"""What a project takes for small when it asks for approvals: data, no longer a constant."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.get_bind().exec_driver_sql("ALTER TABLE finance_settings ADD COLUMN small_below BIGINT")


def downgrade() -> None:
    """Take it away again."""
    op.get_bind().exec_driver_sql("ALTER TABLE finance_settings DROP COLUMN small_below")
