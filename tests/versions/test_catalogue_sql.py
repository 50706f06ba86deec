"""The SQL files of the catalogues 1.7 and 2.0.0: structure, log tables, and aggregates over positions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from devtools.installed import INSTALLATIONS
from devtools.server import execute
from devtools.structure import recorded, structure

LOG_TABLES = ["t_log_replica_my-source_1", 'T log "quoted", 1', "t_log_replica_été_1", "plain"]


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    """A connection in autocommit, as the owner of an empty database."""
    with create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connected:
        yield connected


@pytest.mark.parametrize("version", INSTALLATIONS)
def test_the_files_build_the_structure_of_their_version(
    database: URL, connection: Connection, version: str
) -> None:
    """A catalogue built from our files has the structure that pg_chameleon's has."""
    execute(database, *INSTALLATIONS[version])
    assert structure(connection) == recorded(version)


def test_every_source_gets_its_log_tables(database: URL, connection: Connection) -> None:
    """A log table inherits t_log_replica and has key, foreign key and index, all quoted where it needs be."""
    _refresh_parts(database, connection)
    inspector = inspect(connection)
    columns = {column["name"] for column in inspector.get_columns("t_log_replica", "sch_chameleon")}
    for table in LOG_TABLES:
        assert {column["name"] for column in inspector.get_columns(table, "sch_chameleon")} == columns
        key = inspector.get_pk_constraint(table, "sch_chameleon")
        assert (key["name"], key["constrained_columns"]) == (f"pk_{table}", ["i_id_event"])
        [reference] = inspector.get_foreign_keys(table, "sch_chameleon")
        assert (reference["name"], reference["constrained_columns"]) == (f"fk_{table}", ["i_id_batch"])
        assert (reference["referred_schema"], reference["referred_table"]) == (
            "sch_chameleon",
            "t_replica_batch",
        )
        assert reference["options"] == {"onupdate": "RESTRICT", "ondelete": "CASCADE"}
        [index] = inspector.get_indexes(table, "sch_chameleon")
        assert (index["name"], index["column_names"]) == (f"idx_id_batch_{table}", ["i_id_batch"])


def test_refreshing_again_keeps_what_is_there(database: URL, connection: Connection) -> None:
    """Run a second time, for a new source, fn_refresh_parts adds that source's log table and no other."""
    before = _refresh_parts(database, connection)
    execute(
        database,
        "UPDATE sch_chameleon.t_sources SET v_log_table = v_log_table || 'another'::varchar",
        "SELECT sch_chameleon.fn_refresh_parts()",
    )
    after = _log_tables(connection)
    assert before == {name: oid for name, oid in after.items() if name != "another"}
    assert set(before) == set(LOG_TABLES)
    assert "another" in after


def _refresh_parts(database: URL, connection: Connection) -> dict[str, int]:
    execute(database, *INSTALLATIONS["1.7"])
    connection.execute(
        text(
            "INSERT INTO sch_chameleon.t_sources (t_source, t_dest_schema, v_log_table)"
            " VALUES ('s', 'd', :tables)"
        ),
        {"tables": LOG_TABLES},
    )
    execute(database, "SELECT sch_chameleon.fn_refresh_parts()")
    return _log_tables(connection)


def _log_tables(connection: Connection) -> dict[str, int]:
    heirs = text(
        "SELECT relname, c.oid FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid"
        " WHERE inhparent = to_regclass('sch_chameleon.t_log_replica')"
    )
    return {row.relname: row.oid for row in connection.execute(heirs)}


POSITIONS = st.tuples(
    st.sampled_from(["mysql-bin.", "db7.example.org-bin."]),
    st.integers(1, 3) | st.integers(1, 2**40),
    st.integers(4, 6) | st.integers(4, 2**40),
)


def _order(position: list[str]) -> tuple[int, int]:
    return int(position[0].rsplit(".", 1)[1]), int(position[1])


@given(st.lists(st.none() | POSITIONS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_positions_compare_by_the_files_number_and_then_the_offset(
    aggregates: Connection, positions: list[tuple[str, int, int] | None]
) -> None:
    """The aggregates find the latest and the earliest of the positions there are, past 2^31 as well."""
    rows = [[f"{base}{number:06}", str(offset)] for base, number, offset in filter(None, positions)]
    expected = [max(rows, key=_order), min(rows, key=_order)] if rows else [["0", "0"], ["0", "0"]]
    found = aggregates.execute(
        text(
            "SELECT sch_chameleon.binlog_max(ARRAY[file, place]),"
            " sch_chameleon.binlog_min(ARRAY[file, place])"
            " FROM unnest(CAST(:files AS text[]), CAST(:places AS text[])) AS a (file, place)"
        ),
        {
            "files": [position and f"{position[0]}{position[1]:06}" for position in positions],
            "places": [position and str(position[2]) for position in positions],
        },
    ).one()
    if rows:
        assert all(position in rows for position in found)
        assert [*map(_order, found)] == [*map(_order, expected)]
    else:
        assert list(found) == expected


@pytest.fixture
def aggregates(database: URL, connection: Connection) -> Connection:
    """A connection to a database with a 2.0.0 catalogue."""
    execute(database, *INSTALLATIONS["2.0.0"])
    return connection
