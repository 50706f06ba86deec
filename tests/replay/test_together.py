"""Several pending batches that are replayed as one leave what they leave one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL

from chameleon_migrations import replay
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.errors import UserError
from devtools.batches import SCHEMA, Event, Replica, ddl, insert, quoted, replica
from devtools.server import fresh_database

COLUMNS = "id integer, v text"


def update(number: int, value: str) -> Event:
    """Return the event of a change that keeps the key."""
    return Event("t", "update", {"id": number, "v": value}, {"id": number, "v": "old"})


def delete(number: int) -> Event:
    """Return the event of a row that is gone."""
    return Event("t", "delete", {"id": number, "v": "old"})


def changed(old: Replica) -> None:
    """Change a row in each of three batches, and others in one."""
    for number in range(3):
        old.batch(*map(insert, range(number * 300 + 1, number * 300 + 300)), update(1, f"batch {number}"))
    old.batch(delete(2), insert(2), delete(3))


def with_ddl(old: Replica) -> None:
    """Have a column added between changes, in the second batch of three."""
    old.batch(insert(1), insert(2))
    added = Event("t", "insert", {"id": 4, "v": "v", "c": "c"})
    old.batch(insert(3), ddl("t", f"ALTER TABLE {quoted('t')} ADD COLUMN c text"), added)
    old.batch(Event("t", "update", {"id": 1, "v": "w", "c": "d"}, {"id": 1, "v": "v", "c": None}))


def with_a_table_that_is_not_registered(old: Replica) -> None:
    """Have an event in the second batch that is skipped."""
    old.batch(insert(1))
    old.batch(insert(1, table="unknown"), insert(2))
    old.batch(delete(1))


def with_a_stray(old: Replica) -> None:
    """Have an event in the log of the first batch that the batch does not know."""
    number = old.batch(insert(1), insert(2))
    old.run(
        f"UPDATE sch_chameleon.t_batch_events SET i_id_event = i_id_event[2:] WHERE i_id_batch = {number}"
    )
    old.batch(delete(1))


def out_of_order(old: Replica) -> None:
    """Have the older batch logged later."""
    old.batch(update(1, "later"), delete(1))
    number = old.batch(insert(1))
    old.run(
        f"UPDATE sch_chameleon.t_replica_batch SET ts_created = ts_created - interval '1 h' WHERE i_id_batch = {number}"
    )


def with_an_empty_list(old: Replica) -> None:
    """Have 1.8.2 killed between the last two calls for the second batch."""
    old.batch(insert(1))
    number = old.batch(insert(2))
    old.run(f"UPDATE sch_chameleon.t_batch_events SET i_id_event = '{{}}' WHERE i_id_batch = {number}")
    old.run(f"DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = {number}")
    old.batch(insert(3))


def in_order(old: Replica) -> None:
    """Have more events of a table with a check constraint than are applied in order at once; the first three stay."""
    old.run(f"ALTER TABLE {quoted(SCHEMA)}.t ADD CHECK (id > 0)")
    old.batch(
        *map(insert, range(1, 4_000)),
        update(1, "w"),
        insert(1, table="unknown"),
        *map(delete, range(4, 1_000)),
    )
    old.batch(*map(delete, range(1_000, 4_000)))


def replayed(
    server: URL, fill: Callable[[Replica], None], replay_it: Callable[[Replica], object]
) -> dict[str, Any]:
    """Return what `replay_it` leaves of the batches that `fill` makes."""
    with fresh_database(server) as url, replica(url, "1.7") as old:
        old.create("t", COLUMNS, "id")
        fill(old)
        replay_it(old)
        return {
            "rows": old.rows("t"),
            "batches": old.query(
                "SELECT i_id_batch, b_replayed, coalesce(i_replayed, 0), coalesce(i_ddl, 0), coalesce(i_skipped, 0),"
                " ts_replayed IS NOT NULL FROM sch_chameleon.t_replica_batch ORDER BY 1"
            ),
            "left": old.query("SELECT i_id_event FROM sch_chameleon.t_log_replica"),
            "queued": old.query("SELECT * FROM sch_chameleon.t_batch_events"),
            "time": old.query("SELECT ts_last_replay FROM sch_chameleon.t_sources WHERE i_id_source = 1"),
        }


def all_pending(old: Replica) -> None:
    """Replay as before an upgrade."""
    replay.replay_pending(old.connection)


@pytest.mark.parametrize(
    "fill",
    [
        changed,
        with_ddl,
        with_a_table_that_is_not_registered,
        with_a_stray,
        out_of_order,
        with_an_empty_list,
        in_order,
    ],
)
def test_together_as_one_by_one(server: URL, fill: Callable[[Replica], None]) -> None:
    """Rows, counters, the log and the time of the last event are as the function of 1.7 leaves them."""
    assert replayed(server, fill, all_pending) == replayed(server, fill, Replica.replay_all)


def test_batches_without_trouble_are_one_transaction(database: URL) -> None:
    """That is what makes it quick: a row that three batches change is written once."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        changed(old)
        all_pending(old)
        assert old.query("SELECT count(DISTINCT xmin::text) FROM sch_chameleon.t_replica_batch") == [(1,)]


