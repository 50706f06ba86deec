"""A catalogue of either kind whose registered tables a test makes, with the same rows on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml
from psycopg2 import sql
from psycopg2.extras import execute_values
from sqlalchemy import URL

from chameleon_migrations.verification.columns import mysql_name, postgres_name
from devtools.clients.mariadb import MySQL, replica_login
from devtools.config_file import write_config
from devtools.installed import INSTALLATIONS
from devtools.server import execute

THERE = "my `odd`, {schema} %s é"
HERE = 'My "dest", {été} %s'


def connect(url: URL) -> psycopg2.extensions.connection:
    """Open a connection to the PostgreSQL at `url`, without SQLAlchemy's own work on types."""
    return psycopg2.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
        client_encoding="utf8",
    )


def there_name() -> str:
    """Return the name of MySQL's schema as an identifier."""
    return mysql_name(THERE)


@dataclass(frozen=True)
class Made:
    """A catalogue with tables that are the same on both sides."""

    mysql: MySQL
    postgres: URL
    config: Path
    version: str

    def table(
        self, name: str, there: str, here: str, key: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Create and register a table: its columns in MySQL and in PostgreSQL, its key, its rows."""
        place = f"{there_name()}.`{name}`"
        columns = ", ".join(f"`{column}`" for column in key)
        with closing(self.mysql.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {place} ({there}, PRIMARY KEY ({columns}))")
            if rows:
                values = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {place.replace('%', '%%')} VALUES ({values})", rows)
        self.run(
            sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
                sql.Identifier(HERE, name), sql.SQL(here), sql.SQL(", ").join(map(sql.Identifier, key))
            )
        )
        if rows:
            with closing(connect(self.postgres)) as here_connection, here_connection:
                place = postgres_name(HERE, name).replace("%", "%%")
                execute_values(here_connection.cursor(), f"INSERT INTO {place} VALUES %s", rows)
        self.register(name, key)

    def register(self, name: str, key: Sequence[str]) -> None:
        """Register a table in the catalogue, as the client of its version writes its key."""
        names = ['"' + '","'.join(key) + '"'] if self.version == "1.7" else list(key)
        self.run(
            "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name, v_table_pkey)"
            " VALUES (1, %s, %s, %s::varchar[])",
            (name, HERE, names),
        )

    def reach(self, *, processed: bool = False) -> None:
        """Let the replica be where MySQL is now; its batch is open, or `processed` without events."""
        self.run("UPDATE sch_chameleon.t_replica_batch SET b_replayed = true WHERE NOT b_processed")
        self.run(
            "INSERT INTO sch_chameleon.t_replica_batch"
            " (i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed) VALUES (1, %s, %s, true, %s)"
            " ON CONFLICT (i_id_source, t_binlog_name, i_binlog_position)"
            " DO UPDATE SET b_processed = excluded.b_processed, b_replayed = false",
            (*self.mysql.position(), processed),
        )

    def run(self, statement: str | sql.Composable, arguments: Sequence[object] | None = None) -> None:
        """Run a statement on PostgreSQL, in the destination schema."""
        with closing(connect(self.postgres)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(HERE)))
            cursor.execute(statement, arguments)


def registered(version: str, postgres: URL, mysql: MySQL, directory: Path) -> Made:
    """Return an empty catalogue of `version` with one source, whose configuration file goes into `directory`."""
    mysql.execute(f"CREATE OR REPLACE DATABASE {there_name()}")
    execute(postgres, *INSTALLATIONS[version])
    config = write_config(directory / "new.yml", postgres, {"mysql": {THERE: HERE}})
    content = yaml.safe_load(config.read_text())
    content["sources"]["mysql"]["db_conn"] |= asdict(replica_login(mysql))
    config.write_text(yaml.safe_dump(content))
    made = Made(mysql, postgres, config, version)
    made.run(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(HERE)))
    columns, values = ("t_source_schema, t_dest_schema", "%s, %s")
    if version != "1.7":
        columns, values = "enm_source_type, jsb_schema_mappings", "'mysql', jsonb_build_object(%s, %s)"
    made.run(
        f"INSERT INTO sch_chameleon.t_sources (t_source, {columns}) VALUES ('mysql', {values})", (THERE, HERE)
    )
    return made
