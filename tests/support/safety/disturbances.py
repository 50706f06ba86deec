"""The process, its session or the server dies while the catalogue is migrated."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests.support.safety.moments import Moments
from tests.support.safety.own_server import OwnServer
from tests.support.safety.process import Run, started
from tests.support.safety.recorded_states import WAYS, States, forget_kept, stamped

OURS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = :database AND application_name = 'chameleon-migrations' ORDER BY pid"
)

Disturbance = Callable[[Run, URL, URL, Random], bool]


def kill_client(run: Run, server: URL, database: URL, _: Random) -> bool:
    """Kill the process, and wait until its sessions are gone; tell whether it had not ended yet."""
    run.kill()
    with create_engine(server, poolclass=NullPool).connect() as connection:
        while connection.scalars(OURS, {"database": database.database}).all():
            connection.rollback()
            time.sleep(0.01)
    return run.process.exitcode == -signal.SIGKILL


def end_session(run: Run, server: URL, database: URL, random: Random) -> bool:
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


def disturb(
    states: States, directory: Path, disturbance: Disturbance, moments: Moments, random: Random
) -> str | None:
    """Disturb a migration at a random moment.

    Returns:
        The version that it left, which is whole, with how many batches pending; None where it had ended before.
    """
    start, target = WAYS[moments.command]
    moment = moments.draw(random)
    with states.copy(start, directory) as (database, alembic):
        before = events_pending(database)
        with started(alembic.config, moments.command, target) as run:
            time.sleep(moment)
            if not disturbance(run, states.server, database, random):
                return None
        version, pending = states.place(database)
        if version == start:
            assert events_counted(database) == before - events_pending(database)
            forget_kept(database)
        alembic.must(moments.command, target)
        assert states.place(database) == (target, 0)
        assert stamped(database) == target
        return f"{version} with {pending} pending"


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


def stop_server(
    own: OwnServer, states: States, directory: Path, moments: Moments, random: Random
) -> str | None:
    """Stop the server at a random moment, every other time after the first batch was replayed; return the same as `disturb`."""
    start, target = WAYS[moments.command]
    moment = moments.draw(random, late=random.random() < 0.5)
    with states.copy(start, directory) as (database, alembic):
        with started(alembic.config, moments.command, target) as run:
            time.sleep(moment)
            in_time = run.running
            own.stop_immediately()
            status, written = run.end()
        own.start()
        assert "Traceback" not in written, written
        assert (status == 0) != ("FAILED" in written), written
        version, pending = states.place(database)
        if version == start:
            forget_kept(database)
        alembic.must(moments.command, target)
        assert states.place(database) == (target, 0)
        return f"{version} with {pending} pending" if in_time else None
