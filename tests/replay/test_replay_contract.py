"""What fn_process_batch (1.7) and fn_replay_mysql (2.0) do with a pending batch."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from devtools.batches import SCHEMA, Event, Replica, ddl, insert, quoted, replica

HOSTILE = 'x"; DROP SCHEMA sch_chameleon CASCADE; --'


@pytest.fixture(params=["1.7", "2.0.0"])
def any_version(request: pytest.FixtureRequest, database: URL) -> Iterator[Replica]:
    """A catalogue of either version with the table `t (id, v)`, its key `id`."""
    with replica(database, request.param) as made:
        made.create("t", "id integer, v text", "id")
        yield made


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
    """The source's time of replay is that of the last event taken; a call without one keeps it."""
    any_version.batch(insert(1), insert(2), ddl("t", "ALTER TABLE t ADD c integer"))
    any_version.replay_all(1)
    column, table = (
        ("ts_last_replay", "t_sources")
        if any_version.version == "1.7"
        else ("ts_last_replayed", "t_last_replayed")
    )
    assert any_version.query(f"SELECT {column} = to_timestamp(1) FROM sch_chameleon.{table}") == [(True,)]


def test_two_sessions_never_apply_the_same_events(database: URL, any_version: Replica) -> None:
    """While one session replays a batch, another waits for it, and then takes only what is left."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    )
    batch = any_version.batch(insert(1), insert(2))
    with ThreadPoolExecutor() as pool, create_engine(database, poolclass=NullPool).begin() as first:
        Replica(first, any_version.version).replay(1)
        second = pool.submit(any_version.replay)
        while not first.scalar(waiting):
            pass
        first.commit()
        assert second.result() in (True, (True, False, None))
    any_version.replay_all()
    assert any_version.rows("t") == [(1, "v"), (2, "v")]
    assert any_version.counters(batch) == (True, 2, 0, 0)


def test_an_event_of_another_batch_is_left_to_it(any_version: Replica) -> None:
    """An id that is in the wrong batch's list is neither applied nor deleted by that batch."""
    batch, other = any_version.batch(insert(1)), any_version.batch(insert(2))
    any_version.query(
        "UPDATE sch_chameleon.t_batch_events SET i_id_event = ARRAY[1, 2] WHERE i_id_batch = :batch",
        batch=batch,
    )
    any_version.replay()
    assert any_version.rows("t") == [(1, "v")]
    assert any_version.left(other) == ([2], [2])


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


def test_a_table_that_two_sources_have_is_replayed_once(any_version: Replica) -> None:
    """A registration by another source neither doubles an event nor stands in for the source's own."""
    any_version.create("u", "id integer, v text", "id")
    any_version.add_source("other")
    any_version.run("UPDATE sch_chameleon.t_replica_tables SET i_id_source = 2 WHERE v_table_name = 'u'")
    any_version.run(
        "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name, v_table_pkey)"
        " SELECT 2, v_table_name, v_schema_name, v_table_pkey FROM sch_chameleon.t_replica_tables"
        " WHERE v_table_name = 't'"
    )
    batch = any_version.batch(insert(1), insert(1, table="u"))
    any_version.replay_all()
    assert (any_version.rows("t"), any_version.rows("u")) == ([(1, "v")], [])
    assert any_version.counters(batch) == (True, 1, 0, 1)
