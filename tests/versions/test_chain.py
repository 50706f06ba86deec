"""The chain of revisions from 2.0.0 to head: its history, the structure of each version, and what a filled catalogue keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.structure import recorded as recorded_structure
from devtools.structure import structure
from devtools.versions import HEAD, VERSIONS
from tests.support.command import Alembic
from tests.support.templates import begins_with, recorded_catalogue

CHAIN = VERSIONS[1:]

FILL = """
    UPDATE sch_chameleon.t_sources SET enm_status = 'stopped';
    INSERT INTO sch_chameleon.t_replica_batch (
        i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed, b_replayed, ts_created, i_replayed, v_log_table
    )
    SELECT i_id_source, 'mysql-bin.000001', 4 + number, true, true, number = 1, date '2020-01-01' + number, number,
        v_log_table[number]
    FROM sch_chameleon.t_sources, generate_series(1, 2) AS number;
    INSERT INTO sch_chameleon."t_log_replica_mysql_2" (
        i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name, i_binlog_position,
        jsb_event_after, jsb_event_before, t_query, i_my_event_time
    )
    SELECT i_id_batch, event.*, 1600000000
    FROM sch_chameleon.t_replica_batch,
        (VALUES
            ('kept', 'db_schema_01', 'ddl'::sch_chameleon.en_binlog_event, 'mysql-bin.000001', 5, NULL::jsonb, NULL::jsonb,
                'SET search_path=db_schema_01; CREATE TABLE kept (id integer PRIMARY KEY, "va,l" text)'),
            ('kept', 'db_schema_01', 'insert', 'mysql-bin.000001', 6, '{"id": 1, "va,l": "%s :x"}', NULL, NULL),
            ('kept', 'db_schema_01', 'insert', 'mysql-bin.000001', 7, '{"id": 2, "va,l": null}', NULL, NULL),
            ('kept', 'db_schema_01', 'update', 'mysql-bin.000001', 8, '{"id": 3, "va,l": "Ü"}', '{"id": 2}', NULL)
        ) AS event
    WHERE b_processed AND NOT b_replayed;
    INSERT INTO sch_chameleon.t_batch_events
    SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.t_log_replica GROUP BY i_id_batch;
    INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_schema_name, v_table_name, v_table_pkey)
    SELECT i_id_source, 'db_schema_01', 'kept', ARRAY['id'] FROM sch_chameleon.t_sources;
    INSERT INTO sch_chameleon.t_error_log (
        i_id_batch, i_id_source, v_table_name, v_schema_name, t_table_pkey, t_binlog_name, i_binlog_position, ts_error, t_sql
    ) VALUES (1, 1, repeat('ü', 100), 'db', 'id', 'mysql-bin.000001', 2147483647, now(), 'SELECT 1');
    INSERT INTO sch_chameleon.t_discarded_rows (i_id_batch, v_table_name, v_schema_name, t_row_data)
    VALUES (1, repeat('ü', 64), 'db', '{}');
"""

LATER = """
    UPDATE sch_chameleon.t_sources SET b_paused = true, b_maintenance = true, ts_last_maintenance = '2020-02-02';
    UPDATE sch_chameleon.t_last_received SET b_paused = true;
    UPDATE sch_chameleon.t_last_replayed SET b_paused = true;
    UPDATE sch_chameleon.t_replica_batch SET t_gtid_set = '0-1-2';
    INSERT INTO sch_chameleon.t_ukeys (v_schema_name, v_table_name, v_index_name) VALUES ('db', 't', 'u');
"""


def run(database: URL, *statements: str) -> None:
    with create_engine(database, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def held(database: URL, version: str) -> dict[str, list[str]]:
    """Return each table's rows, as JSON text with the columns that `version` has, those of the log tables each."""
    known = recorded_structure(version)["tables"]
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return {
            table: [
                json.dumps({name: value for name, value in row.items() if name in columns}, sort_keys=True)
                for row in _rows(connection, table)
            ]
            for table, columns in _tables(connection, known)
        }


