"""The main job, to watch: a real 1.7 catalogue with pending batches is upgraded, brought back, and upgraded again.

Run by ``make demo``. It starts a PostgreSQL of its own in a temporary directory, and leaves nothing behind.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import create_owner, fresh_database, running_server

ROOT = Path(__file__).parent.parent

SOURCES_1_7 = """
    SELECT source.t_source AS source, t_source_schema AS "MySQL schema", t_dest_schema AS destination,
        resume.t_binlog_name AS "resume file", resume.i_binlog_position AS "offset",
        (SELECT count(*) FROM sch_chameleon.t_replica_tables tab WHERE tab.i_id_source = source.i_id_source) AS tables,
        (
            SELECT coalesce(sum(array_length(i_id_event, 1)), 0)
            FROM sch_chameleon.t_batch_events JOIN sch_chameleon.t_replica_batch batch USING (i_id_batch)
            WHERE batch.i_id_source = source.i_id_source
        ) AS "pending events"
    FROM sch_chameleon.t_sources source
    JOIN sch_chameleon.t_replica_batch resume ON resume.i_id_source = source.i_id_source
        AND NOT resume.b_processed AND NOT resume.b_replayed
    ORDER BY 1
"""
SOURCES_2_0 = """
    SELECT source.t_source AS source, jsb_schema_mappings AS mappings, resume.t_binlog_name AS "resume file",
        resume.i_binlog_position AS "offset", source.i_binlog_position AS "consistent at"
    FROM sch_chameleon.t_sources source JOIN sch_chameleon.t_replica_batch resume USING (i_id_source)
    ORDER BY 1
"""
TABLES = """
    SELECT v_schema_name AS schema, v_table_name AS "table", v_table_pkey AS key, t_binlog_name AS file,
        i_binlog_position AS "offset"
    FROM sch_chameleon.t_replica_tables ORDER BY 1, 2
"""


def main() -> None:
    """Show the upgrade, the downgrade, and the upgrade again."""
    with tempfile.TemporaryDirectory() as directory, running_server(Path(directory)) as server:
        create_owner(server)
        with fresh_database(server) as database:
            recorded.load(database)
            _show(database, write_config(Path(directory) / "upgraded.yml", database, recorded.SOURCES))
    print(OWN_DATABASE)


def _show(database: URL, config: Path) -> None:
    _heading("A catalogue of pg_chameleon 1.8.2, its replica stopped with batches read and not yet applied")
    _table(database, "Sources", SOURCES_1_7)
    _table(database, "Tables, with their key as 1.7 stores it", TABLES)
    _alembic(config, "current")

    _heading("Upgrade")
    _alembic(config, "upgrade", "head")
    _table(database, "Sources: both in one, at the lower of their positions", SOURCES_2_0)
    _table(database, "Tables, each one past what is in it", TABLES)
    _compare(database)

    _heading("And back")
    _alembic(config, "downgrade", "1.7")
    _table(database, "Sources", SOURCES_1_7)

    _heading("And forward again, once the schema that the downgrade kept is dropped")
    _sql(database, 'DROP SCHEMA "_sch_chameleon_version2" CASCADE')
    _alembic(config, "upgrade", "head")
    _table(database, "Sources", SOURCES_2_0)
    _compare(database)


def _heading(text: str) -> None:
    print(f"\n\n== {text} ==", flush=True)


def _alembic(config: Path, *arguments: str) -> None:
    options = ["-x", f"config={config}", "-x", "mysql=skip"]
    print(f"\n$ alembic {' '.join([*options, *arguments])}", flush=True)
    alembic = Path(sys.executable).with_name("alembic")
    subprocess.run([alembic, *options, *arguments], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


def _sql(database: URL, statement: str) -> None:
    print(f"\n=> {statement}", flush=True)
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(statement)


def _table(database: URL, title: str, query: str) -> None:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        result = connection.exec_driver_sql(query)
        rows = [tuple(result.keys()), *(tuple(map(str, row)) for row in result)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    print(f"\n{title}", *(f"  {line}" for line in lines), sep="\n", flush=True)


def _compare(database: URL) -> None:
    expected = recorded.expected()
    replicated = recorded.replicated(database)
    if replicated != expected:
        sys.exit("FAILED: the replicated rows are not those of MySQL")
    rows = sum(len(list(csv.reader(StringIO(table)))) - 1 for table in expected.values())
    print(
        f"\nEvery replicated row is as on MySQL: {rows} rows in {len(expected)} tables compared.", flush=True
    )


OWN_DATABASE = """

On a database of your own, with pg_chameleon 1.8.2 stopped and its new configuration file written
(~/.pg_chameleon/configuration/default.yml; README.md says how):

    pg_dump …                                   a backup first
    alembic -x config=default current           what there is; changes nothing
    alembic -x config=default upgrade head      the upgrade
    alembic -x config=default downgrade 1.7     the downgrade"""


if __name__ == "__main__":
    main()
