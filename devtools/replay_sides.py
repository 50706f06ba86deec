"""The same pending events, replayed by pg_chameleon's own functions and by ours, on pg_chameleon's own catalogue.

Each `Side` is in a database of its own, with the catalogue as pg_chameleon's package creates it; what a test does there
is rolled back. One side keeps pg_chameleon's replay, the oracle; on the other, ours replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest.mock import patch

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from chameleon_migrations import replay
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.errors import UserError, sqlstate
from devtools.batches import SCHEMA, Event, Replica, quoted
from devtools.clients.installed import NEW, OLD, installed

FUNCTION = sql("common/fn_replay_mysql.sql")


def eager(function: str) -> str:
    """Return the text of our function with folds from the first event on, so that short logs try them."""
    return _with(_with(function, "look_from", 1), "fold_from", 1)


def parallel(function: str) -> str:
    """Return the same, but with what is folded in a table, which parallel workers can fill."""
    return _with(eager(function), "parallel_from", 1)


def staged(function: str) -> str:
    """Return the same, but with the states of the keys of all tables in one table."""
    for constant in ("stage_from", "stage_tables", "most_inserts"):
        function = _with(function, constant, 1)
    return eager(function)


def _with(function: str, constant: str, value: int) -> str:
    changed, found = re.subn(rf"({constant} +CONSTANT [a-z]+ :=) [0-9.]+;", rf"\1 {value};", function)
    assert found == 1, constant
    return changed


EAGER = eager(FUNCTION)


def _parallel_sql(name: str, catalogue: str = "sch_chameleon.") -> str:
    return parallel(sql(name, catalogue)) if name.endswith("replay_batches.sql") else sql(name, catalogue)


class Batch(NamedTuple):
    """A pending batch: its source, 1 or 2, and its events."""

    source: int
    events: Sequence[Event]


@dataclass(frozen=True)
class Log:
    """Replicated tables, and what happens to them.

    Attributes:
        setup: What creates the tables, run in the destination schema.
        keys: For each source the registered tables, with the names of their key columns.
        batches: The pending batches, the oldest first.
        others: Further tables to be looked at.
    """

    setup: Sequence[str]
    keys: Mapping[int, Mapping[str, Sequence[str]]]
    batches: Sequence[Batch]
    others: Sequence[str] = field(default=())

    def turn(self, batch: int) -> tuple[int, int]:
        """Return when a batch is replayed before an upgrade: the source with the oldest first, of each the oldest first."""
        sources = [other.source for other in self.batches]
        return sources.index(sources[batch]), batch


class Call(NamedTuple):
    """What one call said: whether to go on, whether it stopped, and a line per table in error."""

    more: bool
    stopped: bool = False
    errors: tuple[str, ...] = ()


class Failure(NamedTuple):
    """A row of ``t_error_log``: the batch and the event are indexes."""

    batch: int
    event: int
    table: str
    message: str
    key: list[str]


class Outcome(NamedTuple):
    """All that a replay leaves to be seen, in the terms of both sides.

    Attributes:
        calls: For each source what each call said.
        tables: The columns and rows of each table, None where it is gone.
        counters: For each batch whether it is replayed, its row events and DDL events, and those skipped.
        left: For each batch the events that still wait in ``t_batch_events`` and in the log, as indexes.
        errors: The rows of ``t_error_log``.
        enabled: Each registered table and whether it is still replicated.
        times: For each source the time of the last event replayed, in seconds.
    """

    calls: dict[int, list[Call]]
    tables: dict[str, Any]
    counters: list[tuple[bool, int, int, int]]
    left: list[tuple[list[int], list[int]]]
    errors: list[Failure]
    enabled: list[Any]
    times: list[int | None]


class Side(Replica):
    """Sources whose events the function of 2.0 replays."""

    version = "2.0.10"

    def outcome(self, log: Log, max_events: int = 10_000, *, stop: bool = True) -> Outcome:
        """Return what becomes of `log`, with at most `max_events` in a call; then undo all of it."""
        with self.connection.begin() as transaction:
            ids = self._prepare(log)
            outcome = self._outcome(log, ids, self._calls(log, max_events, stop=stop))
            transaction.rollback()
        return outcome

    def _calls(self, log: Log, max_events: int, *, stop: bool) -> dict[int, list[Call]]:
        """Replay all that is pending. pg_chameleon's function leaves the search path of a DDL event behind."""
        calls: dict[int, list[Call]] = {}
        for source in log.keys:
            more = True
            while more:
                more, stopped, errors = self.replay(max_events, exit_on_error=stop, source=source)
                self.run("SET LOCAL search_path = public")
                calls.setdefault(source, []).append(Call(more, stopped, tuple(map(_line, errors or ()))))
        return calls

    def _prepare(self, log: Log) -> list[list[int]]:
        """Make the tables and the batches of `log`; return the ids of each batch's events."""
        self.run(f"SET LOCAL search_path = {quoted(SCHEMA)}, public")
        self.run(";".join(log.setup))
        for source, tables in log.keys.items():
            for table, key in tables.items():
                self.register(table, *key, source=source)
        self.run("SET LOCAL search_path = public")
        self.numbers = [self._batch(*batch) for batch in log.batches]
        self.run(
            "UPDATE sch_chameleon.t_batch_events SET i_id_event = ARRAY(SELECT unnest(i_id_event) ORDER BY 1)"
        )
        return [self.left(number)[0] for number in self.numbers]

    def _batch(self, source: int, events: Sequence[Event]) -> int:
        number = self.batch(*events, log_table=f"log_{source}", source=source)
        self.query(
            "UPDATE sch_chameleon.t_replica_batch SET v_log_table = :name WHERE i_id_batch = :batch",
            name=f"log_{source}",
            batch=number,
        )
        return number

    def _outcome(self, log: Log, ids: list[list[int]], calls: dict[int, list[Call]]) -> Outcome:
        left = [
            ([events.index(event) for event in queued], [events.index(event) for event in logged])
            for events, (queued, logged) in zip(ids, map(self.left, self.numbers), strict=True)
        ]
        tables = [table for registered in log.keys.values() for table in registered]
        return Outcome(
            calls,
            {table: self._content(table) for table in (*tables, *log.others)},
            [
                (replayed, row_events or 0, ddl_events or 0, skipped or 0)
                for replayed, row_events, ddl_events, skipped in map(self.counters, self.numbers)
            ],
            left,
            self._errors(),
            self._enabled(),
            self._times(),
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
            "SELECT i_id_batch, i_binlog_position, v_table_name, t_error_message, t_table_pkey"
            " FROM sch_chameleon.t_error_log ORDER BY i_id_log"
        )
        return [self._failure(*row) for row in rows]

    def _failure(self, batch: int, position: int, table: str, message: str, key: str) -> Failure:
        conditions = sorted(key.replace(" = ", "=").split(" AND "))
        return Failure(self.numbers.index(batch), position - 100, table, _unqualified(message), conditions)

    def _enabled(self) -> list[Any]:
        return self.query(
            "SELECT v_table_name, b_replica_enabled FROM sch_chameleon.t_replica_tables ORDER BY 1"
        )

    def _times(self) -> list[int | None]:
        rows = self.query(
            "SELECT extract(epoch FROM ts_last_replayed)::integer FROM sch_chameleon.t_last_replayed"
            " ORDER BY i_id_source"
        )
        return [time for (time,) in rows]


