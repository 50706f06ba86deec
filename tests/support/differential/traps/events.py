"""How the logs of the traps are written: the events of a row, and a log of them."""

from __future__ import annotations

from devtools.batches import Event, Image
from devtools.replay_sides import Batch, Log

_ROW: Image = {"id": 1, "u": 1, "v": "v"}

STORED = "INSERT INTO t SELECT n, n, 'stored' FROM generate_series(1, 9) AS n;;"
"""The setup of a table with nine rows."""

UNIQUE = "CREATE UNIQUE INDEX ON t (u);;"
"""The setup of a second unique index."""


def added(table: str = "t", **values: object) -> Event:
    """Return the insert of the row 1 with `values`."""
    return Event(table, "insert", _ROW | values)


def changed(key: object = 1, table: str = "t", **values: object) -> Event:
    """Return the update of the row `key` to the row 1 with `values`."""
    return Event(table, "update", _ROW | values, _ROW | {"id": key})


def gone(key: object = 1, table: str = "t", **values: object) -> Event:
    """Return the delete of the row `key`."""
    return Event(table, "delete", _ROW | {"id": key} | values)


def partial(**values: object) -> Event:
    """Return the update of the row 1 with an image of nothing but `values`."""
    return Event("t", "update", values, _ROW)


def log(
    *events: Event,
    setup: str = "",
    columns: str = "id integer PRIMARY KEY, u integer, v text",
    key: str = "id",
) -> Log:
    """Return a log of `events` on the tables t, with `key`, and s, both with `columns`, after the statements in `setup`."""
    tables = [f"CREATE TABLE {table} ({columns})" for table in ("t", "s")]
    keys = {"t": [key], "s": ["id"]}
    return Log([*tables, *filter(None, setup.split(";;"))], {1: keys}, [Batch(1, events)], ["audit", "r"])


def where_known(statement: str, otherwise: str) -> str:
    """Return a statement that runs `statement` where PostgreSQL is new enough for it, else `otherwise`."""
    return f"DO $$ BEGIN EXECUTE $q${statement}$q$; EXCEPTION WHEN syntax_error THEN {otherwise}; END $$"
