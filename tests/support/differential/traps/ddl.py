"""Logs with DDL between the events."""

from __future__ import annotations

from devtools.batches import Event, ddl
from tests.support.differential.traps.events import (
    added,
    changed,
    gone,
    log,
    partial,
)

DDL = {
    "plain DDL of one table": log(
        added(),
        added("s"),
        ddl("t", 'ALTER TABLE "t" ADD COLUMN w integer'),
        changed(w=1),
        changed(1, "s", v="new"),
        ddl("t", 'ALTER TABLE "t" DROP COLUMN u CASCADE, ALTER COLUMN w SET DATA TYPE text USING w::text'),
        Event("t", "update", {"id": 1, "v": "w", "w": "x"}, {"id": 1}),
        gone(1, "s"),
    ),
    "plain DDL before an error": log(
        added(),
        ddl("t", "ALTER TABLE t ALTER v TYPE varchar(3)"),
        added("s"),
        changed(v="abc"),
        changed(v="abcd"),
        added("s", id=2),
    ),
    "plain DDL of a table that a view shows": log(
        added(),
        ddl("t", "ALTER TABLE t DROP COLUMN v CASCADE"),
        partial(id=1, u=2),
        setup="CREATE VIEW r AS SELECT v FROM t",
    ),
    "DDL that empties the other table": log(
        added(), added("s"), ddl("t", "TRUNCATE s"), added("s", v="again"), changed(v="new")
    ),
    "DDL that empties the table before": log(
        added(), added("s"), ddl("s", "TRUNCATE t"), added(v="again"), changed(1, "s", v="new")
    ),
    "DDL that empties the other table between": log(
        added(), added("s"), ddl("t", "DELETE FROM s"), added("s", id=2), changed(v="new")
    ),
    "DDL that empties the table before between": log(
        added(), added("s"), ddl("s", "DELETE FROM t"), added(id=2), changed(1, "s", v="new")
    ),
    "DDL that does more than it begins with, between": log(
        added("s"), added(), ddl("s", 'ALTER TABLE "s" ADD w integer; DELETE FROM t'), added(id=2)
    ),
    "DDL that does more than it begins with": log(
        added("s"),
        added(),
        ddl("s", 'ALTER TABLE "s" ADD w integer; DELETE FROM t'),
        added(v="again"),
        changed(v="new"),
    ),
    "DDL that adds a column": log(
        added(), ddl("t", "ALTER TABLE t ADD w integer"), changed(w=1), added(id=2, w=2)
    ),
    "DDL that drops a column": log(
        added(), ddl("t", "ALTER TABLE t DROP u"), partial(id=1, v="new"), partial(id=1, v="newer")
    ),
    "DDL that changes a type": log(
        added(v="12"),
        ddl("t", "ALTER TABLE t ALTER v TYPE integer USING v::integer"),
        changed(v="013"),
        changed(v="x"),
    ),
    "DDL that adds a trigger": log(
        added(),
        ddl(
            "t",
            "CREATE FUNCTION none() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
            " CREATE TRIGGER none BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE none()",
        ),
        changed(v="new"),
        gone(),
        added("s"),
    ),
    "DDL that drops the table": log(added(), ddl("t", "DROP TABLE t"), added(id=2), added("s")),
    "DDL that empties the table": log(added(), ddl("t", "TRUNCATE t"), added(v="again"), changed(v="new")),
    "DDL in error": log(added(), ddl("t", "ALTER TABLE t ADD id integer"), added(id=2), added("s")),
    "DDL of a table that is not replicated": log(
        added(), ddl("r", "CREATE TABLE audit ()"), changed(), added("r")
    ),
}
