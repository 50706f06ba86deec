"""Logs of tables with indexes besides the key."""

from __future__ import annotations

from tests.support.differential.traps.events import (
    STORED,
    UNIQUE,
    added,
    changed,
    gone,
    log,
    where_known,
)

INDEXES = {
    "a unique value that passes on": log(
        gone(1), added(id=10), changed(2, id=2, u=10), setup=STORED + UNIQUE
    ),
    "a stored unique value that is taken": log(added(id=10), gone(10), setup=STORED + UNIQUE),
    "a unique value that two hold for a while": log(
        added(), added(id=2), changed(2, id=2, u=2), setup=UNIQUE
    ),
    "unique values that are swapped": log(
        changed(1, u=99), changed(2, id=2, u=1), changed(1, u=2), setup=STORED + UNIQUE
    ),
    "a unique pair": log(
        added(),
        added(id=2, v="w"),
        changed(2, id=2),
        changed(2, id=2, u=2),
        setup="CREATE UNIQUE INDEX ON t (v, u)",
    ),
    "NULLs in a unique column": log(
        added(u=None), added(id=2, u=None), changed(u=None, v="new"), setup=UNIQUE
    ),
    "unique where": log(
        added(), added(id=2), changed(2, id=2, u=0), setup="CREATE UNIQUE INDEX ON t (u) WHERE u > 0"
    ),
    "unique by an expression": log(
        added(), added(id=2, v="V"), changed(2, id=2, v="w"), setup="CREATE UNIQUE INDEX ON t (lower(v))"
    ),
    "unique with a column that is only included": log(
        added(),
        added(id=2, v="w"),
        changed(2, id=2, u=2),
        setup=where_known("CREATE UNIQUE INDEX ON t (u) INCLUDE (v)", "CREATE UNIQUE INDEX ON t (u)"),
    ),
    "unique to the NULL": log(
        added(u=None),
        added(id=2, u=None),
        changed(2, id=2, u=2),
        setup=where_known(
            "CREATE UNIQUE INDEX ON t (u) NULLS NOT DISTINCT", "CREATE UNIQUE INDEX ON t (coalesce(u, 0))"
        ),
    ),
    "unique at the end": log(
        added(),
        added(id=2),
        changed(2, id=2, u=2),
        setup="ALTER TABLE t ADD UNIQUE (u) DEFERRABLE INITIALLY DEFERRED",
    ),
    "an exclusion": log(
        added(), added(id=2), changed(2, id=2, u=2), setup="ALTER TABLE t ADD EXCLUDE USING btree (u WITH =)"
    ),
    "a replaced value too long for an index": log(
        added(v="".join(map(str, range(3000)))), changed(), setup="CREATE INDEX ON t (v)"
    ),
    "an expression that fails": log(added(u=0), changed(u=1), setup="CREATE INDEX ON t ((1 / u))"),
}
