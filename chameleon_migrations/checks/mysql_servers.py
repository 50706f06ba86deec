"""What the upgrade from 1.7 needs of each MySQL server in the configuration file, asked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from chameleon_migrations.config.settings import Settings, Source

if TYPE_CHECKING:
    from chameleon_migrations.checks import mysql

_RESUMES = text("""
SELECT t_source, t_binlog_name, i_binlog_position
FROM pg_temp.chameleon_old_source
WHERE t_new_source = :source AND i_id_batch IS NOT NULL""")

_TABLES = text("""
SELECT old.t_source_schema, tab.v_table_name, tab.v_table_pkey
FROM pg_temp.chameleon_old_table AS tab
JOIN pg_temp.chameleon_old_source AS old ON old.t_dest_schema = tab.v_schema_name
WHERE old.t_new_source = :source
ORDER BY old.t_source_schema, tab.v_table_name""")


def ask_servers(connection: Connection, settings: Settings, required: bool) -> Iterator[mysql.Finding]:  # noqa: FBT001
    """Yield what is wrong with the MySQL servers of `settings`, as `mysql.ask` does.

    Args:
        connection: Where the views of ``2.0.0/plan.sql`` are set up.
        settings: The configuration file.
        required: Whether a server that gives no answer is an error.
    """
    from chameleon_migrations.checks import mysql  # noqa: PLC0415 - no driver is loaded before it is needed

    for source in settings.sources:
        yield from mysql.ask(source.name, source.mysql, _expected(connection, source), required=required)


def _expected(connection: Connection, source: Source) -> mysql.Expected:
    of_source = {"source": source.name}
    from chameleon_migrations.checks import mysql  # noqa: PLC0415 - as above

    return mysql.Expected(
        schemas=list(source.schema_mappings),
        resumes=[mysql.Resume(*row) for row in connection.execute(_RESUMES, of_source)],
        tables=[
            mysql.Table(schema, name, tuple(key))
            for schema, name, key in connection.execute(_TABLES, of_source)
        ],
    )
