"""A table for each MySQL type that pg_chameleon replicates, with rows of both ways, and differences to plant in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql
from sqlalchemy import URL

from chameleon_migrations import cli
from devtools.clients.mariadb import MySQL
from devtools.registered import connect
from tests.support.schemas import parse

REPLAYED = 100
"""What is added to the number of a copied row's value: the row with the same value that is written from an event."""


@dataclass(frozen=True)
class Kind:
    """A table of one type.

    Attributes:
        name: The table.
        definition: The type of its column ``v``.
        values: The values as SQL of MySQL; that of row n, counted from 0.
        planted: Row → another value as SQL of PostgreSQL; in each round one is planted.
    """

    name: str
    definition: str
    values: Sequence[str]
    planted: Sequence[tuple[int, str]]


_LONG = "repeat('long ', 3000)"

KINDS = (
    Kind("flag", "tinyint(1)", ["1", "0", "NULL"], [(0, "false"), (2, "false"), (REPLAYED + 1, "NULL")]),
    Kind("tiny", "tinyint unsigned", ["255"], [(0, "254"), (REPLAYED, "NULL")]),
    Kind("small", "smallint", ["-32768"], [(0, "-32767")]),
    Kind("medium", "mediumint unsigned", ["16777215"], [(REPLAYED, "16777214")]),
    Kind("whole", "int", ["-7", "0"], [(0, "7"), (1, "NULL")]),
    Kind("filled", "int(6) zerofill", ["7"], [(0, "8")]),
    Kind("big", "bigint", ["-9223372036854775808"], [(0, "-9223372036854775807")]),
    Kind("one_bit", "bit(1)", ["b'1'"], [(0, "0")]),
    Kind("bits", "bit(8)", ["b'10100101'"], [(0, "164"), (REPLAYED, "10100100"), (0, "NULL")]),
    Kind(
        "price",
        "decimal(30,10)",
        ["12345678901234567890.0123456789", "0", "100"],
        [(0, "12345678901234567890.0123456788"), (REPLAYED + 1, "0.0000000001"), (2, "1")],
    ),
    Kind(
        "twice",
        "double",
        ["0", "0.1", "1e15", "1.7976931348623157e308", "1e-7"],
        [
            (0, "'-0'"),
            (1, "0.10000000000000002"),
            (REPLAYED + 2, "1000000000000000.1"),
            (3, "1e308"),
            (4, "0"),
        ],
    ),
    Kind("rounded", "double(10,3)", ["1.5"], [(0, "1.501")]),
    Kind(
        "single",
        "float",
        ["0.1", "123456789"],
        [(0, "0.2"), (REPLAYED, "0.1000001"), (REPLAYED + 1, "123456784")],
    ),
    Kind("vintage", "year", ["2020", "0"], [(0, "2021"), (1, "1"), (REPLAYED + 1, "1901")]),
    Kind("code", "char(5)", ["'ab '", "''", "'A'"], [(0, "'aB'"), (1, "NULL"), (2, "'a'")]),
    Kind(
        "name",
        "varchar(30)",
        ["'a '", "'A'", "''", "NULL", "'é'", "'x😀'", "'NULL'", "'say \"NULL\"'"],
        [(0, "'a'"), (1, "'a'"), (2, "NULL"), (3, "''"), (REPLAYED + 4, "'e'"), (REPLAYED + 5, "'x??'")],
    ),
    Kind("accent", "varchar(30) character set latin1", ["'é€'"], [(0, "'e€'"), (REPLAYED, "'é'")]),
    Kind("body", "text", ["'x😀'", _LONG], [(0, "'x😁'"), (1, f"{_LONG} || ' '"), (REPLAYED, "'x'")]),
    Kind("emoji", "longtext", ["'😀'"], [(REPLAYED, "'😁'"), (0, "'😁'")]),
    Kind("fixed", "binary(4)", ["x'abcd'"], [(0, "'ABCD0001'"), (REPLAYED, "'ABCD'")]),
    Kind("short", "varbinary(20)", ["x'00ff'", "''"], [(0, "'00FE'"), (1, "NULL")]),
    Kind(
        "bytes", "blob", ["x'dead'", "x'4E554C4C'"], [(0, "'DEAE'"), (REPLAYED + 1, "NULL"), (1, r"'\x00'")]
    ),
    Kind("day", "date", ["'2020-02-29'", "'0000-00-00'"], [(0, "'2020-03-01'"), (1, "'2000-01-01'")]),
    Kind(
        "moment",
        "datetime(6)",
        ["'2020-01-02 03:04:05.120000'", "'2020-01-02 03:04:10'"],
        [(0, "'2020-01-02 03:04:05.120001'"), (REPLAYED + 1, "'2020-01-02 03:04:01'")],
    ),
    Kind(
        "seen",
        "timestamp(3) NULL",
        ["'2020-07-02 03:04:05.120'", "0"],
        [(0, "'2020-07-02 04:04:05.12'"), (1, "now()")],
    ),
    Kind("clock", "time(3)", ["'10:20:30.5'", "'00:00:00'"], [(0, "'10:20:30.501'"), (1, "NULL")]),
    Kind("mood", "enum('glad','sad','')", ["'sad'", "''"], [(0, "'glad'"), (1, "NULL")]),
    Kind("nothing", "enum('NULL','a')", ["'NULL'", "'a'"], [(0, "'a'"), (1, "NULL")]),
    Kind(
        "several",
        "set('a','b','c')",
        ["'a,c'", "''"],
        [(0, "'a,b'"), (REPLAYED, "'{''a''}'"), (REPLAYED + 1, "'a'")],
    ),
    Kind("doc", "json", ['\'{"b": 1, "a": [1, true]}\''], [(0, '\'{"b": 2, "a": [1, true]}\'')]),
    Kind("whatever", "geometry", ["point(1, 2)"], [(0, "'00'"), (REPLAYED, "NULL")]),
)

