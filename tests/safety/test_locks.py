"""One run at a time, and a catalogue that nobody else holds; no limit of the role ends the migration half-way."""

from __future__ import annotations

import re
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from alembic.command import upgrade
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import QueuePool

from chameleon_migrations import replay
from chameleon_migrations.checks import DOWNGRADE, UPGRADE
from chameleon_migrations.checks.check import read_check
from chameleon_migrations.checks.examination import ask_hook
from chameleon_migrations.checks.hook import find
from chameleon_migrations.checks.parameters import session_parameters, setting
from chameleon_migrations.config import settings
from chameleon_migrations.database import run_lock
from chameleon_migrations.database.sql_text import execute as execute_text
from devtools.config_file import ROOT
from devtools.server import execute
from tests.support.safety.company import two_at_once
from tests.support.safety.process import started
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import before_statement, pid, rows, session
from tests.support.snapshot import snapshot

IN_A_HURRY = ["-x", "lock_attempts=2", "-x", "lock_timeout=0.05"]


def take_run_lock(holder: Connection) -> None:
    holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": run_lock.KEY})
    holder.commit()


@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], ["stamp", "1.7"]])
def test_a_second_run_says_who_is_at_work(states: States, tmp_path: Path, command: list[str]) -> None:
    """It names the process that holds the run lock, and changes nothing."""
    with states.copy("1.7", tmp_path) as (database, alembic), session(database, "first") as first:
        take_run_lock(first)
        before = snapshot(database)
        said = alembic.must_fail("-x", "wait=0", *command)
        assert re.search(rf"pid {pid(first)} \(first\) since 20", said)
        assert snapshot(database) == before


def test_looking_waits_for_nobody(states: States, tmp_path: Path) -> None:
    """`alembic current` needs no run lock."""
    with states.copy("1.7", tmp_path) as (database, alembic), session(database) as first:
        take_run_lock(first)
        assert alembic.current() == "1.7"


def test_a_second_run_waits_for_the_first(states: States, tmp_path: Path) -> None:
    """It goes on as soon as the first has ended."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        with session(database) as first:
            take_run_lock(first)
            with before_statement("FROM pg_catalog.pg_locks AS held", first.invalidate):
                assert "another chameleon-migrations is at work" in alembic.must("upgrade", "2.0.0")
        assert states.version(database) == "2.0.0"


def test_the_lock_goes_with_the_run_also_where_a_pool_keeps_its_sessions(
    states: States, tmp_path: Path
) -> None:
    """The caller's pool gets neither a session that holds the lock nor one with our settings."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        engine = create_engine(database, poolclass=QueuePool)
        options = Namespace(x=[f"config={alembic.config}"])
        config = Config(ROOT / "alembic.ini", attributes={"connection": engine}, cmd_opts=options)
        upgrade(config, "2.0.0")
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW application_name")) != "chameleon-migrations"
            held = (
                "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
            assert connection.scalar(text(held)) == 0
        engine.dispose()


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_two_at_once(states: States, tmp_path: Path, rounds: int) -> None:
    """One upgrades; the other says that one is at work, or that there is nothing left to do. Nothing is doubled."""
    for random in map(Random, range(rounds)):
        two_at_once(states, tmp_path, random)


@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], ["downgrade", "1.7"]])
def test_who_holds_a_lock_on_the_catalogue_is_named(
    states: States, tmp_path: Path, command: list[str]
) -> None:
    """After the last attempt the catalogue is as it was, and the message names the session."""
    start = "1.7" if command[0] == "upgrade" else "2.0.0"
    with states.copy(start, tmp_path) as (database, alembic), session(database, "a report") as reader:
        number = pid(reader)
        reader.execute(text("SELECT FROM sch_chameleon.t_replica_tables"))
        said = alembic.must_fail(*IN_A_HURRY, *command)
        assert "in use each of 2 times" in said
        assert re.search(rf"FAILED.*pid {number} \(usr_replica, a report\) in a transaction since 20", said)
        reader.rollback()
        assert states.version(database) == start
        alembic.must(*command)


