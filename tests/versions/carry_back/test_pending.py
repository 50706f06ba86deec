"""The pending events of 2.0 are applied before the downgrade."""

from __future__ import annotations

import pytest
from sqlalchemy import URL

from devtools.server import execute
from tests.support.carried_back import ALL, query, upgraded
from tests.support.command import Alembic, remedy
from tests.support.replicated_progress import Progress, read_back, replicate
from tests.support.safety.sessions import before_statement, session
from tests.support.templates import begins_with

pytestmark = begins_with(upgraded)

IDLE = (
    "CREATE OR REPLACE FUNCTION sch_chameleon.fn_replay_mysql(integer, integer, boolean)"
    " RETURNS sch_chameleon.ty_replay_status LANGUAGE sql AS 'SELECT NULL::sch_chameleon.ty_replay_status'"
)


def pending(database: URL, *images: str) -> None:
    """Let 2.0 have read two batches: one event per image into ``db_1.t (id integer PRIMARY KEY)``, the first alone."""
    execute(
        database,
        "CREATE SCHEMA db_1",
        "CREATE TABLE db_1.t (id integer PRIMARY KEY)",
        "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position, b_started, b_processed)"
        " SELECT 1, 'mysql-bin.000002', offsets, true, true FROM unnest(ARRAY[200, 250]) AS offsets",
        *(
            "INSERT INTO sch_chameleon.t_log_replica_mysql_1"
            " (i_id_batch, v_schema_name, v_table_name, enm_binlog_event, t_binlog_name, i_binlog_position, jsb_event_after)"
            f" VALUES ({2 if number == 0 else 3}, 'db_1', 't', 'insert', 'mysql-bin.000002', 210, '{image}')"
            for number, image in enumerate(images)
        ),
        "INSERT INTO sch_chameleon.t_batch_events SELECT i_id_batch, array_agg(i_id_event)"
        " FROM sch_chameleon.t_log_replica GROUP BY 1",
    )
    replicated = Progress(("mysql-bin.000002", 300), tables=ALL)
    replicate(database, {"mysql": replicated})
    execute(
        database,
        "UPDATE sch_chameleon.t_replica_batch SET b_replayed = false, ts_processed = clock_timestamp()"
        " WHERE i_id_batch IN (2, 3)",
    )


def test_what_2_0_has_read_is_replayed_first(database: URL, alembic: Alembic) -> None:
    """Whatever function is installed in the catalogue, it is ours that applies the events."""
    pending(database, '{"id": 1}', '{"id": 2}', '{"id": 3}')
    execute(database, IDLE)
    said = alembic.must("downgrade", "1.7")
    assert "replayed batch 3 of mysql: 2 row events" in said
    assert query(database, "SELECT id FROM db_1.t ORDER BY id") == [(1,), (2,), (3,)]
    assert query(database, "SELECT count(*) FROM _sch_chameleon_version2.t_log_replica") == [(0,)]
    assert read_back(database)["first"]["resume"] == ("mysql-bin.000002", 300)


def test_an_event_in_error_stops_it(database: URL, alembic: Alembic) -> None:
    """Its batch is undone, the one before stays applied, 2.0 is live, and the message has batch, table and SQLSTATE."""
    pending(database, '{"id": 1}', '{"id": 2}', '{"id": 1}')
    said = alembic.must_fail("downgrade", "1.7")
    for part in ("source mysql", "batch 3", "db_1.t", "23505"):
        assert part in said
    assert query(database, "SELECT id FROM db_1.t") == [(1,)]
    assert query(database, "SELECT count(*) FROM sch_chameleon.t_error_log") == [(0,)]
    assert alembic.current().startswith("2.0.0")
    execute(database, "DELETE FROM db_1.t")
    alembic.must("downgrade", "1.7")
    assert query(database, "SELECT id FROM db_1.t ORDER BY id") == [(1,), (2,)]


def test_events_in_no_list_stop_it(database: URL, alembic: Alembic) -> None:
    """2.0 was killed between the end of a batch and the list of its events, and never applies them."""
    pending(database, '{"id": 1}', '{"id": 2}', '{"id": 3}')
    execute(database, "DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = 3")
    execute(database, remedy(alembic.must_fail("downgrade", "1.7"), "INSERT INTO"))
    alembic.must("downgrade", "1.7")
    assert query(database, "SELECT id FROM db_1.t ORDER BY id") == [(1,), (2,), (3,)]


