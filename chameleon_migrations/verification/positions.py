"""How far a replica is: whether it has applied all that MySQL had written by some position."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pymysql
from pymysql.cursors import Cursor
from sqlalchemy import Connection, text

_POLL_SECONDS = 0.2

_EVENTS_AT_ONCE = 1_000

_APPLIED = text("""
SELECT batch.t_binlog_name, batch.i_binlog_position
FROM sch_chameleon.t_replica_batch AS batch
WHERE batch.i_id_source = :source AND NOT batch.b_replayed
    -- A batch that was closed without events is never marked. One that is being closed has its events only in the log:
    -- pg_chameleon commits b_processed before t_batch_events.
    AND (
        NOT batch.b_processed
        OR batch.i_id_batch IN (SELECT ids.i_id_batch FROM sch_chameleon.t_batch_events AS ids)
        OR batch.i_id_batch IN (SELECT event.i_id_batch FROM sch_chameleon.t_log_replica AS event)
    )
ORDER BY batch.ts_created
LIMIT 1""")
"""A batch has the position at which it begins: what is before the oldest one that is not replayed is applied."""

_NAMES = ("SHOW MASTER STATUS", "SHOW BINARY LOG STATUS")
"""The statement of all MariaDB and of MySQL before 8.4, and that of MySQL from 8.2."""

_NO_SUCH_STATEMENT = 1064


_DDL = re.compile(r"\b(?:create|alter|drop|rename|truncate)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Position:
    """A place in MySQL's binlog."""

    file: str
    offset: int

    def __str__(self) -> str:
        """Return the place as the status shows it."""
        return f"{self.file}:{self.offset}"

    @property
    def order(self) -> tuple[int, int]:
        """What positions are compared by: the file's number is longer than its six digits one day."""
        return int(self.file.rpartition(".")[2]), self.offset


@dataclass(frozen=True)
class Replica:
    """A source's replica: its number in the catalogue, its tables as ``schema.table``, and its schemas in MySQL."""

    source_id: int
    tables: frozenset[str]
    schemas: frozenset[str]


def written(cursor: Cursor) -> Position | None:
    """Return where MySQL writes its next event; None where it has no binlog, or does not show it to this user."""
    for statement in _NAMES:
        try:
            cursor.execute(statement)
        except pymysql.Error as error:
            if error.args[0] != _NO_SUCH_STATEMENT:
                return None
        else:
            found = cursor.fetchone()
            return Position(found[0], int(found[1])) if found else None
    return None


def applied(connection: Connection, source_id: int) -> Position | None:
    """Return up to where a source is applied; None where it has never been copied."""
    found = connection.execute(_APPLIED, {"source": source_id}).first()
    connection.rollback()
    return Position(*found) if found and None not in found else None


def passed(connection: Connection, cursor: Cursor, replica: Replica, position: Position) -> bool:
    """Tell whether the replica has applied all that concerns it before `position` of MySQL.

    What it has applied ends with an event, and `position` with a commit: so the events between them are looked at.
    """
    at = applied(connection, replica.source_id)
    if at is None:
        return False
    if at.order >= position.order:
        return True
    try:
        return not any(_concerns(event, info, replica) for event, info in _events(cursor, at, position))
    except pymysql.Error:
        return False


def wait(has_passed: Callable[[], bool], until: float) -> bool:
    """Wait until `has_passed`, or until the monotonic time `until`, and tell which it is."""
    while not has_passed():
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _events(cursor: Cursor, start: Position, end: Position) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each event from `start` to `end`."""
    for file, first in _files(cursor, start, end):
        offset: int | None = first
        while offset is not None:
            # The files come from MySQL, the numbers are ours.
            cursor.execute(f"SHOW BINLOG EVENTS IN %s FROM {offset} LIMIT {_EVENTS_AT_ONCE}", (file,))
            rows: Sequence[tuple[str, int, str, int, int, str]] = cursor.fetchall()
            for _, at, kind, _, _, info in rows:
                if Position(file, at).order >= end.order:
                    return
                yield kind, info
            offset = rows[-1][4] if len(rows) == _EVENTS_AT_ONCE else None


def _files(cursor: Cursor, start: Position, end: Position) -> Iterator[tuple[str, int]]:
    cursor.execute("SHOW BINARY LOGS")
    for name, *_ in cursor.fetchall():
        if start.order[0] <= Position(name, 0).order[0] <= end.order[0]:
            yield name, start.offset if name == start.file else 4


def _concerns(kind: str, info: str, replica: Replica) -> bool:
    """Tell whether an event changes a table of the replica, or can be DDL in one of its schemas."""
    if kind == "Table_map":
        found = re.search(r"\((.*)\)$", info)
        return found is None or found[1] in replica.tables
    if kind == "Query":
        names = (name for schema in replica.schemas for name in (schema, schema.replace("`", "``")))
        return bool(_DDL.search(info)) and any(name in info for name in names)
    return False
