"""What stops a step between two 2.0 catalogues before anything is changed, what is only said, and who owns the new objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations.database.sql_files import sql
from devtools.config_file import write_config
from devtools.server import OWNER
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, upgrade

BIG = 2**31
LONG = "n" * 65
MAPPINGS = {'my "1"': {"my": "db"}}


def one_source(database: URL, version: str) -> None:
    """Make a catalogue with one source, whose name is nothing special to anybody but the shell."""
    build(database, [OldSource("one", "my", "db")])
    upgrade(database, MAPPINGS, version)


pytestmark = begins_with(one_source, "head")


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on the catalogue."""
    return Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))


def run(database: URL, *statements: str) -> None:
    with create_engine(database, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def refused(database: URL, alembic: Alembic, *command: str) -> str:
    before = snapshot(database)
    said = alembic.must_fail(*command)
    assert snapshot(database) == before
    assert "nothing was changed" in said
    return said


@contextmanager
def session(database: URL, name: str, statement: str = "SELECT 1") -> Iterator[int]:
    """Yield the pid of a session with that application name, which did `statement` last."""
    engine = create_engine(database, poolclass=NullPool, connect_args={"application_name": name})
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.exec_driver_sql(statement)
        assert isinstance(pid, int)
        yield pid


@pytest.mark.parametrize("command", [["downgrade", "2.0.9"], ["upgrade", "head"]])
@pytest.mark.parametrize(
    "name",
    [
        "[pg_chameleon] - source: mysql, action: idle",
        "[pg_chameleon] -  action: writing batch",
        "[PGCH] - source: one, action: x",
    ],
)
def test_a_session_of_pg_chameleon_stops_the_step(
    database: URL, alembic: Alembic, name: str, command: list[str]
) -> None:
    """Whatever the status says, the session is named with its pid, its source and since when it is there."""
    if command[0] == "upgrade":
        alembic.must("downgrade", "2.0.3")
    with session(database, name) as pid:
        said = refused(database, alembic, *command)
    assert f"pid {pid} of {OWNER}, {name}, since 2" in said
    alembic.must(*command)


def test_a_replica_that_has_not_named_itself_stops_the_step(database: URL, alembic: Alembic) -> None:
    """pg_chameleon names a session when it first writes a batch; before, its statements and its status give it away."""
    run(database, "UPDATE sch_chameleon.t_sources SET enm_status = 'running'")
    with session(database, "", "SELECT FROM sch_chameleon.t_replica_batch") as pid:
        assert f'pid {pid} of {OWNER}, source: my "1", since 2' in refused(
            database, alembic, "downgrade", "2.0.9"
        )


def test_sessions_of_others_are_nobodys_business(server: URL, database: URL, alembic: Alembic) -> None:
    """Neither a replica into another database nor a session that reads the replicated tables stops a step."""
    with (
        session(server, "[pg_chameleon] - source: mysql, action: idle"),
        session(database, "psql", "SELECT 1"),
    ):
        alembic.must("downgrade", "2.0.9")


@pytest.mark.parametrize("status", ["running", "error"])
def test_a_stale_status_is_said_and_passed_over(database: URL, alembic: Alembic, status: str) -> None:
    """A replica that was killed leaves its status behind."""
    run(database, f"UPDATE sch_chameleon.t_sources SET enm_status = '{status}'")
    said = alembic.must("downgrade", "2.0.7")
    assert said.count(f'the source my "1" says it is {status}') == 1


@pytest.mark.parametrize("status", ["initialising", "syncing"])
def test_half_copied_tables_stop_the_step(database: URL, alembic: Alembic, status: str) -> None:
    """Tables are half copied while a source has this status, with or without a session."""
    run(database, f"UPDATE sch_chameleon.t_sources SET enm_status = '{status}'")
    assert f'the source my "1" is marked {status}' in refused(database, alembic, "downgrade", "2.0.9")


HALF = {
    "2.0.1": "; ".join(
        f"ALTER TABLE sch_chameleon.{table} ALTER i_binlog_position TYPE bigint"
        for table in ("t_error_log", "t_log_replica", "t_replica_batch", "t_replica_tables", "t_sources")
    ),
    "2.0.5": "ALTER TABLE sch_chameleon.t_replica_batch ADD v_log_table varchar NOT NULL DEFAULT 't_log_replica'",
    "2.0.8": f"{sql('2.0.8/t_ukeys.sql')} DROP VIEW sch_chameleon.v_idx_pkeys",
}


@pytest.mark.parametrize(
    ("command", "version"),
    [
        ("upgrade", "2.0.1"),
        ("upgrade", "2.0.5"),
        ("upgrade", "2.0.8"),
        ("downgrade", "2.0.5"),
        ("downgrade", "2.0.8"),
    ],
)
def test_a_catalogue_that_pg_chameleon_upgraded_by_half(
    database: URL, alembic: Alembic, version: str, command: str
) -> None:
    """All of the next version is there and `v_version` is not: the message has the statement that finishes it."""
    below = f"2.0.{int(version[-1]) - 1}"
    alembic.must("downgrade", below)
    run(database, HALF[version])
    said = refused(database, alembic, command, "head" if command == "upgrade" else "1.7")
    assert f"v_version says {below} and all of {version} is there" in said
    run(database, said[said.index("CREATE OR REPLACE VIEW") :].splitlines()[0])
    assert alembic.current() == version


def test_a_catalogue_that_lacks_a_part_is_refused(database: URL, alembic: Alembic) -> None:
    """What is missing, and what is there before its time without the rest of its version, is named."""
    alembic.must("downgrade", "2.0.6")
    run(
        database,
        "ALTER TABLE sch_chameleon.t_replica_batch DROP t_gtid_set",
        "CREATE TABLE sch_chameleon.t_fkeys (i_id_fkey bigint)",
    )
    said = refused(database, alembic, "upgrade", "head")
    assert "there is no t_replica_batch.t_gtid_set, text" in said
    assert "there is already t_fkeys.i_id_fkey, bigint" in said


@pytest.mark.parametrize("target", ["2.0.0", pytest.param("1.7", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("t_sources", "UPDATE sch_chameleon.t_sources SET i_binlog_position = {offset}"),
        ("t_replica_batch", "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = {offset}"),
        ("t_replica_tables", "UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = {offset}"),
        (
            "t_log_replica",
            'INSERT INTO sch_chameleon."t_log_replica_my ""1""_2"'
            " (i_id_batch, v_table_name, v_schema_name, enm_binlog_event, i_binlog_position)"
            " SELECT i_id_batch, 't', 'db', 'insert', {offset} FROM sch_chameleon.t_replica_batch",
        ),
        (
            "t_error_log",
            "INSERT INTO sch_chameleon.t_error_log (i_id_batch, i_id_source, v_table_name, v_schema_name, t_table_pkey,"
            " t_binlog_name, i_binlog_position) VALUES (1, 1, 't', 'db', 'id', 'b.1', {offset})",
        ),
    ],
)
def test_an_offset_that_an_integer_cannot_hold(
    database: URL, alembic: Alembic, table: str, change: str, target: str
) -> None:
    """It is found before the first step of the downgrade; an offset one lower goes through."""
    run(database, change.format(offset=BIG))
    said = refused(database, alembic, "downgrade", target)
    assert f"1 rows of sch_chameleon.{table} have offsets up to {BIG}" in said
    run(database, f"UPDATE sch_chameleon.{table} SET i_binlog_position = {BIG - 1}")
    alembic.must("downgrade", "2.0.0")


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "t_replica_tables",
            "i_id_source, v_table_pkey, v_table_name, v_schema_name) SELECT i_id_source, '{id}'",
        ),
        ("t_discarded_rows", "i_id_batch, v_table_name, v_schema_name) SELECT 1"),
        ("t_indexes", "v_index_name, v_table_name, v_schema_name) SELECT 'i'"),
        ("t_pkeys", "v_index_name, v_table_name, v_schema_name) SELECT 'i'"),
        ("t_ukeys", "v_index_name, v_table_name, v_schema_name) SELECT 'i'"),
        ("t_fkeys", "v_constraint_name, v_table_name, v_schema_name) SELECT 'i'"),
    ],
)
def test_a_name_that_is_too_long_for_the_narrower_column(
    database: URL, alembic: Alembic, table: str, columns: str
) -> None:
    """It is found by the check, not by the step that narrows the column; a name of 64 characters goes through."""
    alembic.must("downgrade", "2.0.8")
    run(
        database, f"INSERT INTO sch_chameleon.{table} ({columns}, '{LONG}', 'db' FROM sch_chameleon.t_sources"
    )
    assert f"sch_chameleon.{table} has the name {LONG}, of 65 characters" in refused(
        database, alembic, "upgrade", "head"
    )
    run(
        database,
        f"UPDATE sch_chameleon.{table} SET v_table_name = repeat('ü', 64) WHERE v_table_name = '{LONG}'",
    )
    alembic.must("upgrade", "head")


