"""The command ``status``: what the live catalogue holds, whichever version it is, and what is left beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from alembic.config import Config
from sqlalchemy import Connection, func, inspect, select, text

from chameleon_migrations.database.attempts import history
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import identifier
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.terminal.display import show_json, show_lines

_TABLES = """
SELECT
    src.t_source AS source,
    tab.v_schema_name AS schema,
    tab.v_table_name AS name,
    tab.t_binlog_name || ':' || tab.i_binlog_position AS position,
    {replicated} AS replicated
FROM sch_chameleon.t_replica_tables AS tab
JOIN sch_chameleon.t_sources AS src ON src.i_id_source = tab.i_id_source
ORDER BY src.t_source, tab.v_schema_name, tab.v_table_name"""

_TABLES_1_7 = text(_TABLES.format(replicated="true"))
_TABLES_2_0 = text(_TABLES.format(replicated="tab.b_replica_enabled"))


_KEPT = text("""
SELECT nspname, coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint AS bytes
FROM pg_namespace
LEFT JOIN pg_class ON relnamespace = pg_namespace.oid AND relkind = 'r'
WHERE nspname = ANY (:schemas)
GROUP BY nspname
ORDER BY nspname""")

_COLUMNS = (
    "attempt", "started", "from_version", "to_version", "outcome", "events_replayed", "tables_moved", "duration",
    "error",
)  # fmt: skip

_LAST = 10
"""How many attempts of the history are shown."""


@dataclass(frozen=True)
class Source:
    """A source of the catalogue; positions are written ``file:offset``, and 1.7 knows no high watermark."""

    name: str
    mappings: Mapping[str, str]
    status: str
    tables: int
    resume_position: str | None
    high_watermark: str | None
    consistent: bool | None
    pending_batches: int
    pending_events: int
    last_received: datetime | None
    last_replayed: datetime | None


@dataclass(frozen=True)
class Table:
    """A registered table; `position` is its own, where the catalogue stores one."""

    source: str
    schema: str
    name: str
    position: str | None
    replicated: bool


@dataclass(frozen=True)
class Past:
    """A row of the history: a step of a command, with what came of it; `attempt` is the same for the steps of one command."""

    attempt: UUID
    started: datetime
    from_version: str
    to_version: str
    outcome: str
    events_replayed: int | None
    tables_moved: int | None
    duration: timedelta | None
    error: str | None


@dataclass(frozen=True)
class Attempt:
    """What one command did: its steps, the latest first."""

    steps: Sequence[Past]

    @property
    def attempt(self) -> UUID:
        """The number of the command in the history."""
        return self.steps[0].attempt

    @property
    def started(self) -> datetime:
        """When the first step began."""
        return self.steps[-1].started

    @property
    def route(self) -> str:
        """The version before the first step, and the one that the last step leads to."""
        return f"{self.steps[-1].from_version} → {self.steps[0].to_version}"

    @property
    def outcome(self) -> str:
        """The outcome of the last step."""
        return self.steps[0].outcome

    @property
    def error(self) -> str | None:
        """The error of the last step."""
        return self.steps[0].error

    @property
    def duration(self) -> timedelta:
        """The time of all steps."""
        return sum((past.duration for past in self.steps if past.duration), timedelta())

    @property
    def events_replayed(self) -> int:
        """The events of all steps."""
        return sum(past.events_replayed or 0 for past in self.steps)

    @property
    def tables_moved(self) -> int:
        """The tables of all steps."""
        return sum(past.tables_moved or 0 for past in self.steps)


@dataclass(frozen=True)
class Kept:
    """A schema that an upgrade or a downgrade left beside the live catalogue, and its size in bytes."""

    schema: str
    bytes: int


@dataclass(frozen=True)
class Status:
    """All of it.

    Attributes:
        version: The live catalogue's.
        sources: By name.
        tables: By source, schema and name.
        kept: The schemas that an upgrade or a downgrade left beside the live catalogue.
        history: The steps of the last commands, the latest first.
    """

    version: str | None
    sources: Sequence[Source]
    tables: Sequence[Table]
    kept: Sequence[Kept]
    history: Sequence[Past]


def run(config: Config, *, as_json: bool) -> None:
    """Show the status of the catalogue in the configuration file's database, and change nothing.

    Args:
        config: Alembic's configuration.
        as_json: Print one JSON object instead of tables.

    Raises:
        UserError: There is no catalogue, or it cannot be read.
    """

    def read(reading: Reading) -> None:
        found = read_status(reading.connection, reading.version)
        if as_json:
            show_json(config, asdict(found))
        else:
            _print(config, found)

    read_catalogue(config, read)


def read_status(connection: Connection, version: str | None, last: int | None = _LAST) -> Status:
    """Read the status of the live catalogue, which is of `version`, with the `last` attempts of the history, or all."""
    tables = _TABLES_1_7 if version == "1.7" else _TABLES_2_0
    return Status(
        version=version,
        sources=sources(connection, version),
        tables=[Table(*row) for row in connection.execute(tables)],
        kept=[Kept(*row) for row in connection.execute(_KEPT, {"schemas": [CATALOGUE_V1, CATALOGUE_V2]})],
        history=_history(connection, last),
    )


def sources(connection: Connection, version: str | None, schema: str = CATALOGUE) -> list[Source]:
    """Read the sources of the catalogue in `schema`, which is of `version`: the live one, or one that is kept."""
    query = sql(f"{'1.7' if version == '1.7' else '2.0.0'}/sources.sql", catalogue=f"{schema}.")
    return [Source(*row) for row in connection.execute(text(query))]


def _history(connection: Connection, last: int | None) -> list[Past]:
    if not inspect(connection).has_table(history.name, schema=history.schema):
        return []
    latest = (
        select(history.c.attempt).group_by(history.c.attempt).order_by(func.max(history.c.started).desc())
    )
    rows = (
        select(*(history.c[name] for name in _COLUMNS))
        .where(history.c.attempt.in_(latest.limit(last)))
        .order_by(history.c.started.desc())
    )
    return [Past(*row) for row in connection.execute(rows)]


def _print(config: Config, found: Status) -> None:
    show_lines(config, [f"The catalogue is {found.version}."])
    for source in found.sources:
        show_lines(config, ["", *_source(source)])
    special = [table for table in found.tables if table.position or not table.replicated]
    if special:
        show_lines(
            config, ["", "Tables with a position of their own, or not replicated", *map(_table, special)]
        )
    for kept in found.kept:
        show_lines(config, ["", *_kept(kept)])
    commands = [line for attempt in attempts(found.history) for line in _attempt(attempt)]
    show_lines(config, ["", "History, the latest first", *(commands or ["  none"])])


def _source(source: Source) -> Iterator[str]:
    yield f"{source.name}: {source.status}"
    yield from (f"  {schema} -> {destination}" for schema, destination in source.mappings.items())
    yield f"  reads on from {source.resume_position or 'nowhere'}"
    if source.consistent is not None:
        behind = f"not consistent until it has read to {source.high_watermark or 'an unknown position'}"
        yield f"  {'consistent: it has caught up' if source.consistent else behind}"
    pending = f", {source.pending_events:,} pending events in {source.pending_batches} batches"
    yield f"  {source.tables} tables{pending if source.pending_batches else ', nothing pending'}"
    if source.last_replayed:
        yield f"  replayed up to {_time(source.last_replayed)}"


def _table(table: Table) -> str:
    state = "" if table.replicated else "  not replicated"
    return f"  {table.schema}.{table.name}  {table.position or ''}{state}"


def _kept(kept: Kept) -> Iterator[str]:
    yield f"Kept: {kept.schema}, {kept.bytes / 1_000_000:,.1f} MB. Once you need it no more, drop it:"
    yield f"  DROP SCHEMA {identifier(kept.schema)} CASCADE"


def attempts(history: Sequence[Past]) -> list[Attempt]:
    """Return the steps of each command together, the latest command first."""
    return [Attempt(list(steps)) for _, steps in groupby(history, key=lambda past: past.attempt)]


def _attempt(attempt: Attempt) -> Iterator[str]:
    """Yield a line for a command: when, from, to, outcome, how long, how many events; its error below it."""
    seconds, events = attempt.duration.total_seconds(), attempt.events_replayed
    start = f"{_time(attempt.started)}  {attempt.route:16}"
    yield f"  {start}  {attempt.outcome:7}  {seconds:6.1f} s  {events:,} events"
    if attempt.error:
        yield f"    {attempt.error}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
