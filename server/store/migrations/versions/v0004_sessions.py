"""Sessions, devices and signing keys."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    op.get_bind().exec_driver_sql("DROP TRIGGER person_leaves ON person")
    op.get_bind().exec_driver_sql("DROP FUNCTION end_sessions_of_leaver()")
    tables = "held_change_set, person_sign_out, session, device_person, device, signing_key"
    op.get_bind().exec_driver_sql(f"DROP TABLE {tables}")
    op.get_bind().exec_driver_sql("ALTER TABLE replica DROP COLUMN device_id")
