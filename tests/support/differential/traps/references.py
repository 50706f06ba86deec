"""Logs of tables with foreign keys."""

from __future__ import annotations

from tests.support.differential.traps.events import (
    added,
    changed,
    gone,
    log,
)

_REFERRED = "CREATE TABLE r (id integer PRIMARY KEY, v text, UNIQUE (id, v));;INSERT INTO r VALUES (1, 'v'), (2, 'v');;"
_TO_R = f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r"
_REFERS = (
    "INSERT INTO t VALUES (1, 1, 'v'), (2, 2, 'v');;"
    "CREATE TABLE r (id integer DEFAULT 2 REFERENCES t {});;INSERT INTO r VALUES (1)"
)

REFERENCES = {
    "a foreign key to a table without events": log(
        added(), changed(u=2), added(id=2, u=None), changed(2, id=2), gone(1), setup=_TO_R
    ),
    "a replaced value without its row": log(added(u=9), changed(u=1), setup=_TO_R),
    "a replaced value whose row is in a child table": log(
        added(u=9),
        changed(u=1),
        setup=f"{_TO_R};;CREATE TABLE child () INHERITS (r);;INSERT INTO child VALUES (9, 'v')",
    ),
    "a deleted value without its row": log(added(u=9), gone(), setup=_TO_R),
    "a value without its row that stays": log(
        changed(u=9, v="w"),
        setup=f"{_REFERRED}INSERT INTO t VALUES (1, 9, 'v');;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r NOT VALID",
    ),
    "a deferred foreign key": log(added(u=9), changed(u=1), setup=f"{_TO_R} DEFERRABLE INITIALLY DEFERRED"),
    "a deferrable foreign key": log(added(u=9), changed(u=1), setup=f"{_TO_R} DEFERRABLE"),
    "a pair with a NULL": log(
        added(v="none"),
        changed(v=None),
        changed(u=2),
        setup=f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u, v) REFERENCES r (id, v)",
    ),
    "a pair with a NULL alone": log(
        added(v=None),
        changed(),
        setup=f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u, v) REFERENCES r (id, v) MATCH FULL",
    ),
    "a foreign key to itself": log(
        added(id=2, u=1), added(u=None), changed(u=2), setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES t"
    ),
    "a foreign key to a table with a column called image": log(
        added(u=9), changed(u=1), added(id=2), setup=f"{_TO_R};;ALTER TABLE r ADD image integer"
    ),
    "a row referred to that a cascade deletes": log(
        gone(1, "s"),
        added(),
        changed(u=None),
        setup="INSERT INTO s VALUES (1, 1, 'v');;CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON DELETE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "a row referred to that a cascade moves": log(
        added(u=5),
        changed(u=None),
        changed(1, "s", id=5),
        setup="INSERT INTO s VALUES (1, 1, 'v');;ALTER TABLE s ADD CHECK (u > 0);;"
        "CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON UPDATE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "a row that is referred to for a while, when a cascade moves it": log(
        added(u=1),
        changed(1, "s", id=5),
        gone(),
        setup="INSERT INTO s VALUES (1, 1, 'v');;CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON UPDATE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "both tables of a foreign key, the rows too late": log(
        added("s"), added(), changed(u=2), setup="ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t"
    ),
    "both tables of a foreign key": log(
        added(),
        added("s"),
        changed(u=2),
        gone(1, "s"),
        setup="ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t",
    ),
    "both tables of a foreign key, a key that moves too early": log(
        changed(1, id=5),
        changed(1, "s", u=2),
        setup="INSERT INTO t VALUES (1, 1, 'v'), (2, 2, 'v');;INSERT INTO s VALUES (1, 1, 'v');;"
        "ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t",
    ),
    "a table that is referred to and only grows": log(
        changed(u=2), added(id=3), changed(3, id=3, v="w"), setup=_REFERS.format("ON DELETE CASCADE")
    ),
    "a table that is referred to by another column": log(
        changed(u=3, v="w"),
        changed(u=1),
        setup="ALTER TABLE t ADD UNIQUE (u);;INSERT INTO t VALUES (1, 1, 'v');;"
        "CREATE TABLE r (id integer REFERENCES t (u) ON UPDATE SET NULL);;INSERT INTO r VALUES (1)",
    ),
    **{
        f"{name} {action}": log(*events, setup=_REFERS.format(f"{on} {action}"))
        for on, name, events in (
            ("ON DELETE", "a row that is back, ON DELETE", (changed(v="w"), gone(), added())),
            ("ON UPDATE", "a key that is back, ON UPDATE", (changed(1, id=5), changed(5), changed(v="w"))),
        )
        for action in ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
    },
}
