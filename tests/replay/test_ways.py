"""What is said of how the pending events of a table are replayed."""

from __future__ import annotations

import pytest
from sqlalchemy import URL

from chameleon_migrations import replay
from devtools.batches import SCHEMA, Event, Replica, insert, quoted, replica

COLUMNS = "id integer, v text"
HERE = quoted(SCHEMA)

TRIGGER = (
    f"CREATE FUNCTION {HERE}.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    f" CREATE TRIGGER note BEFORE INSERT ON {HERE}.t FOR EACH ROW EXECUTE PROCEDURE {HERE}.note()"
)

REASONS = {
    f"SELECT FROM {HERE}.t": None,
    TRIGGER: "it has a trigger",
    f"ALTER TABLE {HERE}.t ADD CHECK (id > 0)": "it has a check constraint",
    f"CREATE INDEX ON {HERE}.t (lower(v))": "it has an index on an expression, a partial, an exclusion, a deferrable,"
    " or a unique index of a special kind",
    f"DROP TABLE {HERE}.t": "it does not exist",
    f"CREATE TABLE {HERE}.r (id integer PRIMARY KEY); ALTER TABLE {HERE}.t ADD FOREIGN KEY (id) REFERENCES {HERE}.r": None,
    f"CREATE TABLE {HERE}.r (id integer PRIMARY KEY);"
    f" ALTER TABLE {HERE}.t ADD FOREIGN KEY (id) REFERENCES {HERE}.r DEFERRABLE": "it has a foreign key that is deferrable"
    " or MATCH FULL",
    f"CREATE TABLE {HERE}.r (a integer, b text, UNIQUE (a, b));"
    f" ALTER TABLE {HERE}.t ADD FOREIGN KEY (id, v) REFERENCES {HERE}.r (a, b) MATCH FULL": "it has a foreign key that is"
    " deferrable or MATCH FULL",
    f"ALTER TABLE {HERE}.t ADD FOREIGN KEY (id) REFERENCES {HERE}.t": "it has a foreign key to itself",
    f"ALTER TABLE {HERE}.t ADD FOREIGN KEY (id) REFERENCES {HERE}.s": f"it has a foreign key to {HERE}.s, which has events"
    " as well",
    f"ALTER TABLE {HERE}.s ADD FOREIGN KEY (id) REFERENCES {HERE}.t": f"{HERE}.s refers to it, and has events as well",
    f"CREATE TYPE {HERE}.size AS ENUM ('v'); CREATE TABLE {HERE}.r (v {HERE}.size PRIMARY KEY);"
    f" ALTER TABLE {HERE}.t ALTER v TYPE {HERE}.size USING 'v', ADD FOREIGN KEY (v) REFERENCES {HERE}.r": "it has a foreign"
    f" key to {HERE}.r, which is of a special kind or can change with another table",
    f"CREATE TABLE {HERE}.r (id integer PRIMARY KEY REFERENCES {HERE}.s ON DELETE CASCADE);"
    f" ALTER TABLE {HERE}.t ADD FOREIGN KEY (id) REFERENCES {HERE}.r": f"it has a foreign key to {HERE}.r, which is of a"
    " special kind or can change with another table",
    f"ALTER TABLE {HERE}.t ADD UNIQUE (v); CREATE TABLE {HERE}.r (v text REFERENCES {HERE}.t (v))": f"{HERE}.r refers to"
    " it by other columns than its key",
}


def fill(old: Replica) -> None:
    """Have 200 events of t, and 49 of a table called s."""
    for table in ("t", "s"):
        old.create(table, COLUMNS, "id")
    old.batch(*map(insert, range(200)))
    old.batch(*(insert(number, table="s") for number in range(49)), insert(1, table="unknown"))


@pytest.mark.parametrize("statement", REASONS)
def test_the_reason_is_said(database: URL, statement: str) -> None:
    """A table is folded, or it is said why not; a table that is not registered is not named."""
    with replica(database, "1.7") as old:
        fill(old)
        old.run(statement)
        ways = {way.table: way for way in replay.ways(old.connection)}
        assert {table: way.events for table, way in ways.items()} == {"t": 200, "s": 49}
        assert ways["t"].reason == REASONS[statement]


def test_a_table_that_is_referred_to_and_loses_rows(database: URL) -> None:
    """Without a delete it is folded."""
    with replica(database, "1.7") as old:
        fill(old)
        old.run(f"CREATE TABLE {HERE}.r (id integer REFERENCES {HERE}.t)")
        assert {way.table: way.reason for way in replay.ways(old.connection)}["t"] is None
        old.batch(Event("t", "delete", {"id": 1, "v": "v"}))
        reason = {way.table: way.reason for way in replay.ways(old.connection)}["t"]
        assert reason == f"{HERE}.r refers to it, and rows of it are deleted"


def test_one_table_keeps_all_in_order(database: URL) -> None:
    """A trigger may read any table: all others wait for it, and name it."""
    with replica(database, "1.7") as old:
        fill(old)
        old.run(TRIGGER)
        ways = {way.table: way.reason for way in replay.ways(old.connection)}
        assert ways["s"] == f"all are in order because of {HERE}.t: it has a trigger"


def test_few_events_are_in_order(database: URL) -> None:
    """A fold begins at 50 events of a table, where 200 of the source are pending."""
    with replica(database, "1.7") as old:
        fill(old)
        ways = {way.table: way.reason for way in replay.ways(old.connection)}
        assert ways == {"t": None, "s": "it has fewer than 50 events"}
        old.run("DELETE FROM sch_chameleon.t_log_replica WHERE v_table_name = 't' AND i_id_event > 150")
        assert replay.ways(old.connection)[1].reason == "its source has fewer than 200 events"
