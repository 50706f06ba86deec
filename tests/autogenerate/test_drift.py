"""``alembic check`` names what differs from head, and autogenerate writes the revision that puts it right, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations.database.sql_files import sql
from devtools.config_file import ROOT, write_config
from devtools.structure import Structure, recorded, structure
from devtools.versions import HEAD, NEXT
from tests.support.command import Alembic
from tests.support.snapshot import snapshot

SOURCES = {"my-1": {"my": "db"}}

DRIFTS = {
    "column missing": ("ALTER TABLE sch_chameleon.t_replica_batch DROP i_ddl", "i_ddl"),
    "column more": ("ALTER TABLE sch_chameleon.t_sources ADD extra integer", "extra"),
    "type": ("ALTER TABLE sch_chameleon.t_replica_batch ALTER i_skipped TYPE integer", "i_skipped"),
    "length": (
        "ALTER TABLE sch_chameleon.t_error_log ALTER v_table_name TYPE varchar(101)",
        "v_table_name",
    ),
    "not null": ("ALTER TABLE sch_chameleon.t_sources ALTER t_source DROP NOT NULL", "t_source"),
    "default": ("ALTER TABLE sch_chameleon.t_sources ALTER b_paused SET DEFAULT true", "b_paused"),
    "default missing": (
        "ALTER TABLE sch_chameleon.t_replica_batch ALTER ts_created DROP DEFAULT",
        "ts_created",
    ),
    "index missing": ("DROP INDEX sch_chameleon.idx_t_sources_t_source", "idx_t_sources_t_source"),
    "index more": ("CREATE INDEX extra ON sch_chameleon.t_sources (enm_status)", "extra"),
    "index otherwise": (
        "DROP INDEX sch_chameleon.idx_t_sources_t_source;"
        "CREATE INDEX idx_t_sources_t_source ON sch_chameleon.t_sources (t_source)",
        "idx_t_sources_t_source",
    ),
    "foreign key missing": (
        "ALTER TABLE sch_chameleon.t_replica_tables DROP CONSTRAINT fk_t_replica_tables_i_id_source",
        "t_replica_tables",
    ),
    "foreign key otherwise": (
        "ALTER TABLE sch_chameleon.t_batch_events DROP CONSTRAINT fk_t_batch_id_events_i_id_batch,"
        " ADD CONSTRAINT fk_t_batch_id_events_i_id_batch FOREIGN KEY (i_id_batch) REFERENCES sch_chameleon.t_replica_batch",
        "fk_t_batch_id_events_i_id_batch",
    ),
    "primary key missing": (
        "ALTER TABLE sch_chameleon.t_error_log DROP CONSTRAINT pk_t_error_log",
        "t_error_log",
    ),
    "primary key otherwise": (
        "ALTER TABLE sch_chameleon.t_error_log DROP CONSTRAINT pk_t_error_log, ADD PRIMARY KEY (i_id_log, i_id_batch)",
        "t_error_log",
    ),
    "check": (
        "ALTER TABLE sch_chameleon.t_sources ADD CONSTRAINT extra CHECK (i_binlog_position > 0)",
        "extra",
    ),
    "unique": (
        "ALTER TABLE sch_chameleon.t_sources ADD CONSTRAINT extra_key UNIQUE (jsb_schema_mappings)",
        "extra_key",
    ),
    "table missing": ("DROP TABLE sch_chameleon.t_batch_events", "t_batch_events"),
    "table more": ("CREATE TABLE sch_chameleon.extra (id integer PRIMARY KEY, name text)", "extra"),
    "function body": (
        "CREATE OR REPLACE FUNCTION sch_chameleon.fn_refresh_parts() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
        "FUNCTION fn_refresh_parts()",
    ),
    "function missing": (
        "DROP FUNCTION sch_chameleon.fn_replay_mysql(integer, integer, boolean)",
        "FUNCTION fn_replay_mysql(integer, integer, boolean)",
    ),
    "view": (
        "CREATE OR REPLACE VIEW sch_chameleon.v_fkeys AS SELECT ''::name AS v_schema_referenced, ''::name AS v_table_referenced,"
        " ''::name AS v_schema_referencing, ''::name AS v_table_referencing, conname::text AS t_con_drop,"
        " conname::text AS t_con_create, conname::text AS t_con_validate, conname AS v_fk_name FROM pg_constraint",
        "VIEW v_fkeys",
    ),
    "view more": (sql("2.0.7/v_idx_pkeys.sql"), "VIEW v_idx_pkeys"),
    "function more": (
        "CREATE FUNCTION sch_chameleon.fn_extra(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "FUNCTION fn_extra(text)",
    ),
    "view missing": ("DROP VIEW sch_chameleon.v_idx_cons", "VIEW v_idx_cons"),
    "enum label more": (
        "ALTER TYPE sch_chameleon.en_src_type ADD VALUE 'other' BEFORE 'pgsql'",
        "en_src_type",
    ),
    "enum label renamed": (
        "ALTER TYPE sch_chameleon.en_src_status RENAME VALUE 'error' TO 'failed'",
        "en_src_status",
    ),
    "aggregate": (
        "DROP AGGREGATE sch_chameleon.binlog_max(text[]);"
        "CREATE AGGREGATE sch_chameleon.binlog_max(text[]) (SFUNC = sch_chameleon.fn_binlog_max, STYPE = text[])",
        "AGGREGATE binlog_max(text[])",
    ),
    "aggregate missing": ("DROP AGGREGATE sch_chameleon.binlog_min(text[])", "AGGREGATE binlog_min(text[])"),
}


# For a unique constraint that it drops, alembic writes NULLS DISTINCT into the downgrade, which PostgreSQL has since 15; and
# no file brings a function back that was never ours.
PUT_RIGHT = [drift for drift in DRIFTS if drift not in ("unique", "function more")]

REPLACED = ("aggregate",)
"""What no file below 2.0.11 makes as it was, so that a downgrade does not bring it back."""


def found(database: URL) -> Structure:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return structure(connection)


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on an empty head catalogue with a source, and a version location besides ours."""
    ini = (ROOT / "alembic.ini").read_text().replace("%(here)s", str(ROOT))
    theirs = tmp_path / "versions"
    theirs.mkdir()
    ours = f"version_locations = {ROOT}/versions"
    (tmp_path / "alembic.ini").write_text(ini.replace(ours, f"{ours}\n    {theirs}"))
    line = Alembic(write_config(tmp_path / "new.yml", database, SOURCES), tmp_path / "alembic.ini")
    line.must("-x", "create=YES", "upgrade", "head")
    run(
        database,
        "INSERT INTO sch_chameleon.t_sources (t_source, jsb_schema_mappings, enm_source_type, v_log_table)"
        " VALUES ('my-1', '{}', 'mysql', ARRAY['t_log_replica_my-1_1'])",
        "SELECT sch_chameleon.fn_refresh_parts()",
    )
    return line


