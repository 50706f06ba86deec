"""Random changes to the rows of a catalogue, as statements."""

from __future__ import annotations

from random import Random
from typing import Any

from psycopg2 import sql
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

NO_CONSTRAINTS = """
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
        FROM pg_constraint
        WHERE connamespace = 'sch_chameleon'::regnamespace AND contype IN ('f', 'p', 'u') AND coninhcount = 0
        ORDER BY contype, oid
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR statement IN
        SELECT format('DROP INDEX %s', indexrelid::regclass)
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = 'sch_chameleon'::regnamespace AND indisunique
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR statement IN
        SELECT format('ALTER TABLE %s ALTER %I DROP NOT NULL', attrelid::regclass, attname)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind = 'r' AND attnum > 0 AND attnotnull
            AND attinhcount = 0
    LOOP
        EXECUTE statement;
    END LOOP;
END $$"""

_ODD = [
    "", " ", "x", "0", "1", "2", "-1", "2147483647", "9223372036854775807", "true", "false", "ready", "initialising", "error",
    "insert", "update", "delete", "ddl", "infinity", "-infinity", "1970-01-01", "mysql-bin", "mysql-bin.", "mysql-bin.000002",
    "mysql-bin.99999999999999999999", "a.b.1", "{}", "{NULL}", '{""}', "{1}", "{1,1}", "{{1,2},{3,4}}", "{999999}", "[1:0]={}",
    '{"\\"id\\""}', '{"\\"id\\",\\"id\\""}', '{"\\"no such column\\""}', "null", "[]", '"x"', '{"id": null}', '{"id": 1}',
    'a"b', "a'b", "a\\b", "a\nb", "%s :x {}", "é", "db_schema_01", "db_schema_02", "users", "t_log_replica_1_src_1",
]  # fmt: skip
"""Values that mean something to some type; PostgreSQL refuses those that a column cannot hold."""

_MOST_DRAWS = 200
"""Once the only source is deleted, there is nothing left to change."""

_COLUMNS = text("""
SELECT relname, array_agg(attname ORDER BY attnum)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
GROUP BY relname ORDER BY relname""")


def mutate(database: URL, random: Random) -> list[str]:
    """Change one to three things in the catalogue; return the statements that did it.

    Every other time the constraints are dropped first. The same statements do the same to another copy of the database.
    """
    statements: list[str] = []
    engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if random.randrange(2):
            connection.exec_driver_sql(NO_CONSTRAINTS, execution_options={"no_parameters": True})
            statements.append(NO_CONSTRAINTS)
        tables = [(name, list(columns)) for name, columns in connection.execute(_COLUMNS)]
        wanted = len(statements) + random.choice([1, 1, 1, 2, 3])
        for _ in range(_MOST_DRAWS):
            if len(statements) == wanted:
                break
            statement = _draw(connection, random, *random.choice(tables))
            try:
                changed = statement and connection.exec_driver_sql(
                    statement, execution_options={"no_parameters": True}
                )
            except DBAPIError:
                continue
            if changed and changed.rowcount:
                statements.append(statement)
    return statements


def _draw(connection: Any, random: Random, name: str, columns: list[str]) -> str:
    """Return a statement that changes one row of the table `name`; "" where there is none."""
    driver = connection.connection.driver_connection
    table = sql.Identifier("sch_chameleon", name)
    rows_of = sql.SQL("SELECT ctid::text FROM ONLY {} ORDER BY ctid").format(table).as_string(driver)
    rows = connection.exec_driver_sql(rows_of).scalars().all()
    if not rows:
        return ""
    column = sql.Identifier(random.choice(columns))
    row, other = sql.Literal(random.choice(rows)), sql.Literal(random.choice(rows))
    borrowed = sql.SQL("(SELECT {} FROM ONLY {} WHERE ctid = {})").format(column, table, other)
    value = random.choice([sql.SQL("NULL"), borrowed, sql.Literal(random.choice(_ODD))])
    statement = random.choice([_DELETE, _COPY, _SET, _SET, _SET, _SET])
    return statement.format(table=table, row=row, column=column, value=value).as_string(driver)


_DELETE = sql.SQL("DELETE FROM ONLY {table} WHERE ctid = {row}")
_COPY = sql.SQL("INSERT INTO {table} SELECT * FROM ONLY {table} WHERE ctid = {row}")
_SET = sql.SQL(
    "UPDATE ONLY {table} SET {column} = {value} WHERE ctid = {row} AND {column} IS DISTINCT FROM {value}"
)
