"""All registered tables, one after the other: from the catalogue's rows to what was found in each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import cast

import psycopg2
import pymysql
from psycopg2.extensions import connection as PostgresConnection  # noqa: N812 - it is a class
from pymysql.constants import ER
from sqlalchemy import Connection, Engine

from chameleon_migrations.checks import mysql
from chameleon_migrations.config.settings import Settings, Source
from chameleon_migrations.database import session
from chameleon_migrations.errors import UserError
from chameleon_migrations.verification import positions
from chameleon_migrations.verification.columns import Zones, mysql_literal
from chameleon_migrations.verification.comparison import Comparison, Options
from chameleon_migrations.verification.positions import Replica
from chameleon_migrations.verification.reading import Sides
from chameleon_migrations.verification.result import Lag, TableResult
from chameleon_migrations.verification.tables import Plan, Table, plan, registered, sizes

_ATTEMPTS = 3
"""How often a table is compared whose columns change meanwhile."""

_CHANGED = (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR, ER.TABLE_DEF_CHANGED)

_Changed = (psycopg2.ProgrammingError, psycopg2.DataError)
"""What PostgreSQL raises where a table or a column is gone, or of another type, since the columns were read."""


@dataclass
class _Server:
    """A source's MySQL server while its tables are compared."""

    source_id: int
    name: str
    source: Source
    sides: Sides
    zones: Zones
    is_late: bool = False
    """Whether the replica did not come to a position in time: it is not waited for again."""


