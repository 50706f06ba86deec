"""The awkward states in which 1.8.2 can be stopped, each brought about with 1.8.2 itself.

What is common to all: the `FIRST` source has fallen behind the `SECOND`, and MySQL is ahead of both.
"""

from __future__ import annotations

from collections.abc import Callable

from devtools.clients.old_client import OldSource
from tests.support.clients.bed import FIRST, SECOND, Bed

State = Callable[[Bed], None]

STEPS = 40


def pending(bed: Bed) -> None:
    """Both sources have read batches that are not replayed; where to go on is marked started in neither."""
    at_different_positions(bed)
    bed.old.read(FIRST, at_most=2)
    bed.old.read(SECOND, at_most=1)


def never_started(bed: Bed) -> None:
    """Both sources were copied, and not started since."""
    for source in (FIRST, SECOND):
        register(bed, source)
        bed.workload.run(STEPS)


def killed_while_reading(bed: Bed) -> None:
    """The first source has rows in its log table that belong to no closed batch."""
    at_different_positions(bed)
    bed.old.read_and_die(FIRST, "next")


def table_synced_alone(bed: Bed) -> None:
    """A table of the first source has a position of its own, which its source has not reached yet."""
    at_different_positions(bed)
    bed.old.sync_table(FIRST, "words")
    bed.workload.run(STEPS)


def one_never_initialised(bed: Bed) -> None:
    """The second source is registered, and has never been copied."""
    register(bed, FIRST)
    bed.old.add_source(SECOND)
    bed.workload.run(STEPS, [FIRST.mysql_schema])


ALL_COPIED: tuple[State, ...] = (pending, never_started, killed_while_reading, table_synced_alone)
"""The states in which every source can go on."""


def at_different_positions(bed: Bed) -> None:
    """Both sources have replicated for a while; the first was stopped earlier, some binlog files ago."""
    for source in (FIRST, SECOND):
        register(bed, source)
    for source in (FIRST, SECOND):
        for _ in range(2):
            bed.workload.run(STEPS // 2)
            bed.mysql.execute("FLUSH BINARY LOGS")
        with bed.old.replicating(source) as running:
            bed.catch_up(running, source.mappings)
    bed.workload.run(STEPS)


def register(bed: Bed, source: OldSource) -> None:
    """Add `source` to the catalogue, which is made where it is missing, and copy its tables."""
    bed.old.create_schema(source)
    bed.old.add_source(source)
    bed.old.init_replica(source)