def _tables(
    connection: Connection, known: dict[str, dict[str, list[dict[str, str]]]]
) -> list[tuple[str, set[str]]]:
    columns = {table: {column["name"] for column in found["columns"]} for table, found in known.items()}
    logs = connection.scalars(text("SELECT unnest(v_log_table) FROM sch_chameleon.t_sources")).all()
    return [*columns.items(), *((log, columns["t_log_replica"]) for log in logs)]


def _rows(connection: Connection, table: str) -> Sequence[dict[str, object]]:
    query = f'SELECT to_jsonb(held) FROM ONLY sch_chameleon."{table}" AS held ORDER BY to_jsonb(held)::text'
    return connection.scalars(text(query)).all()


def filled(database: URL) -> None:
    """Bring the recorded catalogue to head, and fill it there."""
    recorded_catalogue(database, "head")
    run(database, FILL)


pytestmark = begins_with(filled)


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on the catalogue."""
    return Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))


def test_the_history_is_one_line_without_gaps() -> None:
    """There is a revision for each catalogue version, named after it like its file, on the one below, up to one head."""
    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    line = list(reversed(list(script.walk_revisions())))
    assert [revision.revision for revision in line] == VERSIONS
    assert [Path(revision.path).name for revision in line] == [f"{version}.py" for version in VERSIONS]
    assert [revision.down_revision for revision in line] == [None, *VERSIONS[:-1]]
    assert script.get_heads() == [VERSIONS[-1]]


def test_a_function_has_one_text() -> None:
    """A function, an aggregate or a view is defined in one file, or in files of that name, each for later versions."""
    created = re.compile(
        r"CREATE (?:OR REPLACE )?(?:FUNCTION|AGGREGATE|VIEW) (?:sch_chameleon|@catalogue)\.(\w+)"
    )
    files: dict[str, list[Path]] = {}
    for file in (ROOT / "versions").rglob("*.sql"):
        for name in created.findall(file.read_text()):
            files.setdefault(name, []).append(file)
    assert len(files) > 10
    for found in files.values():
        assert len({file.name for file in found}) == 1
        assert len({file.parent for file in found}) == len(found)


def test_every_version_has_its_structure_and_says_its_name(alembic: Alembic, database: URL) -> None:
    """Step by step down and up again, the structure is what pg_chameleon's is, and so is `v_version`."""
    for command, versions in (("downgrade", CHAIN[-2::-1]), ("upgrade", CHAIN[1:])):
        for version in versions:
            alembic.must(command, version)
            with create_engine(database, poolclass=NullPool).connect() as connection:
                assert structure(connection) == recorded_structure(version)
                assert connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")) == version


@pytest.mark.slow
def test_a_filled_catalogue_keeps_all_that_the_lower_version_can_hold(
    alembic: Alembic, database: URL
) -> None:
    """Down and up twice over, every row of every table is there, with every value that there is a column for."""
    last = VERSIONS[-1]
    for _ in range(2):
        run(database, LATER)
        for command, versions in (("downgrade", CHAIN[-2::-1]), ("upgrade", CHAIN[1:])):
            for version in versions:
                lower = min(version, last, key=CHAIN.index)
                before = held(database, lower)
                assert len(before["t_log_replica_mysql_2"]) == 4
                alembic.must(command, version)
                assert held(database, lower) == before
                last = version


def test_pending_batches_are_replayed_whatever_the_versions_between(alembic: Alembic, database: URL) -> None:
    """A batch that was read at head and went down to 2.0.0 and up again is found by the replay there, and at each end."""
    for target in ("2.0.0", HEAD):
        alembic.must("downgrade", "2.0.4")
        alembic.must("upgrade" if target == HEAD else "downgrade", target)
        with (
            create_engine(database, poolclass=NullPool).connect() as connection,
            connection.begin() as nothing_stays,
        ):
            replay = text(
                "SELECT (sch_chameleon.fn_replay_mysql(100, i_id_source::integer, true)).* FROM sch_chameleon.t_sources"
            )
            connection.execute(replay)
            assert connection.execute(replay).one() == (False, False, None)
            kept = connection.execute(text("TABLE db_schema_01.kept"))
            assert [tuple(row) for row in kept] == [(1, "%s :x"), (3, "Ü")]
            nothing_stays.rollback()
        alembic.must("upgrade", "head")
