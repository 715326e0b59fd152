"""People: how they prove who they are."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    for statement in (
        "DROP TABLE message_outbox, person_photo, login_brake, password_reset, invitation",
        "DROP TABLE role_requirement, recovery_code, one_time_code, credential",
        "ALTER TABLE person DROP COLUMN photo, DROP COLUMN time_zone",
    ):
        op.get_bind().exec_driver_sql(statement)
