"""The process, its session or the server dies at any moment: nothing is lost, nothing is between, and a second run completes."""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from tests.support.safety.disturbances import Disturbance, disturb, end_session, kill_client
from tests.support.safety.moments import Moments, counted
from tests.support.safety.recorded_states import WAYS, States


@pytest.mark.parametrize(
    ("command", "disturbance", "rounds"),
    [
        ("upgrade", kill_client, 2),
        ("downgrade", end_session, 2),
        *(
            pytest.param(command, disturbance, 25, marks=pytest.mark.slow)
            for command, disturbance in itertools.product(WAYS, (kill_client, end_session))
        ),
    ],
)
def test_killed_at_random_moments(
    states: States, tmp_path: Path, command: str, disturbance: Disturbance, rounds: int
) -> None:
    """Wherever it is ended, the catalogue is wholly of one version, with the rows that belong to it."""
    left: Counter[str] = Counter()
    moments = Moments(states, tmp_path, command)
    # Before the first batch is replayed, and in the swap; once that is committed, hardly anything is left to be killed.
    start, _ = WAYS[command]
    places = {f"{start} with 4 pending", f"{start} with 0 pending"} if rounds == 25 else set()
    for random in map(Random, range(4 * rounds)):
        place = disturb(states, tmp_path, disturbance, moments, random)
        left.update([place] if place else [])
        if left.total() >= rounds and places <= {*left}:
            break
    sys.stdout.write(f"{command}, {disturbance.__name__}: left {counted(left)}\n")
    assert left.total() >= rounds
    assert places <= {*left}


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
