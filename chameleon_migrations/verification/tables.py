"""The registered tables, and what of each can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pymysql.cursors import Cursor as MySQLCursor
from sqlalchemy import Connection, text

from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.verification.columns import Column, Key, MySQLColumn, PostgresColumn, Zones
from chameleon_migrations.verification.rules import compared

_REGISTERED_1_7 = f"""
SELECT src.i_id_source, src.t_source, src.t_source_schema, tab.v_schema_name, tab.v_table_name,
    {sql("common/key_names.sql")}, true
FROM sch_chameleon.t_replica_tables AS tab
JOIN sch_chameleon.t_sources AS src ON src.i_id_source = tab.i_id_source
ORDER BY tab.v_schema_name, tab.v_table_name"""  # noqa: S608 - a constant of ours

_REGISTERED_2_0 = """
SELECT src.i_id_source, src.t_source, mapping.key, tab.v_schema_name, tab.v_table_name,
    tab.v_table_pkey, tab.b_replica_enabled
FROM sch_chameleon.t_replica_tables AS tab
JOIN sch_chameleon.t_sources AS src ON src.i_id_source = tab.i_id_source
LEFT JOIN LATERAL jsonb_each_text(src.jsb_schema_mappings) AS mapping ON mapping.value = tab.v_schema_name
ORDER BY tab.v_schema_name, tab.v_table_name"""

_POSTGRES_COLUMNS = text("""
SELECT att.attname, CASE typ.typtype WHEN 'e' THEN 'enum' ELSE typ.typname END, NOT att.attnotnull
FROM pg_attribute AS att
JOIN pg_class AS cls ON cls.oid = att.attrelid AND cls.relkind IN ('r', 'p')
JOIN pg_namespace AS sch ON sch.oid = cls.relnamespace
JOIN pg_type AS typ ON typ.oid = att.atttypid
WHERE sch.nspname = :schema AND cls.relname = :name AND att.attnum > 0 AND NOT att.attisdropped
ORDER BY att.attnum""")

_MYSQL_COLUMNS = """
SELECT table_name, column_name, data_type, column_type, numeric_scale
FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s
ORDER BY ordinal_position"""

_MYSQL_SIZES = """
SELECT table_name, table_rows, avg_row_length
FROM information_schema.tables
WHERE table_schema = %s"""


@dataclass(frozen=True)
class Table:
    """A registered table.

    Attributes:
        source_id: Its source's number in the catalogue.
        source: Its source's name there.
        mysql_schema: Where it is in MySQL; None where the catalogue does not say so.
        schema: Where it is in PostgreSQL.
        name: Its name on both sides.
        key: The columns of its key.
        replicated: Whether pg_chameleon replicates it, and has not disabled it after an error.
    """

    source_id: int
    source: str
    mysql_schema: str | None
    schema: str
    name: str
    key: Sequence[str]
    replicated: bool

    def __str__(self) -> str:
        """Return the name that a person gives it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Plan:
    """What of a table is compared.

    Attributes:
        table: The table.
        key: What its rows are ordered and found by.
        columns: The other columns that are compared.
        not_compared: Column → why it is not.
        problems: What is wrong with the table as a whole; where there is no key, its rows are not compared.
        row_bytes: About how long a row is.
    """

    table: Table
    key: Mapping[str, Key]
    columns: Sequence[Column]
    not_compared: Mapping[str, str]
    problems: Sequence[str]
    row_bytes: int

    @property
    def has_key(self) -> bool:
        """Whether its rows can be distinguished on both sides."""
        return 0 < len(self.key) == len(self.table.key)

    @property
    def by_index(self) -> bool:
        """Whether both sides can read parts of the table in the key's order by their indexes."""
        return all(key.is_integer for key in self.key.values())


def registered(connection: Connection, version: str | None) -> list[Table]:
    """Read the tables that the catalogue, which is of `version`, has registered."""
    query = _REGISTERED_1_7 if version == "1.7" else _REGISTERED_2_0
    return [
        Table(*row) for row in connection.exec_driver_sql(query, execution_options={"no_parameters": True})
    ]


def sizes(mysql: MySQLCursor, schema: str) -> dict[str, int]:
    """Return table → about how many rows it has, for all tables of MySQL's `schema`."""
    mysql.execute(_MYSQL_SIZES, (schema,))
    return {name: rows or 0 for name, rows, _ in mysql.fetchall()}


def plan(table: Table, mysql: MySQLCursor, postgres: Connection, charset: str, zones: Zones) -> Plan:
    """Read the table's columns on both sides, and say what is compared.

    Args:
        table: The table, whose schema in MySQL is known.
        mysql: A cursor on its server.
        postgres: A connection to its database.
        charset: That of pg_chameleon's session on MySQL.
        zones: Of timestamps.
    """
    place = (table.mysql_schema, table.name)
    mysql.execute(_MYSQL_COLUMNS, place)
    ours = {row[1]: MySQLColumn(*row[1:]) for row in mysql.fetchall() if row[0] == table.name}
    mysql.execute(f"{_MYSQL_SIZES} AND table_name = %s", place)
    row_bytes = next((length for name, _, length in mysql.fetchall() if name == table.name), 0)
    found = postgres.execute(_POSTGRES_COLUMNS, {"schema": table.schema, "name": table.name})
    theirs = {row[0]: PostgresColumn(*row) for row in found}
    both = {name: compared(ours[name], theirs[name], charset, zones) for name in ours if name in theirs}
    columns = {name: column for name, column in both.items() if isinstance(column, Column)}
    keys = {
        name: column.key
        for name, column in columns.items()
        # NULL has no place among numbers.
        if column.key and not (column.key.is_integer and theirs[name].nullable)
    }
    return Plan(
        table=table,
        key={name: keys[name] for name in table.key if name in keys},
        columns=[column for name, column in columns.items() if name not in table.key],
        not_compared={name: reason for name, reason in both.items() if isinstance(reason, str)}
        if ours or theirs
        else {"(all)": "the table was dropped on both sides, and pg_chameleon keeps it registered"},
        problems=list(_problems(table, ours, theirs, keys)),
        row_bytes=row_bytes or 0,
    )


def _problems(
    table: Table,
    mysql: Mapping[str, MySQLColumn],
    postgres: Mapping[str, PostgresColumn],
    keys: Mapping[str, Key],
) -> Iterator[str]:
    if not mysql and not postgres:
        return
    if not mysql or not postgres:
        yield f"{'PostgreSQL' if mysql else 'MySQL'} has no such table"
        return
    for side, names in (("MySQL", mysql.keys() - postgres), ("PostgreSQL", postgres.keys() - mysql)):
        yield from (f"the column {name} is only in {side}" for name in sorted(names))
    if not table.key:
        yield "it has no key"
    for name in table.key:
        if name in mysql and name in postgres and name not in keys:
            kind = f"{mysql[name].data_type} in MySQL and {'nullable ' * postgres[name].nullable}"
            yield f"its key column {name} is {kind}{postgres[name].type_name} in PostgreSQL, by which no rows are found"