def test_a_lock_that_is_let_go_in_time_is_waited_for(states: States, tmp_path: Path) -> None:
    """The attempts go on with growing pauses; between two of them none of the locks is held."""
    with states.copy("1.7", tmp_path) as (database, alembic), session(database, "a report") as reader:
        reader.execute(text("SELECT FROM sch_chameleon.t_sources"))
        with started(alembic.config, *IN_A_HURRY, "-x", "lock_attempts=9", "upgrade", "2.0.0") as run:
            while not rows(
                database, "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            ):
                assert run.running
            reader.rollback()
            status, written = run.end()
        assert status == 0, written
        assert states.version(database) == "2.0.0"


@pytest.mark.parametrize(
    "option",
    ["wait=soon", "wait=-1", "lock_timeout=0", "lock_timeout=nan", "lock_attempts=0", "lock_attempts="],
)
def test_an_option_that_is_no_number(states: States, tmp_path: Path, option: str) -> None:
    """What is wrong and what is needed, in one line, before anything else."""
    with states.copy("1.7", tmp_path) as (_, alembic):
        said = alembic.must_fail("-x", option, "upgrade", "2.0.0")
        assert f"-x {option}: expected a number from" in said


LIMITS = [
    "statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
]  # fmt: skip


@pytest.mark.slow
def test_no_limit_of_the_role_or_the_database_ends_the_migration(states: States, tmp_path: Path) -> None:
    """With a limit of a fifth of a second on all that PostgreSQL can limit, steps and pauses may take longer."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        known = {row["name"] for row in rows(database, "SELECT name FROM pg_settings")}
        limited = f'ALTER DATABASE "{database.database}" SET {{}} = 200'
        execute(states.server, *(limited.format(limit) for limit in LIMITS if limit in known))
        execute(
            states.server.set(database=database.database),
            "CREATE FUNCTION db_schema_01.pause() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'",
            "CREATE TRIGGER pause AFTER UPDATE ON db_schema_01.orders FOR EACH STATEMENT"
            " EXECUTE PROCEDURE db_schema_01.pause()",
        )
        with before_statement("LOCK TABLE", lambda: time.sleep(0.3)):
            alembic.must("upgrade", "2.0.0")
        execute(states.server, f'ALTER DATABASE "{database.database}" RESET ALL')
        assert states.version(database) == "2.0.0"


def test_a_database_of_another_isolation_level_sees_what_moves(states: States, tmp_path: Path) -> None:
    """Where transactions are repeatable reads by default, what others commit before the lock is still found under it."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        execute(
            database,
            f"ALTER DATABASE \"{database.database}\" SET default_transaction_isolation = 'repeatable read'",
        )
        change = "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = 7 WHERE NOT b_processed"
        with before_statement("LOCK TABLE", lambda: execute(database, change)):
            assert "offset 7" in alembic.must_fail("upgrade", "2.0.0")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all nodes of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


@pytest.mark.parametrize(("start", "direction"), [("1.7", UPGRADE), ("2.0.0", DOWNGRADE)])
def test_no_check_reads_the_log_under_the_locks(
    states: States, tmp_path: Path, start: str, direction: str
) -> None:
    """All that was replayed is still there as dead rows: the catalogue would be locked for longer the more that was."""
    hook = find(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")), "2.0.0", direction)
    assert hook
    with states.copy(start, tmp_path) as (database, alembic), session(database) as connection:
        execute_text(connection, setting(session_parameters(settings.load(alembic.config), {})))
        assert all(outcome.found == [] for outcome in ask_hook(connection, hook))
        replay.replay_pending(connection, version=start)
        for file in (*hook.locked, *hook.checks):
            [[plan]] = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {read_check(file).query}",
                execution_options={"no_parameters": True},
            ).scalars()
            read = [
                node["Relation Name"]
                for node in nodes(plan["Plan"])
                if node.get("Actual Loops") and "Relation Name" in node
            ]
            assert not [table for table in read if table.startswith("t_log_replica")], file
