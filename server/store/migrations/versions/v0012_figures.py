"""Running sums behind the figures: expenses by day and task, value planned and earned by day."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = "figure_state, figure_day, baseline_value, progress_day, expense_task, expense_day"


def upgrade() -> None:
    """Make the tables, and add up what is there."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    op.get_bind().exec_driver_sql(f"DROP TABLE {TABLES}")
