"""Random work on MySQL, the same for the same seed: rows of all types, transactions, DDL, binlog files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from random import Random

from pymysql.cursors import Cursor

from devtools.clients.mariadb import MySQL
from tests.support.clients.changes import Rows
from tests.support.clients.tables import (
    AT_FIRST,
    BEAT,
    EMPTIED,
    GROWING,
    QUIET,
    SPARE,
    Column,
    Table,
    made,
    maybe,
    text,
)

ROWS_AT_FIRST = 12

_DDL, _FLUSH, _ROLLBACK = 0.08, 0.04, 0.05
"""The shares of the steps that are DDL, a new binlog file, a transaction that is rolled back."""


class Schema:
    """What the workload knows of one MySQL schema: tables, their rows' identifiers, the DDL still to come."""

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.tables = {table.name: table for table in AT_FIRST}
        self.identifiers: dict[str, list[int]] = {table.name: [] for table in AT_FIRST}
        self._quiet = {table.name for table in QUIET}
        self._number = 0
        self._always: list[Callable[[], str]] = [self._create, self._grow, self._empty]
        self._once: list[Callable[[], str]] = [
            *self._always,
            *[lambda table=table: self._drop(table) for table in SPARE],
            *[lambda table=table: self._lose_column(table) for table in QUIET],
            lambda: self._widen("label", "varchar(90)"),
            lambda: self._widen("amount", "bigint"),
        ]
        random.shuffle(self._once)

    def busy(self) -> list[Table]:
        """Return the tables whose rows may be changed now."""
        return [table for name, table in self.tables.items() if name not in self._quiet]

    def next_number(self) -> int:
        """Return a number that was never handed out in this schema."""
        self._number += 1
        return self._number

    def next_ddl(self, random: Random) -> str:
        """Return the next statement of DDL, and take note of what it does."""
        return self._once.pop()() if self._once else random.choice(self._always)()

    def _create(self) -> str:
        table = made(self.next_number())
        self.tables[table.name] = table
        self.identifiers[table.name] = []
        return table.definition()

    def _drop(self, table: Table) -> str:
        del self.tables[table.name]
        return f"DROP TABLE {table.name}"

    def _grow(self) -> str:
        name, definition = f"extra_{self.next_number()}", "varchar(20) DEFAULT 'before'"
        growing = self.tables[GROWING.name]
        columns = (*growing.columns, Column(name, definition, maybe(text(20))))
        self.tables[GROWING.name] = replace(growing, columns=columns)
        return f"ALTER TABLE {GROWING.name} ADD COLUMN {name} {definition}"

    def _widen(self, column: str, definition: str) -> str:
        return f"ALTER TABLE {GROWING.name} MODIFY COLUMN {column} {definition}"

    def _lose_column(self, table: Table) -> str:
        *kept, lost = table.columns
        self._quiet.remove(table.name)
        self.tables[table.name] = replace(table, columns=tuple(kept))
        return f"ALTER TABLE {table.name} DROP COLUMN {lost.name}"

    def _empty(self) -> str:
        self.identifiers[EMPTIED.name].clear()
        return f"TRUNCATE TABLE {EMPTIED.name}"


class Workload:
    """Random work on some MySQL schemas; `run` is not to be called while it is `running`."""

    def __init__(self, mysql: MySQL, schemas: Sequence[str], seed: int) -> None:
        self._mysql = mysql
        self._random = Random(seed)
        self._schemas = {name: Schema(name, self._random) for name in schemas}
        self._turn = threading.Lock()

    def create(self) -> None:
        """Create the schemas with their tables and first rows."""
        with closing(self._mysql.connect()) as connection, connection.cursor() as cursor:
            for schema in self._schemas.values():
                cursor.execute(f"CREATE DATABASE `{schema.name}`")
                connection.select_db(schema.name)
                cursor.execute(BEAT.definition())
                cursor.execute(f"INSERT INTO {BEAT.name} VALUES (1, 0)")
                for table in AT_FIRST:
                    cursor.execute(table.definition())
                    self._rows(cursor, schema, table).add(ROWS_AT_FIRST)

    def run(self, steps: int, schemas: Iterable[str] = (), *, ddl: bool = True) -> None:
        """Do `steps` steps in `schemas`, or in all: each a transaction, a DDL statement or a new binlog file.

        Without `ddl`, a step that would be DDL does nothing.
        """
        where = [self._schemas[name] for name in schemas] or list(self._schemas.values())
        with closing(self._mysql.connect()) as connection, connection.cursor() as cursor:
            for _ in range(steps):
                self._step(cursor, where, ddl=ddl)

    @contextmanager
    def running(self, schemas: Iterable[str] = (), *, pause: float = 0.02) -> Iterator[None]:
        """Go on working in the background, a step every `pause` seconds; an error is raised at the end."""
        stop = threading.Event()
        errors: list[Exception] = []
        where = list(schemas)

        def work() -> None:
            try:
                while not stop.wait(pause):
                    with self._turn:
                        self.run(1, where)
            except Exception as error:  # noqa: BLE001 - raised below, in the test's own thread
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if errors:
            raise errors[0]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the work in the background stand still meanwhile."""
        with self._turn:
            yield

    def _step(self, cursor: Cursor, schemas: list[Schema], *, ddl: bool) -> None:
        dice = self._random.random()
        if dice < _FLUSH:
            cursor.execute("FLUSH BINARY LOGS")
        elif dice < _FLUSH + _DDL:
            if ddl:
                self._change_a_table(cursor, self._random.choice(schemas))
        elif dice < _FLUSH + _DDL + _ROLLBACK:
            self._in_vain(cursor, self._random.choice(schemas))
        else:
            self._transaction(cursor, schemas)

    def _change_a_table(self, cursor: Cursor, schema: Schema) -> None:
        # 1.8.2 knows whose statement it is by the session's default schema.
        cursor.execute(f"USE `{schema.name}`")
        cursor.execute(schema.next_ddl(self._random))

    def _in_vain(self, cursor: Cursor, schema: Schema) -> None:
        table = self._random.choice(schema.busy())
        cursor.execute("BEGIN")
        cursor.execute(f"DELETE FROM `{schema.name}`.`{table.name}`")
        cursor.execute("ROLLBACK")

    def _transaction(self, cursor: Cursor, schemas: list[Schema]) -> None:
        cursor.execute("BEGIN")
        for _ in range(self._random.randint(1, 4)):
            schema = self._random.choice(schemas)
            rows = self._rows(cursor, schema, self._random.choice(schema.busy()))
            if len(rows.identifiers) < ROWS_AT_FIRST:
                rows.add(self._random.randint(1, 4))
            else:
                rows.change()
        cursor.execute("COMMIT")

    def _rows(self, cursor: Cursor, schema: Schema, table: Table) -> Rows:
        identifiers = schema.identifiers[table.name]
        return Rows(cursor, self._random, schema.name, table, identifiers, schema.next_number)
