"""Random changes of one MySQL table's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pymysql.cursors import Cursor

from tests.support.clients.tables import Column, Table


@dataclass(frozen=True)
class Rows:
    """The rows of one table: how to reach them, their identifiers, and what hands out new numbers."""

    cursor: Cursor
    random: Random
    schema: str
    table: Table
    identifiers: list[int]
    next_number: Callable[[], int]

    def change(self) -> None:
        """Change the rows in one of the ways that the table allows."""
        ways = [self._update, self._update, self._move_key, self._delete, self._replace]
        if self.table.unique:
            ways.append(self._swap)
        self.random.choice(ways)()

    def add(self, count: int) -> None:
        """Insert `count` rows under new identifiers."""
        for _ in range(count):
            identifier = self.next_number()
            self._insert(identifier)
            self.identifiers.append(identifier)

    def _update(self) -> None:
        changed = [column for column in self.table.columns if column.name not in self.table.key]
        some = self.random.sample(changed, self.random.randint(1, len(changed)))
        self._set(self._pick(), {column.name: self._value(column) for column in some})

    def _move_key(self) -> None:
        old, new = self._take(), self.next_number()
        self._set(old, {self.table.identifier: new})
        self.identifiers.append(new)

    def _delete(self) -> None:
        self._remove(self._take())

    def _replace(self) -> None:
        identifier = self._pick()
        self._remove(identifier)
        self._insert(identifier)

    def _swap(self) -> None:
        unique = str(self.table.unique)
        one, other = self.random.sample(self.identifiers, 2)
        first, second = self._read(one, unique), self._read(other, unique)
        for identifier, value in ((one, self.next_number()), (other, first), (one, second)):
            self._set(identifier, {unique: value})

    def _insert(self, identifier: int) -> None:
        row = {column.name: self._value(column) for column in self.table.columns}
        row[self.table.identifier] = identifier
        names = ", ".join(f"`{name}`" for name in row)
        places = ", ".join(["%s"] * len(row))
        self.cursor.execute(f"INSERT INTO {self._place()} ({names}) VALUES ({places})", list(row.values()))

    def _set(self, identifier: int, values: dict[str, object]) -> None:
        settings = ", ".join(f"`{name}` = %s" for name in values)
        self.cursor.execute(
            f"UPDATE {self._place()} SET {settings} {self._one(identifier)}", [*values.values()]
        )

    def _remove(self, identifier: int) -> None:
        self.cursor.execute(f"DELETE FROM {self._place()} {self._one(identifier)}")

    def _read(self, identifier: int, column: str) -> object:
        self.cursor.execute(f"SELECT `{column}` FROM {self._place()} {self._one(identifier)}")
        ((value,),) = self.cursor.fetchall()
        return value

    def _value(self, column: Column) -> object:
        return self.next_number() if column.name == self.table.unique else column.value(self.random)

    def _pick(self) -> int:
        return self.random.choice(self.identifiers)

    def _take(self) -> int:
        return self.identifiers.pop(self.random.randrange(len(self.identifiers)))

    def _place(self) -> str:
        return f"`{self.schema}`.`{self.table.name}`"

    def _one(self, identifier: int) -> str:
        return f"WHERE `{self.table.identifier}` = {identifier}"
