"""The recorded catalogue in the few states that it may be in, whatever happens to a migration of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute, fresh_database
from devtools.structure import recorded as recorded_structure
from devtools.structure import structure
from tests.support.command import Alembic
from tests.support.old_catalogue import read
from tests.support.psql import dumped
from tests.support.replicated_progress import read_back

WAYS = {"upgrade": ("1.7", "2.0.0"), "downgrade": ("2.0.0", "1.7")}
"""From which version to which a command goes."""

_PENDING = text("""
SELECT i_id_batch FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
WHERE b_started AND b_processed AND NOT b_replayed ORDER BY ts_created""")
_OLDEST = """
DO $$
BEGIN
    PERFORM {}
    FROM (
        SELECT i_id_source::integer AS source_id
        FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
        WHERE b_started AND b_processed AND NOT b_replayed ORDER BY {}, ts_created LIMIT 1
    ) AS oldest;
END $$"""
_CALLS = {
    "1.7": "sch_chameleon.fn_process_batch(1000000, source_id)",
    "2.0.0": "sch_chameleon.fn_replay_mysql(1000000, source_id, true)",
}
_ORDERS = ("i_id_source", "i_id_source DESC", "ts_created")
"""One source may be ahead of the other: a run that follows one that was killed begins with the oldest batch there is."""

_READ = {"1.7": read_back, "2.0.0": read}

# 2.0 reads the batches that 1.8.2 had read: put aside before the upgrade, they are pending after it.
_PUT_ASIDE = [
    "CREATE SCHEMA aside",
    "CREATE TABLE aside.batch AS"
    " SELECT * FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)",
    "CREATE TABLE aside.log AS SELECT * FROM sch_chameleon.t_log_replica",
    "UPDATE sch_chameleon.t_replica_batch SET b_replayed = true WHERE b_processed",
    "DELETE FROM sch_chameleon.t_batch_events",
    "DELETE FROM sch_chameleon.t_log_replica",
]
_READ_BY_2_0 = [
    # The two old sources are one now, and had a batch at the same position.
    "INSERT INTO sch_chameleon.t_replica_batch"
    " (i_id_batch, i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed, ts_created)"
    " SELECT 100 + i_id_batch, 1, t_binlog_name, i_binlog_position + i_id_batch, true, true, ts_created FROM aside.batch",
    "INSERT INTO sch_chameleon.t_log_replica_mysql_1"
    " SELECT i_id_event, 100 + i_id_batch, v_table_name, v_schema_name,"
    " enm_binlog_event::text::sch_chameleon.en_binlog_event, t_binlog_name, i_binlog_position, ts_event_datetime,"
    " jsb_event_data, jsb_event_update, t_query, i_my_event_time FROM aside.log",
    "INSERT INTO sch_chameleon.t_batch_events SELECT 100 + i_id_batch, i_id_event FROM aside.batch",
    "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = 700000 WHERE NOT b_processed",
    "DROP SCHEMA aside CASCADE",
]


@dataclass(frozen=True)
class States:
    """Templates of the recorded catalogue, each with four pending batches, and what is right on the way from one to the other.

    Attributes:
        server: The superuser's URL.
        templates: The database's name by catalogue version.
        right: The replicated tables and what the catalogue holds of each source, by its version and the numbers of the
            batches that are still pending; there is more than one where both ways lead through it.
    """

    server: URL
    templates: dict[str, str]
    right: dict[tuple[str, tuple[int, ...]], list[Any]]

    @contextmanager
    def copy(self, version: str, directory: Path) -> Iterator[tuple[URL, Alembic]]:
        """Yield a database with the catalogue at `version`, and an alembic for it; a failure leaves a dump in `directory`."""
        with (
            fresh_database(self.server, self.templates[version]) as database,
            dumped(database, directory),
        ):
            yield database, Alembic(write_config(directory / "upgraded.yml", database, recorded.SOURCES))

    def version(self, database: URL) -> str:
        """Return which version the catalogue is of, wholly; fail if it is between, or if anything is lost or doubled."""
        return self.place(database)[0]

    def place(self, database: URL) -> tuple[str, int]:
        """Return the same, and how many batches are still pending."""
        with create_engine(database, poolclass=NullPool).connect() as connection:
            version = str(connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")))
            assert structure(connection) == recorded_structure(version)
            kept = {
                name: connection.scalar(text("SELECT to_regnamespace(:name) IS NOT NULL"), {"name": name})
                for name in ("_sch_chameleon_version1", "_sch_chameleon_version2")
            }
            assert kept["_sch_chameleon_version1"] == (version == "2.0.0")
            assert not (version == "2.0.0" and kept["_sch_chameleon_version2"])
            pending = tuple(connection.scalars(_PENDING))
        assert stamped(database) in (version, None)
        assert _content(database, version) in self.right[version, pending]
        return version, len(pending)


def _content(database: URL, version: str) -> Any:
    return recorded.replicated(database), _READ[version](database)


def stamped(database: URL) -> str | None:
    """Return what the version table says; None where alembic has not come to write it."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        table = "chameleon_migrations.alembic_version"
        if connection.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
            return None
        return connection.scalars(text(f"SELECT version_num FROM {table}")).one_or_none()


def forget_kept(database: URL) -> None:
    """Drop what a failed upgrade, or a downgrade, kept of the 2.0 catalogue."""
    execute(database, "DROP SCHEMA IF EXISTS _sch_chameleon_version2 CASCADE")


def pending_in_2_0(database: URL) -> None:
    """Fill the empty database with the catalogue 2.0.0, with four pending batches."""
    recorded.load(database)
    execute(database, *_PUT_ASIDE)
    with TemporaryDirectory() as directory:
        Alembic(write_config(Path(directory) / "new.yml", database, recorded.SOURCES)).must(
            "upgrade", "2.0.0"
        )
    execute(database, *_READ_BY_2_0)


@contextmanager
def built(server: URL, directory: Path) -> Iterator[States]:
    """Yield the states, computed with the catalogue's own replay function and migrations that nothing disturbs."""
    with fresh_database(server) as old, fresh_database(server) as new:
        recorded.load(old)
        pending_in_2_0(new)
        states = States(server, {"1.7": str(old.database), "2.0.0": str(new.database)}, defaultdict(list))
        for command, (start, target) in WAYS.items():
            for order in _ORDERS:
                with states.copy(start, directory) as (database, alembic):
                    _replay(states, database, _OLDEST.format(_CALLS[start], order), start)
                    if order == _ORDERS[-1]:
                        alembic.must(command, target)
                        assert recorded.replicated(database) == recorded.expected()
                        states.right[target, ()].append(_content(database, target))
        yield states


def _replay(states: States, database: URL, one: str, version: str) -> None:
    """Replay `one` batch after the other, and take down what is right by which are pending."""
    engine = create_engine(database, poolclass=NullPool)
    pending: tuple[int, ...] | None = None
    while pending != ():
        with engine.connect() as connection:
            before, pending = pending, tuple(connection.scalars(_PENDING))
        # A call that finds nothing left of a batch ends it: only before the first one is the batch untouched.
        if pending != before:
            states.right[version, pending].append(_content(database, version))
        execute(database, one)
