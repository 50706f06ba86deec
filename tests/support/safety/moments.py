"""Random moments of a migration."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.support.safety.process import started
from tests.support.safety.recorded_states import WAYS, States
from tests.support.safety.sessions import rows


def moments(states: States, directory: Path, command: str, *, late: bool = False) -> Iterator[float]:
    """Yield random moments of a migration, in seconds; with `late`, every other one is after the first batch was replayed.

    How long a migration takes is measured now and then, as the load changes.
    """
    while True:
        replayed, whole = duration(states, directory, command)
        for number in range(4 if late else 12):
            start = replayed if late and number % 2 else 0
            yield start + (whole - start) * random.random()


def duration(states: States, directory: Path, command: str) -> tuple[float, float]:
    """Return the seconds until an undisturbed migration has replayed the first batch, and until it ends."""
    start, target = WAYS[command]
    with (
        states.copy(start, directory) as (database, alembic),
        started(alembic.config, command, target) as run,
    ):
        begun = time.monotonic()
        while len(rows(database, "SELECT i_id_batch FROM sch_chameleon.t_batch_events")) == 4:
            assert run.running
        replayed = time.monotonic() - begun
        assert run.end()[0] == 0
        return replayed, time.monotonic() - begun


def counted(left: Counter[tuple[str, int]]) -> str:
    """Return how often a version was left with how many batches pending, to be printed."""
    return ", ".join(
        f"{count} times {place[0]} with {place[1]} pending" for place, count in sorted(left.items())
    )
