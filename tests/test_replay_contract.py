"""What fn_process_batch (1.7) and fn_replay_mysql (2.0) do with a pending batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.batches import SCHEMA, Event, Replica, ddl, quoted, replica

HOSTILE = 'x"; DROP SCHEMA sch_chameleon CASCADE; --'


@pytest.fixture(params=["1.7", "2.0.0"])
def any_version(request: pytest.FixtureRequest, database: URL) -> Iterator[Replica]:
    """A catalogue of either version with the table `t (id, v)`, its key `id`."""
    with replica(database, request.param) as made:
        made.create("t", "id integer, v text", "id")
        yield made


@pytest.fixture
def new(database: URL) -> Iterator[Replica]:
    """A catalogue 2.0.0 with the tables `t` and `u (id, v)`, their keys `id`."""
    with replica(database, "2.0.0") as made:
        made.create("t", "id integer, v text", "id")
        made.create("u", "id integer, v text", "id")
        yield made


def insert(number: int, value: str | None = "v", table: str = "t") -> Event:
    return Event(table, "insert", {"id": number, "v": value})


KEYS = st.integers(1, 3)
VALUES = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
CHANGES = st.lists(
    st.tuples(st.sampled_from(["insert", "update", "delete"]), KEYS, KEYS, VALUES), max_size=20
)


def _follow(rows: dict[int, Any], change: tuple[str, int, int, Any]) -> Event | None:
    """Apply `change` to `rows` and return its event, or None where another row has the key."""
    kind, key, new_key, value = change
    if (kind == "insert" and key in rows) or (kind == "update" and new_key != key and new_key in rows):
        return None
    if kind == "insert":
        rows[key] = value
        return insert(key, value)
    if kind == "delete":
        return Event("t", "delete", {"id": key, "v": rows.pop(key, None)})
    before = {"id": key, "v": rows.get(key)}
    if key in rows:
        del rows[key]
        rows[new_key] = value
    return Event("t", "update", {"id": new_key, "v": value}, before)


@given(changes=CHANGES, max_events=st.integers(1, 5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_events_are_applied_in_their_order(
    any_version: Replica, changes: list[tuple[str, int, int, Any]], max_events: int
) -> None:
    """However many calls it takes, the table ends as a dictionary that followed the same changes."""
    any_version.run(f"TRUNCATE {quoted(SCHEMA)}.t")
    rows: dict[int, Any] = {}
    events = [event for change in changes if (event := _follow(rows, change))]
    batch = any_version.batch(*events)
    any_version.replay_all(max_events)
    assert dict(any_version.rows("t")) == rows
    assert any_version.counters(batch) == (True, len(events), 0, 0)
    assert any_version.left(batch) == ([], [])


def test_names_and_values_are_only_ever_data(any_version: Replica) -> None:
    """Tables, columns and values with quotes, commas and statements in them are replayed like any other."""
    names = [HOSTILE, "Item,Id", "sel\"ect' %s :x \\ é"]
    any_version.create(HOSTILE, ", ".join(f"{quoted(name)} text" for name in names), *names)
    images = [
        dict.fromkeys(names, value) for value in (HOSTILE, "'; DROP SCHEMA sch_chameleon; --", "\\' %L")
    ]
    any_version.batch(
        Event(HOSTILE, "insert", images[0]),
        Event(HOSTILE, "update", images[1], images[0]),
        Event(HOSTILE, "insert", images[2]),
        Event(HOSTILE, "delete", images[2]),
    )
    any_version.replay_all()
    assert any_version.rows(HOSTILE) == [tuple(images[1].values())]


def test_values_are_read_as_the_type_of_their_column(any_version: Replica) -> None:
    """A value is a text literal of its column's type, nested JSON its own text."""
    types = {
        "id": ("bigint", 2**40),
        "flag": ("boolean", 1),
        "amount": ("numeric(10,2)", "1.005"),
        "raw": ("bytea", "\\x00ff"),
        "doc": ("jsonb", {"a": [1, None, 'x"']}),
        "bits": ("bit(3)", "101"),
        "fixed": ("char(4)", "ab"),
        "day": ("date", "2026-02-28"),
        "list": ("text[]", "{a,NULL}"),
        "kind": (f"{quoted(SCHEMA)}.kind", "a"),
        "none": ("integer", None),
    }
    any_version.run(f"CREATE TYPE {quoted(SCHEMA)}.kind AS ENUM ('a')")
    any_version.create("typed", ", ".join(f"{name} {kind}" for name, (kind, _) in types.items()), "id")
    any_version.batch(Event("typed", "insert", {name: value for name, (_, value) in types.items()}))
    any_version.replay_all()
    [row] = any_version.query(f"SELECT row_to_json(typed)::text FROM {quoted(SCHEMA)}.typed")
    assert row == (
        '{"id":1099511627776,"flag":true,"amount":1.01,"raw":"\\\\x00ff","doc":{"a": [1, null, "x\\""]},'
        '"bits":"101","fixed":"ab  ","day":"2026-02-28","list":["a",null],"kind":"a","none":null}',
    )


