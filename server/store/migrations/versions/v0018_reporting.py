"""Typed views for BI tools, under the same row-level security as the app."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take it away again; who reads is said by the setting alone, as 0006 has it."""
    for statement in (
        """
        CREATE OR REPLACE FUNCTION reader_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT nullif(current_setting('derrick.person', true), '')::uuid
        $$
        """,
        "DROP FUNCTION reporting_person()",
        "DROP SCHEMA reporting CASCADE",
    ):
        op.get_bind().exec_driver_sql(statement)
