"""The same pending events, replayed by pg_chameleon's own functions and by ours, on pg_chameleon's own catalogue.

Each `Side` is in a database of its own, with the catalogue as pg_chameleon's package creates it; what a test does there
is rolled back. One side is left as it is, the oracle; on the other, our replay takes the place of pg_chameleon's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations import replay
from chameleon_migrations.location import sql
from tests.batches import SCHEMA, Event, Replica, quoted
from tests.clients.installed import NEW, OLD, installed

FUNCTION = sql("2.0.0/fn_replay_mysql.sql")
_FOLD_FROM = "fold_from      CONSTANT integer := {};"
EAGER = FUNCTION.replace(_FOLD_FROM.format(200), _FOLD_FROM.format(1))
"""Our function, but with folds from the first event on, so that short logs try them."""


@dataclass(frozen=True)
class Log:
    """Replicated tables, and what happens to them.

    Attributes:
        setup: What creates the tables, run in the destination schema.
        keys: The registered tables, with the names of their key columns.
        events: The pending events.
        others: Further tables to be looked at.
    """

    setup: Sequence[str]
    keys: Mapping[str, Sequence[str]]
    events: Sequence[Event]
    others: Sequence[str] = field(default=())


class Call(NamedTuple):
    """What one call said: whether to go on, whether it stopped, and a line per table in error."""

    more: bool
    stopped: bool = False
    errors: tuple[str, ...] = ()


class Failure(NamedTuple):
    """A row of ``t_error_log``."""

    event: int
    table: str
    message: str
    key: list[str]


class Outcome(NamedTuple):
    """All that a replay leaves to be seen, in the terms of both sides.

    Attributes:
        calls: What each call said.
        tables: The columns and rows of each table, None where it is gone.
        counters: Whether the batch is replayed, its row events and DDL events, and those skipped.
        left: The events that still wait in ``t_batch_events`` and in the log, as indexes into the log's events.
        errors: The rows of ``t_error_log``: the event's index, its table, its key, SQLSTATE and message.
        enabled: Each registered table and whether it is still replicated.
        time: The time of the last event replayed, in seconds.
    """

    calls: list[Call]
    tables: dict[str, Any]
    counters: tuple[bool, int, int, int]
    left: tuple[list[int], list[int]]
    errors: list[Failure]
    enabled: list[Any]
    time: int | None


class Side(Replica):
    """A source whose events the function of 2.0 replays."""

    version = "2.0.10"

    def outcome(self, log: Log, max_events: int = 10_000, *, stop: bool = True) -> Outcome:
        """Return what becomes of `log`, as one batch, with at most `max_events` in a call; then undo all of it."""
        with self.connection.begin() as transaction:
            ids = self._prepare(log)
            calls = [self.call(max_events, stop=stop)]
            while calls[-1].more:
                calls.append(self.call(max_events, stop=stop))
            outcome = self._outcome(log, ids, calls)
            transaction.rollback()
        return outcome

    def call(self, max_events: int, *, stop: bool) -> Call:
        """Call the replay once. That of pg_chameleon leaves the search path of a DDL event behind."""
        more, stopped, errors = self.replay(max_events, exit_on_error=stop)
        self.run("SET LOCAL search_path = public")
        return Call(more, stopped, tuple(map(_line, errors or ())))

    def _prepare(self, log: Log) -> list[int]:
        self.run(f"SET LOCAL search_path = {quoted(SCHEMA)}, public")
        for statement in log.setup:
            self.run(statement)
        for table, key in log.keys.items():
            self.register(table, *key)
        self.run("SET LOCAL search_path = public")
        self.number = self.batch(*log.events)
        self.run(
            "UPDATE sch_chameleon.t_batch_events SET i_id_event = ARRAY(SELECT unnest(i_id_event) ORDER BY 1)"
        )
        return self.left(self.number)[0]

    def _outcome(self, log: Log, ids: list[int], calls: list[Call]) -> Outcome:
        replayed, *counts = self.counters(self.number)
        row_events, ddl_events, skipped = (count or 0 for count in counts)
        queued, logged = self.left(self.number)
        return Outcome(
            calls,
            {table: self._content(table) for table in (*log.keys, *log.others)},
            (replayed, row_events, ddl_events, skipped),
            ([ids.index(event) for event in queued], [ids.index(event) for event in logged]),
            self._errors(),
            self._enabled(),
            self._time(),
        )

    def _content(self, table: str) -> Any:
        name = f"{quoted(SCHEMA)}.{quoted(table)}"
        columns = self.query(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            name=name,
        )
        return (columns, self.query(f"SELECT t::text FROM {name} AS t ORDER BY 1")) if columns else None

    def _errors(self) -> list[Failure]:
        rows = self.query(
            "SELECT i_binlog_position - 100, v_table_name, t_error_message, t_table_pkey FROM sch_chameleon.t_error_log"
            " WHERE i_id_batch = :batch AND i_id_source = 1 AND v_schema_name = :schema ORDER BY i_id_log",
            batch=self.number,
            schema=SCHEMA,
        )
        return [
            Failure(event, table, message, sorted(key.replace(" = ", "=").split(" AND ")))
            for event, table, message, key in rows
        ]

    def _enabled(self) -> list[Any]:
        return self.query(
            "SELECT v_table_name, b_replica_enabled FROM sch_chameleon.t_replica_tables ORDER BY 1"
        )

    def _time(self) -> int | None:
        [[time]] = self.query(
            "SELECT extract(epoch FROM ts_last_replayed)::integer FROM sch_chameleon.t_last_replayed"
        )
        return None if time is None else int(time)


class OldSide(Side):
    """A source of 1.7 whose events 1.8.2's ``fn_process_batch`` replays. An error raises."""

    version = "1.7"

    def call(self, max_events: int, *, stop: bool) -> Call:  # noqa: ARG002 - an error always stops 1.8.2
        """Call the replay once."""
        more = self.replay(max_events)
        self.run("SET LOCAL search_path = public")
        return Call(more)

    def _errors(self) -> list[Failure]:
        return []

    def _enabled(self) -> list[Any]:
        return []

    def _time(self) -> int | None:
        [[time]] = self.query(
            "SELECT extract(epoch FROM ts_last_replay)::integer FROM sch_chameleon.t_sources"
        )
        return None if time is None else int(time)


