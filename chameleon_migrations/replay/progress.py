"""How far the replay is: a bar for each source on a terminal, a line for each batch in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from chameleon_migrations import visible
from chameleon_migrations.replay import Pending, Replayed

log = logging.getLogger("alembic.chameleon_migrations")

Told = Callable[[Pending, Replayed], None]
"""What is called after each batch, with what came of it."""


@contextmanager
def shown(pending: Sequence[Pending]) -> Iterator[Told]:
    """Yield the function to call for each of the `pending` batches once it is replayed.

    Bars go to standard error, where a person looks at it and messages are wanted; else each batch is logged.
    """
    if pending and sys.stderr.isatty() and log.isEnabledFor(logging.INFO):
        with _bars(pending) as told:
            yield told
    else:
        yield _line


def _line(batch: Pending, done: Replayed) -> None:
    log.info(
        "replayed batch %s of %s: %s row events, %s DDL events, %s skipped", batch.batch, batch.source, *done
    )


@contextmanager
def _bars(pending: Sequence[Pending]) -> Iterator[Told]:
    """Show a bar for each source, one after the other; it only pulses until the first events of a source are applied."""
    from rich import progress  # noqa: PLC0415 - slow, and of use on a terminal only
    from rich.text import Text  # noqa: PLC0415

    from chameleon_migrations.terminal.display import console  # noqa: PLC0415

    class _Counts(progress.ProgressColumn):
        def render(self, task: progress.Task) -> Text:
            rate = task.completed / task.elapsed if task.elapsed else 0
            return Text(f"{task.completed:,.0f}/{task.fields['events']:,} events, {rate:,.0f}/s")

    columns = (
        progress.TextColumn("replay {task.description}", markup=False),
        progress.BarColumn(),
        _Counts(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr)) as bars:
        waiting = {
            source: _events(pending, source) for source in dict.fromkeys(batch.source for batch in pending)
        }
        tasks = {
            source: bars.add_task(visible.line(source), start=False, total=None, events=events)
            for source, events in waiting.items()
        }
        bars.start_task(tasks[next(iter(waiting))])

        def told(batch: Pending, done: Replayed) -> None:
            bars.update(tasks[batch.source], total=_events(pending, batch.source), advance=sum(done))
            waiting[batch.source] -= batch.events
            if waiting[batch.source] == 0 and (
                after := next((name for name in waiting if waiting[name]), None)
            ):
                bars.start_task(tasks[after])

        yield told


def _events(pending: Sequence[Pending], source: str) -> int:
    return sum(batch.events for batch in pending if batch.source == source)
