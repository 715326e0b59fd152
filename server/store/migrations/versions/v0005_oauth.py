"""Other systems: clients, codes and company sign-in."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again."""
    for tables in (
        "oidc_identity, oidc_ticket, oidc_flow",
        "oauth_code, oauth_grant, oauth_consent, oauth_client",
    ):
        op.get_bind().exec_driver_sql(f"DROP TABLE {tables}")
    op.get_bind().exec_driver_sql("ALTER TABLE replica DROP COLUMN client_id")
