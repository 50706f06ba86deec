"""The catalogue is the truth: the version table follows it, and nothing is made of a database without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from devtools.structure import recorded, structure
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.snapshot import snapshot

SOURCE = OldSource("one", "my", "db")
MAPPINGS = {"mysql": {"my": "db"}}


def run(database: URL, *statements: str) -> None:
    with create_engine(database, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic with a file that maps `SOURCE`."""
    return Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))


@pytest.mark.parametrize("command", [["current"], ["history", "--indicate-current"], ["heads"], ["branches"]])
def test_looking_leaves_no_trace(database: URL, alembic: Alembic, command: list[str]) -> None:
    """A catalogue that alembic never saw is read, and nothing is written."""
    build(database, [SOURCE])
    before = snapshot(database)
    alembic.must(*command)
    assert snapshot(database) == before


def test_current_and_history_are_right_before_the_first_upgrade(database: URL, alembic: Alembic) -> None:
    """The version shown is the catalogue's, though there is no version table."""
    build(database, [SOURCE])
    assert alembic.current() == "1.7"
    assert "1.7 (current)" in alembic.must("history", "--indicate-current")


def test_the_catalogue_wins_over_the_version_table(database: URL, alembic: Alembic) -> None:
    """A catalogue restored from a backup is upgraded from what it is, and a line says so."""
    build(database, [SOURCE])
    alembic.must("upgrade", "2.0.0")
    run(
        database,
        "DROP SCHEMA sch_chameleon CASCADE",
        "ALTER SCHEMA _sch_chameleon_version1 RENAME TO sch_chameleon",
    )
    assert alembic.current() == "1.7"
    assert "the catalogue is 1.7, the version table said 2.0.0" in alembic.must("upgrade", "2.0.0")
    assert alembic.current() == "2.0.0"


def test_a_version_table_of_something_else_is_overruled(database: URL, alembic: Alembic) -> None:
    """An id that no revision has does not stop the upgrade."""
    build(database, [SOURCE])
    run(
        database,
        "CREATE SCHEMA chameleon_migrations",
        "CREATE TABLE chameleon_migrations.alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO chameleon_migrations.alembic_version VALUES ('5f3a')",
    )
    alembic.must("upgrade", "2.0.0")
    assert alembic.current() == "2.0.0"


def test_the_users_own_alembic_is_left_alone(database: URL, alembic: Alembic) -> None:
    """A version table in `public` belongs to another project."""
    build(database, [SOURCE])
    run(
        database,
        "CREATE TABLE public.alembic_version (version_num text)",
        "INSERT INTO public.alembic_version VALUES ('theirs')",
    )
    alembic.must("upgrade", "2.0.0")
    assert snapshot(database)["rows"]["public.alembic_version"] == ["(theirs)"]


@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], ["current"], ["downgrade", "1.7"]])
def test_a_database_without_a_catalogue_is_refused(
    database: URL, alembic: Alembic, command: list[str]
) -> None:
    """A wrong `pg_conn` must not grow an empty catalogue."""
    before = snapshot(database)
    said = alembic.must_fail(*command)
    assert "no replica catalogue" in said
    assert "-x create=YES" in said
    assert snapshot(database) == before


@pytest.mark.parametrize("version", ["1.6", "0.9", "2.0.99", "2.1", "two", ""])
def test_an_unknown_version_is_refused(database: URL, alembic: Alembic, version: str) -> None:
    """Only a version that is a revision is migrated."""
    build(database, [SOURCE])
    run(database, f"CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '{version}'::text AS t_version")
    before = snapshot(database)
    assert (version or "v_version") in alembic.must_fail("upgrade", "2.0.0")
    assert snapshot(database) == before


@pytest.mark.parametrize(
    "broken",
    [
        "DROP VIEW sch_chameleon.v_version",
        "CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '1.7'::text AS t_version WHERE false",
        "CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '1.7'::text AS t_version UNION ALL SELECT '2.0.0'",
    ],
)
def test_a_catalogue_that_does_not_say_its_version_is_refused(
    database: URL, alembic: Alembic, broken: str
) -> None:
    """No version, or two, is no place to start from."""
    build(database, [SOURCE])
    run(database, broken)
    before = snapshot(database)
    assert "v_version" in alembic.must_fail("upgrade", "2.0.0")
    assert snapshot(database) == before


def test_create_builds_a_catalogue_from_nothing(database: URL, alembic: Alembic) -> None:
    """`-x create=YES` asks for an empty 1.7 catalogue; below it there is nothing again."""
    before = snapshot(database)
    alembic.must("-x", "create=YES", "upgrade", "1.7")
    assert alembic.current() == "1.7"
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert structure(connection) == recorded("1.7")
    alembic.must("downgrade", "base")
    assert snapshot(database, without=("chameleon_migrations",)) == before


def test_a_catalogue_in_use_is_not_dropped(database: URL, alembic: Alembic) -> None:
    """`downgrade base` would drop the live catalogue."""
    build(database, [SOURCE])
    before = snapshot(database)
    assert "the source one is registered" in alembic.must_fail("downgrade", "base")
    assert snapshot(database) == before
