"""A catalogue that was edited by hand is refused with a line that names what is wrong, or comes out right."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools import recorded
from devtools.server import execute
from tests.support.safety.recorded_states import States
from tests.support.snapshot import snapshot

NO_KEYS = (
    "DO $$ DECLARE con record; BEGIN FOR con IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint"
    " WHERE connamespace = 'sch_chameleon'::regnamespace AND contype = 'f' LOOP"
    " EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', con.tab, con.conname); END LOOP; END $$"
)
TABLES = "sch_chameleon.t_replica_tables"
BATCHES = "sch_chameleon.t_replica_batch"
SOURCES = "sch_chameleon.t_sources"
DAMAGES = {
    "an orphaned table": (
        [NO_KEYS, f"UPDATE {TABLES} SET i_id_source = 99 WHERE v_table_name = 'orders'"],
        "the table db_schema_01.orders belongs to the source 99, which is not there",
    ),
    "an orphaned batch": (
        [NO_KEYS, f"INSERT INTO {BATCHES} (i_id_source) VALUES (98)"],
        "belongs to the source 98, which is not there",
    ),
    "a table of another source": (
        [f"UPDATE {TABLES} SET i_id_source = 2 WHERE v_table_name = 'orders'"],
        "the table db_schema_01.orders belongs to the source source_02, whose destination is db_schema_02",
    ),
    "a table twice": (
        [
            f"INSERT INTO {TABLES} (i_id_source, v_schema_name, v_table_name, v_table_pkey)"
            f" SELECT max(s.i_id_source), 'db_schema_01', 'orders', '{{\"id\"}}' FROM {SOURCES} s"
        ],
        "the table db_schema_01.orders is registered 2 times",
    ),
    "a source twice": (
        [
            "DROP INDEX sch_chameleon.idx_t_sources_t_source, sch_chameleon.idx_t_sources_t_dest_schema",
            f"INSERT INTO {SOURCES} (t_source, t_source_schema, t_dest_schema)"
            f" SELECT t_source, t_source_schema, t_dest_schema FROM {SOURCES} WHERE i_id_source = 1",
        ],
        "is there 2 times",
    ),
    "no key": (
        [f"UPDATE {TABLES} SET v_table_pkey = '{{}}' WHERE v_table_name = 'orders'"],
        "the table db_schema_01.orders has no readable key: {}",
    ),
    "a NULL key": (
        [f"UPDATE {TABLES} SET v_table_pkey = '{{NULL}}' WHERE v_table_name = 'orders'"],
        "the table db_schema_01.orders has no readable key: {NULL}",
    ),
    "a NULL name": (
        [
            f"ALTER TABLE {TABLES} ALTER v_table_name DROP NOT NULL",
            f"UPDATE {TABLES} SET v_table_name = NULL WHERE v_table_name = 'orders'",
        ],
        "has no schema or no name",
    ),
    "a NULL flag": (
        [
            f"ALTER TABLE {BATCHES} ALTER b_processed DROP NOT NULL",
            f"UPDATE {BATCHES} SET b_processed = NULL WHERE NOT b_processed",
        ],
        "does not say whether it was started, processed and replayed",
    ),
    "a NULL position": (
        [f"UPDATE {BATCHES} SET i_binlog_position = NULL WHERE NOT b_processed"],
        "which is no binlog position",
    ),
    "two resume batches of one time": (
        [
            "DROP INDEX sch_chameleon.idx_t_replica_batch_ts_created",
            f"INSERT INTO {BATCHES} (i_id_source, ts_created, t_binlog_name, i_binlog_position)"
            f" SELECT i_id_source, ts_created, 'mysql-bin.000009', 1 FROM {BATCHES} WHERE NOT b_processed",
        ],
        "were created at the same time",
    ),
    "no list of events": (
        ["DELETE FROM sch_chameleon.t_batch_events"],
        "has events that are not listed",
    ),
    "no list of events, and later ones are applied": (
        [
            "DELETE FROM sch_chameleon.t_batch_events",
            f"INSERT INTO {BATCHES} (i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed, b_replayed)"
            f" SELECT DISTINCT i_id_source, 'mysql-bin.000009', 1, true, true, true FROM {BATCHES}",
        ],
        "anew with sync_tables of pg_chameleon 2.0",
    ),
    "a batch that was not closed": (
        [
            "DELETE FROM sch_chameleon.t_batch_events",
            f"UPDATE {BATCHES} SET b_processed = false WHERE i_id_batch = "
            f"(SELECT i_id_batch FROM {BATCHES} WHERE b_processed AND NOT b_replayed ORDER BY ts_created DESC LIMIT 1)",
        ],
        "has events and was not closed",
    ),
    "a list twice": (
        [
            "ALTER TABLE sch_chameleon.t_batch_events DROP CONSTRAINT pk_t_batch_id_events",
            "INSERT INTO sch_chameleon.t_batch_events SELECT * FROM sch_chameleon.t_batch_events LIMIT 1",
        ],
        "are listed 2 times",
    ),
    "a NULL list": (
        [
            "ALTER TABLE sch_chameleon.t_batch_events ALTER i_id_event DROP NOT NULL",
            "UPDATE sch_chameleon.t_batch_events SET i_id_event = NULL WHERE i_id_batch = 1",
        ],
        "the list of events of batch 1 is NULL",
    ),
    "an unknown event": (
        [
            "ALTER TYPE sch_chameleon.en_binlog_event ADD VALUE 'truncate'",
            "UPDATE sch_chameleon.t_log_replica SET enm_binlog_event = 'truncate' WHERE enm_binlog_event = 'delete'",
        ],
        "events of the kind truncate",
    ),
    "a missing table": (["DROP TABLE sch_chameleon.t_batch_events"], "t_batch_events has no readable column"),
    "a table replaced by a view": (
        [
            f"ALTER TABLE {TABLES} RENAME TO mine",
            f"CREATE VIEW {TABLES} AS SELECT * FROM sch_chameleon.mine",
        ],
        "t_replica_tables has no readable column",
    ),
    "a version replaced": (
        ["CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT NULL::text AS t_version"],
        "v_version",
    ),
}


@pytest.mark.parametrize(("statements", "said"), DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_named(states: States, tmp_path: Path, statements: list[str], said: str) -> None:
    """Nothing is changed, and the line says what is wrong where."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        execute(database, *statements)
        before = snapshot(database)
        output = alembic.must_fail("upgrade", "2.0.0")
        assert said in output
        assert "Traceback" not in output
        assert snapshot(database) == before