def run(database: URL, *statements: str) -> None:
    engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def test_head_has_no_drift(database: URL, alembic: Alembic) -> None:
    """Log tables, the replicated schemas, and whatever else is in the database are none of the catalogue's."""
    run(
        database,
        "CREATE SCHEMA db",
        "CREATE TABLE db.t (id integer PRIMARY KEY REFERENCES sch_chameleon.t_sources)",
        "CREATE TYPE db.en_src_type AS ENUM ('x')",
        "CREATE FUNCTION db.fn_refresh_parts() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW public.v_fkeys AS SELECT * FROM sch_chameleon.v_fkeys",
        'CREATE INDEX extra ON sch_chameleon."t_log_replica_my-1_1" (t_query)',
    )
    before = snapshot(database)
    assert "No new upgrade operations detected" in alembic.must("check")
    assert snapshot(database) == before


def test_each_kind_of_drift_is_named(database: URL, alembic: Alembic) -> None:
    """All that differs at once is named at once, and looking leaves no trace."""
    kinds = (
        "column missing",
        "type",
        "index missing",
        "foreign key missing",
        "primary key missing",
        "check",
        "unique",
    )
    others = ("function body", "function more", "view", "enum label more", "aggregate")
    drifts = [DRIFTS[drift] for drift in (*kinds, *others)]
    run(database, *(statement for statement, _ in drifts))
    before = snapshot(database)
    said = alembic.must_fail("check")
    assert [name for _, name in drifts if name not in said] == []
    assert snapshot(database) == before


@pytest.mark.slow
@pytest.mark.parametrize("drift", PUT_RIGHT)
def test_drift_is_named_and_put_right(database: URL, tmp_path: Path, alembic: Alembic, drift: str) -> None:
    """The check fails and names it; the revision that autogenerate writes ends it, and brings it back."""
    statement, name = DRIFTS[drift]
    run(database, statement)
    assert name in alembic.must_fail("check")
    alembic.must(
        "revision",
        "--autogenerate",
        "-m",
        drift,
        "--rev-id",
        NEXT,
        "--version-path",
        str(tmp_path / "versions"),
    )
    below = found(database) if drift not in REPLACED else recorded(HEAD)
    alembic.must("upgrade", NEXT)
    alembic.must("check")
    alembic.must("downgrade", HEAD)
    assert found(database) == below
    alembic.must("upgrade", "head")
    alembic.must("check")
