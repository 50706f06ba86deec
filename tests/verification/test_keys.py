"""Rows joined by keys of all kinds, in tables of all sizes, that a catalogue of either kind has registered."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql
from sqlalchemy import URL

from chameleon_migrations.errors import REFUSED
from chameleon_migrations.verification import comparison
from devtools.clients.mariadb import MySQL
from devtools.registered import HERE, Made, connect, registered, there_name
from devtools.server import OWNER, PASSWORD, drop_database, execute
from tests.support.snapshot import snapshot
from tests.support.verification import verify

pytestmark = pytest.mark.clients


def words(count: int) -> list[str]:
    """Return different words, of which MySQL and PostgreSQL would make different orders."""
    picked = random.Random(1)
    letters = string.ascii_letters + "_ -.~éßñ漢😀\t'\\\"%"
    found = {"", "a", "a b", "a\tb", "_", "é", "z", "😀", "漢"}
    while len(found) < count:
        word = "".join(picked.choices(letters, k=picked.randint(1, 12))).rstrip()
        found.add(word)
    return sorted(found, key=lambda _: picked.random())


NUMBERS = [(number * 3, f"v{number}") for number in range(-20, 60)]

KINDS: dict[str, tuple[str, str, Sequence[str], Sequence[Sequence[Any]]]] = {
    "integers": ("id bigint, v text", "id bigint, v text", ["id"], NUMBERS),
    "collated": (
        "id varchar(60) collate utf8mb4_bin, v int",
        "id varchar(60), v int",
        ["id"],
        [(word, number) for number, word in enumerate(words(200))],
    ),
    "ignoring case": (
        "id varchar(60) collate utf8mb4_general_ci, v int",
        "id varchar(60), v int",
        ["id"],
        [(word, number) for number, word in enumerate(dict.fromkeys("abcdefghij_-.~").keys())],
    ),
    "padded": (
        "id char(8) character set latin1, v int",
        "id char(8), v int",
        ["id"],
        [("b", 1), ("B\t", 2), ("é", 3), ("_", 4), ("a b", 5)],
    ),
    "composite": (
        "`a,b` varchar(20) collate utf8mb4_bin, n int, `d` date, v text",
        '"a,b" varchar(20), n int, d date, v text',
        ["n", "a,b", "d"],
        [
            (word, number % 3, f"20{number % 90 + 10}-01-02", None)
            for number, word in enumerate(w[:20] for w in words(150))
        ],
    ),
    "two integers": (
        "a int, b int unsigned, v int",
        "a int, b int, v int",
        ["b", "a"],
        [(number % 7, number // 7, number) for number in range(100)],
    ),
    "decimals": (
        "id decimal(20,4), v int",
        "id numeric(20,4), v int",
        ["id"],
        [(f"{number / 8 - 5:.4f}", number) for number in range(90)],
    ),
    "moments": (
        "id datetime(6), v int",
        "id timestamp, v int",
        ["id"],
        [(f"2020-01-02 03:04:{number:02}.{number * 1000:06}", number) for number in range(60)],
    ),
    "times": (
        "id time, v int",
        "id time, v int",
        ["id"],
        [(f"{number:02}:00:00", number) for number in range(24)],
    ),
    "stamps": (
        "id timestamp, v int",
        "id timestamp, v int",
        ["id"],
        [(f"2020-07-02 03:04:{number:02}", number) for number in range(60)],
    ),
    "flags": ("id tinyint(1), v int", "id boolean, v int", ["id"], [("1", 1), ("0", 2)]),
    "bits": (
        "id bit(1), n int, v int",
        "id int, n int, v int",
        ["n", "id"],
        [(number % 2, number // 2, number) for number in range(40)],
    ),
    "unsigned": (
        "id bigint unsigned, v int",
        "id numeric, v int",
        ["id"],
        [(2**64 - 1 - number, number) for number in range(40)],
    ),
    "years": ("id year, v int", "id int, v int", ["id"], [(1999, 1), (2020, 2)]),
}


@pytest.mark.parametrize(("made", "chunk"), [("1.7", 7), ("2.0.0", 20_000)], indirect=["made"])
def test_keys_of_all_kinds(
    chunk: int, made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal tables are equal, in chunks and at once; then a row of each is changed and one is missing; then all are."""
    monkeypatch.setattr(comparison, "_CHUNK", chunk)
    monkeypatch.setattr(comparison, "_KEYS", chunk)
    for name, (there, here, key, rows) in KINDS.items():
        made.table(name, there, here, key, rows)
    before = snapshot(made.postgres)
    status, result = verify(made.config, capsys, "--wait", "0")
    assert [table for table in result["tables"] if not table["equal"]] == []
    assert status == 0
    assert snapshot(made.postgres) == before
    assert {table["table"]: table["rows"] for table in result["tables"]} == {
        f"{HERE}.{name}": len(rows) for name, (*_, rows) in KINDS.items()
    }
    for name, (_, _, key, rows) in KINDS.items():
        changed, missing = rows[0], rows[1]
        table = sql.Identifier(name)
        where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key)
        columns = made_columns(made, name)
        for statement, row in (
            ("UPDATE {} SET v = '17' WHERE {}", changed),
            ("DELETE FROM {} WHERE {}", missing),
        ):
            values = [row[columns.index(column)] for column in key]
            made.run(sql.SQL(statement).format(table, where), values)
    _, result = verify(made.config, capsys, "--wait", "0")
    for table in result["tables"]:
        assert (table["different"], table["only_in_mysql"], table["only_in_postgres"]) == (1, 1, 0), table

    for name in KINDS:
        made.run(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
    _, result = verify(made.config, capsys, "--wait", "0")
    assert {
        table["table"].removeprefix(f"{HERE}."): table["only_in_mysql"] for table in result["tables"]
    } == {name: len(rows) for name, (*_, rows) in KINDS.items()}


def made_columns(made: Made, table: str) -> list[str]:
    """Return the columns of a table in PostgreSQL."""
    with closing(connect(made.postgres)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(HERE, table)))
        return [column.name for column in cursor.description or ()]