@pytest.mark.parametrize("key", [{}, {"id": None}])
def test_a_key_that_is_null_or_missing_matches_no_row(any_version: Replica, key: dict[str, Any]) -> None:
    """An update or delete without its whole key changes nothing."""
    any_version.batch(
        insert(1),
        Event("t", "update", {"id": 2, "v": "new"}, {"v": "v", **key}),
        Event("t", "delete", {"v": "v", **key}),
    )
    any_version.replay_all()
    assert any_version.rows("t") == [(1, "v")]


def test_ddl_runs_where_it_belongs_and_its_search_path_does_not_leak(any_version: Replica) -> None:
    """DDL changes the table between the rows around it; the caller's search path is what it was."""
    any_version.run("SET search_path = pg_catalog, public")
    batch = any_version.batch(
        insert(1),
        ddl("t", "ALTER TABLE t ADD COLUMN extra integer; ALTER TABLE t ADD COLUMN more integer"),
        Event("t", "insert", {"id": 2, "v": "v", "extra": 3, "more": 4}),
    )
    any_version.replay_all()
    assert any_version.rows("t") == [(1, "v", None, None), (2, "v", 3, 4)]
    assert any_version.counters(batch) == (True, 2, 1, 0)
    assert any_version.query("SHOW search_path") == [("pg_catalog, public",)]


@pytest.mark.parametrize("max_events", [1, 2, 1000])
def test_events_of_unregistered_tables_are_counted_as_skipped(any_version: Replica, max_events: int) -> None:
    """They are never applied, whichever call they come in, and every event is counted once."""
    any_version.run(f"CREATE TABLE {quoted(SCHEMA)}.stranger (id integer, v text)")
    strange = [
        insert(1, table="stranger"),
        insert(2, table="stranger"),
        ddl("stranger", "DROP TABLE stranger"),
    ]
    batch = any_version.batch(
        *strange, insert(1), *strange, ddl("t", "ALTER TABLE t ADD c integer"), *strange
    )
    any_version.replay_all(max_events)
    assert any_version.rows("stranger") == []
    assert any_version.rows("t") == [(1, "v", None)]
    assert any_version.counters(batch) == (True, 1, 1, 9)
    assert any_version.left(batch) == ([], [])


def test_a_call_takes_no_more_events_than_it_may(any_version: Replica) -> None:
    """What is applied leaves the batch, what is not waits in it, in order."""
    batch = any_version.batch(insert(1), insert(2), insert(3))
    queued, _ = any_version.left(batch)
    more = any_version.replay(2)
    assert more is True or more == (True, False, None)
    assert any_version.rows("t") == [(1, "v"), (2, "v")]
    assert any_version.counters(batch) == (False, 2, 0, 0)
    assert any_version.left(batch) == (queued[2:], queued[2:])


def test_the_oldest_batch_is_replayed_first(any_version: Replica) -> None:
    """Batches follow their time of creation, and there is more to do until the last is replayed."""
    later, earlier = any_version.batch(Event("t", "delete", {"id": 1})), any_version.batch(insert(1))
    any_version.query(
        "UPDATE sch_chameleon.t_replica_batch SET ts_created = '2000-01-01' WHERE i_id_batch = :batch",
        batch=earlier,
    )
    any_version.replay_all()
    assert any_version.rows("t") == []
    assert any_version.counters(later)[0]


