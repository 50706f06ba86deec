"""Logs in which the images of rows are odd."""

from __future__ import annotations

from devtools.batches import Event
from tests.support.differential.traps.events import (
    added,
    changed,
    gone,
    log,
    partial,
)

IMAGES = {
    "a column that an update lacks": log(added(), partial(id=1, v="new"), added(id=2)),
    "a column that an insert lacks": log(
        Event("t", "insert", {"id": 1, "v": "v"}), setup="ALTER TABLE t ALTER u SET DEFAULT 7"
    ),
    "a column too many": log(added(), changed(w=1), changed()),
    "a column in place of another": log(added(), partial(id=1, u=1, w=1), changed()),
    "a replaced value that cannot be read": log(added(u="x"), changed()),
    "a deleted value that cannot be read": log(added(), gone(u="x"), added(v="again")),
    "a replaced NULL that may not be": log(
        added(v=None), changed(), setup="ALTER TABLE t ALTER v SET NOT NULL"
    ),
    "a replaced text that is too long": log(
        added(v="abcd"), changed(v="abc"), setup="ALTER TABLE t ALTER v TYPE varchar(3)"
    ),
    "blanks that are cut": log(added(v="abc  "), setup="ALTER TABLE t ALTER v TYPE varchar(3)"),
    "a document written as text": log(
        added(v='{"a": 1}'),
        added(id=2, v={"a": [1]}),
        changed(v="[1]"),
        setup="ALTER TABLE t ALTER v TYPE jsonb USING NULL",
    ),
    "a text that is no document": log(
        added(v="text"), changed(v="{}"), setup="ALTER TABLE t ALTER v TYPE json USING NULL"
    ),
    "a NULL in place of a document": log(
        added(v=None), changed(v={}), setup="ALTER TABLE t ALTER v TYPE json USING NULL, ALTER v SET NOT NULL"
    ),
    "a JSON array for an array": log(
        added(v=[1, 2]), changed(v="{3}"), setup="ALTER TABLE t ALTER v TYPE integer[] USING NULL"
    ),
    "a JSON object for a row": log(
        added(v={"a": 1}), setup="CREATE TYPE one AS (a integer);;ALTER TABLE t ALTER v TYPE one USING NULL"
    ),
    "a replaced row that is too big": log(
        Event("t", "insert", {"id": 1} | {f"c{n}": "seventeen letters" for n in range(500)}),
        Event("t", "update", {"id": 1} | {f"c{n}": None for n in range(500)}, {"id": 1}),
        columns=", ".join(["id integer PRIMARY KEY", *(f"c{n} text" for n in range(500))]),
    ),
    "columns called like what the fold calls its own": log(
        *(
            Event(
                "t",
                kind,
                {"id": 1} | dict.fromkeys(("image", "started", "has", "key_1", "after"), number),
                {"id": 1},
            )
            for number, kind in enumerate(("insert", "update", "delete", "insert"))
        ),
        columns="id integer PRIMARY KEY, image integer UNIQUE, started text, has text, key_1 text, after text",
    ),
    "a table of its key alone": log(
        Event("t", "insert", {"id": 1}),
        Event("t", "update", {"id": 2}, {"id": 1}),
        Event("t", "insert", {"id": 1}),
        columns="id integer PRIMARY KEY",
    ),
}
