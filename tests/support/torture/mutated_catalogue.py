"""A catalogue with random mistakes is refused and unchanged, or upgraded as pg_chameleon 1.8.2 would have replayed it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from chameleon_migrations.errors import FAILED, REFUSED
from devtools import recorded
from devtools.server import execute, fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, OldTable, read, upgraded
from tests.support.replicated_progress import read_back
from tests.support.safety.recorded_states import States, forget_kept
from tests.support.safety.sessions import rows
from tests.support.snapshot import snapshot
from tests.support.torture.mutations import mutate

_PENDING = """
SELECT i_id_batch, i_id_event FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
WHERE b_started AND b_processed AND NOT b_replayed ORDER BY ts_created, i_id_batch"""


def upgrade_mutated(states: States, directory: Path, random: Random) -> str:
    """Mutate the recorded catalogue, and upgrade it; return what came of it."""
    with states.copy("1.7", directory) as (database, alembic):
        statements = mutate(database, random)
        (directory / "mutations.sql").write_text(";\n".join(statements) + ";\n")
        before = snapshot(database)
        result = alembic("upgrade", "2.0.0")
        assert "Traceback" not in result.output
        assert result.succeeded == ("FAILED" not in result.output), result.output
        if result.status == REFUSED:
            assert snapshot(database) == before, result.output
            return "refused"
        with fresh_database(states.server, states.templates["1.7"]) as oracle:
            execute(oracle, *statements)
            sources = old_sources(oracle)
            right = finished(oracle)
            if result.status == FAILED:
                forget_kept(database)
                assert finished(database) == right, result.output
                return "1.7, after a pending event was refused"
            assert read(database) == upgraded(sources, recorded.SOURCES)
            assert (recorded.replicated(database), []) == right
            return _taken_back(database, alembic, oracle)


def _taken_back(database: URL, alembic: Alembic, oracle: URL) -> str:
    """Downgrade; 2.0 has not begun, so 1.8.2 goes on from where it was."""
    before = snapshot(database)
    result = alembic("downgrade", "1.7")
    assert "Traceback" not in result.output
    if result.succeeded:
        assert _progress(database) == _progress(oracle)
        assert finished(database) == finished(oracle)
        return "2.0.0, and 1.7 again"
    assert result.status == REFUSED, result.output
    assert snapshot(database) == before, result.output
    return "2.0.0, and the downgrade refused"


def _progress(database: URL) -> dict[str, Any]:
    """Return what `read_back` reads, without the times, which are only shown."""
    return {name: source | {"times": None} for name, source in read_back(database).items()}


def finished(database: URL) -> tuple[Any, Any]:
    """Let 1.8.2's function replay what it can; return the replicated rows and what is still pending."""
    for source in rows(database, "SELECT i_id_source FROM sch_chameleon.t_sources"):
        call = text("SELECT sch_chameleon.fn_process_batch(1000000, CAST(:i_id_source AS integer))")
        engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            try:
                while connection.scalar(call, source):
                    pass
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
