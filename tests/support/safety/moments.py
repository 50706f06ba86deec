"""Random moments of a migration."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.support.safety.process import started
from tests.support.safety.recorded_states import WAYS, States
from tests.support.safety.sessions import rows


class Moments:
    """Random moments of a migration, in seconds; how long it takes is measured now and then, as the load changes."""

    def __init__(self, states: States, directory: Path, command: str) -> None:
        self.command = command
        self._states, self._directory = states, directory
        self._left = 0

    def draw(self, random: Random, *, late: bool = False) -> float:
        """Return a moment; with `late`, one after the first batch was replayed."""
        if not self._left:
            self._replayed, self._whole = duration(self._states, self._directory, self.command)
            self._left = 8
        self._left -= 1
        start = self._replayed if late else 0
        return start + (self._whole - start) * random.random()


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


def counted(outcomes: Counter[str]) -> str:
    """Return how often each of `outcomes` was, to be printed."""
    return ", ".join(f"{count} times {outcome}" for outcome, count in sorted(outcomes.items()))
