"""``python -m tests.torture``: the trials of tests/safety with fresh seeds, until there are N of each kind, or for some time."""

from __future__ import annotations

import itertools
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from random import SystemRandom

from devtools.config_file import ROOT
from tests.support.torture.kinds import Ground, kinds
from tests.support.torture.loop import Tally, progress, table, torture

PROGRESS_SECONDS = 60


def main() -> int:
    """Run the trials; return 1 where something was lost."""
    with ExitStack() as stack:
        trials = kinds(Ground(stack))
        parser = ArgumentParser("python -m tests.torture", description=__doc__)
        parser.add_argument("--number", type=int, default=sys.maxsize, help="trials of each kind")
        parser.add_argument("--minutes", type=float, default=float("inf"))
        parser.add_argument("--seed", type=int, help="one trial of each kind, with this seed")
        parser.add_argument("kinds", nargs="*", default=[kind for kind in trials if kind != "client"])
        options = parser.parse_args()
        if unknown := {*options.kinds} - {*trials}:
            parser.error(f"no such kind: {', '.join(unknown)}; there are {', '.join(trials)}")
        tallies = torture(
            {kind: trials[kind] for kind in options.kinds},
            fresh() if options.seed is None else [options.seed],
            ROOT / "torture",
            enough=lambda tally: tally.count >= options.number,
            over=Clock(options.minutes),
        )
        sys.stdout.write(table(tallies))
    return int(any(tally.lost for tally in tallies.values()))


def fresh() -> Iterator[int]:
    """Yield seeds that nobody knows before."""
    return (SystemRandom().randrange(10**9) for _ in itertools.count())


class Clock:
    """Tells whether the time is over, and how far the trials are, now and then."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes
        self._next = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, tallies: Mapping[str, Tally]) -> bool:
        """Return whether the time is over."""
        if time.monotonic() >= self._next:
            self._next += PROGRESS_SECONDS
            sys.stdout.write(progress(tallies))
            sys.stdout.flush()
        return time.monotonic() >= self._end


if __name__ == "__main__":
    # In the background SIGINT is ignored; whatever ends it, what came of the trials is printed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())