def test_a_batch_that_was_not_closed_is_replayed(database: URL, alembic: Alembic) -> None:
    """2.0 was killed between the next batch and the end of this one: it had read all of it, and would go on after it."""
    pending(database, '{"id": 1}', '{"id": 2}', '{"id": 3}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = 2",
        "UPDATE sch_chameleon.t_replica_batch SET b_processed = false, ts_processed = NULL WHERE i_id_batch = 2",
    )
    execute(database, remedy(alembic.must_fail("downgrade", "1.7"), "WITH"))
    alembic.must("downgrade", "1.7")
    assert query(database, "SELECT id FROM db_1.t ORDER BY id") == [(1,), (2,), (3,)]
    assert read_back(database)["first"]["resume"] == ("mysql-bin.000002", 300)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize(
    "later",
    [
        "UPDATE sch_chameleon.t_replica_batch SET b_replayed = true, i_replayed = 1 WHERE i_id_batch = 3",
        "DELETE FROM sch_chameleon.t_replica_batch WHERE i_id_batch = 3",
    ],
    ids=["applied", "applied-and-forgotten"],
)
def test_events_are_not_applied_after_later_ones(
    database: URL, alembic: Alembic, later: str, *, closed: bool
) -> None:
    """2.0 went on after it was killed: what these events say of a row is out of date, also after the retention."""
    pending(database, '{"id": 1}', '{"id": 2}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events",
        "UPDATE sch_chameleon.t_replica_batch SET ts_processed = (SELECT ts_created FROM sch_chameleon.t_replica_batch"
        " WHERE i_id_batch = 3) WHERE i_id_batch = 2",
        f"UPDATE sch_chameleon.t_replica_batch SET b_processed = {closed} WHERE i_id_batch = 2",
        "DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = 3",
        later,
    )
    said = alembic.must_fail("downgrade", "1.7")
    assert "later ones may be applied: copy my_1.t anew" in said
    assert "INSERT INTO" not in said
    execute(database, remedy(said, "DELETE FROM"))
    assert ("rows may be missing" in alembic.must("downgrade", "1.7")) is not closed


def test_another_batch_that_was_not_closed_hides_no_later_one(database: URL, alembic: Alembic) -> None:
    """2.0 was stopped twice while it ended a batch; it started in between, applied others, and forgot them."""
    pending(database, '{"id": 1}', '{"id": 2}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events",
        "UPDATE sch_chameleon.t_replica_batch SET b_processed = false WHERE i_id_batch = 3",
        "DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = 3",
        "UPDATE sch_chameleon.t_replica_batch SET i_id_batch = 6 WHERE i_id_batch = 4",
    )
    assert "later ones may be applied" in alembic.must_fail("downgrade", "1.7")


def test_ids_of_other_sources_are_not_missed_behind_a_batch(database: URL, alembic: Alembic) -> None:
    """Theirs may be forgotten: that the next batch begins at the last event tells that nothing was between."""
    pending(database, '{"id": 1}', '{"id": 2}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = 3",
        "UPDATE sch_chameleon.t_replica_batch SET b_processed = false WHERE i_id_batch = 3",
        "UPDATE sch_chameleon.t_log_replica SET i_binlog_position = 300 WHERE i_id_batch = 3",
        "UPDATE sch_chameleon.t_replica_batch SET i_id_batch = 9 WHERE i_id_batch = 4",
    )
    execute(database, remedy(alembic.must_fail("downgrade", "1.7"), "WITH"))
    alembic.must("downgrade", "1.7")
    assert query(database, "SELECT id FROM db_1.t ORDER BY id") == [(1,), (2,)]


def test_events_of_a_disabled_table_are_not_missed(database: URL, alembic: Alembic) -> None:
    """2.0 replays them no more."""
    pending(database, '{"id": 1}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events",
        "UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false WHERE v_schema_name = 'db_1'",
    )
    alembic.must("downgrade", "1.7")


def test_a_batch_that_2_0_is_ending_now_is_none_of_these(database: URL, alembic: Alembic) -> None:
    """What one would list then, 2.0 could not list any more."""
    pending(database, '{"id": 1}')
    execute(database, "DELETE FROM sch_chameleon.t_batch_events")
    with session(database, "[pg_chameleon] - source: mysql"):
        said = alembic.must_fail("downgrade", "1.7")
    assert "pg_chameleon is connected" in said
    assert "not listed" not in said


@pytest.mark.parametrize(
    "where", ["v_table_name = 'unregistered'", "v_schema_name = 'db_2', v_table_name = 'u'"]
)
def test_events_of_no_registered_table_are_not_missed(database: URL, alembic: Alembic, where: str) -> None:
    """Nothing replays them."""
    pending(database, '{"id": 1}')
    execute(
        database,
        "DELETE FROM sch_chameleon.t_batch_events",
        f"UPDATE sch_chameleon.t_log_replica SET {where}",
    )
    alembic.must("downgrade", "1.7")


def test_a_list_that_is_null_stops_it(database: URL, alembic: Alembic) -> None:
    """Only by hand; no constraint keeps it out then."""
    pending(database, '{"id": 1}')
    execute(
        database,
        "ALTER TABLE sch_chameleon.t_batch_events ALTER i_id_event DROP NOT NULL",
        "UPDATE sch_chameleon.t_batch_events SET i_id_event = NULL",
    )
    assert "the list of events of batch 2 is NULL" in alembic.must_fail("downgrade", "1.7")


def test_a_batch_read_meanwhile_stops_it(database: URL, alembic: Alembic) -> None:
    """What has changed since the checks is found under the locks."""
    pending(database, '{"id": 1}')
    began = "UPDATE sch_chameleon.t_replica_batch SET b_replayed = false WHERE i_id_batch = 2"
    events = "INSERT INTO sch_chameleon.t_batch_events VALUES (2, '{1}')"
    with before_statement("LOCK TABLE", lambda: execute(database, began, events)):
        said = alembic.must_fail("downgrade", "1.7")
    assert "batches were read while the migration ran; the swap did not begin" in said
    assert alembic.current().startswith("2.0.0")
