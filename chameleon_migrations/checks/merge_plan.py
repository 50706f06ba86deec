"""What the upgrade from 1.7 to 2.0.0 would merge into what: read from the plan's temporary views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from chameleon_migrations import replay
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1
from chameleon_migrations.replay import Way, ways

EVENTS_PER_SECOND = 40_000
"""How fast pending events are replayed: measured with events spread over a thousand tables, and passed where there are fewer."""

_SOURCES = text("""
SELECT
    old.t_source, old.t_source_schema, old.t_dest_schema, old.t_new_source,
    (SELECT count(*) FROM pg_temp.chameleon_old_table AS tab WHERE tab.v_schema_name = old.t_dest_schema) AS tables,
    old.t_binlog_name || ':' || old.i_binlog_position AS resume
FROM pg_temp.chameleon_old_source AS old
ORDER BY old.t_new_source, old.t_source""")

_POSITIONS = text("""
SELECT
    new.t_source,
    position.t_binlog_name || ':' || position.i_binlog_position AS resume,
    position.t_high_binlog_name || ':' || position.i_high_binlog_position AS high_watermark
FROM pg_temp.chameleon_new_source AS new
LEFT JOIN pg_temp.chameleon_new_position AS position ON position.t_source = new.t_source
ORDER BY new.i_order""")

_TABLES = text("""
SELECT t_new_source, v_schema_name, v_table_name, v_table_pkey, t_binlog_name || ':' || i_binlog_position AS position
FROM pg_temp.chameleon_old_table
ORDER BY v_schema_name, v_table_name""")


@dataclass(frozen=True)
class OldSource:
    """A source of 1.7, and the new source that takes it in; positions are written ``file:offset``, here and below."""

    name: str
    schema: str
    destination: str
    new_source: str
    tables: int
    resume_position: str | None
    pending_batches: int
    pending_events: int

    def lines(self) -> Iterator[str]:
        """Yield what it takes along into the new source."""
        yield f"  takes in {self.name}: {self.schema} -> {self.destination}"
        yield f"    {self.tables} tables, at {self.resume_position or 'no position'}"
        if self.pending_batches:
            yield f"    {self.pending_events:,} pending events in {self.pending_batches} batches"


@dataclass(frozen=True)
class NewSource:
    """A source of the configuration file: where it goes on reading, and from where on it is consistent."""

    name: str
    resume_position: str | None
    high_watermark: str | None


@dataclass(frozen=True)
class Table:
    """A registered table, and up to where its events are in it."""

    source: str
    schema: str
    name: str
    key: Sequence[str]
    position: str


@dataclass(frozen=True)
class MergePlan:
    """The whole of it; `renamed` leads from a schema's name now to the one after the upgrade."""

    old_sources: Sequence[OldSource]
    new_sources: Sequence[NewSource]
    tables: Sequence[Table]
    renamed: dict[str, str]
    replay: Sequence[Way]
    replay_seconds: float

    @property
    def totals(self) -> tuple[int, int, int]:
        """The numbers of old sources, tables and pending events."""
        return len(self.old_sources), len(self.tables), sum(old.pending_events for old in self.old_sources)

    def lines(self) -> Iterator[str]:
        """Yield the plan as lines for a person: a block for each new source, the old ones that it takes in below it."""
        for new in self.new_sources:
            yield f"{new.name}"
            yield f"  reads on from {new.resume_position or 'nowhere: it was never initialised'}"
            if new.high_watermark:
                yield f"  consistent at {new.high_watermark}"
            for old in self.old_sources:
                if old.new_source == new.name:
                    yield from old.lines()
        yield from in_order(self.replay)
        yield from (f"schema {old} becomes {new}" for old, new in self.renamed.items())


_SHOWN = 5
"""How many tables are named for a reason to replay them in order."""


def in_order(found: Sequence[Way]) -> Iterator[str]:
    """Yield a line for each reason to replay pending events one by one, with the tables that have most of them."""
    by_reason: dict[str, list[Way]] = {}
    for way in sorted(found, key=lambda way: -way.events):
        if way.reason:
            by_reason.setdefault(way.reason, []).append(way)
    for reason, tables in by_reason.items():
        names = [f"{way.schema}.{way.table} ({way.events:,})" for way in tables[:_SHOWN]]
        more = [f"{len(tables) - _SHOWN} more"] if len(tables) > _SHOWN else []
        yield f"replayed in order because {reason}: {', '.join([*names, *more])}"


def read_merge_plan(connection: Connection) -> MergePlan:
    """Read the plan from the views that ``2.0.0/plan.sql`` has set up for the session of `connection`."""
    pending = replay.pending(connection)
    return MergePlan(
        old_sources=[
            OldSource(*(*row, *_pending_of(row.t_source, pending))) for row in connection.execute(_SOURCES)
        ],
        new_sources=[NewSource(*row) for row in connection.execute(_POSITIONS)],
        tables=[Table(*row) for row in connection.execute(_TABLES)],
        renamed={CATALOGUE: CATALOGUE_V1},
        replay=ways(connection),
        replay_seconds=sum(batch.events for batch in pending) / EVENTS_PER_SECOND,
    )


def _pending_of(source: str, pending: Sequence[replay.Pending]) -> tuple[int, int]:
    events = [batch.events for batch in pending if batch.source == source]
    return len(events), sum(events)
