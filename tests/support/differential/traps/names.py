"""Logs of tables with odd names."""

from __future__ import annotations

from devtools.batches import ddl
from devtools.replay_sides import Batch, Log
from tests.support.differential.traps.events import (
    added,
    changed,
    gone,
)

_LONG = "n" * 63
_COLUMNS = "id integer PRIMARY KEY, u integer, v text"
NAMES = {
    "two names that PostgreSQL cuts to one": Log(
        [
            f"CREATE TABLE {_LONG} ({_COLUMNS})",
            f"INSERT INTO {_LONG} VALUES (1, 1, 'stored'), (2, 2, 'stored')",
        ],
        {1: {f"{_LONG}a": ["id"], f"{_LONG}b": ["id"]}},
        [
            Batch(
                1,
                [changed(1, f"{_LONG}b", v="first"), changed(1, f"{_LONG}a", v="then"), gone(2, f"{_LONG}b")],
            )
        ],
    ),
    "a table that is called like a temporary one": Log(
        [f"CREATE TABLE {name} ({_COLUMNS})" for name in ("chameleon_states", "t", "s")],
        {1: {"chameleon_states": ["id"], "t": ["id"], "s": ["id"]}},
        [
            Batch(
                1,
                [
                    added("chameleon_states"),
                    added(),
                    added("s"),
                    ddl("chameleon_states", 'ALTER TABLE "chameleon_states" ADD COLUMN w integer'),
                    changed(v="new"),
                ],
            )
        ],
    ),
}
