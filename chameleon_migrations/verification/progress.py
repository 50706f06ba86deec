"""How far the comparison is: a bar on a terminal, a line for each table in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chameleon_migrations import visible
from chameleon_migrations.verification.result import TableResult

log = logging.getLogger("alembic.chameleon_migrations")


@dataclass(frozen=True)
class Listener:
    """Called while tables are compared: with a table's name, with a number of rows, and with a table's result."""

    begun: Callable[[str], None]
    read: Callable[[int], None]
    done: Callable[[TableResult], None]


@contextmanager
def shown(rows: int) -> Iterator[Listener]:
    """Yield the listener for a comparison of about `rows` rows.

    A bar goes to standard error, where a person looks at it and messages are wanted; else each table is logged.
    """
    if sys.stderr.isatty() and log.isEnabledFor(logging.INFO):
        with _bar(rows) as listener:
            yield listener
    else:
        yield Listener(begun=lambda _: None, read=lambda _: None, done=_line)


def _line(table: TableResult) -> None:
    log.info("compared %s: %s rows, %s differences", table.table, table.rows, table.differences)


@contextmanager
def _bar(rows: int) -> Iterator[Listener]:
    from rich import progress  # noqa: PLC0415 - slow, and of use on a terminal only
    from rich.text import Text  # noqa: PLC0415

    from chameleon_migrations.terminal.display import console  # noqa: PLC0415

    class _Rate(progress.ProgressColumn):
        def render(self, task: progress.Task) -> Text:
            return Text(f"rows, {task.speed or 0:,.0f}/s")

    columns = (
        progress.TextColumn("verify {task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        _Rate(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr)) as bars:
        task = bars.add_task("", total=rows)
        yield Listener(
            begun=lambda table: bars.update(task, description=visible.line(table)),
            read=lambda read: bars.advance(task, read),
            done=lambda _: None,
        )
        # MySQL only estimates how many rows there are.
        bars.update(task, total=bars.tasks[0].completed, description="")
