"""A catalogue, of 1.7 or 2.0.0, with one source, whose tables and pending batches a test makes up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.installed import INSTALLATIONS

SCHEMA = 'My "dest", été'
"""The destination schema."""

Image = dict[str, Any]


class Event(NamedTuple):
    """What pg_chameleon logs of one change, the images as JSON."""

    table: str
    kind: str
    after: Image | None = None
    before: Image | None = None
    query: str | None = None


def insert(number: int, value: str | None = "v", table: str = "t") -> Event:
    """Return the event of a row of a table `(id, v)`."""
    return Event(table, "insert", {"id": number, "v": value})


def ddl(table: str, statement: str) -> Event:
    """Return the event of a DDL statement, the search path in front, as pg_chameleon writes it."""
    return Event(table, "ddl", query=f" SET search_path={quoted(SCHEMA)};{statement};")


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Replica:
    """The source 1 of a catalogue in the database of `connection`."""

    def __init__(self, connection: Connection, version: str) -> None:
        self.connection = connection
        self.version = version

    def install(self) -> None:
        """Build the catalogue, its source with two log tables, and the destination schema."""
        for statement in (*INSTALLATIONS[self.version], f"CREATE SCHEMA {quoted(SCHEMA)}"):
            self.run(statement)
        self.add_source("s", "{log_1,log_2}")
        self.run("SELECT sch_chameleon.fn_refresh_parts()")
        if self.version != "1.7":
            self.run("INSERT INTO sch_chameleon.t_last_replayed VALUES (1)")

    def add_source(self, name: str, log_tables: str = "{}") -> None:
        """Add a source, with `log_tables` as an array literal."""
        columns, values = (
            ("t_dest_schema", ":name")
            if self.version == "1.7"
            else ("enm_source_type, jsb_schema_mappings", "'mysql', '{}'")
        )
        self.query(
            f"INSERT INTO sch_chameleon.t_sources (t_source, v_log_table, {columns})"
            f" VALUES (:name, CAST(:log_tables AS varchar[]), {values})",
            name=name,
            log_tables=log_tables,
        )

    def run(self, statement: str) -> None:
        """Run `statement` without parameters."""
        self.connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def query(self, statement: str, **parameters: Any) -> list[Any]:
        """Return the rows of `statement`, as tuples; none where it has none."""
        result = self.connection.execute(text(statement), parameters)
        return [tuple(row) for row in result] if result.returns_rows else []

    def create(self, table: str, columns: str, *key: str) -> None:
        """Create a replicated table with its primary key, and register it."""
        names = ", ".join(map(quoted, key))
        self.run(f"CREATE TABLE {quoted(SCHEMA)}.{quoted(table)} ({columns}, PRIMARY KEY ({names}))")
        self.register(table, *key)

    def register(self, table: str, *key: str, source: int = 1) -> None:
        """Register a table by the columns of its key; 1.7 keeps them as one string of quoted names."""
        stored = [",".join(f'"{name}"' for name in key)] if self.version == "1.7" else list(key)
        self.query(
            "INSERT INTO sch_chameleon.t_replica_tables"
            " (i_id_source, v_table_name, v_schema_name, v_table_pkey) VALUES (:source, :table, :schema, :key)",
            source=source,
            table=table,
            schema=SCHEMA,
            key=stored,
        )

    def batch(self, *events: Event, log_table: str = "log_1", source: int = 1) -> int:
        """Add a pending batch of `events`, a second apart from 1970 on; return its number.

        DDL has no time, as with pg_chameleon, which collects the ids by another time, so that they need not
        be in order; here they are in reverse.
        """
        [[number]] = self.query(
            "INSERT INTO sch_chameleon.t_replica_batch"
            " (i_id_source, b_started, b_processed, t_binlog_name, i_binlog_position)"
            " SELECT :source, true, true, 'mysql-bin.000001', count(*) FROM sch_chameleon.t_replica_batch"
            " RETURNING i_id_batch",
            source=source,
        )
        after, before = (
            ("jsb_event_data", "jsb_event_update")
            if self.version == "1.7"
            else ("jsb_event_after", "jsb_event_before")
        )
        logged = [
            event._asdict() | {"position": 100 + time, "time": None if event.kind == "ddl" else time}
            for time, event in enumerate(events)
        ]
        self.query(
            f"INSERT INTO sch_chameleon.{log_table} (i_id_batch, v_table_name, v_schema_name,"
            " enm_binlog_event, t_binlog_name, i_binlog_position, i_my_event_time, t_query,"
            f' {after}, {before}) SELECT :batch, "table", :schema,'
            " CAST(kind AS sch_chameleon.en_binlog_event), 'mysql-bin.000001', position, time, query,"
            " after, before FROM jsonb_to_recordset(CAST(:logged AS jsonb)) AS event"
            ' ("table" text, kind text, position bigint, time bigint, query text, after jsonb, before jsonb)'
            " ORDER BY position",
            batch=number,
            schema=SCHEMA,
            logged=json.dumps(logged),
        )
        self.query(
            "INSERT INTO sch_chameleon.t_batch_events"
            " SELECT :batch, coalesce(array_agg(i_id_event ORDER BY i_id_event DESC), '{}')"
            " FROM sch_chameleon.t_log_replica WHERE i_id_batch = :batch",
            batch=number,
        )
        return int(number)

    def replay(self, max_events: int = 1000, *, exit_on_error: bool = True, source: int = 1) -> Any:
        """Call the version's replay function once; return its result, in 2.0 `(continue, error, tables)`."""
        if self.version == "1.7":
            [[more]] = self.query(
                "SELECT sch_chameleon.fn_process_batch(:max, :source)", max=max_events, source=source
            )
            return more
        [status] = self.query(
            "SELECT * FROM sch_chameleon.fn_replay_mysql(:max, :source, :exit)",
            max=max_events,
            source=source,
            exit=exit_on_error,
        )
        return status

    def replay_all(self, max_events: int = 1000) -> int:
        """Call the replay function until there is no more to do, and return how often."""
        calls = 1
        while (status := self.replay(max_events)) is True or (status and status[0]):
            calls += 1
        return calls

    def rows(self, table: str) -> list[Any]:
        """Return the rows of a replicated table, sorted by their first columns."""
        return self.query(f"SELECT * FROM {quoted(SCHEMA)}.{quoted(table)} ORDER BY 1, 2")

    def counters(self, batch: int) -> Any:
        """Return whether `batch` is replayed, and its row events, DDL events and skipped events."""
        [counters] = self.query(
            "SELECT b_replayed, i_replayed, i_ddl, i_skipped FROM sch_chameleon.t_replica_batch"
            " WHERE i_id_batch = :batch",
            batch=batch,
        )
        return counters

    def left(self, batch: int) -> tuple[list[int], list[int]]:
        """Return the event ids of `batch` that are still in ``t_batch_events``, and those in the log."""
        queued = self.query(
            "SELECT unnest(i_id_event) FROM sch_chameleon.t_batch_events"
            " WHERE i_id_batch = :batch ORDER BY 1",
            batch=batch,
        )
        logged = self.query(
            "SELECT i_id_event FROM sch_chameleon.t_log_replica WHERE i_id_batch = :batch ORDER BY 1",
            batch=batch,
        )
        return [row[0] for row in queued], [row[0] for row in logged]


@contextmanager
def replica(url: URL, version: str, *, install: bool = True) -> Iterator[Replica]:
    """Yield a `Replica` of catalogue `version` in the database at `url`, which is empty where it is to `install`."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        made = Replica(connection, version)
        if install:
            made.install()
        yield made
