"""Registered tables that are not in PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)

WARNING = "a registered table is missing in PostgreSQL"


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic with the recorded catalogue."""
    return Alembic(write_config(tmp_path / "new.yml", database, recorded.SOURCES))


def test_with_pending_events_there_are_two_ways_out(database: URL, alembic: Alembic) -> None:
    """The upgrade does not begin; the statement of the line lets it go on without the table."""
    execute(database, "DROP TABLE db_schema_01.users CASCADE")
    said = alembic.must_fail("upgrade", "2.0.0")
    assert "registered tables with pending events are missing in PostgreSQL; nothing was changed" in said
    assert "Restore the table as it was" in said
    found = re.search(r"db_schema_01.users of the source source_01, \d+ events: (DELETE [^;]*);", said)
    assert found
    execute(database, found[1])
    assert WARNING not in alembic.must("upgrade", "2.0.0")


def test_without_pending_events_it_is_a_warning(database: URL, alembic: Alembic) -> None:
    """It is said before the upgrade and before the downgrade, and neither stops."""
    alembic.must("upgrade", "2.0.0")
    alembic.must("downgrade", "1.7")
    execute(
        database,
        "DROP TABLE db_schema_01.users CASCADE",
        "DROP SCHEMA _sch_chameleon_version2 CASCADE",
    )
    for command in (["upgrade", "2.0.0"], ["downgrade", "1.7"]):
        said = alembic.must(*command)
        assert f"{WARNING}: db_schema_01.users of the source" in said


def test_a_table_that_pending_ddl_creates_is_not_missing(database: URL, alembic: Alembic) -> None:
    """MySQL created it after the last batch that was replayed."""
    execute(
        database,
        "DROP TABLE db_schema_01.users CASCADE",
        "UPDATE sch_chameleon.t_log_replica SET enm_binlog_event = 'ddl', t_query = 'CREATE TABLE users (id integer)'"
        " WHERE v_table_name = 'users'"
        " AND i_id_event = (SELECT min(i_id_event) FROM sch_chameleon.t_log_replica WHERE v_table_name = 'users')",
    )
    assert "registered tables with pending events" not in alembic.must_fail("upgrade", "2.0.0")
