"""Catalogues that pg_chameleon itself made are adopted, go to head and back, and have the structure of ours."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations.database.sql_files import sql
from devtools.clients.mariadb import MySQL
from devtools.clients.new_client import NewClient, NewSource
from devtools.config_file import write_config
from devtools.server import OWNER, execute
from devtools.structure import recorded, structure
from tests.support import oracle
from tests.support.command import Alembic

pytestmark = pytest.mark.slow

CHAIN = list(oracle.RELEASES)
HEAD = CHAIN[-1]
SOURCES = {"my-1": {"my": "db"}}

# What every version can hold: a source, what its client knows of it, a pending batch, an error and a discarded row.
FILL = """
    INSERT INTO sch_chameleon.t_sources (t_source, jsb_schema_mappings, enm_source_type, v_log_table)
    VALUES ('my-1', '{"my": "db"}', 'mysql', '{t_log_replica_my_1, t_log_replica_my_2}');
    SELECT sch_chameleon.fn_refresh_parts();
    INSERT INTO sch_chameleon.t_last_received (i_id_source) VALUES (1);
    INSERT INTO sch_chameleon.t_last_replayed (i_id_source) VALUES (1);
    INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_schema_name, v_table_name, v_table_pkey)
    VALUES (1, 'db', 'a b', '{"i,d"}');
    INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed)
    VALUES (1, 'mysql-bin.000001', 4, true, true), (1, 'mysql-bin.000001', 900, true, false);
    INSERT INTO sch_chameleon.t_log_replica_my_1 (
        i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name, i_binlog_position, jsb_event_after
    )
    VALUES (1, 'a b', 'db', 'insert', 'mysql-bin.000001', 500, '{"i,d": 1}');
    INSERT INTO sch_chameleon.t_batch_events SELECT i_id_batch, ARRAY[i_id_event] FROM sch_chameleon.t_log_replica;
    INSERT INTO sch_chameleon.t_error_log (
        i_id_batch, i_id_source, v_table_name, v_schema_name, t_table_pkey, t_binlog_name, i_binlog_position
    ) VALUES (1, 1, 't', 'db', 'id', 'mysql-bin.000001', 2147483647);
    INSERT INTO sch_chameleon.t_discarded_rows (i_id_batch, v_table_name, v_schema_name) VALUES (1, 't', 'db');
    CREATE SCHEMA db;
    CREATE TABLE db."a b" ("i,d" integer PRIMARY KEY);
