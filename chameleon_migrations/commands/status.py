"""The command ``status``: what the live catalogue holds, whichever version it is, and what is left beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from alembic.config import Config
from sqlalchemy import Connection, inspect, select, text

from chameleon_migrations.database.attempts import history
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2, schema_exists
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.terminal.display import show, show_json

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


_HISTORY = select(
    *(
        history.c[name]
        for name in (
            "started",
            "from_version",
            "to_version",
            "outcome",
            "events_replayed",
            "duration",
            "error",
        )
    )
).order_by(history.c.started.desc())

_LAST = 10
"""How many rows of the history are shown."""


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
    """A row of the history: a step of a command, with what came of it."""

    started: datetime
    from_version: str
    to_version: str
    outcome: str
    events_replayed: int | None
    duration: timedelta | None
    error: str | None


@dataclass(frozen=True)
class Status:
    """All of it.

    Attributes:
        version: The live catalogue's.
        sources: By name.
        tables: By source, schema and name.
        leftovers: The schemas that an upgrade or a downgrade left beside the live catalogue.
        history: The last steps taken, the latest first.
    """

    version: str | None
    sources: Sequence[Source]
    tables: Sequence[Table]
    leftovers: Sequence[str]
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
    """Read the status of the live catalogue, which is of `version`, with the `last` rows of the history, or all."""
    tables = _TABLES_1_7 if version == "1.7" else _TABLES_2_0
    return Status(
        version=version,
        sources=sources(connection, version),
        tables=[Table(*row) for row in connection.execute(tables)],
        leftovers=[name for name in (CATALOGUE_V1, CATALOGUE_V2) if schema_exists(connection, name)],
        history=_history(connection, last),
    )


def sources(connection: Connection, version: str | None, schema: str = CATALOGUE) -> list[Source]:
    """Read the sources of the catalogue in `schema`, which is of `version`: the live one, or one that is kept."""
    query = sql(f"{'1.7' if version == '1.7' else '2.0.0'}/sources.sql", catalogue=f"{schema}.")
    return [Source(*row) for row in connection.execute(text(query))]


def _history(connection: Connection, last: int | None) -> list[Past]:
    if not inspect(connection).has_table(history.name, schema=history.schema):
        return []
    return [Past(*row) for row in connection.execute(_HISTORY.limit(last))]


def _print(config: Config, found: Status) -> None:
    config.print_stdout("The catalogue is %s.\n", found.version)
    headings = (
        "source",
        "status",
        "tables",
        "reads on from",
        "consistent",
        "at",
        "pending",
        "events",
        "replayed up to",
    )
    show(config, "Sources", headings, map(_source_row, found.sources))
    mappings = ((source.name, *pair) for source in found.sources for pair in source.mappings.items())
    show(config, "Schemas", ("source", "MySQL schema", "schema here"), mappings)
    rows = (
        (table.source, table.schema, table.name, table.position, _yes(table.replicated))
        for table in found.tables
    )
    show(config, "Tables", ("source", "schema", "table", "own position", "replicated"), rows)
    show(config, "Left over", ("schema",), ((name,) for name in found.leftovers))
    columns = ("started", "from", "to", "outcome", "events replayed", "took", "error")
    show(config, "History, the latest first", columns, (tuple(vars(past).values()) for past in found.history))


def _source_row(source: Source) -> tuple[object, ...]:
    return (
        source.name,
        source.status,
        source.tables,
        source.resume_position,
        _yes(source.consistent),
        source.high_watermark,
        source.pending_batches,
        source.pending_events,
        source.last_replayed,
    )


def _yes(value: bool | None) -> str | None:  # noqa: FBT001 - it is what is shown
    return None if value is None else ("yes" if value else "no")
