"""Orders of reports that are too large to wait for."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take it away again."""
    op.get_bind().exec_driver_sql("DROP TABLE report_order")
