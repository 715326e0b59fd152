"""Uploads whose parts go straight to the object store."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of an upload how large its parts are, where the object store takes them."""
    op.get_bind().exec_driver_sql("ALTER TABLE upload ADD COLUMN part_bytes bigint")


def downgrade() -> None:
    """Take the column away: what still comes that way begins anew, through the server."""
    run = op.get_bind().exec_driver_sql
    run("DELETE FROM upload WHERE part_bytes IS NOT NULL AND state = 'receiving'")
    run("ALTER TABLE upload DROP COLUMN part_bytes")
