"""Logs of tables where an event reaches further than its row: checks, triggers, rules."""

from __future__ import annotations

from devtools.batches import SCHEMA, quoted
from tests.support.differential.traps.events import (
    added,
    changed,
    gone,
    log,
    where_known,
)

_HERE = quoted(SCHEMA)

_READS_ANOTHER_TABLE = (
    "CREATE TABLE audit (n serial, v text);;"
    f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {_HERE}.audit (v)"
    f" SELECT count(*) FROM {_HERE}.s; RETURN NEW; END $$;;"
    "CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE note()"
)

REACH = {
    "a check": log(added(u=-1), changed(u=1), setup="ALTER TABLE t ADD CHECK (u > 0)"),
    "a domain's check": log(
        added(u=-1),
        changed(u=1),
        setup="CREATE DOMAIN positive AS integer CHECK (VALUE > 0);;ALTER TABLE t ALTER u TYPE positive",
    ),
    "a generated column": log(
        added(), setup=where_known("ALTER TABLE t ADD w integer GENERATED ALWAYS AS (u + 1) STORED", "NULL")
    ),
    "an identity": log(added(), setup="ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY"),
    "a trigger that reads another table": log(
        added(), added("s"), changed(u=2), gone(1, "s"), setup=_READS_ANOTHER_TABLE
    ),
    "the same, on a table whose registered key is gone": log(
        added("s"), added(), setup=_READS_ANOTHER_TABLE, key="gone"
    ),
    "a rule": log(
        added(), added(u=2, id=2), gone(2), setup="CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING"
    ),
    "a policy": log(
        added(u=-1),
        changed(u=1),
        setup="ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;;CREATE POLICY positive ON t USING (u > 0)",
    ),
    "a foreign key that cascades": log(
        added("s"),
        added(),
        gone(1, "s"),
        added("s"),
        setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES s ON DELETE CASCADE",
    ),
    "a foreign key without its row": log(
        added(), added("s"), setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES s"
    ),
    "a foreign key that reaches a trigger elsewhere": log(
        added("s"),
        added(),
        gone(1, "s"),
        gone(),
        setup="CREATE TABLE r (id integer PRIMARY KEY, s integer);;INSERT INTO r VALUES (1, 1);;"
        "CREATE TABLE audit (n serial, v text);;DELETE FROM s;;INSERT INTO s VALUES (2, 2, 'v');;UPDATE r SET s = 2;;"
        "ALTER TABLE r ADD FOREIGN KEY (s) REFERENCES s ON DELETE CASCADE;;"
        f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {_HERE}.audit (v)"
        f" SELECT count(*) FROM {_HERE}.t; RETURN NULL; END $$;;"
        "CREATE TRIGGER note AFTER DELETE ON r FOR EACH ROW EXECUTE PROCEDURE note()",
    ),
    "inheritance": log(
        added("s"),
        changed(v="by the parent"),
        changed(1, "s", v="by the child"),
        changed(v="by the parent again"),
        setup="ALTER TABLE s INHERIT t",
    ),
    "a partition's bounds": log(
        added(u=11),
        changed(u=1),
        setup="DROP TABLE t;;CREATE TABLE all_of_t (id integer, u integer, v text) PARTITION BY RANGE (u);;"
        "CREATE TABLE t PARTITION OF all_of_t FOR VALUES FROM (0) TO (9);;ALTER TABLE t ADD PRIMARY KEY (id)",
    ),
    "a partitioned table": log(
        added(),
        changed(u=2),
        changed(u=11),
        setup="DROP TABLE t;;CREATE TABLE t (id integer, u integer, v text) PARTITION BY RANGE (u);;"
        "CREATE TABLE part_of_t PARTITION OF t FOR VALUES FROM (0) TO (9)",
    ),
    "a view": log(
        added(),
        changed(v="new"),
        added("s"),
        setup="DROP TABLE t;;CREATE VIEW t AS SELECT id, u, v || '!' AS w, v FROM s",
    ),
    "a publication of a table without identity": log(
        added(),
        changed(v="new"),
        setup="ALTER TABLE t REPLICA IDENTITY NOTHING;;CREATE PUBLICATION p FOR TABLE t",
    ),
}
