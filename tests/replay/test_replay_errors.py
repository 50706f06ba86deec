"""What fn_replay_mysql (2.0) does besides: errors, disabled tables, log tables of a batch's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from devtools.batches import SCHEMA, Event, Replica, ddl, insert, quoted, replica


@pytest.fixture
def new(database: URL) -> Iterator[Replica]:
    """A catalogue 2.0.0 with the tables `t` and `u (id, v)`, their keys `id`."""
    with replica(database, "2.0.0") as made:
        made.create("t", "id integer, v text", "id")
        made.create("u", "id integer, v text", "id")
        yield made


def test_an_error_disables_its_table_and_the_others_go_on(new: Replica) -> None:
    """The error is logged once, the table's other events are skipped, and its log rows go."""
    batch = new.batch(insert(1), insert(1), insert(2), insert(1, table="u"), insert(3), insert(2, table="u"))
    status = new.replay(4, exit_on_error=False)
    assert (status[0], status[1], len(status[2])) == (True, False, 1)
    assert status[2][0].startswith(f"{quoted(SCHEMA)}.t: 23505 - ")
    assert new.query(
        "SELECT v_table_name, b_replica_enabled FROM sch_chameleon.t_replica_tables ORDER BY 1"
    ) == [
        ("t", False),
        ("u", True),
    ]
    _, logged = new.left(batch)
    assert new.query(
        "SELECT v_table_name FROM sch_chameleon.t_log_replica WHERE i_id_batch = :b", b=batch
    ) == [("u",)]
    assert len(logged) == 1
    assert new.replay_all() == 2
    assert (new.rows("t"), new.rows("u")) == ([(1, "v")], [(1, "v"), (2, "v")])
    assert new.counters(batch) == (True, 3, 0, 3)
    assert new.query("SELECT count(*) FROM sch_chameleon.t_error_log") == [(1,)]


def test_an_error_is_logged_with_what_it_takes_to_find_it(new: Replica) -> None:
    """Batch, source, table, key, position, statement and PostgreSQL's message are in t_error_log."""
    new.create("pair", "a integer, b text", "a", "b")
    batch = new.batch(insert(1), Event("pair", "update", {"a": "no number", "b": "x"}, {"a": 7, "b": "it's"}))
    new.replay()
    [row] = new.query(
        "SELECT i_id_batch, i_id_source, v_schema_name, v_table_name, t_table_pkey, t_binlog_name,"
        " i_binlog_position, abs(extract(epoch FROM ts_error - clock_timestamp()::timestamp)) < 60,"
        " t_sql, t_error_message"
        " FROM sch_chameleon.t_error_log"
    )
    assert row[:8] == (batch, 1, SCHEMA, "pair", "a = '7' AND b = 'it''s'", "mysql-bin.000001", 101, True)
    assert (
        row[8] == f"UPDATE {quoted(SCHEMA)}.pair SET a = 'no number', b = 'x' WHERE a = '7' AND b = 'it''s'"
    )
    assert row[9].startswith("22P02 - ")
    assert '"no number"' in row[9]


def test_a_replay_that_stops_at_an_error_goes_on_from_there(new: Replica) -> None:
    """What came before the error is applied once and accounted for; the next call begins with its event."""
    batch = new.batch(insert(1), insert(9, table="stranger"), insert(2), insert(3))
    queued, _ = new.left(batch)
    new.run(f"INSERT INTO {quoted(SCHEMA)}.t VALUES (2, 'the same')")
    assert new.replay()[:2] == (False, True)
    assert new.left(batch) == (queued[2:], queued[2:])
    assert new.counters(batch) == (False, 1, 0, 1)
    assert new.query("SELECT ts_last_replayed = to_timestamp(1) FROM sch_chameleon.t_last_replayed") == [
        (True,)
    ]
    new.run(f"DELETE FROM {quoted(SCHEMA)}.t WHERE v = 'the same'")
    new.replay_all()
    assert new.rows("t") == [(1, "v"), (2, "v"), (3, "v")]
    assert new.counters(batch) == (True, 3, 0, 1)


