"""Logs in which the keys of rows are hard to follow."""

from __future__ import annotations

from tests.support.differential.traps.events import (
    STORED,
    added,
    changed,
    gone,
    log,
)

KEYS = {
    "an insert of a stored key": log(added(v="other"), setup=STORED),
    "an insert and a delete of a stored key": log(added(), gone(), setup=STORED),
    "an insert of an inserted key": log(added(), added(v="other")),
    "a delete of a key that is not stored": log(gone(), added()),
    "a delete of a deleted key": log(added(), gone(), gone(), added(v="again")),
    "an update of a key that is not stored": log(changed(v="new")),
    "an update of a deleted key": log(gone(), changed(v="new"), setup=STORED),
    "an update of a key that came and went": log(added(), gone(), changed(v="new")),
    "a key that moves to a stored one": log(changed(1, id=2), gone(2), setup=STORED),
    "a key that moves to a freed one": log(gone(2), changed(1, id=2), added(v="new"), setup=STORED),
    "keys that are swapped": log(changed(1, id=99), changed(2), changed(99, id=2), setup=STORED),
    "a key too many that makes up for a missing one": log(changed(10), added(id=2), gone(2), setup=STORED),
    "a NULL in place of the key": log(gone(None), changed(None, v="new"), setup=STORED),
    "a NULL as the new key": log(changed(1, id=None), changed(1, v="new"), setup=STORED),
    "two ways to write a key": log(changed(1, id="01", v="new"), added(id="10"), gone(10), setup=STORED),
    "a stored key that is inserted in another spelling, and deleted": log(
        added(id="01"), gone(1), setup=STORED
    ),
    "a stored key that is inserted, and deleted in another spelling": log(added(), gone("01"), setup=STORED),
    "a stored key that is inserted with a blank too many, and deleted": log(
        added(id="ab "),
        gone("ab"),
        setup="INSERT INTO t VALUES ('ab')",
        columns="id varchar(2) PRIMARY KEY, u integer, v text",
    ),
    "a stored key that is inserted, and deleted with more digits": log(
        added(id="1.0"), gone("1.00"), setup=STORED, columns="id numeric(4,1) PRIMARY KEY, u integer, v text"
    ),
    "a key that is compared unrounded": log(
        added(id="1.06"),
        changed("1.06", id="1.1", v="new"),
        columns="id numeric(4,1) PRIMARY KEY, u integer, v text",
    ),
    "a key that is compared uncut": log(
        added(id="ab"),
        changed("abc", id="ab", v="new"),
        gone("ab "),
        setup="CREATE DOMAIN short AS varchar(2);;ALTER TABLE t ALTER id TYPE short",
        columns="id varchar(2) PRIMARY KEY, u integer, v text",
    ),
    "another primary key than the registered one": log(
        added(),
        changed(1, v="both"),
        setup=f"ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, v);;{STORED}",
    ),
    "no primary key": log(
        added(), added(), changed(v="both"), gone(2), columns="id integer, u integer, v text"
    ),
}