def test_a_refusal_after_another_step_says_which_step_did_not_begin(database: URL, alembic: Alembic) -> None:
    """The steps before it are committed, so it cannot say that nothing was changed."""
    alembic.must("downgrade", "2.0.7")
    run(
        database,
        "INSERT INTO sch_chameleon.t_pkeys (v_index_name, v_table_name, v_schema_name)"
        f" VALUES ('i', '{LONG}', 'db')",
    )
    said = alembic.must_fail("upgrade", "head")
    assert "the upgrade of revision 2.0.9 did not begin" in said
    assert "nothing was changed" not in said
    assert alembic.current().startswith("2.0.8")


@pytest.mark.parametrize(
    ("table", "name"),
    [("t_indexes", "v_index_name"), ("t_pkeys", "v_index_name"), ("t_fkeys", "v_constraint_name")],
)
def test_keys_that_are_put_aside_are_not_thrown_away(
    database: URL, alembic: Alembic, table: str, name: str
) -> None:
    """While a source is not consistent, these rows are the only place that knows its dropped keys."""
    run(
        database,
        f"INSERT INTO sch_chameleon.{table} (v_schema_name, v_table_name, {name}) VALUES ('db', 'a b', 'k')",
    )
    assert f'k of db."a b" is in sch_chameleon.{table}' in refused(database, alembic, "downgrade", "2.0.0")
    alembic.must("downgrade", "2.0.7")