def test_an_error_undoes_its_batch_alone(database: URL) -> None:
    """The batches before it stay, although they were to be taken together."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        batches = [
            old.batch(*events)
            for events in ([insert(1)], [update(1, "w")], [insert(2), insert(1)], [insert(3)])
        ]
        with pytest.raises(
            UserError, match=f"batch {batches[2]}, event .* key id = '1'|batch {batches[2]}, event"
        ):
            all_pending(old)
        assert old.rows("t") == [(1, "w")]
        assert [old.counters(batch)[0] for batch in batches] == [True, True, False, False]
        assert [batch.batch for batch in replay.pending(old.connection)] == batches[2:]


def test_more_events_than_are_taken_together(database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is undone together is bounded."""
    monkeypatch.setattr(replay, "_TOGETHER", 700)
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        changed(old)
        all_pending(old)
        assert old.query("SELECT count(DISTINCT xmin::text) FROM sch_chameleon.t_replica_batch") == [(2,)]


def test_the_last_fifth_is_a_transaction_of_its_own(database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error there leaves the others applied, where there are enough events for two transactions."""

    def with_few(name: str, catalogue: str = "sch_chameleon.") -> str:
        return re.sub(r"((?:alone|each)_from +CONSTANT integer :=) \d+", r"\1 1", sql(name, catalogue))

    monkeypatch.setattr(replay, "sql", with_few)
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        for number in range(10):
            old.batch(insert(number))
        all_pending(old)
        taken = "SELECT count(*) FROM sch_chameleon.t_replica_batch GROUP BY xmin::text ORDER BY 1"
        assert old.query(taken) == [(2,), (8,)]


def test_what_was_applied_before_an_error_stays(database: URL) -> None:
    """An error in the last batch undoes none of those before it, which are then taken together in parts."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        batches = [old.batch(*(insert(n * 2000 + i) for i in range(2000))) for n in range(20)]
        last = old.batch(insert(1))
        with pytest.raises(UserError, match=f"batch {last}, event"):
            all_pending(old)
        replayed_at = old.query(
            "SELECT xmin::text, count(*) FROM sch_chameleon.t_replica_batch WHERE b_replayed GROUP BY 1 ORDER BY 2 DESC"
        )
        assert sum(count for _, count in replayed_at) == len(batches)
        assert replayed_at[0][1] == 5


def test_hot_rows_in_order_are_taken_a_batch_at_a_time(database: URL) -> None:
    """A table with a trigger is replayed in transactions of 10,000 events."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        old.run(f"ALTER TABLE {quoted(SCHEMA)}.t ADD CHECK (id > 0)")
        old.batch(insert(1), *(update(1, "v") for _ in range(5999)))
        old.batch(*(update(1, "w") for _ in range(6000)))
        all_pending(old)
        assert old.rows("t") == [(1, "w")]
        assert old.query("SELECT count(DISTINCT xmin::text) FROM sch_chameleon.t_replica_batch") == [(2,)]


def test_a_script_takes_batches_together(database: URL) -> None:
    """Each of its calls takes what the command would take, and the last ones find nothing."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        changed(old)
        *texts, calls = replay.script()
        for statement in texts:
            old.run(statement)
        for (call,) in old.query(calls.removesuffix("\\gexec").replace(":", "\\:")):
            old.run(call)
        assert old.query(
            "SELECT count(DISTINCT xmin::text), bool_and(b_replayed) FROM sch_chameleon.t_replica_batch"
        ) == [(1, True)]


def test_many_events_in_order_are_several_transactions(database: URL) -> None:
    """Each part of a batch is reported, and stays where a later one has an error; the next run goes on there."""
    parts = []
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        old.run(f"ALTER TABLE {quoted(SCHEMA)}.t ADD CHECK (id <> 4500)")
        old.connection.commit()
        batch = old.batch(*map(insert, range(1, 6_001)))
        with pytest.raises(UserError, match=f"batch {batch}, event .* key id = '4500'"):
            replay.replay_pending(old.connection, lambda *part: parts.append(part))
        assert [len(old.rows("t")), old.counters(batch)[:2]] == [4_000, (False, 4_000)]
        assert [waiting.events for waiting in replay.pending(old.connection)] == [2_000]
        old.run(f"DELETE FROM {quoted(SCHEMA)}.t; ALTER TABLE {quoted(SCHEMA)}.t DROP CONSTRAINT t_id_check")
        replay.replay_pending(old.connection, lambda *part: parts.append(part))
        assert [len(old.rows("t")), old.counters(batch)[:2]] == [2_000, (True, 6_000)]
    assert [(waiting.batch, waiting.events) for waiting, _ in parts] == [(batch, 2_000)] * 3
    assert [done for _, done in parts] == [(2_000, 0, 0)] * 3


@pytest.mark.parametrize("fill", [with_an_empty_list, in_order])
def test_the_script_calls_often_enough(server: URL, fill: Callable[[Replica], None]) -> None:
    """It asks once how many calls there will be."""

    def by_script(old: Replica) -> None:
        *setup, calls = replay.script()
        for statement in setup:
            old.run(statement)
        for (call,) in old.query(calls.removesuffix("\\gexec").replace(":", "\\:")):
            old.run(call)

    assert replayed(server, fill, by_script) == replayed(server, fill, all_pending)


def test_a_batch_that_fails_only_as_a_whole_is_taken_again_alone(database: URL) -> None:
    """The error of the next batch is not said of it, and does not undo it."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        old.run(
            f"CREATE TABLE {quoted(SCHEMA)}.r (id integer REFERENCES {quoted(SCHEMA)}.t ON UPDATE CASCADE)"
        )
        moved = Event("t", "update", {"id": 1000, "v": "w"}, {"id": 1, "v": "v"})
        first, second = old.batch(*map(insert, range(1, 301)), moved), old.batch(insert(1000))
        with pytest.raises(UserError, match=f"batch {second}, event .* key id = '1000'"):
            all_pending(old)
        assert [old.counters(batch)[0] for batch in (first, second)] == [True, False]


def test_another_source_is_replayed_together_again(database: URL) -> None:
    """What has to be in order in one source does not slow down the next."""
    with replica(database, "1.7") as old:
        old.create("t", COLUMNS, "id")
        old.run(f"ALTER TABLE {quoted(SCHEMA)}.t ADD CHECK (id > 0)")
        old.batch(*map(insert, range(1, 5_000)))
        old.add_source("other")
        old.run(f"CREATE TABLE {quoted(SCHEMA)}.u ({COLUMNS}, PRIMARY KEY (id))")
        old.register("u", "id", source=2)
        for start in (0, 3_000):
            old.batch(*(insert(start + number, table="u") for number in range(3_000)), source=2)
        all_pending(old)
        transactions = (
            "SELECT count(DISTINCT xmin::text) FROM sch_chameleon.t_replica_batch WHERE i_id_source = 2"
        )
        assert old.query(transactions) == [(1,)]
