"""The first tables: synced rows, their log, and what the engine keeps beside them."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. The statements were drawn from the declarations of that day."""
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    for statement in script.split("\n-- next\n"):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Drop everything: before this revision there was nothing."""
    op.get_bind().exec_driver_sql(
        """
        DO $$
        DECLARE
            name text;
        BEGIN
            FOR name IN
                SELECT c.oid::regclass::text FROM pg_class AS c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                    AND NOT c.relispartition AND c.relname <> 'alembic_version'
            LOOP
                EXECUTE 'DROP TABLE ' || name || ' CASCADE';
            END LOOP;
            DROP FUNCTION IF EXISTS make_change_log_month(date);
        END $$
        """
    )
