"""Which milestones mark the beginning of work, and not its end."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what is there already nothing is said, and a milestone marks an end."""
    op.get_bind().exec_driver_sql(
        "ALTER TABLE task ADD COLUMN milestone_at TEXT,"
        " ADD CONSTRAINT task_milestone_at_known CHECK (milestone_at IN ('start', 'finish'))"
    )


def downgrade() -> None:
    """Take it away again."""
    op.get_bind().exec_driver_sql("ALTER TABLE task DROP COLUMN milestone_at")