class OldSide(Side):
    """Sources of 1.7 whose events 1.8.2's ``fn_process_batch`` replays: one source after the other, up to a batch in error."""

    version = "1.7"

    def _calls(self, log: Log, max_events: int, *, stop: bool) -> dict[int, list[Call]]:  # noqa: ARG002
        for index in sorted(range(len(log.batches)), key=log.turn):
            while not self.counters(self.numbers[index])[0]:
                self.run("SAVEPOINT done")
                try:
                    self.replay(max_events, source=log.batches[index].source)
                except DBAPIError as error:
                    self.run("ROLLBACK TO done")
                    message = f"{sqlstate(error)} - {str(error.orig).splitlines()[0]}"
                    return {0: [Call(more=False, stopped=True, errors=(_unqualified(message),))]}
                self.run("SET LOCAL search_path = public")
        return {0: [Call(more=False)]}

    def _batch(self, source: int, events: Sequence[Event]) -> int:
        return self.batch(*events, log_table=f"log_{source}", source=source)

    def _errors(self) -> list[Failure]:
        return []

    def _enabled(self) -> list[Any]:
        return []

    def _times(self) -> list[int | None]:
        rows = self.query(
            "SELECT extract(epoch FROM ts_last_replay)::integer FROM sch_chameleon.t_sources ORDER BY i_id_source"
        )
        return [time for (time,) in rows]


class PendingSide(OldSide):
    """Sources of 1.7 whose events are replayed as before an upgrade, with folds by parallel workers from the first event on."""

    def _calls(self, log: Log, max_events: int, *, stop: bool) -> dict[int, list[Call]]:  # noqa: ARG002
        self.failures: list[Failure] = []
        self.run("SET LOCAL min_parallel_table_scan_size = 0")
        self.run("SAVEPOINT done")
        try:
            with patch.object(replay, "sql", _parallel_sql):
                replay.replay_pending(self.connection, lambda *_: self.run("SAVEPOINT done"))
        except UserError as error:
            self.run("ROLLBACK TO done")
            self.failures.append(self._named(error))
            return {0: [Call(more=False, stopped=True, errors=(self.failures[0].message,))]}
        return {0: [Call(more=False)]}

    def _named(self, error: UserError) -> Failure:
        """Return what PostgreSQL's message, the cause of `error`, says of the event."""
        cause: Any = error.__cause__
        said = re.match(
            r"source .+, batch (\d+), event \d+ at \S+ (\d+),"
            r" (?:table|which is DDL of the table) (.+?)(?:, key (.+?)|: .*): (\w{5} - .*)",
            " ".join(cause.orig.diag.message_primary.split()),
        )
        assert said, error
        batch, position, table, key, message = said.groups(default="N/A")
        name = table.removeprefix(f"{quoted(SCHEMA)}.").strip('"').replace('""', '"')
        return self._failure(int(batch), int(position), name, message, key)

    def _errors(self) -> list[Failure]:
        return self.failures


def _line(error: str) -> str:
    """Return an element of pg_chameleon's ``v_table_error`` as ours puts it."""
    return _unqualified(error.replace(" SQLSTATE: ", ": ").replace(" - ERROR MESSAGE: ", " - "))


def _unqualified(message: str) -> str:
    """Return `message` without the schema, which it has or not by the search path that pg_chameleon leaves behind."""
    return message.replace(f"{quoted(SCHEMA)}.", "")


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
        made.add_source("s", "{log_1}")
        made.add_source("s2", "{log_2}")
        made.run("SELECT sch_chameleon.fn_refresh_parts()")
        if release == NEW:
            made.run("INSERT INTO sch_chameleon.t_last_replayed VALUES (1), (2)")
        connection.commit()
        yield made
