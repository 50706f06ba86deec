"""Random moments of a migration."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.safety.process import started
from tests.safety.recorded_states import WAYS, States


def moments(states: States, directory: Path, command: str) -> Iterator[float]:
    """Yield random moments of a migration, in seconds; how long one takes is measured now and then, as the load changes."""
    while True:
        whole = duration(states, directory, command)
        for _ in range(12):
            yield whole * random.random()


def duration(states: States, directory: Path, command: str) -> float:
    """Return the seconds that an undisturbed migration takes."""
    start, target = WAYS[command]
    with states.copy(start, directory) as (_, alembic), started(alembic.config, command, target) as run:
        begun = time.monotonic()
        assert run.end()[0] == 0
        return time.monotonic() - begun


def counted(left: Counter[tuple[str, int]]) -> str:
    """Return how often a version was left with how many batches pending, to be printed."""
    return ", ".join(
        f"{count} times {place[0]} with {place[1]} pending" for place, count in sorted(left.items())
    )