@dataclass
class Verifier:
    """Compares the registered tables of the catalogue.

    Attributes:
        settings: The configuration file.
        version: The catalogue's.
        postgres: A connection for the catalogue, outside of a transaction.
        streams: Another one, for the rows.
        options: What the user asks for.
        reader_zone: The time zone of the host that pg_chameleon reads the binlog on; None for that of MySQL.
    """

    settings: Settings
    version: str | None
    postgres: Connection
    streams: Connection
    options: Options
    reader_zone: str | None = None
    asked: Source = field(init=False)
    """The source whose MySQL server is asked."""
    _servers: dict[tuple[str, str], _Server] = field(default_factory=dict)

    def tables(self) -> list[Table]:
        """Return the registered tables."""
        found = registered(self.postgres, self.version)
        self.postgres.rollback()
        return found

    def close(self) -> None:
        """Close the connections to MySQL."""
        for server in self._servers.values():
            server.sides.close()

    def rows(self, tables: Sequence[Table]) -> int:
        """Return about how many rows `tables` have in MySQL."""
        found = 0
        for place in {(table.source, table.mysql_schema): table for table in tables}.values():
            server = self._server(place)
            if server:
                with server.sides.mysql.cursor() as cursor:
                    there = sizes(cursor, place.mysql_schema or "")
                server.sides.mysql.rollback()
                same = (table for table in tables if table.schema == place.schema)
                found += sum(there.get(table.name, 0) for table in same)
        return found

    def lag(self, tables: Sequence[Table]) -> Iterator[Lag]:
        """Yield the replicas that have not applied what MySQL has written by now."""
        for source in {table.source: table for table in tables}.values():
            server = self._server(source)
            if server is None:
                continue
            with server.sides.mysql.cursor() as cursor:
                here = positions.written(cursor)
                if here is None or not positions.passed(self.postgres, cursor, self._replica(server), here):
                    at = positions.applied(self.postgres, source.source_id)
                    yield Lag(source.source, str(at) if at else None, str(here) if here else None)

    def compare(self, table: Table, on_read: Callable[[int], None]) -> TableResult | None:
        """Compare a table, again where its columns change meanwhile; return None where it is registered no more.

        Args:
            table: The table.
            on_read: Called with a number of rows that were read.
        """
        server = self._server(table)
        reason = _why_not(table, server)
        if server is None or reason:
            return TableResult(str(table), table.source, problems=[reason])
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1
            try:
                found = self._plan(table, server)
                if not found.problems or last or server.is_late:
                    return self._comparison(found, server, on_read).run()
            except _Changed:
                if last:
                    raise
            except pymysql.Error as error:
                if last or error.args[0] not in _CHANGED:
                    raise
            self._begin_waiting(server)(time.monotonic() + self.options.wait)
            if str(table) not in map(str, self.tables()):
                return None
        raise AssertionError

    def _comparison(self, found: Plan, server: _Server, on_read: Callable[[int], None]) -> Comparison:
        return Comparison(found, server.sides, self.options, lambda: self._begin_waiting(server), on_read)

    def _plan(self, table: Table, server: _Server) -> Plan:
        with server.sides.mysql.cursor() as cursor:
            found = plan(table, cursor, self.postgres, server.source.mysql.charset.lower(), server.zones)
        self.postgres.rollback()
        server.sides.mysql.rollback()
        return found

    def _begin_waiting(self, server: _Server) -> Callable[[float], bool]:
        """Note MySQL's position, and return what waits until the replica is there, or until a time."""
        with server.sides.mysql.cursor() as cursor:
            here = positions.written(cursor)

        def wait(until: float) -> bool:
            replica = self._replica(server)
            with server.sides.mysql.cursor() as cursor:
                server.is_late = here is None or not positions.wait(
                    lambda: positions.passed(self.postgres, cursor, replica, here),
                    0 if server.is_late else until,
                )
            return not server.is_late

        return wait

    def _server(self, table: Table) -> _Server | None:
        """Return the server that the configuration file names for the table's schemas, or None where it names none."""
        source = self._source(table)
        if source is None:
            return None
        self.asked = source
        place = (table.source, source.name)
        if place not in self._servers:
            self._servers[place] = self._connected(table, source)
        return self._servers[place]

    def _source(self, table: Table) -> Source | None:
        """Return the source of the configuration file that has the table's schemas, under another name where it is 1.7's."""
        for source in self.settings.sources:
            if source.schema_mappings.get(table.mysql_schema or "") == table.schema and (
                self.version == "1.7" or source.name == table.source
            ):
                return source
        return None

    def _connected(self, table: Table, source: Source) -> _Server:
        sides = Sides(source.mysql, cast("PostgresConnection", self.streams.connection.driver_connection))
        zone = mysql_literal(self.reader_zone) if self.reader_zone else "@@global.time_zone"
        zones = Zones("@@global.time_zone", zone)
        if self.reader_zone:
            self._check_zone(sides, zone)
        return _Server(table.source_id, table.source, source, sides, zones)

    def _replica(self, server: _Server) -> Replica:
        tables = [table for table in self.tables() if table.source == server.name and table.mysql_schema]
        return Replica(
            server.source_id,
            frozenset(f"{table.mysql_schema}.{table.name}" for table in tables),
            frozenset(str(table.mysql_schema) for table in tables),
        )

    def _check_zone(self, sides: Sides, zone: str) -> None:
        with sides.mysql.cursor() as cursor:
            cursor.execute(f"SELECT convert_tz('2000-01-01', '+00:00', {zone})")
            found = cursor.fetchone()
        if not found or found[0] is None:
            raise UserError(
                f"MySQL knows no time zone {self.reader_zone}; needed: an offset such as +02:00, or a name that its "
                "time zone tables have"
            )


def _why_not(table: Table, server: _Server | None) -> str:
    """Return why a table is not compared, or nothing."""
    if table.mysql_schema is None:
        return "the catalogue does not know its schema in MySQL"
    if server is None:
        return f"the configuration file has no source that maps {table.mysql_schema} to {table.schema}"
    if not table.replicated:
        return "pg_chameleon has disabled it after an error, and replicates it no more"
    return ""


@contextmanager
def opened(
    engine: Engine, settings: Settings, version: str | None, options: Options, reader_zone: str | None
) -> Iterator[Verifier]:
    """Yield a verifier with connections of its own.

    Args:
        engine: Of the database.
        settings: The configuration file.
        version: The catalogue's.
        options: What the user asks for.
        reader_zone: The time zone of the host that pg_chameleon reads the binlog on; None for that of MySQL.

    Raises:
        UserError: A MySQL server gave no answer.
    """
    with ExitStack() as stack:
        postgres, streams = (stack.enter_context(session.opened(engine)) for _ in range(2))
        verifier = Verifier(settings, version, postgres, streams, options, reader_zone)
        stack.callback(verifier.close)
        try:
            yield verifier
        except pymysql.Error as error:
            asked = verifier.asked
            raise UserError(
                f"{mysql.no_answer(asked.name, asked.mysql, error, required=True).found}; needed: the tables of MySQL to "
                "compare with; correct db_conn in the configuration file, or grant SELECT to its user"
            ) from error
