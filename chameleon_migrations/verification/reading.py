"""Both sides of a table: a snapshot of a range of its rows, or the rows of some keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pymysql
from psycopg2.errors import CharacterNotInRepertoire, UntranslatableCharacter
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as PostgresConnection  # noqa: N812 - it is a class
from pymysql.cursors import Cursor, SSCursor

from chameleon_migrations.checks import mysql
from chameleon_migrations.config.settings import MySQL
from chameleon_migrations.verification.images import Value
from chameleon_migrations.verification.statements import MYSQL, POSTGRES, RowKey, Span
from chameleon_migrations.verification.tables import Plan

_FETCHED = 2_000
"""How many rows PostgreSQL sends at once."""

_BATCH_ROWS = 200
_BATCH_BYTES = 4_000_000
"""How many rows, and about how many bytes, are compared by value at once."""

_SESSION = (
    "SET SESSION sql_mode = '', time_zone = '+00:00', net_write_timeout = 3600, max_sort_length = 4096,"
    " lock_wait_timeout = 60, wait_timeout = 604800",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)
"""What our statements mean in MySQL: no padded texts, timestamps in UTC, keys that are sorted by all of their bytes."""

_SNAPSHOT = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"


class Row(NamedTuple):
    """What a stream yields of a row: its key and its digests."""

    key: RowKey
    digests: Sequence[str | None]


class Sides:
    """The MySQL server of a source, and PostgreSQL; both are only read."""

    def __init__(self, login: MySQL, postgres: PostgresConnection) -> None:
        """Read MySQL as `login`, and PostgreSQL on a connection that is outside of a transaction."""
        self._login = login
        self._postgres = postgres
        self._mysql: pymysql.Connection[Cursor] | None = None
        self._stream: SSCursor | None = None
        postgres.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)

    @property
    def mysql(self) -> pymysql.Connection[Cursor]:
        """The connection to MySQL."""
        if self._mysql is None or not self._mysql.open:
            self._mysql = mysql.connect(self._login, None, "utf8mb4")
            with self._mysql.cursor() as cursor:
                for statement in _SESSION:
                    cursor.execute(statement)
        return self._mysql

    def close(self) -> None:
        """Close the connection to MySQL."""
        if self._mysql and self._mysql.open:
            self._mysql.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that is read inside be of one moment on each side."""
        try:
            with self.mysql.cursor() as cursor:
                cursor.execute(_SNAPSHOT)
            yield
        finally:
            self._abandon()
            self._postgres.rollback()
            if self._mysql and self._mysql.open:
                self._mysql.rollback()

    def _abandon(self) -> None:
        """End a stream that was not read to its end: PyMySQL would read all that is left of it."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        result = getattr(stream, "_result", None)
        if result and result.unbuffered_active:
            result.unbuffered_active = False
            result.connection = None
            stream.connection = None  # type: ignore[assignment]
            self.close()

    def ours(self, plan: Plan, span: Span) -> Iterator[Row]:
        """Yield the rows of MySQL in the order of their keys, inside of a snapshot."""
        self._stream = self.mysql.cursor(SSCursor)
        self._stream.execute(MYSQL.stream(plan, span))
        length = len(plan.key)
        while row := self._stream.fetchone():
            yield Row(row[:length], row[length:])

    def theirs(self, plan: Plan, span: Span) -> Iterator[Row]:
        """Yield the rows of PostgreSQL in the order of their keys, inside of a snapshot."""
        length = len(plan.key)
        with self._postgres.cursor("verify") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(POSTGRES.stream(plan, span))
            for row in cursor:
                yield Row(_key(row[:length]), row[length:])

    def bound(self, plan: Plan, span: Span, rows: int) -> RowKey | None:
        """Return the key of the last of the first `rows` rows of MySQL; None where there are not as many."""
        found = self._one(MYSQL.bound(plan, span, rows))
        return found and tuple(found)

    def ends(self, plan: Plan) -> tuple[int | None, int | None]:
        """Return the least and the greatest first number of the keys in MySQL."""
        low, high = self._one(MYSQL.ends(plan)) or (None, None)
        return low, high

    def _one(self, query: str) -> Any:
        with self.mysql.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()

    def batches(self, plan: Plan, keys: Sequence[RowKey]) -> Iterator[Sequence[RowKey]]:
        """Yield `keys` in parts whose rows fit into memory."""
        size = max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, plan.row_bytes)))
        for start in range(0, len(keys), size):
            yield keys[start : start + size]

    def our_rows(self, plan: Plan, keys: Sequence[RowKey]) -> dict[RowKey, list[list[tuple[Value, Value]]]]:
        """Return MySQL's rows of `keys`: of each column the value of a copied and of a replayed row."""
        found: dict[RowKey, list[list[tuple[Value, Value]]]] = {}
        with self._transaction() as cursor:
            cursor.execute(MYSQL.rows(plan, keys))
            for row in cursor.fetchall():
                values = iter(row[len(plan.key) :])
                pairs = [
                    (value := next(values), value if column.value else next(values))
                    for column in plan.columns
                ]
                found.setdefault(row[: len(plan.key)], []).append(pairs)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[Cursor]:
        """Yield a cursor on MySQL whose transaction ends with it: an open one would make DDL wait."""
        with self.mysql.cursor() as cursor:
            try:
                yield cursor
            finally:
                if self._mysql and self._mysql.open:
                    self._mysql.rollback()

    def their_rows(self, plan: Plan, keys: Sequence[RowKey]) -> dict[RowKey, list[list[str | None]]]:
        """Return PostgreSQL's rows of `keys`: the text of each column.

        A key with a character that the encoding of the database lacks is in no row, and fails the query.
        """
        found: dict[RowKey, list[list[str | None]]] = {}
        try:
            with closing(self._postgres.cursor()) as cursor:
                cursor.execute(POSTGRES.rows(plan, keys))
                for row in cursor:
                    found.setdefault(_key(row[: len(plan.key)]), []).append(list(row[len(plan.key) :]))
        except (UntranslatableCharacter, CharacterNotInRepertoire):
            self._postgres.rollback()
            half = len(keys) // 2
            return self.their_rows(plan, keys[:half]) | self.their_rows(plan, keys[half:]) if half else {}
        finally:
            self._postgres.rollback()
        return found


def _key(values: Sequence[Any]) -> RowKey:
    """Return a key of psycopg2's values, of which bytes are views of memory."""
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in values)
