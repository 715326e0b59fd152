"""What the scheduler keeps; every project that has tasks is due."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    op.get_bind().exec_driver_sql("DROP TABLE baseline_task, project_schedule, schedule_due")
