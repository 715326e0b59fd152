"""Permissions as data, and row-level security."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again. The role derrick_reader stays: other databases may use it."""
    op.get_bind().exec_driver_sql(
        """
        DO $$
        DECLARE
            name regclass;
            policy name;
        BEGIN
            FOR name IN SELECT oid FROM pg_class WHERE relrowsecurity AND NOT relispartition
                AND relnamespace = 'public'::regnamespace
            LOOP
                FOR policy IN SELECT polname FROM pg_policy WHERE polrelid = name LOOP
                    EXECUTE format('DROP POLICY %I ON %s', policy, name);
                END LOOP;
                EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name);
                EXECUTE format('REVOKE ALL ON %s FROM derrick_reader', name);
            END LOOP;
        END $$
        """
    )
    functions = (
        "protect_table(regclass, text), reading_rule(text, text), reader_leads(), "
        "reader_scope_ids(), reader_scopes(), reader_projects(text), reader_kinds(), "
        "reader_role(), reader_id()"
    )
    for statement in (
        "DROP VIEW device_name, readable_change_log",
        f"DROP FUNCTION {functions}",
        "REVOKE USAGE ON SCHEMA public FROM derrick_reader",
        "ALTER TABLE rejection DROP COLUMN scopes",
        "DROP TABLE permission",
    ):
        op.get_bind().exec_driver_sql(statement)