class PendingSide(OldSide):
    """A source of 1.7 whose events are replayed as before an upgrade. An error raises."""

    def call(self, max_events: int, *, stop: bool) -> Call:  # noqa: ARG002 - whole batches, and an error always stops
        """Replay all pending batches."""
        replay.replay_pending(self.connection)
        return Call(more=False)


def _line(error: str) -> str:
    """Return an element of pg_chameleon's ``v_table_error`` as ours puts it."""
    return error.replace(" SQLSTATE: ", ": ").replace(" - ERROR MESSAGE: ", " - ")


@contextmanager
def side(url: URL, kind: type[Side], function: str | None = None) -> Iterator[Side]:
    """Yield a `kind` of side in the empty database at `url`, pg_chameleon's function replaced by `function`."""
    release = OLD if kind.version == "1.7" else NEW
    [catalogue] = installed(release).glob("lib/python*/site-packages/pg_chameleon/sql/create_schema.sql")
    with create_engine(url, poolclass=NullPool).connect() as connection:
        made = kind(connection, kind.version)
        made.run(catalogue.read_text())
        if function:
            made.run(function)
        made.run(f"CREATE SCHEMA {quoted(SCHEMA)}")
        made.add_source("s", "{log_1,log_2}")
        made.run("SELECT sch_chameleon.fn_refresh_parts()")
        if release == NEW:
            made.run("INSERT INTO sch_chameleon.t_last_replayed VALUES (1)")
        connection.commit()
        yield made
