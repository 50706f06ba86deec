"""The main job, on the catalogue recorded from a live pg_chameleon 1.8.2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools import recorded
from devtools.config_file import write_config
from devtools.structure import recorded as recorded_structure
from devtools.structure import structure
from tests.support.command import Alembic
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)

OURS = ("chameleon_migrations", "_sch_chameleon_version2")


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on the recorded catalogue, with the file that the upgrade procedure makes the user write."""
    return Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))


def rows(database: URL, query: str) -> list[dict[str, Any]]:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def catalogue(database: URL) -> dict[str, Any]:
    """Return what the 2.0 catalogue holds, in the shape of ``expected/catalogue-2.0.json``."""
    source = "(SELECT t_source FROM sch_chameleon.t_sources s WHERE s.i_id_source = t.i_id_source)"
    return {
        "t_sources": rows(
            database,
            "SELECT t_source, jsb_schema_mappings, enm_status::text, enm_source_type::text, t_binlog_name, i_binlog_position,"
            " b_consistent, v_log_table AS log_tables FROM sch_chameleon.t_sources ORDER BY 1",
        ),
        "t_replica_batch": rows(
            database,
            f"SELECT {source} AS t_source, t_binlog_name, i_binlog_position, b_started, b_processed, b_replayed"
            " FROM sch_chameleon.t_replica_batch t",
        ),
        **{
            table: [
                row["t_source"]
                for row in rows(database, f"SELECT {source} AS t_source FROM sch_chameleon.{table} t")
            ]
            for table in ("t_last_received", "t_last_replayed")
        },
        "t_replica_tables": rows(
            database,
            "SELECT v_table_name, v_schema_name, v_table_pkey, t_binlog_name, i_binlog_position, b_replica_enabled"
            ' FROM sch_chameleon.t_replica_tables ORDER BY v_schema_name, v_table_name COLLATE "C"',
        ),
    }


def test_the_recorded_catalogue_arrives(database: URL, alembic: Alembic) -> None:
    """Every replicated row is as on MySQL, and sources, tables and positions are what they must be."""
    alembic.must("upgrade", "2.0.0")
    assert recorded.replicated(database) == recorded.expected()
    expected = json.loads((recorded.RECORDED / "expected" / "catalogue-2.0.json").read_text())
    replayed = expected.pop("pending_events_replayed")
    assert catalogue(database) == expected
    assert {
        row["t_source"]: {
            "events": row["events"],
            "skipped_unregistered": row["skipped"],
            "batches": row["batches"],
        }
        for row in rows(
            database,
            "SELECT t_source, sum(i_replayed + i_ddl + i_skipped) AS events, sum(i_skipped) AS skipped,"
            " array_agg(i_id_batch ORDER BY i_id_batch) AS batches"
            " FROM _sch_chameleon_version1.t_replica_batch JOIN _sch_chameleon_version1.t_sources USING (i_id_source)"
            " WHERE b_replayed GROUP BY t_source",
        )
    } == replayed


def test_the_structure_is_that_of_2_0_0(database: URL, alembic: Alembic) -> None:
    """What the revision leaves behind is pg_chameleon's own structure, the old one kept beside it."""
    alembic.must("upgrade", "2.0.0")
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert structure(connection) == recorded_structure("2.0.0")
        assert connection.scalar(text("SELECT t_version FROM _sch_chameleon_version1.v_version")) == "1.7"
    assert alembic.current().startswith("2.0.0")


@begins_with(recorded_catalogue, "2.0.0")
def test_the_way_back_is_row_for_row(database: URL, alembic: Alembic) -> None:
    """The 1.7 catalogue comes back as it was when it was swapped: as before, with nothing pending."""
    kept = snapshot(database)["rows"]
    alembic.must("downgrade", "1.7")
    back = snapshot(database)
    assert {name: found for name, found in back["rows"].items() if name.startswith("sch_chameleon.")} == {
        name.replace("_sch_chameleon_version1.", "sch_chameleon."): found
        for name, found in kept.items()
        if name.startswith("_sch_chameleon_version1.")
    }
    assert recorded.replicated(database) == recorded.expected()
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert structure(connection) == recorded_structure("1.7")
    assert alembic.current() == "1.7"


@begins_with(recorded_catalogue, "2.0.0")
def test_up_again_once_what_the_way_back_kept_is_dropped(database: URL, alembic: Alembic) -> None:
    """The kept 2.0 catalogue blocks the upgrade, and the message has the command that drops it."""
    first = catalogue(database)
    alembic.must("downgrade", "1.7")
    said = alembic.must_fail("upgrade", "2.0.0")
    assert "DROP SCHEMA _sch_chameleon_version2 CASCADE" in said
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA _sch_chameleon_version2 CASCADE"))
    alembic.must("upgrade", "2.0.0")
    assert catalogue(database) == first


def test_a_partial_batch_is_never_replayed(database: URL, alembic: Alembic) -> None:
    """Log rows of the resume batch, left when 1.8.2 died while reading, are read again by 2.0."""
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sch_chameleon.t_log_replica_1_src_1"
                " (i_id_batch, v_table_name, v_schema_name, enm_binlog_event, jsb_event_data, jsb_event_update)"
                """ VALUES (4, 'users', 'db_schema_01', 'delete', '{"id": 1}'::jsonb, '{}')"""
            )
        )
    alembic.must("upgrade", "2.0.0")
    assert recorded.replicated(database) == recorded.expected()


@begins_with(recorded_catalogue, "2.0.0")
@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("DROP SCHEMA _sch_chameleon_version1 CASCADE", "there is no schema _sch_chameleon_version1"),
        ("CREATE SCHEMA _sch_chameleon_version2", "DROP SCHEMA _sch_chameleon_version2 CASCADE"),
    ],
)
def test_no_way_back(database: URL, alembic: Alembic, lost: str, said: str) -> None:
    """Without the old catalogue, or a place for the new one, nothing is touched."""
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.execute(text(lost))
    before = snapshot(database)
    assert said in alembic.must_fail("downgrade", "1.7")
    assert snapshot(database) == before
