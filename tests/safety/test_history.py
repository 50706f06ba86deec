"""The history has a row for each step of each attempt, the failed ones included."""

from __future__ import annotations

import json
import platform
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL

from chameleon_migrations import __version__
from devtools import recorded
from devtools.server import OWNER, PASSWORD
from tests.support.faults import fail_after
from tests.support.safety.process import started
from tests.support.safety.recorded_states import States, forget_kept
from tests.support.safety.sessions import before_statement, rows
from tests.support.snapshot import snapshot


def history(database: URL) -> list[dict[str, object]]:
    return rows(database, "SELECT * FROM chameleon_migrations.history ORDER BY started")


def test_a_step_up_and_a_step_down(states: States, tmp_path: Path) -> None:
    """Who, when, from where to where, how much and how long."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        events = rows(
            database, "SELECT sum(cardinality(i_id_event)) AS events FROM sch_chameleon.t_batch_events"
        )[0]
        tables = rows(database, "SELECT count(*) AS tables FROM sch_chameleon.t_replica_tables")[0]
        alembic.must("upgrade", "2.0.0")
        alembic.must("downgrade", "1.7")
        up, down = history(database)
        assert (up["from_version"], up["to_version"], up["outcome"]) == ("1.7", "2.0.0", "done")
        assert (down["from_version"], down["to_version"], down["outcome"]) == ("2.0.0", "1.7", "done")
        assert up["events_replayed"] == events["events"]
        assert up["tables_moved"] == down["tables_moved"] == tables["tables"]
        assert (up["role"], up["client"], up["package"]) == (OWNER, platform.node(), __version__)
        assert timedelta(0) < up["duration"] < timedelta(minutes=1)  # type: ignore[operator]
        assert up["error"] is None
        assert up["attempt"] != down["attempt"]


def test_a_failed_attempt_is_there_with_its_error(states: States, tmp_path: Path) -> None:
    """It is written outside of the transaction that is undone."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        with fail_after(0, starting="INSERT INTO sch_chameleon.t_sources"):
            alembic.must_fail("upgrade", "2.0.0")
        forget_kept(database)
        alembic.must("upgrade", "2.0.0")
        failed, done = history(database)
        assert (failed["outcome"], done["outcome"]) == ("failed", "done")
        assert "the step 'register the sources' failed: SQLSTATE 22012" in str(failed["error"])
        assert failed["events_replayed"]
        assert done["events_replayed"] is None


def test_an_attempt_that_died_is_told_by_the_next(states: States, tmp_path: Path) -> None:
    """No process is left to write how it ended; the events that it had replayed are counted."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        with started(alembic.config, "upgrade", "2.0.0") as run:
            while not has_replayed(database):
                assert run.running
                time.sleep(0.01)
            run.kill()
        while rows(database, "SELECT FROM pg_stat_activity WHERE application_name = 'chameleon-migrations'"):
            time.sleep(0.01)
        alembic.must("upgrade", "2.0.0")
        outcomes = [row["outcome"] for row in history(database)]
        assert outcomes in (["died", "done"], ["done"])


def has_replayed(database: URL) -> bool:
    there = rows(database, "SELECT to_regclass('chameleon_migrations.history') IS NOT NULL AS there")
    return bool(there[0]["there"]) and any(row["events_replayed"] for row in history(database))


def test_what_is_refused_or_only_looked_at_leaves_no_row(states: States, tmp_path: Path) -> None:
    """Nothing is changed, not even the history."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        before = snapshot(database)
        alembic.must("current")
        alembic.config.write_text(alembic.config.read_text().replace("my_schema_01", "other"))
        alembic.must_fail("upgrade", "2.0.0")
        assert snapshot(database) == before


def test_the_settings_are_there_without_secrets(states: States, tmp_path: Path) -> None:
    """Hosts, roles and mappings, and no password."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        alembic.must("-x", "lock_attempts=3", "upgrade", "2.0.0")
        [row] = history(database)
        settings = row["settings"]
        assert isinstance(settings, dict)
        assert settings["sources"]["mysql"]["schema_mappings"] == recorded.SOURCES["mysql"]
        assert settings["pg_conn"]["user"] == OWNER
        assert settings["options"]["lock_attempts"] == "3"
        for secret in (PASSWORD, "mysql-s3cret"):
            assert secret not in json.dumps(settings)


def test_without_its_own_session_a_migration_still_ends_whole(states: States, tmp_path: Path) -> None:
    """When the session of the lock and the history is ended, the failure to record hides nothing."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        with (
            fail_after(0, starting="INSERT INTO sch_chameleon.t_sources"),
            before_statement("LOCK TABLE", lambda: rows(database, end)),
        ):
            said = alembic.must_fail("upgrade", "2.0.0")
        assert "the step 'register the sources' failed" in said
        assert "the failure is not in the history" in said
        assert states.version(database) == "1.7"
