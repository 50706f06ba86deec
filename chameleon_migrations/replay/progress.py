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
    from rich import progress  # noqa: PLC0415 - slow, and of use on a terminal only
    from rich.text import Text  # noqa: PLC0415

    from chameleon_migrations.terminal.display import console  # noqa: PLC0415

    class _Rate(progress.ProgressColumn):
        def render(self, task: progress.Task) -> Text:
            return Text(f"events, {task.speed or 0:,.0f}/s")

    columns = (
        progress.TextColumn("replay {task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        _Rate(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr)) as bars:
        totals: dict[str, int] = {}
        for batch in pending:
            totals[batch.source] = totals.get(batch.source, 0) + batch.events
        tasks = {source: bars.add_task(visible.line(source), total=total) for source, total in totals.items()}
        yield lambda batch, done: bars.advance(tasks[batch.source], sum(done))