ROUNDS = max(len(kind.planted) for kind in KINDS)

Row = tuple[int, str]
"""A number and a kind of difference."""


def create(mysql: MySQL, schema: str) -> None:
    """Create the tables of `KINDS` in `schema`, with the rows that are to be copied."""
    execute(
        mysql,
        schema,
        [
            *(f"CREATE TABLE {kind.name} (id int PRIMARY KEY, v {kind.definition})" for kind in KINDS),
            *_inserts(0),
        ],
    )


def write(mysql: MySQL, schema: str) -> None:
    """Write the rows that are to be replayed."""
    execute(mysql, schema, _inserts(REPLAYED))


def _inserts(first: int) -> list[str]:
    return [
        f"INSERT INTO {kind.name} VALUES ({first + number}, {value})"
        for kind in KINDS
        for number, value in enumerate(kind.values)
    ]


def execute(mysql: MySQL, schema: str, statements: Sequence[str]) -> None:
    """Run statements on MySQL, with `schema` as the session's own: by that pg_chameleon knows whose DDL is."""
    with closing(mysql.connect(schema)) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")  # zero dates
        for statement in statements:
            cursor.execute(statement)


def run(url: URL, *statements: str, schema: str = "public") -> None:
    """Run statements on PostgreSQL in `schema`."""
    with closing(connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        for statement in statements:
            cursor.execute(statement)


def verify(config: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Run ``verify --json``, and return its exit status and its object."""
    capsys.readouterr()
    status = 0
    try:
        cli.main(["--config", str(config), "verify", "--json", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    written = capsys.readouterr()
    assert "s3cret" not in written.out + written.err
    return status, parse("verify", written.out) if written.out else written.err


def found_in(result: Any) -> dict[str, list[Row]]:
    """Return table → the rows that a result of `verify` names, by the number that is their key."""
    return {
        table["table"].partition(".")[2]: sorted(
            (int(row["key"]["id"]), row["kind"]) for row in table["first"]
        )
        for table in result["tables"]
        if not table["equal"]
    }