"""
FILLED = (
    "t_sources",
    "t_replica_tables",
    "t_replica_batch",
    "t_log_replica_my_1",
    "t_batch_events",
    "t_error_log",
    "t_discarded_rows",
)


def read(url: URL, query: str) -> list[Any]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return list(connection.execute(text(query)))


def rows(url: URL) -> dict[str, Any]:
    """Return the rows of the filled tables, without the columns that hold what they do by default."""
    known = "jsonb_strip_nulls(to_jsonb(t)) - ARRAY['b_paused', 'b_maintenance', 'v_log_table']"
    return {table: read(url, f"SELECT {known} FROM sch_chameleon.{table} t") for table in FILLED}


def found(url: URL) -> Any:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return structure(connection)


def made(url: URL, version: str, how: str) -> None:
    """Make a catalogue of `version` at `url`, and fill it."""
    if how == "fresh":
        oracle.install(url, version)
    else:
        oracle.install(url, "2.0.0")
        oracle.upgrade(url, CHAIN[: CHAIN.index(version) + 1])
    execute(url, FILL)


@pytest.mark.parametrize(
    ("version", "how"),
    [*((version, "fresh") for version in CHAIN), *((version, "upgraded") for version in CHAIN[1:])],
)
def test_a_catalogue_that_pg_chameleon_made_goes_to_head_and_back(
    database: URL, tmp_path: Path, version: str, how: str
) -> None:
    """It is adopted at its version, whatever the order of its columns, and keeps its rows; the pending batch is replayed."""
    made(database, version, how)
    assert found(database) == recorded(version)
    before = rows(database)
    alembic = Alembic(write_config(tmp_path / "new.yml", database, SOURCES))
    assert alembic.current().split()[0] == version
    for start, target in pairwise([version, HEAD, "2.0.0", HEAD, version]):
        if start != target:
            alembic.must("upgrade" if CHAIN.index(start) < CHAIN.index(target) else "downgrade", target)
        assert found(database) == recorded(target)
        assert rows(database) == before
    execute(database, "SELECT sch_chameleon.fn_replay_mysql(10, 1, true)")
    assert read(database, 'SELECT * FROM db."a b"') == [(1,)]


@pytest.mark.parametrize("version", CHAIN[1:])
def test_a_catalogue_that_pg_chameleon_upgraded_by_half_is_recognised(
    database: URL, tmp_path: Path, version: str
) -> None:
    """Cut off before it wrote the version: the message has what finishes it, or nothing but a function is new."""
    below = CHAIN[CHAIN.index(version) - 1]
    made(database, below, "upgraded")
    oracle.upgrade_by_half(database, below, version)
    alembic = Alembic(write_config(tmp_path / "new.yml", database, SOURCES))
    if recorded(version) != recorded(below):
        said = alembic.must_fail("upgrade", "head")
        assert f"v_version says {below} and all of {version} is there" in said
        execute(database, said[said.index("CREATE OR REPLACE VIEW") :].splitlines()[0])
    alembic.must("upgrade", "head")
    assert found(database) == recorded(HEAD)


@pytest.fixture
def client(tmp_path: Path, database: URL) -> NewClient:
    """pg_chameleon 2.0.21, configured for the database; it is not asked anything that needs MySQL."""
    made = NewClient.at(tmp_path / "home")
    quoted = database.set(
        database=f"'{database.database}'"
    )  # it puts the name into a connection string without quotes
    made.configure([NewSource("my-1", SOURCES["my-1"])], MySQL("127.0.0.1", 1, "none", "none"), quoted)
    return made


def test_our_head_is_what_pg_chameleon_creates(database: URL, tmp_path: Path, client: NewClient) -> None:
    """2.0.21's own command and our chain from nothing build one structure; ours replaces it without a drop."""
    client.create_replica_schema()
    theirs = found(database)
    execute(database, "DROP SCHEMA sch_chameleon CASCADE")
    alembic = Alembic(write_config(tmp_path / "new.yml", database, SOURCES))
    alembic.must("-x", "create=YES", "upgrade", "head")
    assert found(database) == theirs


def test_the_check_names_pg_chameleons_own_functions_and_views(database: URL, tmp_path: Path) -> None:
    """Their text is another than ours; nothing else of a catalogue that 2.0.21 created differs."""
    oracle.install(database, HEAD)
    said = Alembic(write_config(tmp_path / "new.yml", database, SOURCES)).must_fail("check").splitlines()[-1]
    assert set(re.findall(r"\('(\w+)'", said)) == {"InstallObjects"}
    for name in (
        "FUNCTION fn_replay_mysql(",
        "FUNCTION fn_refresh_parts()",
        "VIEW v_fkeys",
        "VIEW v_idx_cons",
    ):
        assert name in said
    assert "TYPE" not in said


def test_pg_chameleon_finds_nothing_to_do_on_our_head(
    database: URL, tmp_path: Path, client: NewClient
) -> None:
    """2.0.21 registers a source in a catalogue of ours, shows it, and has nothing to upgrade."""
    alembic = Alembic(write_config(tmp_path / "new.yml", database, SOURCES))
    alembic.must("-x", "create=YES", "upgrade", "head")
    client.add_source(NewSource("my-1", SOURCES["my-1"]))
    assert "my-1" in client.show_status()
    client.upgrade_replica_schema()
    assert alembic.current() == f"{HEAD} (head)"
    assert read(database, "SELECT t_source, v_log_table FROM sch_chameleon.t_sources") == [
        ("my-1", ["t_log_replica_my-1_1", "t_log_replica_my-1_2"])
    ]


