"""Every type that the real clients replicate, with every kind of difference planted in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.clients.mariadb import MySQL, replica_login
from devtools.clients.new_client import NewClient, NewSource
from devtools.clients.old_client import OldClient, OldSource
from tests.support.clients.bed import Bed
from tests.support.clients.tables import BEAT
from tests.support.clients.workload import Workload
from tests.support.verification import (
    KINDS,
    REPLAYED,
    ROUNDS,
    Row,
    create,
    execute,
    found_in,
    run,
    verify,
    write,
)
from tests.verification.conftest import replica_database

pytestmark = [pytest.mark.clients, pytest.mark.slow]

OLD = OldSource("source_01", "types of 1.8.2", "db_old", 101)
NEW = NewSource("mysql", {"types of 2.0.21": "db_new"})


@dataclass(frozen=True)
class Replica:
    """What a real client has replicated: the tables of `KINDS`, half of the rows copied and half replayed."""

    config: Path
    postgres: URL
    schema: str


@pytest.fixture(scope="module", params=["1.8.2", "2.0.21"])
def replica(
    request: pytest.FixtureRequest, server: URL, mysql: MySQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replica]:
    """A replica that a release has made, and that it has left."""
    directory = tmp_path_factory.mktemp("replica")
    with replica_database(server) as postgres:
        bed = Bed(
            mysql,
            postgres,
            OldClient.at(directory / "old", mysql),
            NewClient.at(directory / "new"),
            Workload(mysql, [], 0),
        )
        make, mappings = (_by_1_8, OLD.mappings) if request.param == "1.8.2" else (_by_2_0, NEW.mappings)
        ((mysql_schema, schema),) = mappings.items()
        mysql.execute(f"CREATE DATABASE `{mysql_schema}`")
        create(mysql, mysql_schema)
        mysql.execute(
            f"CREATE TABLE `{mysql_schema}`.{BEAT.name} (id int PRIMARY KEY, n int)",
            f"INSERT INTO `{mysql_schema}`.{BEAT.name} VALUES (1, 0)",
        )
        make(bed)
        yield Replica(bed.new.configuration_file, postgres, schema)
    mysql.execute(f"DROP DATABASE `{mysql_schema}`")


def _by_1_8(bed: Bed) -> None:
    bed.old.configure(OLD, replica_login(bed.mysql), bed.postgres)
    bed.new.configure([NewSource("mysql", OLD.mappings)], replica_login(bed.mysql), bed.postgres)
    bed.old.create_schema(OLD)
    bed.old.add_source(OLD)
    bed.old.init_replica(OLD)
    write(bed.mysql, OLD.mysql_schema)
    with bed.old.replicating(OLD) as running:
        bed.catch_up(running, OLD.mappings)


def _by_2_0(bed: Bed) -> None:
    bed.new.configure([NEW], replica_login(bed.mysql), bed.postgres)
    bed.new.create_replica_schema()
    bed.new.add_source(NEW)
    bed.new.init_replica(NEW)
    ((schema, _),) = NEW.mappings.items()
    with bed.new.started(NEW) as running:
        write(bed.mysql, schema)
        # A column that DDL makes can have another type than one that is copied: this one is json.
        execute(
            bed.mysql,
            schema,
            [
                "CREATE TABLE made (id int PRIMARY KEY, v json)",
                """INSERT INTO made VALUES (0, '{"long": 1.50, "b": [1, true]}')""",
            ],
        )
        bed.catch_up(running, NEW.mappings)
        running.interrupt()


def test_nothing_differs(replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    """All rows of all types are equal, whether they were copied or replayed; all columns are compared."""
    status, result = verify(replica.config, capsys, "--wait", "0")
    assert found_in(result) == {}
    assert (status, result["equal"]) == (0, True)
    assert {table["table"]: table["rows"] for table in result["tables"]}.items() >= {
        f"{replica.schema}.{kind.name}": 2 * len(kind.values) for kind in KINDS
    }.items()
    assert [table for table in result["tables"] if table["not_compared"]] == []


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_planted_value_is_found(number: int, replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    """The row that was changed is found in each table, and no other."""
    planted = {kind.name: kind.planted[number] for kind in KINDS if number < len(kind.planted)}
    expected: dict[str, list[Row]] = {table: [(row, "different")] for table, (row, _) in planted.items()}
    with _changed(
        replica,
        {
            table: f"UPDATE {table} SET v = {value} WHERE id = {row}"
            for table, (row, value) in planted.items()
        },
    ):
        status, result = verify(replica.config, capsys, "--wait", "0")
    assert found_in(result) == expected
    assert status != 0


@pytest.mark.parametrize("row", [0, REPLAYED])
def test_a_row_on_one_side_is_found(row: int, replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that PostgreSQL lacks, and one that only it has, in each table."""
    expected: dict[str, list[Row]] = {
        kind.name: sorted([(row, "only_in_mysql"), (50, "only_in_postgres")]) for kind in KINDS
    }
    with _changed(
        replica,
        {
            kind.name: f"INSERT INTO {kind.name} SELECT 50, v FROM {kind.name} WHERE id = {row};"
            f" DELETE FROM {kind.name} WHERE id = {row}"
            for kind in KINDS
        },
    ):
        _, result = verify(replica.config, capsys, "--wait", "0")
    assert found_in(result) == expected


@pytest.mark.parametrize("replica", ["2.0.21"], indirect=True)
@pytest.mark.parametrize(
    ("value", "differs"),
    [
        ('{"b": [1, true], "long": 1.5}', False),
        ('{"b":[1.0,true],"long":15e-1}', False),
        ('{"b": [1, 1], "long": 1.5}', True),
        ('{"b": [1, true], "long": 1.6}', True),
        ('{"b": [true, 1], "long": 1.5}', True),
        ('{"b": [1, true], "long": "1.5"}', True),
    ],
)
def test_json_is_compared_as_a_document(
    value: str, differs: bool, replica: Replica, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order of keys and the way in which a number is written are no difference."""
    with _changed(replica, {"made": f"UPDATE made SET v = '{value}'"}):
        _, result = verify(replica.config, capsys, "--wait", "0")
    assert found_in(result) == ({"made": [(0, "different")]} if differs else {})


def test_values_are_shown_on_request_only(replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    """By default only keys and columns are shown."""
    with _changed(replica, {"whole": "UPDATE whole SET v = 271828 WHERE id = 0"}):
        _, hidden = verify(replica.config, capsys, f"{replica.schema}.whole", "--wait", "0")
        _, shown = verify(replica.config, capsys, f"{replica.schema}.whole", "--wait", "0", "--values")
    assert "271828" not in str(hidden)
    (first,) = shown["tables"][0]["first"]
    assert (first["mysql"], first["postgres"]) == ({"v": "-7"}, {"v": "271828"})


@contextmanager
def _changed(replica: Replica, statements: Mapping[str, str]) -> Iterator[None]:
    """Run a statement on each table, and at the end give the table its rows back."""
    run(
        replica.postgres,
        *(f"CREATE TABLE saved_{table} AS SELECT * FROM {table}" for table in statements),
        *statements.values(),
        schema=replica.schema,
    )
    yield
    run(
        replica.postgres,
        *(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}" for table in statements),
        *(f"DROP TABLE saved_{table}" for table in statements),
        schema=replica.schema,
    )