HARMLESS = {
    "an unknown status": [
        "ALTER TYPE sch_chameleon.en_src_status ADD VALUE 'resting'",
        f"UPDATE {SOURCES} SET enm_status = 'resting'",
    ],
    "an orphan that was replayed": [
        NO_KEYS,
        f"INSERT INTO {BATCHES} (i_id_source, b_started, b_processed, b_replayed) VALUES (98, true, true, true)",
    ],
    "missing functions": [
        "DROP FUNCTION sch_chameleon.fn_process_batch(integer, integer)",
        "DROP FUNCTION sch_chameleon.fn_refresh_parts()",
    ],
    "other views": ["CREATE VIEW sch_chameleon.mine AS SELECT * FROM sch_chameleon.t_sources"],
}


@pytest.mark.parametrize("statements", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_upgrade_does_not_read_does_not_stop_it(
    states: States, tmp_path: Path, statements: list[str]
) -> None:
    """It comes out right all the same."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        execute(database, *statements)
        alembic.must("upgrade", "2.0.0")
        assert states.version(database) == "2.0.0"
        assert recorded.replicated(database) == recorded.expected()


def test_the_remedy_for_events_that_are_not_listed(states: States, tmp_path: Path) -> None:
    """A batch that 1.8.2 was killed at the end of, and would never apply, is applied once the command in the line was run."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        execute(database, "DELETE FROM sch_chameleon.t_batch_events")
        lines = alembic.must_fail("upgrade", "2.0.0").rsplit("FAILED", 1)[1].splitlines()
        remedies = [line.split("list them with ")[1] for line in lines if "list them with " in line]
        execute(database, *remedies)
        alembic.must("upgrade", "2.0.0")
        assert recorded.replicated(database) == recorded.expected()
