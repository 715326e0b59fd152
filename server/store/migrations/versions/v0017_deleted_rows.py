"""Deleted rows, found without looking at the living."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the tombstones."""
    run = op.get_bind().exec_driver_sql
    run("CREATE INDEX sync_row_deleted ON sync_row (scope_id, row_id) WHERE deleted")
    run("COMMENT ON INDEX sync_row_deleted IS 'what was deleted, and may be due for the purge'")


def downgrade() -> None:
    """Take the index away."""
    op.get_bind().exec_driver_sql("DROP INDEX sync_row_deleted")