TABLES = """
    CREATE SCHEMA "s 1"; CREATE SCHEMA s2;
    CREATE TABLE "s 1"."P,1" (id integer, "B ü" text, d date, PRIMARY KEY (id, "B ü"), UNIQUE (d) DEFERRABLE INITIALLY DEFERRED);
    CREATE UNIQUE INDEX "U x" ON "s 1"."P,1" (d, id DESC) WHERE d IS NOT NULL;
    CREATE INDEX e ON "s 1"."P,1" (lower("B ü"), (id % 2));
    CREATE TABLE s2.c (a integer UNIQUE, b text, CONSTRAINT "fk 1" FOREIGN KEY (a, b) REFERENCES "s 1"."P,1" ON DELETE CASCADE);
    CREATE TABLE s2.self (id integer PRIMARY KEY, up integer CONSTRAINT "fk 1" REFERENCES s2.self DEFERRABLE);
    ALTER TABLE s2.c ADD CONSTRAINT late FOREIGN KEY (a) REFERENCES s2.self NOT VALID;
"""
DEFINITIONS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('f', 'p', 'u')
    UNION ALL
    SELECT tablename, coalesce(tablespace, 'none'), indexdef FROM pg_indexes WHERE schemaname IN ('s 1', 's2')
    ORDER BY 1, 2, 3
"""
VIEWS = {
    "v_idx_cons": "v_schema_name, v_table_name, v_index_name, v_constraint_type, t_sql_drop",
    "v_fkeys": "v_schema_referenced, v_table_referenced, v_schema_referencing, v_table_referencing, v_fk_name, t_con_drop,"
    " t_con_validate, t_con_create",
}


def install_views(url: URL) -> None:
    execute(url, sql("2.0.7/v_fkeys.sql"), sql("2.0.8/v_idx_cons.sql"))


@pytest.mark.parametrize("view", VIEWS)
def test_the_views_have_the_rows_of_pg_chameleons(database: URL, view: str) -> None:
    """Every index and every foreign key has a row, which differs from pg_chameleon's in blanks, and in a repeated NOT VALID."""
    query = f"SELECT {VIEWS[view]} FROM sch_chameleon.{view}"
    oracle.install(database, HEAD)
    execute(database, TABLES)
    theirs = squeezed(read(database, query))
    install_views(database)
    assert squeezed(read(database, query)) == theirs
    assert len(theirs) > 8


def squeezed(found: list[Any]) -> list[tuple[str, ...]]:
    """Return the rows in order, without blanks."""
    return sorted(
        tuple("".join(str(value).split()).replace("NOTVALIDNOTVALID", "NOTVALID") for value in row)
        for row in found
    )


def test_what_the_views_drop_they_create_again(server: URL, database: URL) -> None:
    """Each statement runs, and afterwards every key and index is as it was, in the tablespace where it was."""
    oracle.install(database, HEAD)
    install_views(database)
    execute(database, TABLES)
    execute(
        server,
        "SET allow_in_place_tablespaces = on",
        'DROP TABLESPACE IF EXISTS "Other ü"',
        "CREATE TABLESPACE \"Other ü\" LOCATION ''",
        f'GRANT CREATE ON TABLESPACE "Other ü" TO {OWNER}',
    )
    try:
        execute(
            database,
            'ALTER INDEX "s 1"."U x" SET TABLESPACE "Other ü"',
            'ALTER INDEX s2.self_pkey SET TABLESPACE "Other ü"',
        )
        before = read(database, DEFINITIONS)
        fkeys = read(
            database,
            "SELECT t_con_drop, t_con_create, t_con_validate FROM sch_chameleon.v_fkeys WHERE v_schema_referencing = 's2'",
        )
        indexes = read(
            database,
            "SELECT t_sql_drop, t_sql_create FROM sch_chameleon.v_idx_cons WHERE v_schema_name IN ('s 1', 's2')",
        )
        execute(database, *(row[0] for row in [*fkeys, *indexes]))
        assert not read(database, "SELECT FROM pg_indexes WHERE schemaname IN ('s 1', 's2')")
        execute(database, *(row[1] for row in [*indexes, *fkeys]))
        assert [
            row[2].count("NOT VALID")
            for row in read(database, DEFINITIONS)
            if row[2].startswith("FOREIGN KEY (up)")
        ] == [1]
        execute(database, *(row[2] for row in fkeys))
        assert read(database, DEFINITIONS) == [(*row[:2], row[2].replace(" NOT VALID", "")) for row in before]
    finally:
        execute(database, 'DROP SCHEMA "s 1", s2 CASCADE')
        execute(server, 'DROP TABLESPACE "Other ü"')
