"""How far the replay is: a bar for each source on a terminal, a line for each batch in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chameleon_migrations import visible
from chameleon_migrations.replay import Pending, Replayed

log = logging.getLogger("alembic.chameleon_migrations")

if TYPE_CHECKING:
    from rich.progress import Progress

OnReplayed = Callable[[Pending, Replayed], None]
"""Called after each batch, with its outcome."""


@contextmanager
def shown(pending: Sequence[Pending]) -> Iterator[OnReplayed]:
    """Yield the function to call for each of the `pending` batches once it is replayed.

    Bars go to standard error, where a person looks at it and messages are wanted; else each batch is logged.
    """
    if pending and sys.stderr.isatty() and log.isEnabledFor(logging.INFO):
        with _bars(pending) as on_replayed:
            yield on_replayed
    else:
        yield _line


def _line(batch: Pending, done: Replayed) -> None:
    log.info(
        "replayed batch %s of %s: %s row events, %s DDL events, %s skipped", batch.batch, batch.source, *done
    )


@contextmanager
def _bars(pending: Sequence[Pending]) -> Iterator[OnReplayed]:
    """Show a bar for each source, one after the other; it only pulses until the first events of a source are applied."""
    with _display() as bars:
        waiting = {batch.source: 0 for batch in pending}
        for batch in pending:
            waiting[batch.source] += batch.events
        tasks = {
            source: bars.add_task(visible.line(source), start=False, total=None, events=events)
            for source, events in waiting.items()
        }
        totals = dict(waiting)
        bars.start_task(tasks[next(iter(waiting))])

        def on_replayed(batch: Pending, done: Replayed) -> None:
            bars.update(tasks[batch.source], total=totals[batch.source], advance=sum(done))
            waiting[batch.source] -= batch.events
            if waiting[batch.source] == 0 and (after := next(filter(waiting.get, waiting), None)):
                bars.start_task(tasks[after])

        yield on_replayed


def _display() -> Progress:
    """Return what shows the bars: of each the events, their rate since it began, and the time so far and to come."""
    from rich import progress  # noqa: PLC0415 - slow, and of use on a terminal only
    from rich.text import Text  # noqa: PLC0415

    from chameleon_migrations.terminal.display import console  # noqa: PLC0415

    class _Counts(progress.ProgressColumn):
        def render(self, task: progress.Task) -> Text:
            rate = task.completed / task.elapsed if task.elapsed else 0
            return Text(f"{task.completed:,.0f}/{task.fields['events']:,} events, {rate:,.0f}/s")

    return progress.Progress(
        progress.TextColumn("replay {task.description}", markup=False),
        progress.BarColumn(),
        _Counts(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=console(sys.stderr),
    )
