"""The swap happens as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from devtools.server import fresh_database
from tests.support.command import Alembic
from tests.support.faults import APART, fail_after
from tests.support.old_catalogue import OldSource, build, read, upgraded
from tests.support.snapshot import snapshot

OURS = ("chameleon_migrations", "_sch_chameleon_version2")
SOURCES = [
    OldSource("first", "my_1", "db_1", ("mysql-bin.000002", 500)),
    OldSource("second", "my_2", "db_2", ("mysql-bin.000002", 900)),
]
BOTH = {"mysql": {"my_1": "db_1", "my_2": "db_2"}}


def drop_kept(database: URL) -> None:
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS _sch_chameleon_version2 CASCADE"))


@pytest.mark.slow
def test_an_error_after_some_statement_of_the_swap_leaves_wholly_1_7(server: URL, tmp_path: Path) -> None:
    """Whichever statement it is that fails, 1.7 is live and whole, alembic says so, and a second run completes."""
    number, seen = 0, None
    while seen is None or seen.failed:
        with fresh_database(server) as database:
            build(database, SOURCES)
            before = snapshot(database)
            alembic = Alembic(write_config(tmp_path / "new.yml", database, BOTH))
            with fail_after(number, starting="LOCK TABLE") as seen:
                result = alembic("upgrade", "2.0.0")
            assert result.succeeded == (seen.failed is None), result.output
            if seen.failed:
                assert "FAILED" in result.output
                assert snapshot(database, without=OURS) == before, seen.failed
                assert alembic.current() == "1.7"
                drop_kept(database)
                alembic.must("upgrade", "2.0.0")
            assert read(database) == upgraded(SOURCES, BOTH)
            assert alembic.current().startswith("2.0.0")
        number += APART
    assert number > APART


def test_what_was_built_is_kept_and_named(database: URL, tmp_path: Path) -> None:
    """After a failure the half-built 2.0 catalogue is kept, and blocks an upgrade until it is dropped."""
    build(database, SOURCES)
    alembic = Alembic(write_config(tmp_path / "new.yml", database, BOTH))
    with fail_after(0, starting="INSERT INTO sch_chameleon.t_replica_tables"):
        said = alembic.must_fail("upgrade", "2.0.0")
    assert "migrate the tables" in said
    assert "division by zero" in said
    assert "_sch_chameleon_version2" in said
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM _sch_chameleon_version2.t_sources")) == 1
        assert connection.scalar(text("SELECT count(*) FROM _sch_chameleon_version2.t_replica_tables")) == 0
    assert "DROP SCHEMA _sch_chameleon_version2 CASCADE" in alembic.must_fail("upgrade", "2.0.0")


@pytest.mark.slow
def test_an_error_after_some_statement_of_the_downgrade_leaves_wholly_2_0(
    server: URL, database: URL, tmp_path: Path
) -> None:
    """Whichever statement of the downgrade fails, 2.0.0 is live and whole, and a second run completes."""
    build(database, SOURCES)
    old = snapshot(database)
    Alembic(write_config(tmp_path / "new.yml", database, BOTH)).must("upgrade", "2.0.0")
    before = snapshot(database)
    number, seen = 0, None
    while seen is None or seen.failed:
        with fresh_database(server, database.database) as copy:
            alembic = Alembic(write_config(tmp_path / "copy.yml", copy, BOTH))
            with fail_after(number, starting="LOCK TABLE") as seen:
                result = alembic("downgrade", "1.7")
            assert result.succeeded == (seen.failed is None), result.output
            if seen.failed:
                assert snapshot(copy) == before, seen.failed
                alembic.must("downgrade", "1.7")
            assert snapshot(copy, without=OURS) == old
            assert alembic.current() == "1.7"
        number += APART
    assert number > APART
