"""The replicas through which people act online."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark them; a person has one."""
    for statement in (
        "ALTER TABLE replica ADD COLUMN office BOOLEAN DEFAULT false NOT NULL",
        "CREATE UNIQUE INDEX replica_office ON replica (person_id) WHERE office",
        """
        COMMENT ON INDEX replica_office IS 'through which replica does a person act online'
        """,
    ):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take the mark away."""
    op.get_bind().exec_driver_sql("ALTER TABLE replica DROP COLUMN office")
