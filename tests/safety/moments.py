"""Random moments of a migration."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.safety.process import started
from tests.safety.recorded_states import States

WAYS = {"upgrade": ("1.7", "2.0.0"), "downgrade": ("2.0.0", "1.7")}
"""From which version to which a command goes."""


def moments(states: States, directory: Path, command: str, rounds: int) -> Iterator[float]:
    """Yield random moments of a migration, in seconds; how long one takes is measured now and then, as the load changes."""
    for number in range(rounds):
        if number % 12 == 0:
            whole = duration(states, directory, command)
        yield 1.2 * whole * random.random()


def duration(states: States, directory: Path, command: str) -> float:
    """Return the seconds that an undisturbed migration takes."""
    start, target = WAYS[command]
    with states.copy(start, directory) as (_, alembic), started(alembic.config, command, target) as run:
        begun = time.monotonic()
        assert run.end()[0] == 0
        return time.monotonic() - begun
