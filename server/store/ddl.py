"""Draws the DDL of all tables from their declarations: for drafting a migration and for its test.

`python -m server.store.ddl` prints the statements.
"""

from __future__ import annotations

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from server.store import activity as _activity  # noqa: F401 -- declares its tables
from server.store import figures as _figures  # noqa: F401
from server.store import messages as _messages  # noqa: F401
from server.store import notices as _notices  # noqa: F401 -- declares its tables
from server.store import oauth as _oauth  # noqa: F401 -- declares its tables
from server.store import people as _people  # noqa: F401 -- declares its tables
from server.store import permissions as _permissions  # noqa: F401
from server.store import reports as _reports  # noqa: F401
from server.store import schedules as _schedules  # noqa: F401 -- declares its tables
from server.store import sessions as _sessions  # noqa: F401
from server.store import uploads as _uploads  # noqa: F401
from server.store.metadata import METADATA
from server.store.tables import HASH_PARTITIONS

CHANGE_LOG_PARTITIONS = (
    "CREATE TABLE change_log_default PARTITION OF change_log DEFAULT",
    # The application role makes months ahead without owning the table.
    """
    CREATE FUNCTION make_change_log_month(month date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE
        first date := date_trunc('month', month)::date;
        name text := 'change_log_' || to_char(first, 'YYYY_MM');
    BEGIN
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF change_log FOR VALUES FROM (%L) TO (%L)',
                name, first::timestamptz, (first + interval '1 month')::timestamptz);
        END IF;
        RETURN name;
    END $$
    """,
    """
    SELECT make_change_log_month((now() + ahead * interval '1 month')::date)
    FROM generate_series(0, 2) AS ahead
    """,
)

FIRST_ROWS = (
    "INSERT INTO installation (one, server_epoch) VALUES (true, 1)",
    "INSERT INTO scope (name) VALUES ('org')",
)


def statements() -> list[str]:
    """Return the statements that make an empty database ready, in order."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    drawn: list[str] = []
    for table in METADATA.sorted_tables:
        drawn.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        if "HASH" in str(table.dialect_options["postgresql"]["partition_by"]):
            drawn += [
                f"CREATE TABLE {table.name}_{part} PARTITION OF {table.name} "
                f"FOR VALUES WITH (MODULUS {HASH_PARTITIONS}, REMAINDER {part})"
                for part in range(HASH_PARTITIONS)
            ]
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            drawn.append(str(CreateIndex(index).compile(dialect=dialect)).strip())
            question = index.info["question"].replace("'", "''")
            drawn.append(f"COMMENT ON INDEX {index.name} IS '{question}'")
    return [*drawn, *CHANGE_LOG_PARTITIONS, *FIRST_ROWS]


if __name__ == "__main__":
    print(";\n\n".join(statements()))  # noqa: T201
