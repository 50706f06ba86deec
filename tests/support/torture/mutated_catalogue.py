"""A catalogue with random mistakes is refused and unchanged, or migrated as pg_chameleon itself would have replayed it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from chameleon_migrations.errors import FAILED, REFUSED
from devtools import recorded
from devtools.server import execute, fresh_database
from tests.support.command import Alembic, Result
from tests.support.old_catalogue import OldSource, OldTable, read, upgraded
from tests.support.replicated_progress import read_back
from tests.support.safety.recorded_states import WAYS, States, forget_kept
from tests.support.safety.sessions import rows
from tests.support.snapshot import snapshot
from tests.support.torture.mutations import mutate

_PENDING = """
SELECT i_id_batch, i_id_event FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
WHERE b_started AND b_processed AND NOT b_replayed ORDER BY ts_created, i_id_batch"""

_CALLS = {
    "1.7": "sch_chameleon.fn_process_batch(1000000, CAST(:i_id_source AS integer))",
    "2.0.0": "(sch_chameleon.fn_replay_mysql(1000000, CAST(:i_id_source AS integer), true)).b_continue",
}
"""Replays events of a source, and returns whether there may be more."""

_MOST_CALLS = 20
"""The recorded batches need fewer; 2.0's function returns forever that there is more of a batch that it cannot end."""


def upgrade_mutated(states: States, directory: Path, random: Random) -> str:
    """Mutate the recorded catalogue, and upgrade it; return the outcome."""
    with _migrated(states, directory, random, "upgrade") as (database, alembic, oracle, result):
        if oracle is None:
            return "upgrade refused"
        sources = old_sources(oracle)
        right = finished(oracle, "1.7")
        if result.status == FAILED:
            forget_kept(database)
            assert finished(database, "1.7") == right, result.output
            return "1.7, after a pending event was refused"
        assert read(database) == upgraded(sources, recorded.SOURCES)
        assert (recorded.replicated(database), []) == right
        return _taken_back(database, alembic, oracle)


def downgrade_mutated(states: States, directory: Path, random: Random) -> str:
    """Mutate the upgraded catalogue, of which 2.0 has read four batches, and downgrade it; return the outcome."""
    with _migrated(states, directory, random, "downgrade") as (database, _, oracle, result):
        if oracle is None:
            return "downgrade refused"
        right = finished(oracle, "2.0.0")
        if result.status == FAILED:
            assert finished(database, "2.0.0") == right, result.output
            return "2.0.0, after a pending event was refused"
        assert (recorded.replicated(database), []) == right
        assert _carried_back(database) == _reached(oracle)
        return "1.7"


MIGRATIONS = {"upgrade": upgrade_mutated, "downgrade": downgrade_mutated}
"""The trial of each command."""


@contextmanager
def _migrated(
    states: States, directory: Path, random: Random, command: str
) -> Iterator[tuple[URL, Alembic, URL | None, Result]]:
    """Yield a mutated catalogue that `command` was run on, and the same before it; None for that where it was refused."""
    start, target = WAYS[command]
    with states.copy(start, directory) as (database, alembic):
        statements = mutate(database, random)
        (directory / "mutations.sql").write_text(";\n".join(statements) + ";\n")
        before = snapshot(database)
        result = alembic(command, target)
        assert "Traceback" not in result.output
        assert result.succeeded == ("FAILED" not in result.output), result.output
        if result.status == REFUSED:
            assert snapshot(database) == before, result.output
            yield database, alembic, None, result
            return
        with fresh_database(states.server, states.templates[start]) as oracle:
            execute(oracle, *statements)
            yield database, alembic, oracle, result


def _taken_back(database: URL, alembic: Alembic, oracle: URL) -> str:
    """Downgrade; 2.0 has not begun, so 1.8.2 goes on from where it was."""
    before = snapshot(database)
    result = alembic("downgrade", "1.7")
    assert "Traceback" not in result.output
    if result.succeeded:
        assert _progress(database) == _progress(oracle)
        assert finished(database, "1.7") == finished(oracle, "1.7")
        return "2.0.0, and 1.7 again"
    assert result.status == REFUSED, result.output
    assert snapshot(database) == before, result.output
    return "2.0.0, and the downgrade refused"


def _progress(database: URL) -> dict[str, Any]:
    """Return what `read_back` reads, without the times, which are only shown."""
    return {name: source | {"times": None} for name, source in read_back(database).items()}


def _carried_back(database: URL) -> dict[str, Any]:
    """Return where each source of the 1.7 catalogue resumes, and the keys of its tables."""
    return {
        name: (source["resume"], {table: key for table, (key, _) in source["tables"].items()})
        for name, source in read_back(database).items()
    }


def _reached(database: URL) -> dict[str, Any]:
    """Return the same, as it follows from the 2.0 catalogue and from the kept 1.7 catalogue's names."""
    open_batches = rows(
        database,
        "SELECT * FROM sch_chameleon.t_replica_batch WHERE NOT b_processed AND NOT b_replayed ORDER BY ts_created",
    )
    tables = rows(database, "SELECT * FROM sch_chameleon.t_replica_tables WHERE b_replica_enabled")
    return {
        old["t_source"]: (
            (open_batches[-1]["t_binlog_name"], open_batches[-1]["i_binlog_position"]),
            {
                table["v_table_name"]: ",".join(f'"{column}"' for column in table["v_table_pkey"])
                for table in tables
                if table["v_schema_name"] == old["t_dest_schema"]
            },
        )
        for old in rows(database, "SELECT * FROM _sch_chameleon_version1.t_sources")
    }


def finished(database: URL, version: str) -> tuple[Any, Any]:
    """Let the catalogue's own function replay what it can; return the replicated rows and what is still pending."""
    call = text(f"SELECT {_CALLS[version]}")
    for source in rows(database, "SELECT i_id_source FROM sch_chameleon.t_sources"):
        engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            try:
                for _ in range(_MOST_CALLS):
                    if not connection.scalar(call, source):
                        break
            except DBAPIError:
                pass
    return recorded.replicated(database), rows(database, _PENDING)


def old_sources(database: URL) -> list[OldSource]:
    """Return the sources of the 1.7 catalogue, for the model of the upgrade."""
    return [
        OldSource(
            source["t_source"],
            source["t_source_schema"],
            source["t_dest_schema"],
            _resume(database, source["i_id_source"]),
            tables=_tables(database, source["i_id_source"]),
        )
        for source in rows(database, "SELECT * FROM sch_chameleon.t_sources")
    ]


def _resume(database: URL, source: int) -> tuple[str, int] | None:
    batches = rows(database, "SELECT * FROM sch_chameleon.t_replica_batch ORDER BY ts_created")
    unread = [
        (batch["t_binlog_name"], batch["i_binlog_position"])
        for batch in batches
        if batch["i_id_source"] == source and not batch["b_processed"] and not batch["b_replayed"]
    ]
    return unread[-1] if unread else None


def _tables(database: URL, source: int) -> list[OldTable]:
    return [
        OldTable(
            table["v_table_name"],
            table["v_table_pkey"][0].strip('"').split('","'),
            table["t_binlog_name"] and (table["t_binlog_name"], table["i_binlog_position"]),
        )
        for table in rows(database, "SELECT * FROM sch_chameleon.t_replica_tables")
        if table["i_id_source"] == source
    ]
