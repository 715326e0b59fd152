"""Messages: their words, when each is tried again, and what became of it."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    for statement in (
        "DROP INDEX message_outbox_due",
        """
        ALTER TABLE message_outbox
            DROP CONSTRAINT message_outbox_once,
            DROP COLUMN words, DROP COLUMN once, DROP COLUMN attempts, DROP COLUMN next_at,
            DROP COLUMN given_up_at, DROP COLUMN error
        """,
        "CREATE INDEX message_outbox_waiting ON message_outbox (id) WHERE sent_at IS NULL",
        """
        COMMENT ON INDEX message_outbox_waiting IS 'what is still to be sent, oldest first'
        """,
    ):
        op.get_bind().exec_driver_sql(statement)
