"""Every row of every replicated table, compared by value between MySQL and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import URL

from devtools.clients.mariadb import MySQL
from devtools.registered import connect

ROWS_SHOWN = 5
"""How many rows of a table are shown of each side."""

Row = tuple[Any, ...]


def differences(mysql: MySQL, postgres: URL, mappings: Mapping[str, str]) -> list[str]:
    """Return a line for each thing that is on one side only: a column, or a row, as often as it occurs.

    `mappings` are MySQL schema → destination schema. Equal sides return an empty list.
    """
    with closing(connect(postgres)) as connection, connection.cursor() as cursor:
        return [
            line
            for schema, destination in mappings.items()
            for line in _schema(mysql, schema, cursor, destination)
        ]


def _schema(mysql: MySQL, schema: str, cursor: psycopg2.extensions.cursor, destination: str) -> Iterator[str]:
    ours, theirs = _mysql_columns(mysql, schema), _postgres_columns(cursor, destination)
    for table in sorted({*ours, *theirs}):
        name = f"{destination}.{table}"
        left, right = ours.get(table, {}), theirs.get(table, [])
        yield from _one_sided(name, "column", Counter(left.keys()), Counter(right))
        shared = {column: kind for column, kind in left.items() if column in right}
        if shared:
            rows = (
                _mysql_rows(mysql, schema, table, shared),
                _postgres_rows(cursor, destination, table, shared),
            )
            yield from _one_sided(name, "row", *map(Counter, rows))


def _one_sided(table: str, what: str, mysql: Counter[Any], postgres: Counter[Any]) -> Iterator[str]:
    for side, only in (("MySQL", mysql - postgres), ("PostgreSQL", postgres - mysql)):
        for item, _ in zip(sorted(only.elements(), key=repr), range(ROWS_SHOWN), strict=False):
            yield f"{table}: {what} only in {side}: {item!r}"
        if only.total() > ROWS_SHOWN:
            yield f"{table}: {what}s only in {side}: {only.total()} in all"


def _mysql_columns(mysql: MySQL, schema: str) -> dict[str, dict[str, str]]:
    """Return table → column → the column's type as MySQL writes it."""
    tables: dict[str, dict[str, str]] = {}
    query = (
        "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = %s"
    )
    for table, column, kind in mysql.rows(f"{query} ORDER BY ordinal_position", (schema,)):
        tables.setdefault(table, {})[column] = kind
    return tables


def _postgres_columns(cursor: psycopg2.extensions.cursor, schema: str) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s"
    cursor.execute(query, (schema,))
    for table, column in cursor.fetchall():
        tables.setdefault(table, []).append(column)
    return tables


def _mysql_rows(mysql: MySQL, schema: str, table: str, columns: Mapping[str, str]) -> Iterator[Row]:
    names = ", ".join(f"`{column}`" for column in columns)
    makers = [_from_mysql(kind) for kind in columns.values()]
    for row in mysql.rows(f"SELECT {names} FROM `{schema}`.`{table}`"):
        yield tuple(None if value is None else make(value) for make, value in zip(makers, row, strict=True))


def _postgres_rows(
    cursor: psycopg2.extensions.cursor, schema: str, table: str, columns: Mapping[str, str]
) -> Iterator[Row]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(schema, table)))
    makers = [_from_postgres(kind) for kind in columns.values()]
    for row in cursor.fetchall():
        yield tuple(None if value is None else make(value) for make, value in zip(makers, row, strict=True))


def _same(value: Any) -> Any:
    return value


def _from_mysql(kind: str) -> Callable[[Any], Any]:
    if kind == "tinyint(1)":
        return bool
    if _is_binary(kind):
        return bytes.hex
    return _padded if kind.startswith("char(") else _same


def _from_postgres(kind: str) -> Callable[[Any], Any]:
    if _is_binary(kind):
        # pg_chameleon stores the hexadecimal text of the bytes, in capitals where it copied the table.
        return lambda value: bytes(value).decode().lower()
    if kind.startswith("time") and not kind.startswith("timestamp"):
        return lambda value: timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    return _padded if kind.startswith("char(") else _same


def _is_binary(kind: str) -> bool:
    return "binary" in kind or "blob" in kind


def _padded(value: str) -> str:
    """Return a ``char(n)`` without the spaces that MySQL cuts off and PostgreSQL fills up with."""
    return value.rstrip(" ")