def test_a_replay_that_stops_at_its_first_event_loses_nothing(new: Replica) -> None:
    """With nothing applied before the error, the whole batch waits for the next call."""
    batch = new.batch(Event("t", "insert", {"no_such_column": 1}), insert(2))
    before = new.left(batch)
    assert new.replay(1)[:2] == (False, True)
    assert new.left(batch) == before
    assert new.counters(batch) == (False, 0, 0, 0)


def test_a_disabled_table_is_skipped(new: Replica) -> None:
    """Events of a table that was taken out of the replica before are skipped like those of a stranger."""
    new.run("UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false WHERE v_table_name = 't'")
    batch = new.batch(insert(1), ddl("t", "DROP TABLE t"), insert(1, table="u"))
    new.replay_all()
    assert (new.rows("t"), new.rows("u")) == ([], [(1, "v")])
    assert new.counters(batch) == (True, 1, 0, 2)


@pytest.mark.parametrize("exit_on_error", [True, False])
def test_ddl_in_error_is_undone_with_its_search_path(new: Replica, *, exit_on_error: bool) -> None:
    """A DDL event of which a later statement fails leaves neither its first statement nor its search path."""
    new.batch(ddl("t", "ALTER TABLE t ADD c integer; ALTER TABLE t ADD c integer"))
    path = new.query("SHOW search_path")
    new.replay(exit_on_error=exit_on_error)
    assert new.query("SHOW search_path") == path
    new.run(f"SELECT id, v FROM {quoted(SCHEMA)}.t")
    [columns] = new.query("SELECT count(*) FROM information_schema.columns WHERE table_name = 't'")
    assert columns == (2,)
    assert new.query("SELECT t_table_pkey FROM sch_chameleon.t_error_log") == [("N/A",)]


@pytest.mark.parametrize(
    "event", [Event("t", "insert"), Event("t", "update", {}, {"id": 1}), Event("t", "ddl")]
)
def test_an_event_without_content_is_an_error(new: Replica, event: Event) -> None:
    """An image or a statement that is missing is logged, and not ignored silently."""
    new.batch(event)
    assert new.replay()[:2] == (False, True)


def test_from_2_0_5_on_a_batch_has_a_log_table_of_its_own(new: Replica) -> None:
    """With a column v_log_table in t_replica_batch, only that log table is read and cleared."""
    new.run(
        "ALTER TABLE sch_chameleon.t_replica_batch ADD v_log_table varchar NOT NULL DEFAULT 't_log_replica'"
    )
    batch = new.batch(insert(1))
    new.run("UPDATE sch_chameleon.t_replica_batch SET v_log_table = 'log_1'")
    new.run("INSERT INTO sch_chameleon.log_2 SELECT * FROM sch_chameleon.log_1")
    new.replay_all()
    assert new.rows("t") == [(1, "v")]
    assert new.counters(batch) == (True, 1, 0, 0)
    assert new.query("SELECT count(*) FROM sch_chameleon.log_1") == [(0,)]
    assert new.query("SELECT count(*) FROM sch_chameleon.log_2") == [(1,)]


def test_the_session_may_outlive_the_catalogue_version(new: Replica) -> None:
    """2.0.1 widens the offsets; a session that has called the function before logs an error all the same."""
    new.batch(insert(1))
    new.replay_all()
    for table in ("t_log_replica", "t_error_log"):
        new.run(f"ALTER TABLE sch_chameleon.{table} ALTER i_binlog_position TYPE bigint")
    new.batch(insert(1))
    new.run("UPDATE sch_chameleon.t_log_replica SET i_binlog_position = 5000000000")
    new.replay()
    assert new.query("SELECT i_binlog_position FROM sch_chameleon.t_error_log") == [(5000000000,)]
