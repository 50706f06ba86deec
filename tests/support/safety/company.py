"""Another session uses the catalogue while it is upgraded: a second upgrade, or a pg_chameleon that reads."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from threading import Event, Thread

import psycopg2
from sqlalchemy import URL, text

from devtools.server import execute
from tests.support.command import Alembic
from tests.support.safety.process import started
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import rows, session

FIRST = "(SELECT min(i_id_source) FROM sch_chameleon.t_sources)"


def two_at_once(states: States, directory: Path, random: Random) -> str:
    """Start two upgrades within a fifth of a second: one upgrades, the other has nothing to do. Nothing is doubled."""
    with states.copy("1.7", directory) as (database, alembic):
        with started(alembic.config, "upgrade", "2.0.0") as one:
            time.sleep(random.random() * 0.2)
            with started(alembic.config, "upgrade", "2.0.0") as other:
                ends = [one.end(), other.end()]
        assert [status for status, _ in ends] == [0, 0]
        written = [text for _, text in ends]
        assert sum("1.7 -> 2.0.0: done" in text for text in written) == 1
        assert sum("the catalogue is 2.0.0: there is nothing to do" in text for text in written) == 1
        assert states.version(database) == "2.0.0"
        history = rows(database, "SELECT outcome FROM chameleon_migrations.history")
        assert history == [{"outcome": "done"}]
    return "one upgraded, the other had nothing to do"


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
            except psycopg2.Error:
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


def upgrade_with_writer(states: States, directory: Path, random: Random) -> str:
    """Upgrade while a writer is at work, which has begun up to a fifth of a second before; return the version that is left."""
    with states.copy("1.7", directory) as (database, alembic):
        writer = Writer(database)
        writer.start()
        while not writer.read:
            time.sleep(0.001)
        time.sleep(random.random() * 0.2)
        result = alembic("-x", "lock_attempts=2", "upgrade", "2.0.0")
        writer.stopped.set()
        writer.join()
        assert "Traceback" not in result.output
        left = whole_with_writer(database, alembic)
        assert left == ("2.0.0" if result.succeeded else "1.7"), result.output
        return left


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
