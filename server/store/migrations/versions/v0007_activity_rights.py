"""Activity: appended to, read by those whom it concerns, and kept for as long as it must be."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function that purges, and close the table."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Open the table again."""
    for statement in (
        """
        DO $$
        DECLARE policy name;
        BEGIN
            FOR policy IN SELECT polname FROM pg_policy WHERE polrelid = 'activity'::regclass LOOP
                EXECUTE format('DROP POLICY %I ON activity', policy);
            END LOOP;
        END $$
        """,
        "ALTER TABLE activity NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE activity DISABLE ROW LEVEL SECURITY",
        "REVOKE ALL ON activity FROM derrick_reader",
        "DROP FUNCTION purge_activity(timestamp with time zone)",
        "DROP INDEX activity_actor",
    ):
        op.get_bind().exec_driver_sql(statement)
