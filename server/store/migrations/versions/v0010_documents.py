"""Documents: their synced tables, uploads, stored objects, search, links given out."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "storage_use, share_link, document_search, stored_object, upload, offline_rule, "
    "document_link, document_version, document, folder"
)


def upgrade() -> None:
    """Make the tables, and let row-level security know restricted folders."""
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n-- next\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take them away again; the readers' functions are as 0006 made them."""
    before = Path(__file__).with_name("v0006_permissions.sql").read_text("utf-8")
    for statement in before.split("\n-- next\n"):
        for name in ("reader_kinds", "reader_scopes"):
            made = f"CREATE FUNCTION {name}("
            if made in statement:
                op.get_bind().exec_driver_sql(
                    statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
                )
    for statement in (
        f"DROP TABLE {TABLES}",
        "DROP FUNCTION home_rule()",
        "DROP FUNCTION reader_folders()",
    ):
        op.get_bind().exec_driver_sql(statement)
