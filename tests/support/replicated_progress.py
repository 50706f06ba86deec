"""What 2.0 does to a catalogue after the upgrade, and the result of the downgrade, computed in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.support.old_catalogue import Mappings, OldSource, OldTable, Position, order

RECEIVED = datetime(2030, 1, 1, 12)
REPLAYED = datetime(2030, 1, 2, 12)


@dataclass(frozen=True)
class NewTable:
    """A table as 2.0 has it: `synced` where 2.0 has copied it anew, else `kept` if it still has the upgrade's position."""

    schema: str
    name: str
    key: Sequence[str] = ("id",)
    synced: Position | None = None
    kept: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class Progress:
    """Where 2.0 has come to with a source."""

    resume: Position
    started: bool = True
    status: str = "stopped"
    tables: Sequence[NewTable] = field(default=())


def replicate(url: URL, made: Mapping[str, Progress]) -> None:
    """Leave the 2.0 catalogue as 2.0 does that has made this progress, by the name of its source."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for source, progress in made.items():
            number = connection.scalar(
                text("SELECT i_id_source FROM sch_chameleon.t_sources WHERE t_source = :source"),
                {"source": source},
            )
            _read(connection, number, progress)
            _register(connection, number, progress.tables)


def _read(connection: Connection, number: Any, progress: Progress) -> None:
    """Finish all batches but the one at the position that `progress` resumes from."""
    values = {
        "source": number,
        "file": progress.resume[0],
        "offset": progress.resume[1],
        "started": progress.started,
        "status": progress.status,
        "received": RECEIVED,
        "replayed": REPLAYED,
    }
    for statement in _READ:
        connection.execute(text(statement), values)


_READ = [
    "UPDATE sch_chameleon.t_replica_batch SET b_started = true, b_processed = true, b_replayed = true"
    " WHERE i_id_source = :source AND (t_binlog_name, i_binlog_position) <> (:file, :offset)",
    "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position, b_started)"
    " VALUES (:source, :file, :offset, :started)"
    " ON CONFLICT (i_id_source, t_binlog_name, i_binlog_position) DO UPDATE SET b_started = EXCLUDED.b_started",
    "UPDATE sch_chameleon.t_sources SET enm_status = CAST(:status AS sch_chameleon.en_src_status)"
    " WHERE i_id_source = :source",
    "UPDATE sch_chameleon.t_last_received SET ts_last_received = :received WHERE i_id_source = :source",
    "UPDATE sch_chameleon.t_last_replayed SET ts_last_replayed = :replayed WHERE i_id_source = :source",
]


def _register(connection: Connection, number: Any, tables: Sequence[NewTable]) -> None:
    """Make the registered tables of a source just these."""
    deleted = connection.execute(
        text("DELETE FROM sch_chameleon.t_replica_tables WHERE i_id_source = :source RETURNING *"),
        {"source": number},
    )
    upgraded = {
        (row.v_schema_name, row.v_table_name): (row.t_binlog_name, row.i_binlog_position) for row in deleted
    }
    for table in tables:
        kept = upgraded[table.schema, table.name] if table.kept else None
        file, offset = table.synced or kept or (None, None)
        connection.execute(
            text(
                "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_schema_name, v_table_name, v_table_pkey,"
                " t_binlog_name, i_binlog_position, b_replica_enabled)"
                " VALUES (:source, :schema, :table, :key, :file, :offset, :enabled)"
            ),
            {
                "source": number,
                "schema": table.schema,
                "table": table.name,
                "key": list(table.key),
                "file": file,
                "offset": offset,
                "enabled": table.enabled,
            },
        )


def carried_back(
    sources: Sequence[OldSource], mappings: Mappings, made: Mapping[str, Progress]
) -> dict[str, Any]:
    """Return what the 1.7 catalogue has to hold, in the shape of `read_back`."""
    expected = {}
    for name, pairs in mappings.items():
        olds = [old for old in sources if pairs.get(str(old.schema)) == old.destination]
        lowest = min((old.resume for old in olds if old.resume), key=order, default=None)
        for old in olds:
            progress = made.get(name)
            tables = (
                [table for table in progress.tables if table.schema == old.destination] if progress else []
            )
            began = progress and (progress.started or progress.resume != lowest) and (old.resume or tables)
            expected[old.name] = _carried(old, progress, tables) if progress and began else _as_it_was(old)
    return expected


def _as_it_was(old: OldSource) -> dict[str, Any]:
    return {
        "resume": old.resume,
        "open": int(old.resume is not None),
        "status": "ready",
        "times": (None, None),
        "tables": {table.name: (_key(table.key), table.position) for table in old.tables},
    }


def _carried(old: OldSource, progress: Progress, tables: Sequence[NewTable]) -> dict[str, Any]:
    before = {table.name: table for table in old.tables}
    return {
        "resume": progress.resume,
        "open": 1,
        "status": "initialised" if progress.status == "synced" else progress.status,
        "times": (RECEIVED, REPLAYED),
        "tables": {
            table.name: (_key(table.key), _own(old, before.get(table.name), table, progress.resume))
            for table in tables
            if table.enabled
        },
    }


def _own(old: OldSource, before: OldTable | None, table: NewTable, resume: Position) -> Position | None:
    """Return one past the last event that is in `table`, where that is later than `resume`."""
    known = [table.synced, before and old.resume, before and before.position]
    applied = max((position for position in known if position), key=order, default=resume)
    return (applied[0], applied[1] + 1) if order(applied) > order(resume) else None


def _key(columns: Sequence[str]) -> str:
    return ",".join(f'"{column}"' for column in columns)


def read_back(url: URL) -> dict[str, Any]:
    """Return what the 1.7 catalogue holds of each source, the resume batch as 1.8.2 finds it."""
    engine = create_engine(url, poolclass=NullPool)
    found = {}
    with engine.connect() as connection:
        for source in connection.execute(text("SELECT * FROM sch_chameleon.t_sources")):
            number = {"source": source.i_id_source}
            batches = connection.execute(text(_BATCHES), number).all()
            tables = connection.execute(text(_TABLES), number).all()
            found[source.t_source] = {
                "resume": tuple(max(batches, key=lambda batch: batch.ts_created)[:2]) if batches else None,
                "open": len(batches),
                "status": source.enm_status,
                "times": (source.ts_last_received, source.ts_last_replay),
                "tables": {name: (key[0], file and (file, offset)) for name, key, file, offset in tables},
            }
    return found


_BATCHES = """
    SELECT t_binlog_name, i_binlog_position, ts_created FROM sch_chameleon.t_replica_batch
    WHERE i_id_source = :source AND NOT b_processed AND NOT b_replayed
"""
_TABLES = """
    SELECT v_table_name, v_table_pkey, t_binlog_name, i_binlog_position FROM sch_chameleon.t_replica_tables
    WHERE i_id_source = :source
"""
