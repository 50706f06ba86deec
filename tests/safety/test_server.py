"""The server stops, or runs out of something, while the catalogue is migrated."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute, fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.psql import dump
from tests.support.safety.disturbances import stop_server
from tests.support.safety.moments import Moments, counted
from tests.support.safety.own_server import OwnServer
from tests.support.safety.recorded_states import WAYS, built, pending_in_2_0
from tests.support.safety.sessions import before_statement, rows
from tests.support.templates import Templates, recorded_catalogue

OLD_CATALOGUE = [
    "SELECT * FROM sch_chameleon.t_sources",
    "SELECT * FROM sch_chameleon.t_replica_batch ORDER BY i_id_batch",
    "SELECT * FROM sch_chameleon.t_replica_tables ORDER BY i_id_table",
    "SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relnamespace = 'sch_chameleon'::regnamespace",
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%sch\\_chameleon%'",
]


@pytest.mark.slow
@pytest.mark.parametrize("command", WAYS)
def test_an_immediate_shutdown(own: OwnServer, tmp_path: Path, command: str) -> None:
    """After its recovery the catalogue is wholly of one version, and a second run completes."""
    left: Counter[str] = Counter()
    with built(own.url, tmp_path) as states:
        moments = Moments(states, tmp_path, command)
        for random in map(Random, itertools.count()):
            place = stop_server(own, states, tmp_path, moments, random)
            left.update([place] if place else [])
            if left.total() == 10:
                break
    sys.stdout.write(f"{command}, immediate shutdown: left {counted(left)}\n")


def test_an_immediate_shutdown_in_a_rehearsal(own: OwnServer, tmp_path: Path) -> None:
    """After its recovery everything is as before, sequences included."""
    with ExitStack() as stack, Templates(own.url, stack).copy(pending_in_2_0) as database:
        config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
        dumped = dump(database)
        command = [
            sys.executable,
            "-m",
            "chameleon_migrations.cli",
            "--config",
            str(config),
            "rehearse",
            "1.7",
        ]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr
            while b"replayed batch" not in process.stderr.readline():
                pass
            own.stop_immediately()
            said = process.stderr.read().decode()
            assert process.wait(60) != 0
        own.start()
        assert "Traceback" not in said
        assert dump(database) == dumped


@pytest.mark.slow
def test_out_of_locks(own: OwnServer, tmp_path: Path) -> None:
    """With 10,000 log tables and few locks, 1.7 is intact and the message says which setting is too low."""
    own.set("max_locks_per_transaction", "10")
    with fresh_database(own.url) as database:
        build(database, [OldSource("one", "my", "db")])
        # Each table is made in a transaction of its own, as the server has room for fewer locks than tables.
        create = "CREATE TABLE sch_chameleon.log_{} () INHERITS (sch_chameleon.t_log_replica)"
        execute(database, "SET synchronous_commit = off", *map(create.format, range(10_000)))
        before = [rows(database, query) for query in OLD_CATALOGUE]
        alembic = Alembic(write_config(tmp_path / "new.yml", database, {"mysql": {"my": "db"}}))
        said = alembic.must_fail("upgrade", "2.0.0")
        assert "SQLSTATE 53200 - out of shared memory" in said
        assert "max_locks_per_transaction" in said
        assert [rows(database, query) for query in OLD_CATALOGUE] == before
        assert alembic.current() == "1.7"


_LARGE_BATCH = [
    """
    INSERT INTO sch_chameleon.t_log_replica
        (i_id_batch, v_table_name, v_schema_name, enm_binlog_event, jsb_event_data, t_binlog_name, i_binlog_position)
    SELECT batch, 'settings', 'db_schema_01', 'insert',
        jsonb_build_object('k', n, 'v', repeat('x', 60000), 'raw', NULL), 'mysql-bin.000001', n
    FROM (SELECT min(i_id_batch) AS batch FROM sch_chameleon.t_batch_events) oldest, generate_series(1, 3000) AS n""",
    """
    UPDATE sch_chameleon.t_batch_events SET i_id_event = ARRAY(
        SELECT i_id_event FROM sch_chameleon.t_log_replica log WHERE log.i_id_batch = t_batch_events.i_id_batch)""",
]


@pytest.mark.slow
def test_out_of_room_for_temporary_files(own: OwnServer, tmp_path: Path) -> None:
    """Where the disk has no room for what the replay sorts, 1.7 is intact and nothing is replayed by half."""

    def limit() -> None:
        execute(own.url, "ALTER SYSTEM SET temp_file_limit = 0", "SELECT pg_reload_conf()")
        time.sleep(0.5)

    with ExitStack() as stack, Templates(own.url, stack).copy(recorded_catalogue) as database:
        alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
        # With a rule, each event has a statement of its own, and these are sorted.
        rule = "CREATE RULE kept AS ON DELETE TO db_schema_01.settings DO ALSO NOTHING"
        execute(database, *_LARGE_BATCH, rule)
        before = rows(database, "SELECT * FROM sch_chameleon.t_batch_events ORDER BY 1")
        with before_statement("pg_temp.replay_batches(", limit):
            said = alembic.must_fail("upgrade", "2.0.0")
        execute(own.url, "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")
        assert "the replay of the pending batches stopped at" in said
        assert "temp_file_limit" in said
        assert rows(database, "SELECT * FROM sch_chameleon.t_batch_events ORDER BY 1") == before
        assert alembic.current() == "1.7"


_SLOW_VACUUM = """
DO $$
DECLARE
    log text := (SELECT format('sch_chameleon.%I', v_log_table[1]) FROM sch_chameleon.t_sources LIMIT 1);
BEGIN
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_cost_delay = 100,'
        ' autovacuum_vacuum_cost_limit = 1)', log);
    EXECUTE format('INSERT INTO %s (i_id_batch, v_table_name, v_schema_name, enm_binlog_event) SELECT batch, %L, %L, %L'
        ' FROM (SELECT min(i_id_batch) AS batch FROM sch_chameleon.t_replica_batch) oldest, generate_series(1, 20000)',
        log, 'dead', 'dead', 'insert');
    EXECUTE format('DELETE FROM %s WHERE v_table_name = %L', log, 'dead');
END $$"""


@pytest.mark.slow
def test_an_autovacuum_of_the_log_gets_out_of_the_way(own: OwnServer, tmp_path: Path) -> None:
    """It is at work on the rows that were replayed, for long where they were many, when the catalogue is to be locked."""
    with built(own.url, tmp_path) as states, states.copy("1.7", tmp_path) as (database, alembic):
        execute(own.url, "ALTER SYSTEM SET autovacuum_naptime = 1", "SELECT pg_reload_conf()")
        execute(database, _SLOW_VACUUM)
        vacuums = "SELECT FROM pg_locks WHERE mode = 'ShareUpdateExclusiveLock' AND relation::regclass::text ~ 't_log_replica'"
        deadline = time.monotonic() + 60
        while not rows(database, vacuums):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        alembic.must("-x", "lock_attempts=1", "upgrade", "2.0.0")
        assert states.version(database) == "2.0.0"
