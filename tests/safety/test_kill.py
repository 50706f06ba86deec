"""The process, its session or the server dies at any moment: nothing is lost, nothing is between, and a second run completes."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from tests.support.safety.moments import counted, moments
from tests.support.safety.process import Run, started
from tests.support.safety.recorded_states import WAYS, States, forget_kept, stamped

OURS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = :database AND application_name = 'chameleon-migrations' ORDER BY pid"
)


def kill_client(run: Run, server: URL, database: URL) -> bool:
    """Kill the process, and wait until its sessions are gone; tell whether it had not ended yet."""
    run.kill()
    with create_engine(server, poolclass=NullPool).connect() as connection:
        while connection.scalars(OURS, {"database": database.database}).all():
            connection.rollback()
            time.sleep(0.01)
    return run.process.exitcode == -signal.SIGKILL


def end_session(run: Run, server: URL, database: URL) -> bool:
    """Terminate one of the process's two sessions, or both, and wait for its end; tell whether there was any."""
    with create_engine(server, poolclass=NullPool).connect() as connection:
        pids = connection.scalars(OURS, {"database": database.database}).all()
        ended = [
            connection.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            for pid in random.sample(pids, random.randint(min(1, len(pids)), len(pids)))
        ]
    status, written = run.end()
    assert "Traceback" not in written, written
    assert (status == 0) != ("FAILED" in written), written
    return any(ended)


Disturbance = Callable[[Run, URL, URL], bool]


def disturb(
    states: States, directory: Path, command: str, disturbance: Disturbance, moment: float
) -> tuple[str, int] | None:
    """Disturb a migration that has run for `moment` seconds.

    Returns:
        The version that it left, which is whole, and how many batches are pending in it; None where it had ended before.
    """
    start, target = WAYS[command]
    with states.copy(start, directory) as (database, alembic):
        before = events_pending(database)
        with started(alembic.config, command, target) as run:
            time.sleep(moment)
            if not disturbance(run, states.server, database):
                return None
        left = states.place(database)
        if left[0] == start:
            assert events_counted(database) == before - events_pending(database)
            forget_kept(database)
        alembic.must(command, target)
        assert states.place(database) == (target, 0)
        assert stamped(database) == target
        return left


def events_pending(database: URL) -> int:
    """Return how many events of the live catalogue are still to be applied."""
    return number(
        database,
        "SELECT coalesce(sum(cardinality(i_id_event)), 0) FROM sch_chameleon.t_batch_events"
        " JOIN sch_chameleon.t_replica_batch USING (i_id_batch) WHERE b_started AND b_processed AND NOT b_replayed",
    )


def events_counted(database: URL) -> int:
    """Return how many events the history says were replayed."""
    if number(database, "SELECT (to_regclass('chameleon_migrations.history') IS NULL)::integer"):
        return 0
    return number(database, "SELECT coalesce(sum(events_replayed), 0) FROM chameleon_migrations.history")


def number(database: URL, query: str) -> int:
    """Return the one number that `query` has."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return int(connection.scalar(text(query)) or 0)


@pytest.mark.parametrize("rounds", [4, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("disturbance", [kill_client, end_session])
@pytest.mark.parametrize("command", WAYS)
def test_killed_at_random_moments(
    states: States, tmp_path: Path, command: str, disturbance: Disturbance, rounds: int
) -> None:
    """Wherever it is ended, the catalogue is wholly of one version, with the rows that belong to it."""
    left: Counter[tuple[str, int]] = Counter()
    for moment in moments(states, tmp_path, command):
        place = disturb(states, tmp_path, command, disturbance, moment)
        left.update([place] if place else [])
        if left.total() == rounds:
            break
    sys.stdout.write(f"{command}, {disturbance.__name__}: left {counted(left)}\n")
    if rounds == 100:
        # Before the first batch is replayed, and in the swap; once that is committed, hardly anything is left to be killed.
        start, _ = WAYS[command]
        assert left[start, 4] > 0
        assert left[start, 0] > 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_session_that_ends_before_its_isolation_level_is_set(
    states: States, tmp_path: Path, number: int
) -> None:
    """There the driver's own error comes, past SQLAlchemy: it is one line as well."""
    seen: list[Connection] = []

    def end(connection: Connection, options: dict[str, Any]) -> None:
        if "isolation_level" in options and connection.engine.url.database == database.database:
            seen.append(connection)
            if len(seen) == number + 1:
                terminate(states.server, connection)

    with states.copy("1.7", tmp_path) as (database, alembic):
        event.listen(Engine, "set_connection_execution_options", end)
        try:
            said = alembic.must_fail("upgrade", "2.0.0")
        finally:
            event.remove(Engine, "set_connection_execution_options", end)
        assert len(said.rsplit("FAILED", 1)[1].strip().splitlines()) == 1
        assert states.version(database) == "1.7"
        alembic.must("upgrade", "2.0.0")


def terminate(server: URL, connection: Connection) -> None:
    """End the session of `connection`, and wait until it has ended."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    with create_engine(server, poolclass=NullPool).connect() as other:
        session = {"pid": driver.info.backend_pid}
        other.execute(text("SELECT pg_terminate_backend(:pid)"), session)
        while other.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), session):
            other.rollback()
            time.sleep(0.01)