@pytest.mark.parametrize("state", ["b_started = false", "b_processed = false", "b_replayed = true"])
def test_a_batch_that_is_not_pending_is_left_alone(any_version: Replica, state: str) -> None:
    """Only a batch that was started and read to its end is replayed, and only once."""
    batch = any_version.batch(insert(1))
    any_version.run(f"UPDATE sch_chameleon.t_replica_batch SET {state}")
    before = any_version.left(batch)
    more = any_version.replay()
    assert more is False or more == (False, False, None)
    assert any_version.rows("t") == []
    assert any_version.left(batch) == before


def test_the_time_of_the_last_event_is_kept(any_version: Replica) -> None:
    """The source's time of replay is that of the last event that was taken."""
    any_version.batch(insert(1), insert(2), insert(3))
    any_version.replay(2)
    column, table = (
        ("ts_last_replay", "t_sources")
        if any_version.version == "1.7"
        else ("ts_last_replayed", "t_last_replayed")
    )
    assert any_version.query(f"SELECT {column} = to_timestamp(1) FROM sch_chameleon.{table}") == [(True,)]


def test_two_sessions_never_apply_the_same_events(database: URL, any_version: Replica) -> None:
    """While one session replays a batch, another waits for it."""
    any_version.batch(insert(1))
    with create_engine(database, poolclass=NullPool).begin() as first:
        Replica(first, any_version.version).replay()
        any_version.run("SET lock_timeout = '50ms'")
        with pytest.raises(DBAPIError, match="lock timeout"):
            any_version.replay()
    any_version.replay_all()
    assert any_version.rows("t") == [(1, "v")]


@pytest.mark.parametrize("max_events", [0, None])
def test_a_call_that_may_take_no_event_is_an_error(any_version: Replica, max_events: Any) -> None:
    """Such a call would otherwise find nothing to apply and throw the batch away."""
    batch = any_version.batch(insert(1))
    with pytest.raises(DBAPIError, match="a number above 0 is needed"):
        any_version.replay(max_events)
    assert any_version.counters(batch) == (False, None, None, None)


def test_in_1_7_an_error_leaves_the_call_without_effect(database: URL) -> None:
    """Neither the rows before the error nor the counters change, and the search path is the caller's."""
    with replica(database, "1.7") as old:
        old.create("t", "id integer, v text", "id")
        batch = old.batch(ddl("t", "ALTER TABLE t ADD c integer"), insert(1), insert(1))
        before = old.left(batch)
        path = old.query("SHOW search_path")
        with pytest.raises(DBAPIError, match="duplicate key"):
            old.replay()
        assert old.rows("t") == []
        assert (old.left(batch), old.counters(batch)) == (before, (False, None, None, None))
        assert old.query("SHOW search_path") == path


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
    new.run(f"INSERT INTO {quoted(SCHEMA)}.t VALUES (2, 'in the way')")
    assert new.replay()[:2] == (False, True)
    assert new.left(batch) == (queued[2:], queued[2:])
    assert new.counters(batch) == (False, 1, 0, 1)
    assert new.query("SELECT ts_last_replayed = to_timestamp(1) FROM sch_chameleon.t_last_replayed") == [
        (True,)
    ]
    new.run(f"DELETE FROM {quoted(SCHEMA)}.t WHERE v = 'in the way'")
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
    """An image or a statement that is missing is logged, and not passed over in silence."""
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


def test_a_table_that_two_sources_have_is_replayed_once(new: Replica) -> None:
    """A registration by another source neither doubles an event nor stands in for the source's own."""
    new.run(
        "INSERT INTO sch_chameleon.t_sources (t_source, enm_source_type, jsb_schema_mappings)"
        " VALUES ('other', 'mysql', '{}')"
    )
    new.run("UPDATE sch_chameleon.t_replica_tables SET i_id_source = 2 WHERE v_table_name = 'u'")
    new.query(
        "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name, v_table_pkey)"
        " VALUES (2, 't', :schema, '{id}')",
        schema=SCHEMA,
    )
    batch = new.batch(insert(1), insert(1, table="u"))
    new.replay_all()
    assert (new.rows("t"), new.rows("u")) == ([(1, "v")], [])
    assert new.counters(batch) == (True, 1, 0, 1)
