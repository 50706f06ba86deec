"""1.7 catalogues made to measure, and what the upgrade has to make of them, computed in Python."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.installed import INSTALLATIONS

Position = tuple[str, int]
"""A binlog file and an offset in it."""


@dataclass(frozen=True)
class OldTable:
    """A table registered in 1.7; `position` is its own, where it was synced alone."""

    name: str
    key: Sequence[str] = ("id",)
    position: Position | None = None


@dataclass(frozen=True)
class OldSource:
    """A source of 1.7; without `resume` it was never initialised."""

    name: str
    schema: str | None
    destination: str
    resume: Position | None = ("mysql-bin.000001", 100)
    started: bool = True
    tables: Sequence[OldTable] = field(default=(OldTable("t"),))


def run(connection: Connection, statement: str) -> None:
    """Run SQL text unchanged."""
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def install(connection: Connection) -> None:
    """Install an empty 1.7 catalogue."""
    for statement in INSTALLATIONS["1.7"]:
        run(connection, statement)


def build(url: URL, sources: Iterable[OldSource]) -> None:
    """Install a 1.7 catalogue with `sources` and their tables."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        install(connection)
        for source in sources:
            _add(connection, source)
        run(connection, "SELECT sch_chameleon.fn_refresh_parts()")


def _add(connection: Connection, source: OldSource) -> None:
    number = connection.scalar(
        text(
            "INSERT INTO sch_chameleon.t_sources (t_source, t_source_schema, t_dest_schema, v_log_table)"
            " VALUES (:name, :schema, :destination, '{}') RETURNING i_id_source"
        ),
        {"name": source.name, "schema": source.schema, "destination": source.destination},
    )
    connection.execute(
        text(
            "UPDATE sch_chameleon.t_sources SET v_log_table = ARRAY[format('t_log_replica_1_src_%s', i_id_source),"
            " format('t_log_replica_2_src_%s', i_id_source)] WHERE i_id_source = :number"
        ),
        {"number": number},
    )
    if source.resume:
        _add_batch(connection, number, source.resume, source.started)
    if source.tables:
        connection.execute(
            text(
                "INSERT INTO sch_chameleon.t_replica_tables"
                " (i_id_source, v_schema_name, v_table_name, v_table_pkey, t_binlog_name, i_binlog_position)"
                " VALUES (:number, :schema, :table, ARRAY[:key], :file, :offset)"
            ),
            [
                {
                    "number": number,
                    "schema": source.destination,
                    "table": table.name,
                    "key": ",".join(f'"{column}"' for column in table.key),
                    "file": table.position and table.position[0],
                    "offset": table.position and table.position[1],
                }
                for table in source.tables
            ],
        )


def _add_batch(connection: Connection, number: Any, resume: Position, started: bool) -> None:
    """Add a replayed batch, as every source in use has, and the resume batch."""
    connection.execute(
        text(
            "INSERT INTO sch_chameleon.t_replica_batch"
            " (i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed, b_replayed)"
            " VALUES (:number, 'mysql-bin.000001', 4, true, true, true), (:number, :file, :offset, :started, false, false)"
        ),
        {"number": number, "file": resume[0], "offset": resume[1], "started": started},
    )


Mappings = Mapping[str, Mapping[str, str]]


def upgraded(sources: Sequence[OldSource], mappings: Mappings) -> dict[str, Any]:
    """Return what the 2.0.0 catalogue has to hold, in the shape of `read`."""
    taken_in: dict[str, list[OldSource]] = {name: [] for name in mappings}
    for source in sources:
        owner = next(
            name for name, pairs in mappings.items() if pairs.get(str(source.schema)) == source.destination
        )
        taken_in[owner].append(source)
    return {name: _merged(mappings[name], olds) for name, olds in taken_in.items()}


def _merged(pairs: Mapping[str, str], olds: Sequence[OldSource]) -> dict[str, Any]:
    resumes = [old.resume for old in olds if old.resume]
    tables = {
        (old.destination, table.name): (
            list(table.key),
            max(old.resume, table.position or old.resume, key=order),
        )
        for old in olds
        if old.resume
        for table in old.tables
    }
    applied = [*resumes, *(position for _, position in tables.values())]
    return {
        "mappings": dict(pairs),
        "resume": min(resumes, key=order) if resumes else None,
        "high_watermark": max(applied, key=order) if applied else None,
        "consistent": not applied,
        "tables": {name: (key, (file, offset + 1)) for name, (key, (file, offset)) in tables.items()},
    }


def order(position: Position) -> tuple[int, int]:
    """Return what positions are ordered by: the number after the file's last dot, then the offset."""
    return int(position[0].rsplit(".", 1)[1]), position[1]


def read(url: URL) -> dict[str, Any]:
    """Return what the 2.0 catalogue holds of each source."""
    engine = create_engine(url, poolclass=NullPool)
    found: dict[str, Any] = {}
    tables: dict[int, dict[tuple[str, str], Any]] = defaultdict(dict)
    with engine.connect() as connection:
        for row in connection.execute(text("SELECT * FROM sch_chameleon.t_replica_tables")):
            position = (row.t_binlog_name, row.i_binlog_position)
            tables[row.i_id_source][row.v_schema_name, row.v_table_name] = (row.v_table_pkey, position)
        for row in connection.execute(text(_SOURCES)):
            mappings = row.jsb_schema_mappings
            found[row.t_source] = {
                "mappings": json.loads(mappings) if isinstance(mappings, str) else mappings,
                "resume": row.resume_file and (row.resume_file, row.resume_offset),
                "high_watermark": row.t_binlog_name and (row.t_binlog_name, row.i_binlog_position),
                "consistent": row.b_consistent,
                "tables": tables[row.i_id_source],
            }
    return found


_SOURCES = """
    SELECT source.*, batch.t_binlog_name AS resume_file, batch.i_binlog_position AS resume_offset
    FROM sch_chameleon.t_sources source
    LEFT JOIN sch_chameleon.t_replica_batch batch
        ON batch.i_id_source = source.i_id_source AND NOT batch.b_started AND NOT batch.b_processed
    ORDER BY source.i_id_source
"""
