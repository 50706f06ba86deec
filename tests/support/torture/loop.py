"""Trials in a loop, one of each kind in turn; a failure leaves what is needed to repeat it."""

from __future__ import annotations

import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from tests.support.safety.moments import counted

Trial = Callable[[Path, Random], "Counter[str] | str | None"]
"""Tries once what a seed says, and leaves all files in a directory.

It returns what happened, or a count of what happened in many; None where it came too late to count. It raises where
something is lost.
"""


@dataclass
class Tally:
    """What came of the trials of a kind, and the seeds of those in which something was lost."""

    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many trials there were."""
        return self.outcomes.total() + len(self.lost)


def torture(
    trials: Mapping[str, Trial],
    seeds: Iterable[int],
    folder: Path,
    *,
    enough: Callable[[Tally], bool],
    over: Callable[[Mapping[str, Tally]], bool],
) -> dict[str, Tally]:
    """Run a trial of each kind with each seed; Ctrl-C ends it as well.

    Args:
        trials: By the name of their kind.
        seeds: One for each round.
        folder: Where a failure leaves a folder.
        enough: Tells whether a kind needs no further trial.
        over: Asked before each trial whether to stop.

    Returns:
        What came of them, by kind.
    """
    tallies = {kind: Tally() for kind in trials}
    try:
        for seed in seeds:
            for kind in [kind for kind in trials if not enough(tallies[kind])]:
                if over(tallies):
                    return tallies
                _try(trials[kind], kind, seed, folder, tallies[kind])
            if all(map(enough, tallies.values())):
                break
    except KeyboardInterrupt:
        sys.stdout.write("interrupted\n")
    return tallies


def _try(trial: Trial, kind: str, seed: int, folder: Path, tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix=f"torture-{kind}-", ignore_cleanup_errors=True) as directory:
        try:
            outcome = trial(Path(directory), Random(seed))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
            tally.lost.append(seed)
            _keep(error, kind, seed, Path(directory), folder / f"{datetime.now():%Y-%m-%d}-{kind}-{seed}")
        else:
            tally.outcomes.update([outcome] if isinstance(outcome, str) else outcome or ())


def _keep(error: Exception, kind: str, seed: int, directory: Path, kept: Path) -> None:
    """Keep the files of a trial in the folder `kept`, with the error and the moment."""
    again = f"make torture KINDS={kind} SEED={seed}"
    kept.mkdir(parents=True, exist_ok=True)
    with suppress(shutil.Error):  # sockets are not copied
        shutil.copytree(directory, kept, dirs_exist_ok=True)
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    (kept / "error.txt").write_text(
        f"{again}\nat {datetime.now()}\n\n{''.join(trace.format())}", encoding="utf-8"
    )
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    sys.stdout.write(f"LOST: {kind}, seed {seed}: {line}\n  see {kept}; again: {again}\n")
    sys.stdout.flush()


def progress(tallies: Mapping[str, Tally]) -> str:
    """Return how far the trials are, in one line."""
    counts = ", ".join(f"{kind} {tally.count}" for kind, tally in tallies.items())
    return f"{datetime.now():%H:%M:%S} {counts}; lost: {sum(len(tally.lost) for tally in tallies.values())}\n"


def table(tallies: Mapping[str, Tally]) -> str:
    """Return what came of the trials, as a table in Markdown."""
    lines = ["| kind | trials | outcome | lost |", "|---|---|---|---|"]
    lines += [
        f"| {kind} | {tally.count:,} | {counted(tally.outcomes)} | {len(tally.lost) or 'nothing'} |"
        for kind, tally in tallies.items()
    ]
    return "\n".join(lines) + "\n"
