"""What the checks saw is what the swap finds under its locks; otherwise nothing happens, and what moved is said."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from devtools.server import execute
from tests.support.command import Alembic
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import before_statement, session
from tests.support.snapshot import snapshot

FIRST = "(SELECT min(i_id_source) FROM sch_chameleon.t_sources)"
MOVED = {
    "version": (
        "CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '1.8'::text AS t_version",
        ["was  version 1.7", "is   version 1.8"],
    ),
    "source": (
        "INSERT INTO sch_chameleon.t_sources (t_source, t_dest_schema) VALUES ('late', 'late')",
        ["is   source late: "],
    ),
    "resume batch": (
        "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)"
        f" VALUES ({FIRST}, 'mysql-bin.000009', 99)",
        ["mysql-bin.000009, offset 99", "was  resume batch"],
    ),
    "no resume batch": (
        f"UPDATE sch_chameleon.t_replica_batch SET b_processed = true WHERE i_id_source = {FIRST}",
        ["was  resume batch"],
    ),
    "table": (
        "DELETE FROM sch_chameleon.t_replica_tables WHERE v_table_name = 'orders'",
        ["was  table db_schema_01.orders: "],
    ),
    "position of a table": (
        "UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = 42, t_binlog_name = 'mysql-bin.000009'"
        " WHERE v_table_name = 'orders'",
        ['is   table db_schema_01.orders: {"i_id_table"', '"i_binlog_position": 42'],
    ),
}


@pytest.mark.parametrize(("change", "said"), MOVED.values(), ids=MOVED.keys())
def test_what_moved_is_said(states: States, tmp_path: Path, change: str, said: list[str]) -> None:
    """A change that is committed after the checks and before the locks stops the swap, and stays as it was made."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        moved = {}

        def move() -> None:
            execute(database, change)
            moved.update(snapshot(database, without=("chameleon_migrations",)))

        with before_statement("LOCK TABLE", move):
            output = alembic.must_fail("upgrade", "2.0.0")
        assert "the catalogue was changed after the checks" in output
        for line in said:
            assert line in output
        assert snapshot(database, without=("chameleon_migrations",)) == moved


def test_what_moved_before_the_way_back_is_said(states: States, tmp_path: Path) -> None:
    """The downgrade compares again as well."""
    with states.copy("2.0.0", tmp_path) as (database, alembic):
        change = "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = i_binlog_position + 7"
        with before_statement("LOCK TABLE", lambda: execute(database, change)):
            assert "the catalogue was changed after the checks" in alembic.must_fail("downgrade", "1.7")
        assert alembic.current().startswith("2.0.0")


def test_a_batch_that_was_read_meanwhile_stops_the_swap(states: States, tmp_path: Path) -> None:
    """Its events are pending: the swap would lose them."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        batch = (
            "WITH batch AS (UPDATE sch_chameleon.t_replica_batch SET b_replayed = false"
            f" WHERE i_id_source = {FIRST} AND b_replayed RETURNING i_id_batch)"
            " INSERT INTO sch_chameleon.t_batch_events SELECT max(i_id_batch), '{1}' FROM batch"
        )
        with before_statement("LOCK TABLE", lambda: execute(database, batch)):
            assert "batches were read while the migration ran" in alembic.must_fail("upgrade", "2.0.0")
        assert alembic.current() == "1.7"


class Writer(Thread):
    """Reads batch after batch as 1.8.2 does, each statement in autocommit, under no name; it ends at its first error."""

    def __init__(self, database: URL) -> None:
        super().__init__()
        self.stopped = Event()
        self.read = 0
        self._database = database

    def run(self) -> None:
        """Read until it is stopped."""
        while not self.stopped.is_set():
            try:
                execute(self._database, *self._statements())
            except DBAPIError:
                return
            self.read += 1

    def _statements(self) -> list[str]:
        resume = f"i_id_source = {FIRST} AND NOT b_processed AND NOT b_replayed"
        batch = f"(SELECT max(i_id_batch) FROM sch_chameleon.t_replica_batch WHERE {resume})"
        return [
            f"UPDATE sch_chameleon.t_sources SET ts_last_received = now() WHERE i_id_source = {FIRST}",
            "INSERT INTO sch_chameleon.t_log_replica (i_id_batch, v_table_name, v_schema_name, enm_binlog_event, jsb_event_data)"
            f" VALUES ({batch}, 'no table', 'db_schema_01', 'insert', '{{}}')",
            f"UPDATE sch_chameleon.t_replica_batch SET b_started = true WHERE {resume}",
            "INSERT INTO sch_chameleon.t_batch_events SELECT i_id_batch, array_agg(i_id_event)"
            f" FROM sch_chameleon.t_log_replica WHERE i_id_batch = {batch} GROUP BY 1",
            f"UPDATE sch_chameleon.t_replica_batch SET b_processed = true WHERE {resume}",
            "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)"
            f" VALUES ({FIRST}, 'mysql-bin.000009', {self.read})",
        ]


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_writer_at_work_is_never_half_in(states: States, tmp_path: Path, rounds: int) -> None:
    """Whether the upgrade finds it or locks it out: what it has read is in 1.7, or replayed, and nothing of it is in 2.0."""
    for _ in range(rounds):
        with states.copy("1.7", tmp_path) as (database, alembic):
            writer = Writer(database)
            writer.start()
            while not writer.read:
                time.sleep(0.001)
            result = alembic("-x", "lock_attempts=2", "upgrade", "2.0.0")
            writer.stopped.set()
            writer.join()
            assert whole_with_writer(database, alembic) == ("2.0.0" if result.succeeded else "1.7"), (
                result.output
            )
            assert "Traceback" not in result.output


def whole_with_writer(database: URL, alembic: Alembic) -> str:
    """Return the version; every event that the writer logged is in 1.7, pending or read again, and none is lost."""
    version = alembic.current().split()[0]
    old = "sch_chameleon" if version == "1.7" else "_sch_chameleon_version1"
    with session(database) as connection:
        resumes = connection.scalar(
            text(f"SELECT max(i_id_batch) FROM {old}.t_replica_batch WHERE i_id_source = 1")
        )
        lost = connection.scalar(
            text(
                f"SELECT count(*) FROM {old}.t_log_replica JOIN {old}.t_replica_batch USING (i_id_batch)"
                f" WHERE b_processed AND i_id_batch NOT IN (SELECT i_id_batch FROM {old}.t_batch_events)"
            )
        )
        assert resumes
        assert lost == 0
        if version == "2.0.0":
            assert connection.scalar(text("SELECT count(*) FROM sch_chameleon.t_replica_batch")) == 1
            assert connection.scalar(text("SELECT count(*) FROM sch_chameleon.t_log_replica")) == 0
    return version
