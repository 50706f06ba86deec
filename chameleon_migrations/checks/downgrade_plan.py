"""What the downgrade from 2.0.0 to 1.7 would do: read from the temporary views of ``2.0.0/carry_back_plan.sql``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from chameleon_migrations import replay
from chameleon_migrations.checks.merge_plan import EVENTS_PER_SECOND, in_order
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2
from chameleon_migrations.replay import Way, ways

_SOURCES = text("""
SELECT
    source.t_source,
    source.t_new_source,
    source.b_carried,
    CASE WHEN source.b_carried THEN source.t_binlog_name || ':' || source.i_binlog_position
        ELSE old.t_binlog_name || ':' || old.i_binlog_position END AS resume,
    (SELECT count(*) FROM pg_temp.chameleon_back_table AS tab WHERE tab.i_id_source = source.i_id_source) AS tables
FROM pg_temp.chameleon_back_source AS source
JOIN pg_temp.chameleon_old_source AS old ON old.i_id_source = source.i_id_source
ORDER BY source.t_new_source, source.t_source""")


@dataclass(frozen=True)
class ReturningSource:
    """A source of 1.7 as it comes back.

    Attributes:
        name: Its name.
        new_source: The source of 2.0 that has taken it in.
        carried: Whether 2.0 has made progress, which is carried back.
        resume_position: Where 1.8.2 goes on reading, as ``file:offset``; None where it was never initialised.
        tables: How many tables are registered in it then.
    """

    name: str
    new_source: str
    carried: bool
    resume_position: str | None
    tables: int


@dataclass(frozen=True)
class DowngradePlan:
    """The whole of it; `renamed` leads from a schema's name now to the one after the downgrade."""

    sources: Sequence[ReturningSource]
    pending_batches: int
    pending_events: int
    renamed: dict[str, str]
    replay: Sequence[Way]
    replay_seconds: float

    @property
    def totals(self) -> tuple[int, int, int]:
        """The numbers of sources, tables and pending events."""
        return len(self.sources), sum(source.tables for source in self.sources), self.pending_events

    def lines(self) -> Iterator[str]:
        """Yield the plan as lines for a person."""
        for source in self.sources:
            yield f"{source.name}, from {source.new_source}: {source.tables} tables"
            yield f"  reads on from {source.resume_position or 'nowhere: it was never initialised'}"
            yield "  with the progress of 2.0" if source.carried else "  as it was: 2.0 has not begun to read"
        if self.pending_events:
            yield f"pending: {self.pending_events:,} events in {self.pending_batches} batches, replayed first"
        yield from in_order(self.replay)
        yield from (f"schema {old} becomes {new}" for old, new in self.renamed.items())


def read_downgrade_plan(connection: Connection) -> DowngradePlan:
    """Read the plan from the views that the downgrade's hook has set up for the session of `connection`."""
    pending = [batch.events for batch in replay.pending(connection)]
    return DowngradePlan(
        sources=[
            ReturningSource(row.t_source, row.t_new_source, row.b_carried, row.resume, row.tables)
            for row in connection.execute(_SOURCES)
        ],
        pending_batches=len(pending),
        pending_events=sum(pending),
        renamed={CATALOGUE: CATALOGUE_V2, CATALOGUE_V1: CATALOGUE},
        replay=ways(connection, "2.0.0"),
        replay_seconds=sum(pending) / EVENTS_PER_SECOND,
    )
