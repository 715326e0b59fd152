"""Sessions: by when a one-time code must have been shown in them."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take it away again, its index with it."""
    op.get_bind().exec_driver_sql("ALTER TABLE session DROP COLUMN prove_by")
