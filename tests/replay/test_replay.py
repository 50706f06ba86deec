"""The replay of pending 1.7 batches before the upgrade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import replay
from chameleon_migrations.errors import UserError
from devtools import recorded
from devtools.batches import SCHEMA, Event, Replica, ddl, insert, quoted, replica
from devtools.config_file import ROOT
from devtools.server import execute
from devtools.structure import structure

OUTCOMES = {1: (329, 1, 0), 2: (120, 1, 0), 3: (91, 0, 1), 5: (2, 1, 0)}
"""The recorded batches, the oldest first: row events, DDL, and the row of an unregistered table."""


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    """A connection in autocommit to the recorded catalogue."""
    recorded.load(database)
    with create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connected:
        yield connected


@pytest.fixture
def old(database: URL) -> Iterator[Replica]:
    """A catalogue 1.7 of the test's own."""
    with replica(database, "1.7") as made:
        yield made


def test_the_recorded_batches_give_what_mysql_held(database: URL, connection: Connection) -> None:
    """Every replicated table equals the copy of the MySQL table that was made at the recording."""
    replay.replay_pending(connection)
    assert recorded.replicated(database) == recorded.expected()
    assert replay.pending(connection) == []
    assert _count(connection, "t_log_replica") == 0


def test_each_batch_is_told_of_with_its_events(connection: Connection) -> None:
    """Of each source the oldest batch comes first, and every event is counted once."""
    outcomes: list[tuple[replay.Pending, replay.Replayed]] = []
    replay.replay_pending(connection, lambda *batch: outcomes.append(batch))
    assert {batch.batch: outcome for batch, outcome in outcomes} == OUTCOMES
    assert [(batch.source, batch.batch) for batch, _ in outcomes] == [
        ("source_01", 1),
        ("source_01", 3),
        ("source_02", 2),
        ("source_02", 5),
    ]
    assert all(batch.events == sum(outcome) for batch, outcome in outcomes)


def test_the_catalogue_itself_stays_as_it_is(connection: Connection) -> None:
    """What the replay sets up is temporary, and can be set up again on the same connection."""
    before = structure(connection)
    for _ in range(2):
        replay.replay_pending(connection)
    assert structure(connection) == before
    [schemas] = connection.execute(
        text("SELECT array_agg(nspname::text ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_'")
    ).one()
    assert schemas == ["db_schema_01", "db_schema_02", "information_schema", "public", "sch_chameleon"]


def test_an_error_undoes_its_batch_and_keeps_the_earlier_ones(database: URL, connection: Connection) -> None:
    """The message names the event in one line; batches before it stay applied, its own is as it was."""
    execute(
        database,
        'UPDATE sch_chameleon.t_log_replica SET jsb_event_data = jsb_event_data || \'{"balance": "a\\nb"}\''
        " WHERE i_id_event = 340",
    )
    before = _logged(connection, 3)
    applied: list[dict[str, str]] = []
    with pytest.raises(UserError) as failure:
        replay.replay_pending(connection, lambda *_: applied.append(recorded.replicated_on(connection)))
    message = str(failure.value)
    assert "\n" not in message
    assert (
        "source source_01, batch 3, event 340 at mysql-bin.000001 641869, table db_schema_01.users,"
        " key id = '11': 22P02 - invalid input syntax for" in message
    )
    assert len(applied) == 1
    assert recorded.replicated(database) == applied[-1]
    assert [batch.batch for batch in replay.pending(connection)] == [2, 3, 5]
    assert _logged(connection, 3) == before


def test_a_corrected_table_lets_the_replay_complete(database: URL, connection: Connection) -> None:
    """Run again after the cause of an error is gone, the replay goes on with the batch that was undone."""
    execute(database, "ALTER TABLE db_schema_01.users ADD CONSTRAINT young CHECK (balance < 50) NOT VALID")
    with pytest.raises(UserError, match="23514"):
        replay.replay_pending(connection)
    execute(database, "ALTER TABLE db_schema_01.users DROP CONSTRAINT young")
    replay.replay_pending(connection)
    assert recorded.replicated(database) == recorded.expected()


def test_an_error_outside_the_events_is_told_with_its_batch(database: URL, connection: Connection) -> None:
    """A catalogue that lacks what the replay needs is a line for the user, too."""
    execute(database, "ALTER TABLE sch_chameleon.t_replica_batch ADD CHECK (i_id_batch <> 3) NOT VALID")
    with pytest.raises(UserError, match="source source_01, batch 3: SQLSTATE 23514"):
        replay.replay_pending(connection)


def test_a_batch_begun_by_1_8_2_is_completed(old: Replica) -> None:
    """Events that 1.8.2 has applied already are neither applied again nor counted among ours."""
    old.create("t", "id integer, v text", "id")
    batch = old.batch(*map(insert, range(5)))
    old.replay(2)
    outcomes: list[Any] = []
    replay.replay_pending(old.connection, lambda *outcome: outcomes.append(outcome))
    assert outcomes == [((1, "s", batch, 3), (3, 0, 0))]
    assert old.rows("t") == [(number, "v") for number in range(5)]
    assert old.counters(batch) == (True, 5, 0, 0)