def test_a_key_that_differs_only_by_case_or_blank(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """What MySQL takes for one key is two keys in PostgreSQL: the row is on either side only."""
    made.table(
        "t", "id varchar(20) collate utf8mb4_general_ci", "id varchar(20)", ["id"], [("a",), ("é",), ("x",)]
    )
    made.run("UPDATE t SET id = CASE id WHEN 'a' THEN 'A' WHEN 'é' THEN 'e' ELSE 'x ' END")
    _, result = verify(made.config, capsys, "--wait", "0")
    (table,) = result["tables"]
    assert sorted((row["kind"], row["key"]["id"]) for row in table["first"]) == [
        ("only_in_mysql", "a"),
        ("only_in_mysql", "x"),
        ("only_in_mysql", "é"),
        ("only_in_postgres", "A"),
        ("only_in_postgres", "e"),
        ("only_in_postgres", "x "),
    ]


def test_a_key_with_a_nul(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """PostgreSQL has no such text: pg_chameleon leaves the NUL out, and finds the row no more."""
    made.table("t", "id varchar(20)", "id varchar(20)", ["id"], [("ab",)])
    made.mysql.execute(f"UPDATE {there_name()}.t SET id = 'a\\0b'")
    _, result = verify(made.config, capsys, "--wait", "0")
    assert sorted((row["kind"], row["key"]["id"]) for row in result["tables"][0]["first"]) == [
        ("only_in_mysql", "a\0b"),
        ("only_in_postgres", "ab"),
    ]


def test_an_empty_table(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """No rows are equal to no rows, and all that one side has is a difference."""
    made.table("t", "id int, v int", "id int, v int", ["id"], [])
    assert verify(made.config, capsys, "--wait", "0")[0] == 0
    made.run("INSERT INTO t SELECT n, n FROM generate_series(1, 1000) AS n")
    _, result = verify(made.config, capsys, "--wait", "0")
    assert result["tables"][0]["only_in_postgres"] == 1000
    assert len(result["tables"][0]["first"]) == 10


def test_what_one_side_lacks(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """A table or a column that is on one side only is named, and the other columns are compared."""
    for name in ("here", "there", "columns"):
        made.table(name, "id int, v int, w int", "id int, v int, w int", ["id"], [(1, 2, 3)])
    made.run("DROP TABLE there")
    made.mysql.execute(
        f"DROP TABLE {there_name()}.here", f"ALTER TABLE {there_name()}.columns DROP COLUMN w, ADD u int"
    )
    made.run("UPDATE columns SET v = 7")
    status, result = verify(made.config, capsys, "--wait", "0")
    problems = {table["table"].removeprefix(f"{HERE}."): table["problems"] for table in result["tables"]}
    assert problems == {
        "columns": ["the column u is only in MySQL", "the column w is only in PostgreSQL"],
        "here": ["MySQL has no such table"],
        "there": ["PostgreSQL has no such table"],
    }
    assert {table["differences"] for table in result["tables"]} == {0, 1}
    assert status != 0


def test_a_column_that_cannot_be_compared(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """A pair of types that pg_chameleon does not make is named with the reason; the rest is compared."""
    made.table("t", "id int, v int, w int", "id int, v interval, w int", ["id"], [(1, None, 3)])
    status, result = verify(made.config, capsys, "--wait", "0")
    (table,) = result["tables"]
    assert [column["column"] for column in table["not_compared"]] == ["v"]
    assert "interval" in table["not_compared"][0]["reason"]
    assert (status, table["rows"]) == (0, 1)


@pytest.mark.parametrize(
    ("there", "here"), [("float", "double precision"), ("bit(8)", "int"), ("int", "bytea")]
)
def test_a_key_that_finds_no_rows(
    there: str, here: str, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table whose key has more than one form in PostgreSQL is not said to be equal."""
    made.table("t", f"id {there}, v int", f"id {here}, v int", ["id"], [])
    status, result = verify(made.config, capsys, "--wait", "0")
    (table,) = result["tables"]
    assert "its key column id" in table["problems"][0]
    assert status != 0


def test_a_table_that_is_disabled(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """2.0 keeps it as it was when the error came: it is not compared, and not said to be equal."""
    made.table("t", "id int", "id int", ["id"], [])
    made.run("UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false")
    status, result = verify(made.config, capsys, "--wait", "0")
    assert "disabled" in result["tables"][0]["problems"][0]
    assert status != 0


@pytest.mark.parametrize("kind", ["integers", "collated"])
def test_a_sample(kind: str, made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Some of the rows are compared, about as many as were asked for, the same ones on both sides."""
    there, here, key, _ = KINDS[kind]
    rows = [(f"k{number}" if kind == "collated" else number, number) for number in range(2000)]
    made.table("t", there, here, key, rows)
    status, result = verify(made.config, capsys, "--wait", "0", "--sample", "20")
    assert 250 < result["tables"][0]["rows"] < 550
    assert (status, result["sample"]) == (0, 20)
    made.run("DELETE FROM t")
    _, result = verify(made.config, capsys, "--wait", "0", "--sample", "20")
    assert 250 < result["tables"][0]["only_in_mysql"] < 550
    _, result = verify(made.config, capsys, "--wait", "0", "--sample", "100")
    assert result["tables"][0]["only_in_mysql"] == len(rows)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_in_another_encoding(
    encoding: str, server: URL, mysql: MySQL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts are compared as what they are; a key that the database cannot hold is only in MySQL."""
    name = f"verify {encoding}"
    execute(
        server,
        f"CREATE DATABASE \"{name}\" OWNER {OWNER} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    try:
        made = registered(
            "2.0.0", server.set(username=OWNER, password=PASSWORD, database=name), mysql, tmp_path
        )
        rows = [(word, word, number) for number, word in enumerate(["", "a", "é", "ß", "z"])]
        made.table(
            "t",
            "id varchar(20) collate utf8mb4_bin, v text, w int",
            "id varchar(20), v text, w int",
            ["id"],
            rows,
        )
        assert verify(made.config, capsys, "--wait", "0")[0] == 0
        made.mysql.execute(f"INSERT INTO {there_name()}.t VALUES ('漢', 'v', 7), ('😀', 'v', 8)")
        made.run("UPDATE t SET v = 'e' WHERE id = 'é'")
        _, result = verify(made.config, capsys, "--wait", "0")
        assert sorted((row["kind"], row["key"]["id"]) for row in result["tables"][0]["first"]) == [
            ("different", "é"),
            ("only_in_mysql", "漢"),
            ("only_in_mysql", "😀"),
        ]
    finally:
        drop_database(server, name)


def test_a_mapping_that_the_file_lacks(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Other tables of the same source are compared."""
    made.table("t", "id int", "id int", ["id"], [(1,)])
    made.run(
        'UPDATE sch_chameleon.t_sources SET jsb_schema_mappings = jsb_schema_mappings || \'{"more": "a"}\''
    )
    made.run(
        "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name, v_table_pkey)"
        " VALUES (1, 't', 'a', '{id}')"
    )
    status, result = verify(made.config, capsys, "--wait", "0")
    assert [(table["equal"], table["rows"]) for table in result["tables"]] == [(True, 1), (False, 0)]
    assert status == REFUSED