def test_what_a_downgrade_loses_is_said_before(database: URL, alembic: Alembic) -> None:
    """Values that the replica can do without are named, once each, and only where the downgrade reaches them."""
    run(
        database,
        "UPDATE sch_chameleon.t_sources SET b_maintenance = true, ts_last_maintenance = '2020-02-02'",
        "UPDATE sch_chameleon.t_last_replayed SET b_paused = true",
        "UPDATE sch_chameleon.t_replica_batch SET t_gtid_set = '0-1-2'",
        "INSERT INTO sch_chameleon.t_ukeys (v_schema_name, v_table_name, v_index_name) VALUES ('db', 't', 'u')",
    )
    said = alembic.must("downgrade", "2.0.3")
    assert said.count('lost below 2.0.4: 1 batches of the source my "1" have a GTID set') == 1
    assert said.count("lost below 2.0.8: the unique constraint u of db.t is in sch_chameleon.t_ukeys") == 1
    assert "lost below 2.0.3" not in said
    said = alembic.must("downgrade", "2.0.0")
    assert said.count('lost below 2.0.3: the source my "1" is in maintenance') == 1
    assert said.count('lost below 2.0.2: the source my "1" is paused') == 1
    assert said.count('lost below 2.0.2: the source my "1" was maintained at 2020-02-02') == 1


def test_a_role_that_may_not_change_the_catalogue(server: URL, database: URL, alembic: Alembic) -> None:
    """A table and a function that belong to another role are found before the first step."""
    admin = server.set(database=database.database)
    run(
        admin,
        f'ALTER TABLE sch_chameleon.t_sources OWNER TO "{server.username}"',
        "GRANT SELECT ON sch_chameleon.t_sources TO PUBLIC",
        f'ALTER FUNCTION sch_chameleon.fn_refresh_parts() OWNER TO "{server.username}"',
    )
    said = refused(admin, alembic, "downgrade", "2.0.0")
    assert "not the owner of sch_chameleon.t_sources" in said
    assert "not the owner of sch_chameleon.fn_refresh_parts()" in said


def test_what_a_step_adds_belongs_to_the_owner_and_to_who_could_use_all(
    server: URL, database: URL, tmp_path: Path, alembic: Alembic
) -> None:
    """Whoever runs it, the tables and views that come with 2.0.7 and 2.0.8 are the owner's, and a reader of all reads them."""
    admin = server.set(database=database.database)
    alembic.must("downgrade", "2.0.6")
    run(
        admin,
        'DROP ROLE IF EXISTS "Read-all", "Read one"',
        'CREATE ROLE "Read-all"',
        'CREATE ROLE "Read one"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA sch_chameleon TO "Read-all" WITH GRANT OPTION',
        'GRANT USAGE ON ALL SEQUENCES IN SCHEMA sch_chameleon TO "Read-all"',
        'GRANT SELECT ON sch_chameleon.t_sources TO "Read one"',
    )
    try:
        as_superuser = Alembic(write_config(tmp_path / "admin.yml", admin, MAPPINGS))
        for _ in range(2):
            as_superuser.must("upgrade", "head")
            assert added(database) == ADDED
            as_superuser.must("downgrade", "2.0.7")
            assert added(database)["v_idx_pkeys"] == ADDED["v_idx_cons"]
    finally:
        run(admin, 'DROP OWNED BY "Read-all", "Read one"', 'DROP ROLE "Read-all", "Read one"')


ADDED = dict.fromkeys(
    ("t_indexes", "t_pkeys", "t_fkeys", "t_ukeys", "v_fkeys", "v_idx_cons"), (OWNER, True, False)
)


def added(database: URL) -> dict[str, tuple[str, bool, bool]]:
    """Return the owner of each relation that 2.0.7 and 2.0.8 add, and whether the two roles may read it."""
    relations = text(
        "SELECT relname, pg_get_userbyid(relowner), has_table_privilege('Read-all', oid, 'SELECT WITH GRANT OPTION'),"
        " has_table_privilege('Read one', oid, 'SELECT') FROM pg_class"
        " WHERE relnamespace = 'sch_chameleon'::regnamespace AND relname ~ '^(t_.*(keys|indexes)|v_fkeys|v_idx_.*)$'"
        " AND relkind IN ('r', 'v')"
    )
    sequences = text(
        "SELECT bool_and(has_sequence_privilege('Read-all', oid, 'USAGE')) FROM pg_class"
        " WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind = 'S'"
    )
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert connection.scalar(sequences)
        return {name: (owner, every, one) for name, owner, every, one in connection.execute(relations)}