def test_a_partial_batch_is_never_replayed(old: Replica) -> None:
    """What 1.8.2 had read of a batch when it died, 2.0 reads again from MySQL."""
    old.create("t", "id integer, v text", "id")
    batch = old.batch(insert(1))
    old.run("DELETE FROM sch_chameleon.t_batch_events")
    old.run("UPDATE sch_chameleon.t_replica_batch SET b_processed = false")
    replay.replay_pending(old.connection)
    assert old.rows("t") == []
    assert len(old.left(batch)[1]) == 1


@pytest.mark.parametrize("table", ["t_sources", "t_replica_tables", "t_error_log", "t_log_replica", "log_1"])
def test_a_replicated_table_may_be_called_like_one_of_the_catalogues(old: Replica, table: str) -> None:
    """DDL that names such a table means the replicated one, and the catalogue's is not touched."""
    old.create(table, "id integer, v text", "id")
    before = structure(old.connection)
    old.batch(
        insert(1, table=table),
        ddl(table, f"ALTER TABLE {quoted(table)} ADD COLUMN c integer"),
        Event(table, "update", {"id": 1, "v": "new", "c": 2}, {"id": 1}),
        Event("dropped", "insert", {"id": 1}),
    )
    replay.replay_pending(old.connection)
    assert old.rows(table) == [(1, "new", 2)]
    assert structure(old.connection) == before
    assert old.query("SELECT t_source FROM sch_chameleon.t_sources") == [("s",)]


@pytest.mark.parametrize("key", [["Item,Id", "select"], ['we"ird', "it's"], ["é ü"], ["a", "b", "c"]])
def test_key_columns_may_have_any_name(old: Replica, key: list[str]) -> None:
    """The one string of quoted names that 1.7 keeps is parted between names, not at the commas in them."""
    old.create("t", ", ".join(f"{quoted(name)} integer" for name in [*key, "v"]), *key)
    row, other = dict.fromkeys(key, 1), dict.fromkeys(key[1:], 1) | {key[0]: 2}
    old.batch(
        Event("t", "insert", row | {"v": 0}),
        Event("t", "insert", other | {"v": 0}),
        Event("t", "update", row | {"v": 9}, row | {"v": 0}),
        Event("t", "delete", other | {"v": 0}),
    )
    replay.replay_pending(old.connection)
    assert old.query(f"SELECT v FROM {quoted(SCHEMA)}.t") == [(9,)]


def test_the_time_of_the_last_event_is_kept(old: Replica) -> None:
    """1.8.2 shows the source's time of replay, so it is that of the last event replayed here."""
    old.create("t", "id integer, v text", "id")
    old.batch(*map(insert, range(3)))
    replay.replay_pending(old.connection)
    assert old.query("SELECT ts_last_replay = to_timestamp(2) FROM sch_chameleon.t_sources") == [(True,)]


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM sch_chameleon.{table}")).scalar_one())


def _logged(connection: Connection, batch: int) -> list[Any]:
    query = text("SELECT * FROM sch_chameleon.t_log_replica WHERE i_id_batch = :batch ORDER BY i_id_event")
    return [tuple(row) for row in connection.execute(query, {"batch": batch})]


def test_ddl_that_fails_is_shown_whole(old: Replica) -> None:
    """The statement and the event's id are in the line, with PostgreSQL's detail and hint; no key is."""
    old.create("t", "id integer, v text", "id")
    old.run(f"CREATE MATERIALIZED VIEW public.of_t AS SELECT * FROM {quoted(SCHEMA)}.t")
    batch = old.batch(insert(1), ddl("t", "DROP TABLE t"))
    [[event]] = old.query("SELECT i_id_event FROM sch_chameleon.t_log_replica WHERE enm_binlog_event = 'ddl'")
    with pytest.raises(UserError) as failure:
        replay.replay_pending(old.connection)
    said = str(failure.value)
    assert f"batch {batch}, event {event} at mysql-bin.000001" in said
    assert "which is DDL" in said
    assert "DROP TABLE t" in said
    assert re.search(r"materialized view (public\.)?of_t depends on table", said)
    assert "Use DROP ... CASCADE" in said
    assert "key N/A" not in said


def test_an_event_is_taken_out_of_its_batch_as_the_docs_show(old: Replica) -> None:
    """The statements of docs/errors.md leave a batch that is replayed without the event."""
    old.create("t", "id integer, v text", "id")
    batch = old.batch(insert(1), ddl("t", "DROP TABLE nowhere"), insert(2))
    with pytest.raises(UserError) as failure:
        replay.replay_pending(old.connection)
    found = re.search(r"batch (\d+), event (\d+) at", str(failure.value))
    assert found
    shown = (ROOT / "docs" / "errors.md").read_text().split("```sql")[1].split("```")[0]
    old.run(shown.replace("340", found[2]).replace("= 3", f"= {found[1]}"))
    replay.replay_pending(old.connection)
    assert old.rows("t") == [(1, "v"), (2, "v")]
    assert old.left(batch) == ([], [])
