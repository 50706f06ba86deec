"""The catalogue recorded from a live pg_chameleon 1.8.2, loaded into a database, and what must come of it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.installed import INSTALLATIONS
from devtools.server import execute

RECORDED = Path(__file__).parent / "data" / "recorded-1.7"

SOURCES = {"mysql": {"my_schema_01": "db_schema_01", "my_schema_02": "db_schema_02"}}
"""The schema mappings of ``upgraded.yml``."""

# The columns of every table with a primary key, in alphabetical order, the rows in the order of the key.
_QUERIES = text("""
SELECT n.nspname || '.' || replace(c.relname, ' ', '_'),
       format('SELECT %s FROM %I.%I ORDER BY %s',
              (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname::text COLLATE "C")
               FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
              n.nspname, c.relname,
              (SELECT string_agg(quote_ident(attname), ', ' ORDER BY array_position(key.conkey, attnum))
               FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (key.conkey)))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint key ON key.conrelid = c.oid AND key.contype = 'p'
WHERE n.nspname IN ('db_schema_01', 'db_schema_02')""")


def load(url: URL) -> None:
    """Create the recorded catalogue and the replicated schemas in the empty database at `url`.

    The log tables are made from the names in ``t_sources``, so these rows go in first.
    """
    sources, rest = (RECORDED / "catalogue-data.sql").read_text().split(";\n", 1)
    replica = (RECORDED / "replica.sql").read_text()
    execute(url, *INSTALLATIONS["1.7"], sources, "SELECT sch_chameleon.fn_refresh_parts()", rest, replica)


def expected() -> dict[str, str]:
    """Return the MySQL tables at the moment of recording: the file's ``schema.table`` to CSV."""
    return {file.stem: file.read_text() for file in (RECORDED / "expected").glob("*.csv")}


def replicated(url: URL) -> dict[str, str]:
    """Return the replicated tables with a primary key, as they stand at `url`, in the shape of `expected`."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return replicated_on(connection)


def replicated_on(connection: Connection) -> dict[str, str]:
    """Return the same as the transaction of `connection` sees it."""
    return {name: _csv(connection.connection.cursor(), query) for name, query in connection.execute(_QUERIES)}


def _csv(cursor: Any, query: str) -> str:
    copied = StringIO()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", copied)
    return copied.getvalue()
