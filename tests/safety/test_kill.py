"""The process, its session or the server dies at any moment: nothing is lost, nothing is between, and a second run completes."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests import recorded
from tests.safety.moments import WAYS, moments
from tests.safety.process import Run, started
from tests.safety.recorded_states import States, forget_kept

OURS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = :database AND application_name = 'chameleon-migrations' ORDER BY pid"
)


def kill_client(run: Run, server: URL, database: URL) -> None:
    """Kill the process, and wait until its sessions are gone."""
    run.kill()
    with create_engine(server, poolclass=NullPool).connect() as connection:
        while connection.scalars(OURS, {"database": database.database}).all():
            connection.rollback()
            time.sleep(0.01)


def end_session(run: Run, server: URL, database: URL) -> None:
    """Terminate one of the process's two sessions, or both; it ends by itself, with a line."""
    with create_engine(server, poolclass=NullPool).connect() as connection:
        pids = connection.scalars(OURS, {"database": database.database}).all()
        for pid in random.sample(pids, random.randint(min(1, len(pids)), len(pids))):
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    status, written = run.end()
    assert "Traceback" not in written
    assert (status == 0) != ("FAILED" in written), written


Disturbance = Callable[[Run, URL, URL], None]


def disturb(states: States, directory: Path, command: str, disturbance: Disturbance, moment: float) -> str:
    """Disturb a migration that has run for `moment` seconds; return the version that it left, which is whole."""
    start, target = WAYS[command]
    with states.copy(start, directory) as (database, alembic):
        with started(alembic.config, command, target) as run:
            time.sleep(moment)
            disturbance(run, states.server, database)
        left = states.version(database)
        if left == start:
            forget_kept(database)
        alembic.must(command, target)
        assert states.version(database) == target
        assert recorded.replicated(database) == recorded.expected()
        assert alembic.current().startswith(target)
        return left


@pytest.mark.parametrize("rounds", [4, pytest.param(96, marks=pytest.mark.slow)])
@pytest.mark.parametrize("disturbance", [kill_client, end_session])
@pytest.mark.parametrize("command", WAYS)
def test_killed_at_random_moments(
    states: States, tmp_path: Path, command: str, disturbance: Disturbance, rounds: int
) -> None:
    """Wherever it is ended, the catalogue is wholly of one version, with the rows that belong to it."""
    left = [
        disturb(states, tmp_path, command, disturbance, moment)
        for moment in moments(states, tmp_path, command, rounds)
    ]
    counts = ", ".join(f"{left.count(version)} times {version}" for version in sorted(set(left)))
    sys.stdout.write(f"{command}, {disturbance.__name__}: left {counts}\n")
